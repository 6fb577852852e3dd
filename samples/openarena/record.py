"""Records a match of OpenArena: a video with the game's own sound, and a trace that Hobnail can play.

Needs Debian's packages ``openarena``, ``xvfb`` and ``xauth``. Run it from anywhere:

    python samples/openarena/record.py FOLDER [--arena oa_dm6] [--seconds 40] [--trace FILE]

It leaves in FOLDER the game's video (``match.avi``, 25 pictures a second), its sound track moved to fit the pictures
(``match.wav``), the trace (``match.trace``), the game's words (``film.log``) and how well they agree
(``synchrony.json``). In the trace you will hear steps on stone and metal, guns, blasts and a door.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import soundfile
from match.avi import GAME_RATE_HZ, read_clip
from match.game import Match, film_match, record_match
from match.log import read_log
from match.scoring import PICTURES_HZ, score
from match.synchrony import aligned, measure

from hobnail.errors import HobnailError
from hobnail.trace import write_trace


def main() -> None:
    """Record, film, write down, measure."""
    parser = argparse.ArgumentParser(description="Record a match of OpenArena as video, sound and trace.")
    parser.add_argument("folder", type=Path, help="where everything goes")
    parser.add_argument("--arena", default=Match().arena, help="map to play on (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=Match().seconds, help="how long (default: %(default)s)")
    parser.add_argument("--film-only", action="store_true", help="film and write down the demo that is in the folder")
    parser.add_argument("--trace", type=Path, help="also write the trace here")
    given = parser.parse_args()
    try:
        _record(Match(arena=given.arena, seconds=given.seconds), given.folder.resolve(), given.film_only, given.trace)
    except HobnailError as error:
        sys.exit(f"error: {error}")


def _record(match: Match, folder: Path, film_only: bool, copy: Path | None) -> None:
    home = folder / "home"
    if not film_only:
        record_match(match, home)
    video, words = film_match(match, home)
    with words.open(encoding="utf-8", errors="replace") as lines:
        log = read_log(lines, source=str(words)).cut(round(match.seconds * PICTURES_HZ))
    scored = score(
        log,
        title=f"OpenArena: four bots on {match.arena}, following one of them",
        made_with=f"samples/openarena/record.py from a match that we recorded: OpenArena, {match.arena}, "
        f"bots {', '.join(match.bots)}; events as its log tells them, at 25 Hz",
    )
    clip = read_clip(video)
    sound, _, _ = aligned(clip.sound, log)
    figures = {
        "pictures": clip.pictures,
        "events": len(scored.heard),
        "silent": dict(scored.silent.most_common()),
        **asdict(measure(log, scored.heard, clip.sound)),
    }
    shutil.copy(video, folder / "match.avi")
    shutil.copy(words, folder / "film.log")
    soundfile.write(folder / "match.wav", sound, GAME_RATE_HZ)
    for target in (folder / "match.trace", copy):
        if target:
            write_trace(scored.trace, target)
    text = json.dumps(figures, indent=1)
    (folder / "synchrony.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
