"""One clip -> its changed clips, with true values and measures. Runs in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np

from hobnail_trainer.corpus.attributes import measure
from hobnail_trainer.corpus.model import Clip, Source
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.pairs.force import struck
from hobnail_trainer.pairs.model import AXES, Axis, resamples, suits, values_for
from hobnail_trainer.pairs.pitch import ratio_of, resampled_pitch, shifted_pitch
from hobnail_trainer.pairs.texture import mixed, parts_of
from hobnail_trainer.pairs.usable import UnsuitedError

PEAK: Final = 10.0 ** (-1.0 / 20.0)  #: -1 dBFS
LEAST_MOVED_DB: Final = 1.0  #: in harmonic-to-noise ratio, from the lowest to the highest texture drawn


class Changed(NamedTuple):
    """What came of one clip."""

    clips: list[tuple[Clip, Samples]]
    left_out: list[tuple[Axis, str]]  #: axis, reason


class _Result(NamedTuple):
    samples: Samples
    changes: dict[str, float]
    onset_frames: tuple[int, ...]


def changed(clip: Clip, samples: Samples, seed: int) -> Changed:
    """Every changed clip of one clip."""
    result = Changed([], [])
    for axis in AXES:
        if not suits(clip, axis):
            continue
        try:
            made = _CHANGES[axis](clip, samples, values_for(clip.id, axis, seed=seed))
        except UnsuitedError as error:
            result.left_out.append((axis, error.reason))
            continue
        clips = [_as_clip(clip, axis, number, each) for number, each in enumerate(made)]
        if axis == "texture" and not _moves([each for each, _ in clips]):
            result.left_out.append((axis, "unmoved"))
            continue
        result.clips.extend(clips)
    return result


def _pitch(clip: Clip, samples: Samples, values: Sequence[float]) -> list[_Result]:
    results = []
    for semitones in values:
        changes = {"pitch_semitones": semitones}
        if resamples(clip):
            moved = resampled_pitch(samples, semitones)
            onsets = {min(moved.size - 1, round(at / ratio_of(semitones))) for at in clip.onset_frames}
            changes["size_ratio"] = round(1.0 / ratio_of(semitones), 5)
            results.append(_Result(moved, changes, tuple(sorted(onsets))))
        else:
            moved = shifted_pitch(samples, semitones, onset_frames=clip.onset_frames, f0_hz=clip.attributes.f0_hz)
            results.append(_Result(moved, changes, clip.onset_frames))
    return results


def _intensity(clip: Clip, samples: Samples, values: Sequence[float]) -> list[_Result]:
    results = []
    for intensity in values:
        blow = struck(samples, intensity)
        changes = {
            "intensity": intensity,
            "level_db": round(blow.level_db, 3),
            "tilt_db_per_octave": round(blow.tilt_db_per_octave, 3),
            "attack_ms_ratio": round(blow.attack_ms_ratio, 4),
        }
        results.append(_Result(blow.samples, changes, clip.onset_frames))
    return results


def _texture(clip: Clip, samples: Samples, values: Sequence[float]) -> list[_Result]:
    parts = parts_of(samples)
    return [_Result(mixed(samples, parts, value), {"texture": value}, clip.onset_frames) for value in values]


def _moves(clips: list[Clip]) -> bool:
    """Whether the texture moved where it should, from the lowest value to the highest."""
    low, *_, high = sorted(clips, key=lambda clip: clip.changes["texture"])
    return high.attributes.hnr_db - low.attributes.hnr_db >= LEAST_MOVED_DB


_CHANGES: Final[dict[Axis, Callable[[Clip, Samples, Sequence[float]], list[_Result]]]] = {
    "pitch": _pitch,
    "intensity": _intensity,
    "texture": _texture,
}


def _as_clip(source: Clip, axis: Axis, number: int, result: _Result) -> tuple[Clip, Samples]:
    """Kept below -1 dBFS by one gain, which stands among the changes."""
    peak = float(np.abs(result.samples).max())
    gain = min(1.0, PEAK / peak)
    samples = np.asarray(result.samples * gain, dtype=np.float32)
    attributes = measure(samples)
    changes = source.changes | result.changes | {"gain_db": round(20.0 * float(np.log10(gain)), 4)}
    if axis == "texture":
        changes |= {"hnr_before_db": source.attributes.hnr_db, "hnr_after_db": attributes.hnr_db}
    clip = msgspec.structs.replace(
        source,
        id=f"{source.id}/{axis}-{number}",
        at_frame=0,
        origin="augmented",
        frames=samples.size,
        onset_frames=result.onset_frames,
        attributes=attributes,
        sources=(Source(clip=source.id),),
        changes=changes,
    )
    return clip, samples
