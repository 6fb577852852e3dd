"""What the plug-in makes of notes, written down once more, as docs/plugin.md says it: the other side of the tests."""

import numpy as np
import soundfile

from hobnail.render import render
from hobnail.render.timeline import Timeline, TimelineEvent
from hobnail.scene import Contact, EmitterSettings

EVENTS = (
    "footstep", "impact", "door_open", "door_close", "splash", "cloth",
    "scrape", "roll", "rain", "pour", "cloth_move", "creak", "wind",
)  # fmt: skip
SUSTAINED = EVENTS[6:]
MASK = (1 << 64) - 1
MIDDLE = {"pitch": 0.5, "intensity": 0.5, "texture": 0.5}


def note_seed(seed, key, place):
    """The take of a note."""
    x = (seed * 0x9E3779B97F4A7C15 + key * 0xD1B54A32D192ED03 + place) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return (x ^ (x >> 31)) >> 1


def timeline(notes, duration_frames, *, event="footstep", surface=None, seed=0, prompt="", controls=None, places=None):
    """Notes (frame, key, velocity, frames held) as a timeline of the plug-in's emitter.

    ``places``: of notes whose take goes by another number than their frame.
    """
    controls = {**MIDDLE, **(controls or {})}
    events = []
    for frame, key, velocity, held in notes:
        pad = 36 <= key < 36 + len(EVENTS)
        name = EVENTS[key - 36] if pad else event
        told = {} if pad else {"pitch": min(1.0, max(0.0, (controls["pitch"] * 24 - 12 + key - 72 + 12) / 24))}
        events.append(
            TimelineEvent(
                at=frame,
                emitter="instrument",
                name=name,
                action="start" if name in SUSTAINED else "trigger",
                contact=Contact(intensity=(velocity - 1) / 126.0, material=surface),
                controls=told,
                seed=note_seed(seed, key, (places or {}).get(frame, frame)),
            )
        )
        if name in SUSTAINED:
            events.append(TimelineEvent(at=frame + held, emitter="instrument", name=name, action="stop"))
    settings = EmitterSettings(prompt=prompt, pan=0.0, seed=seed, controls=controls)
    return Timeline(duration_s=duration_frames / 48_000, emitters={"instrument": settings}, events=tuple(events))


def rendered(source, folder):
    """What ``hobnail render`` makes of a timeline: float32 [frames, 2]."""
    target = folder / "rendered.wav"
    render(source, target, samples="float")
    sound, rate = soundfile.read(target, dtype="float32", always_2d=True)
    assert rate == 48_000
    return np.ascontiguousarray(sound)
