"""The sound of a scene from recordings: each event's take with its onset on the event's frame, one stem per emitter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail.trace import TraceEvent
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.scenes.choice import Shelf
from hobnail_trainer.scenes.force import force, gain_db, tilt_db, tilted
from hobnail_trainer.scenes.grains import drive, full_gain, sustained
from hobnail_trainer.scenes.model import TICK_FRAMES, Features, Samples, SceneEmitter, UsedClip
from hobnail_trainer.scenes.source import ClipSource

LEAD_FRAMES = 96
"""Of a take, 2 ms before its onset are kept."""
NEXT_ONSET_S = 0.2
"""A later onset of a recording is another event: the take ends before it."""
FADE_FRAMES = 480
STRIKE_FRAMES = 120
STRIKE_SHARE = 10.0 ** (-14.0 / 10.0)
"""A blow begins where the power was last this share of its peak, in blocks of 2.5 ms."""
CEILING = 10.0 ** (-1.0 / 20.0)
FULL_SCALE_24 = 2**23


@dataclass(frozen=True, slots=True, eq=False)
class Sounded:
    """What a scene sounds like, and from what."""

    stems: Samples  #: float32 [emitters, frames], on the grid of 24 bit
    used: tuple[UsedClip, ...]
    gain_db: float  #: by which everything was turned down, 0 or less


def sound(
    events: Sequence[TraceEvent],
    emitters: Sequence[SceneEmitter],
    features: Features,
    frames: int,
    shelf: Shelf,
    chance: np.random.Generator,
) -> Sounded:
    """Mix the recordings of a scene; events in order of time. Raises SceneError when the shelf cannot serve one."""
    rows = {emitter.id: number for number, emitter in enumerate(emitters)}
    stems = np.zeros((len(emitters), frames), np.float64)
    used: list[UsedClip] = []
    for number, event in enumerate(events):
        stem = stems[rows[event.emitter]]
        if event.action == "trigger":
            used.append(_strike(number, event, stem, shelf, chance))
        elif event.action == "start":
            end = _end(events, number, frames)
            used += _sustain(number, event, stem, end, features[rows[event.emitter]], shelf, chance)
    peak = max(float(np.abs(stems).max(initial=0.0)), float(np.abs(stems.sum(axis=0)).max(initial=0.0)))
    gain = min(1.0, CEILING / peak) if peak > 0.0 else 1.0
    # On the grid of 24 bit, so that what is written to FLAC is what is in memory, bit for bit.
    grid = (np.round(stems * gain * FULL_SCALE_24) / FULL_SCALE_24 + 0.0).astype(np.float32)  # no -0.0
    return Sounded(grid, tuple(used), round(20.0 * float(np.log10(gain)), 4))


def _strike(number: int, event: TraceEvent, stem: np.ndarray, shelf: Shelf, chance: np.random.Generator) -> UsedClip:
    contact = event.contact
    rung, clip = shelf.take(event.name, contact.material, contact.other, force(contact), chance)
    gain, tilt = gain_db(contact, clip.attributes.loudness_lufs), tilt_db(contact)
    samples, onset = take(clip, shelf.source, from_strike=event.name != "door_open")
    samples = tilted(samples, tilt) * np.float32(db_to_gain(gain))
    first = event.at - onset
    cut = max(0, -first)
    last = min(stem.size, first + samples.size)
    if last > first + cut:
        stem[first + cut : last] += samples[cut : last - first]
    return UsedClip(
        clip=clip.id, event=number, at_frame=event.at, gain_db=round(gain, 3), tilt_db=round(tilt, 3), rung=rung
    )


def take(clip: Clip, source: ClipSource, *, from_strike: bool = True) -> tuple[Samples, int]:
    """One blow of a recording, and where in it the blow is: from 2 ms before it until the next, or the end.

    Many recordings begin before their blow: a foot slides, a latch is touched. ``from_strike`` leaves that out, so
    that what is heard most is where the event is.
    """
    samples = source.samples(clip)
    onset = strike(samples, clip.onset_frames) if from_strike else next(iter(clip.onset_frames), 0)
    begin = max(0, onset - LEAD_FRAMES)
    later = [at for at in clip.onset_frames if at - onset >= NEXT_ONSET_S * RATE_HZ]
    end = later[0] - LEAD_FRAMES if later else samples.size
    part = samples[begin:end].copy()
    lead = onset - begin
    part[:lead] *= np.linspace(0.0, 1.0, lead, endpoint=False, dtype=np.float32)
    fade = min(FADE_FRAMES, part.size // 4)
    part[part.size - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return part, lead


def strike(samples: Samples, onsets: Sequence[int]) -> int:
    """The frame where the loudest of the first second begins: the corpus's onset if one is near, else by envelope."""
    first = next(iter(onsets), 0)
    part = samples[first : first + RATE_HZ]
    blocks = part.size // STRIKE_FRAMES
    if blocks < 2:
        return first
    power = np.square(part[: blocks * STRIKE_FRAMES]).reshape(blocks, STRIKE_FRAMES).mean(axis=1)
    peak = int(power.argmax())
    quiet = np.flatnonzero(power[:peak] < STRIKE_SHARE * power[peak])
    begin = first + STRIKE_FRAMES * (int(quiet[-1]) + 1 if quiet.size else 0)
    near = [at for at in (first, *onsets) if abs(at - begin) <= 4 * STRIKE_FRAMES]
    return min(near, key=lambda at: abs(at - begin)) if near else begin


def _sustain(
    number: int,
    event: TraceEvent,
    stem: np.ndarray,
    end: int,
    rows: Features,
    shelf: Shelf,
    chance: np.random.Generator,
) -> list[UsedClip]:
    rung, clips = shelf.pool(event.name, event.contact.material, event.contact.other)
    first_tick = event.at // TICK_FRAMES
    level = drive(event.name, rows[first_tick : end // TICK_FRAMES + 2], event.contact)
    samples, grains = sustained(end - event.at, level, clips, shelf.source, chance)
    stem[event.at : end] += samples * full_gain(event.name)
    return [
        UsedClip(
            clip=grain.clip.id, event=number, at_frame=event.at + grain.at_frame, gain_db=0.0, tilt_db=0.0, rung=rung
        )
        for grain in grains
    ]


def _end(events: Sequence[TraceEvent], number: int, frames: int) -> int:
    start = events[number]
    stops = (
        event.at
        for event in events[number + 1 :]
        if event.emitter == start.emitter and event.name == start.name and event.action == "stop"
    )
    return min(frames, next(stops, frames))
