"""The NOTICE that goes with a corpus and with weights trained on it: every file, its licence and whose it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hobnail_trainer.corpus.model import Clip, Split

LINKS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "GPL-2.0+": "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html",
    "GPL-3.0+": "https://www.gnu.org/licenses/gpl-3.0.html",
}


def notice(clips: Iterable[Clip], *, title: str, splits: tuple[Split, ...] = ("train", "validation", "test")) -> str:
    """Attribution for all recorded clips of the given splits, by licence, package and author."""
    sections: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    count = 0
    for clip in clips:
        if clip.split in splits and clip.origin in ("recorded", "note"):
            sections[clip.licence][(clip.package, clip.author)].append(clip.path)
            count += 1
    lines = [title, "", f"{count} recordings. All were cut to their onset and converted to mono, 48 kHz."]
    for licence in sorted(sections):
        number = sum(len(paths) for paths in sections[licence].values())
        heading = f"{licence} ({number})"
        lines += ["", heading, "=" * len(heading)]
        if licence in LINKS:
            lines.append(LINKS[licence])
        for (package, author), paths in sorted(sections[licence].items()):
            lines += ["", f"From {package}{f', by {author}' if author else ''}:"]
            lines += [f"  {path}" for path in sorted(paths)]
    return "\n".join(lines) + "\n"
