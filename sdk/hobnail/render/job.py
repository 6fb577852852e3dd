"""One render from beginning to end: an input, what is wanted of it, and the files that come of it together."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

import msgspec

from hobnail.audio import RATE_HZ
from hobnail.commands import TriggerEvent
from hobnail.config import Config
from hobnail.contracts import Float32
from hobnail.host import Host
from hobnail.notices import Refused
from hobnail.offline import Shown
from hobnail.render.attributes import event_attributes, stem_attributes
from hobnail.render.inputs import Score
from hobnail.render.loudness import Loudness, measure, normalising_gain, under_true_peak
from hobnail.render.output import Outputs, check_format, outputs, write_sound
from hobnail.render.performance import Performance, perform
from hobnail.render.waves import Broadcast, Cue, Samples

Advance = Callable[[int], None]
Play = Callable[[bool, Advance | None], Performance]
Finish = Callable[[Outputs, Float32, Performance], None]
"""What else is made of the finished mix and what was played, as files of their own among the others."""
Treat = Callable[[Mapping[str, Float32], Float32], tuple[dict[str, Float32], Float32, list[str]]]
"""What effects do: (stems, mix) -> (stems, mix, warnings)."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written, and how."""

    output: Path  #: the mix; .wav or .flac
    samples: Samples = "pcm24"
    stems: bool = False  #: also NAME.EMITTER.wav for each emitter
    attributes: Path | None = None  #: JSON of what was achieved
    loudness_lufs: float | None = None  #: bring the mix here (EBU R 128: -23), true peaks under -1 dB
    time_reference: int | None = None  #: BWF: frames from midnight to the first sample
    markers: bool = True  #: cue points in WAV files


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of a render."""

    files: tuple[Path, ...]
    seconds: float
    events: int  #: that were played
    refused: tuple[Refused, ...]
    elapsed_s: float
    loudness: Loudness | None = None
    limited: bool = False
    warnings: tuple[str, ...] = field(default=())

    @property
    def real_time_factor(self) -> float:
        """How many times faster than real time."""
        return self.seconds / max(self.elapsed_s, 1e-9)


def render_score(  # noqa: PLR0913  # each part of a render can be given
    score: Score,
    wanted: Wanted,
    *,
    host: Host,
    config: Config | None = None,
    treat: Treat | None = None,
    advance: Advance | None = None,
    play: Play | None = None,
    finish: Finish | None = None,
    beside: Sequence[Path] = (),
    shown: Shown | None = None,
) -> Rendered:
    """Play a score and write what is wanted, all of it or nothing. Raises RenderError and what engines raise.

    ``play``: how it is played, given whether stems are needed; default: its commands, by :func:`perform`, with the film
    that is ``shown``. ``beside``: what ``finish`` will write.
    """
    began = time.monotonic()
    check_format(wanted.output, wanted.samples)
    with outputs() as files:
        for path in (wanted.output, wanted.attributes, *beside):
            if path is not None:
                files.reserve(path)
        needs_stems = wanted.stems or wanted.attributes is not None or treat is not None
        if play is not None:
            played = play(needs_stems, advance)
        else:
            played = perform(
                score.commands,
                host=host,
                config=config,
                frames=score.frames,
                stems=needs_stems,
                advance=advance,
                shown=shown,
            )
        return write_performance(files, score, wanted, played, treat=treat, began=began, finish=finish)


def write_performance(
    files: Outputs,
    score: Score,
    wanted: Wanted,
    played: Performance,
    *,
    treat: Treat | None = None,
    began: float,
    finish: Finish | None = None,
) -> Rendered:
    """The second half of a render: effects, loudness, files."""
    mix, stems, warnings = played.mix, dict(played.stems), list(score.warnings)
    if treat is not None:
        stems, mix, said = treat(stems, mix)
        warnings += said
    found, limited = None, False
    if wanted.loudness_lufs is not None:
        gain = normalising_gain(mix, wanted.loudness_lufs)
        mix, limited = under_true_peak(mix * gain)
        stems = {emitter: sound * gain for emitter, sound in stems.items()}
        found = measure(mix)
    cues = score.cues if wanted.markers else ()
    broadcast = _broadcast(wanted, score, found)
    write_sound(files, wanted.output, mix, samples=wanted.samples, broadcast=broadcast, cues=cues)
    if wanted.stems:
        for (emitter, sound), target in zip(stems.items(), stem_paths(wanted.output, stems), strict=True):
            own = [cue for cue in cues if cue.name.startswith(f"{emitter}: ")]
            write_sound(files, target, sound, samples=wanted.samples, broadcast=broadcast, cues=own)
    if wanted.attributes is not None:
        with files.open(wanted.attributes) as file:
            table = _attributes(score, played, stems, mix, found)
            file.write(msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")
    if finish is not None:
        finish(files, mix, played)
    refused = tuple(notice for notice in played.notices if isinstance(notice, Refused))
    return Rendered(
        files=tuple(files.publish()),
        seconds=len(mix) / RATE_HZ,
        events=_played(score, refused),
        refused=refused,
        elapsed_s=time.monotonic() - began,
        loudness=found,
        limited=limited,
        warnings=tuple(warnings),
    )


def stem_paths(output: Path, emitters: Iterable[str]) -> list[Path]:
    """Where emitters' stems are written: beside the mix, their names in between, each in a file of its own."""
    names: list[str] = []
    for emitter in emitters:
        safe = re.sub(r"[^\w.-]+", "_", emitter).strip(".") or "stem"
        others = {name.lower() for name in names}  # some file systems do not tell A from a
        numbered = (f"{safe}-{number}" for number in count(2))
        names.append(next(name for name in chain([safe], numbered) if name.lower() not in others))
    return [output.with_name(f"{output.stem}.{name}{output.suffix}") for name in names]


def take_path(output: Path, number: int) -> Path:
    """Where take ``number``, from 0, of several is written."""
    return output.with_name(f"{output.stem}.take{number + 1:02d}{output.suffix}")


def _played(score: Score, refused: Sequence[Refused]) -> int:
    """Events of a score that were not refused."""
    numbers = {each.request for each in score.commands if isinstance(each, TriggerEvent) and each.action != "stop"}
    return score.events - len({each.request for each in refused} & numbers)


def _broadcast(wanted: Wanted, score: Score, found: Loudness | None) -> Broadcast | None:
    if wanted.time_reference is None and found is None:
        return None
    return Broadcast(
        time_reference=wanted.time_reference or 0,
        description=score.title,
        loudness_lufs=None if found is None else found.lufs,
        true_peak_db=None if found is None else found.true_peak_db,
    )


def _attributes(
    score: Score, played: Performance, stems: Mapping[str, Float32], mix: Float32, found: Loudness | None
) -> dict[str, Any]:
    return {
        "format": "hobnail-attributes",
        "title": score.title,
        "rate_hz": RATE_HZ,
        "frames": len(mix),
        "loudness": found,
        "mix": stem_attributes(mix),
        "stems": {emitter: stem_attributes(sound) for emitter, sound in stems.items()},
        "events": event_attributes(score.commands, played.notices, stems),
        "markers": [Cue(at=cue.at, name=cue.name) for cue in score.cues],
    }
