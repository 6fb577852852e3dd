"""From a sequence on paper to its samples, and to the clip that says what is in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
import soxr

from hobnail.audio import RATE_HZ
from hobnail_trainer.compose.echo import in_room
from hobnail_trainer.compose.model import Hit, Loop, Score
from hobnail_trainer.compose.rooms import reverberation_s
from hobnail_trainer.corpus.attributes import loudness_lufs, measure
from hobnail_trainer.corpus.model import Attributes, Clip, Source
from hobnail_trainer.corpus.sound import Samples

Read = Callable[[Clip], Samples]

PEAK = 10 ** (-1.0 / 20.0)
FAMILY_LUFS = -20.0
FADE_IN = RATE_HZ // 1000  # recordings begin 2 ms before their onset
FADE_OUT = RATE_HZ // 100
END_FADE = RATE_HZ // 8
CROSSFADE = RATE_HZ // 2
LEAST_LUFS = -100.0  # below this nothing was heard


def render(score: Score, read: Read) -> tuple[Clip, Samples]:
    """A sequence's clip, still without its place in a pack, and its samples, float32 [frames]."""
    front, sources, onsets = _foreground(score, read)
    if score.room is not None:
        front = in_room(front, score.room)
    loudness = loudness_lufs(front)
    gain_db = score.loudness_lufs - loudness if loudness > LEAST_LUFS else 0.0
    samples = front * np.float32(10 ** (gain_db / 20))
    sources = _louder(sources, gain_db)
    if score.bed is not None:
        bed = score.bed
        bed_db = score.loudness_lufs + bed.gain_db - bed.clip.attributes.loudness_lufs
        laid, passes = _looped(bed, score.frames, read(bed.clip), 0.0)
        samples += laid * np.float32(10 ** (bed_db / 20))
        sources += _louder(passes, bed_db)
    samples[-END_FADE:] *= np.linspace(1.0, 0.0, END_FADE, dtype=np.float32) ** 2
    peak = float(np.abs(samples).max())
    if peak > PEAK:
        samples *= np.float32(PEAK / peak)
        sources = _louder(sources, 20.0 * math.log10(PEAK / peak))
    return _clip(score, tuple(sources), onsets, measure(samples)), samples


def _foreground(score: Score, read: Read) -> tuple[Samples, list[Source], tuple[int, ...]]:
    """The dry foreground, what it was made from, and where something in it begins."""
    ratio = 2.0 ** (score.pitch_semitones / 12.0)
    mixed = np.zeros(score.frames, np.float32)
    sources: list[Source] = []
    onsets: set[int] = set()
    if score.front is not None:
        samples = _pitched(read(score.front.clip), ratio)
        laid, sources = _looped(score.front, score.frames, samples, score.front.clip.family_gain_db)
        mixed += laid * np.float32(10 ** (score.front.clip.family_gain_db / 20))
        onsets.add(0)
    pitched: dict[str, Samples] = {}
    for hit in score.hits:
        if hit.clip.id not in pitched:
            pitched[hit.clip.id] = _faded(_pitched(read(hit.clip), ratio))
        source = _put(mixed, hit, pitched[hit.clip.id], ratio)
        sources.append(source)
        onsets.update(source.at_frame + round(onset / ratio) for onset in hit.clip.onset_frames or (0,))
    inside = sorted(onset for onset in onsets if 0 <= onset < score.frames)
    return mixed, sources, tuple(inside)


def _put(mixed: Samples, hit: Hit, samples: Samples, ratio: float) -> Source:
    """Add a recording so that its first onset falls on the hit's moment, but no earlier than the sequence begins."""
    first = round((hit.clip.onset_frames or (0,))[0] / ratio)
    at = max(0, round(hit.onset_s * RATE_HZ) - first)
    gain_db = round(hit.clip.family_gain_db + hit.gain_db, 3)
    part = samples[: mixed.size - at]
    mixed[at : at + part.size] += part * np.float32(10 ** (gain_db / 20))
    return Source(clip=hit.clip.id, at_frame=at, gain_db=gain_db)


def _looped(loop: Loop, frames: int, samples: Samples, gain_db: float) -> tuple[Samples, list[Source]]:
    """A texture for ``frames``, its end crossfaded into its beginning at equal power, and its passes as sources.

    A pass that began before the sequence has a negative ``at_frame``: the clip is heard from its middle on.
    """
    fade = min(CROSSFADE, samples.size // 4)
    rise = np.sqrt(np.linspace(0.0, 1.0, fade, dtype=np.float32))
    out = np.zeros(frames, np.float32)
    sources = []
    for at in _passes(min(loop.first, samples.size - fade - 1), samples.size - fade, frames):
        piece = samples.copy()
        if at > 0:
            piece[:fade] *= rise
        piece[-fade:] *= rise[::-1]
        begin, end = max(0, at), min(frames, at + piece.size)
        out[begin:end] += piece[begin - at : end - at]
        sources.append(Source(clip=loop.clip.id, at_frame=at, gain_db=gain_db))
    out[:FADE_OUT] *= np.linspace(0.0, 1.0, FADE_OUT, dtype=np.float32)
    return out, sources


def _passes(first: int, step: int, frames: int) -> Iterator[int]:
    at = -first
    while at < frames:
        yield at
        at += step


def _pitched(samples: Samples, ratio: float) -> Samples:
    """Played ``ratio`` times as fast."""
    if ratio == 1.0:
        return samples
    return np.asarray(soxr.resample(samples, RATE_HZ * ratio, RATE_HZ, quality="HQ"), dtype=np.float32)


def _faded(samples: Samples) -> Samples:
    """Without a step at either end."""
    faded = samples.copy()
    rise, fall = min(FADE_IN, faded.size // 2), min(FADE_OUT, faded.size // 2)
    faded[:rise] *= np.linspace(0.0, 1.0, rise, dtype=np.float32)
    faded[faded.size - fall :] *= np.linspace(1.0, 0.0, fall, dtype=np.float32)
    return faded


def _louder(sources: Sequence[Source], gain_db: float) -> list[Source]:
    return [msgspec.structs.replace(each, gain_db=round(each.gain_db + gain_db, 3)) for each in sources]


def _clip(score: Score, sources: tuple[Source, ...], onsets: tuple[int, ...], attributes: Attributes) -> Clip:
    loops = [loop.clip for loop in (score.front, score.bed) if loop is not None]
    parts = list({clip.id: clip for clip in (*(hit.clip for hit in score.hits), *loops)}.values())
    changes = {"pitch_semitones": score.pitch_semitones} if score.pitch_semitones else {}
    if score.room is not None:
        changes["reverberation_s"] = round(float(reverberation_s(score.room)[3]), 3)  # at 1 kHz
    gain_db = min(FAMILY_LUFS - attributes.loudness_lufs, -1.0 - attributes.peak_dbfs)
    return Clip(
        id=score.id,
        audio="not-packed-yet",
        split=score.split,
        origin="composed",
        category=score.category,
        materials=score.materials,
        captions=score.captions,
        frames=score.frames,
        onset_frames=onsets,
        attributes=attributes,
        family=score.id,
        family_gain_db=round(gain_db, 2),
        licence=joint_licence(parts),
        author="; ".join(dict.fromkeys(clip.author for clip in parts if clip.author)),
        package="composed",
        path=f"{score.kind}/{score.room.name if score.room else 'dry'}",
        sha256=score.id,
        sources=sources,
        changes=changes,
    )


def joint_licence(clips: Sequence[Clip]) -> str:
    """The licences of all parts, all of which hold: "CC-BY-SA-3.0 AND CC0-1.0"."""
    each = sorted({clip.licence for clip in clips})
    if len(each) == 1:
        return each[0]
    return " AND ".join(f"({licence})" if " or " in licence.lower() else licence for licence in each)
