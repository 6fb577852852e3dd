"""What an engine is loaded with: sustained voices, a stream of one-shots, a recorded game. No clock, no session."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count, islice
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.commands import AnyCommand, PutEmitter, SetFeatures, TriggerEvent
from hobnail.contracts import EngineSpec
from hobnail.scene import Contact, EmitterSettings
from hobnail.trace import Trace, trace_commands

Timed = tuple[float, AnyCommand]
"""(seconds since the load began, what to tell the session then)."""

_MATERIALS: Final[tuple[str, ...]] = ("stone", "wood", "metal", "gravel")
_MOVES: Final = ("speed_m_s", "slip_m_s", "wetness")
_TICK_S: Final = 1.0 / 30.0


def sustained(spec: EngineSpec, voices: int) -> list[AnyCommand]:
    """``voices`` emitters, each with one of the engine's sustained events, started and in motion."""
    events = [event.name for event in spec.events if event.kind == "sustained"]
    told: list[AnyCommand] = []
    if not events:
        return told
    for number in range(voices):
        emitter = _held(number)
        material = _known(spec, number)
        told.append(PutEmitter(emitter=emitter, settings=EmitterSettings(material=material, gain_db=-24.0)))
        name = events[number % len(events)]
        contact = Contact(material=material, speed_m_s=1.0)
        told.append(TriggerEvent(emitter=emitter, name=name, action="start", contact=contact))
    return told


def moved(voices: int, seconds: float) -> Iterator[Timed]:
    """Frame features of all sustained voices at every tick: none stands still, so nothing can be skipped."""
    emitters = tuple(_held(number) for number in range(voices))
    phases = np.arange(voices, dtype=np.float32)
    for tick in range(int(seconds / _TICK_S) if voices else 0):
        at_s = tick * _TICK_S
        speed = 1.0 + 0.5 * np.sin(0.7 * phases + 2.0 * at_s)
        values = np.stack([speed, 0.5 * speed, np.full(voices, 0.3)], axis=1).astype("<f4")
        yield at_s, SetFeatures(emitters=emitters, columns=_MOVES, values=values.tobytes())


def one_shots(spec: EngineSpec, per_second: float, seconds: float, kinds: int = 0) -> Iterator[Timed]:
    """Footsteps, knocks and whatever else the engine knows, evenly spaced, over sixteen emitters.

    ``kinds``: so many kinds of event come again and again; 0: all.
    """
    events = [event.name for event in spec.events if event.kind == "one_shot"]
    if not events or per_second <= 0:
        return
    for number in range(16):
        settings = EmitterSettings(material=_known(spec, number), gain_db=-24.0)
        yield 0.0, PutEmitter(emitter=f"struck-{number}", settings=settings)
    for number in range(int(seconds * per_second)):
        kind = number % kinds if kinds else number
        contact = Contact(material=_known(spec, kind // 3), speed_m_s=1.0 + kind % 5)
        name = events[kind % len(events)]
        yield (
            number / per_second,
            TriggerEvent(emitter=f"struck-{kind % 16}", name=name, contact=contact, request=number),
        )


def game(trace: Trace, seconds: float) -> Iterator[Timed]:
    """A trace over and over for ``seconds``, as its game sent it."""
    length_s = trace.duration_s
    emitters = len(trace.emitters)
    rounds = chain.from_iterable(
        (
            (round_ * length_s, command)
            for command in islice(trace_commands(trace), 0 if round_ == 0 else emitters, None)
        )
        for round_ in count()
    )
    for offset_s, command in rounds:
        at_s = offset_s + (command.at_frame or 0) / RATE_HZ
        if at_s > seconds:
            return
        yield at_s, command


def _held(number: int) -> str:
    return f"held-{number}"


def _known(spec: EngineSpec, number: int) -> str:
    known = [material for material in _MATERIALS if material in spec.materials] or list(spec.materials[:4]) or [""]
    return known[number % len(known)]
