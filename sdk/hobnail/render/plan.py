"""A timeline as the commands of a session, each with its frame and every event with a seed of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import msgspec
import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ, seconds_to_frames
from hobnail.commands import AnyCommand, PutEmitter, SetBusGain, SetControl, SetFeatures, SetListener, TriggerEvent
from hobnail.render.checks import prompt_span
from hobnail.render.timeline import Curve, Timeline, TimelineEvent
from hobnail.scene import EmitterSettings
from hobnail.stage import stable_seed

_ORDER = {PutEmitter: 0, SetListener: 1, SetBusGain: 1, SetFeatures: 2, SetControl: 3, TriggerEvent: 4}


def timeline_commands(timeline: Timeline) -> list[AnyCommand]:
    """Every command, in order of time; of one moment, settings come before what sounds by them.

    The number of an event in ``timeline.events`` is its command's ``request``. Events after the end are left out.
    """
    seeds = event_seeds(timeline)
    commands: list[AnyCommand] = [
        PutEmitter(emitter=emitter, settings=settings, at_frame=0) for emitter, settings in timeline.emitters.items()
    ]
    commands += [SetListener(pose=move.pose, at_frame=seconds_to_frames(move.at_s)) for move in timeline.listener]
    commands += [
        SetBusGain(bus=level.bus, gain_db=level.gain_db, at_frame=seconds_to_frames(level.at_s))
        for level in timeline.buses
    ]
    commands += _prompts(timeline)
    for curve in timeline.curves:
        commands += _curve(curve, timeline)
    end = timeline.duration_frames
    commands += [
        _event(event, number, seeds[number])
        for number, event in enumerate(timeline.events)
        if end is None or event.frame < end
    ]
    created = commands[: len(timeline.emitters)]
    rest = sorted(commands[len(timeline.emitters) :], key=lambda command: (command.at_frame or 0, _rank(command)))
    return created + rest


def event_seeds(timeline: Timeline) -> list[int]:
    """A seed for each event, from what the event is and not from when it comes: moving one changes no other."""
    counted: Counter[str] = Counter()
    seeds = []
    for event in timeline.events:
        counted[event.emitter] += 1
        settings = timeline.emitters.get(event.emitter, EmitterSettings())
        own = settings.seed if isinstance(settings.seed, int) else ""
        name = event.id or counted[event.emitter]
        seeds.append(stable_seed(timeline.seed, own, event.emitter, name) if event.seed is None else event.seed)
    return seeds


def curve_value(curve: Curve, at_s: float) -> float:
    """The curve at a moment; before its first point and after its last one it stands still."""
    times = [at for at, _ in curve.points]
    values = [value for _, value in curve.points]
    if curve.shape == "hold":
        return values[max(0, int(np.searchsorted(times, at_s, side="right")) - 1)]
    if curve.shape == "linear":
        return float(np.interp(at_s, times, values))
    upper = min(max(1, int(np.searchsorted(times, at_s, side="right"))), len(times) - 1)
    if len(times) == 1 or times[upper] == times[upper - 1]:
        return values[min(upper, len(values) - 1)]
    share = min(1.0, max(0.0, (at_s - times[upper - 1]) / (times[upper] - times[upper - 1])))
    share = share * share * (3.0 - 2.0 * share)
    return values[upper - 1] + (values[upper] - values[upper - 1]) * share


def _rank(command: AnyCommand) -> int:
    return _ORDER.get(type(command), 9)


def _event(event: TimelineEvent, number: int, seed: int) -> TriggerEvent:
    return TriggerEvent(
        request=number,
        at_frame=event.frame,
        emitter=event.emitter,
        name=event.name,
        action=event.action,
        contact=event.contact,
        controls=event.controls,
        gain_db=event.gain_db,
        seed=seed,
    )


def _prompts(timeline: Timeline) -> Iterator[PutEmitter]:
    for prompt in timeline.prompts:
        begin, end = prompt_span(prompt)
        for emitter in timeline.emitters if prompt.emitter is None else (prompt.emitter,):
            words = EmitterSettings(prompt=prompt.prompt)
            if prompt.material is not None:
                words = msgspec.structs.replace(words, material=prompt.material)
            yield PutEmitter(emitter=emitter, create=False, settings=words, at_frame=seconds_to_frames(begin))
            follows = any(other.from_s == end and other.emitter in (None, emitter) for other in timeline.prompts)
            if math.isfinite(end) and not follows:
                yield PutEmitter(
                    emitter=emitter,
                    create=False,
                    settings=_own_words(timeline.emitters[emitter], prompt.material is not None),
                    at_frame=seconds_to_frames(end),
                )


def _own_words(settings: EmitterSettings, material: bool) -> EmitterSettings:
    words = EmitterSettings(prompt=settings.prompt if isinstance(settings.prompt, str) else "")
    own = settings.material if isinstance(settings.material, str) else ""
    return msgspec.structs.replace(words, material=own) if material else words


def _curve(curve: Curve, timeline: Timeline) -> Iterator[SetControl | SetFeatures]:
    """One command a hop while it moves, and none while it stands."""
    begin, end = (seconds_to_frames(curve.points[which][0]) for which in (0, -1))
    if timeline.duration_frames is not None:
        end = min(end, timeline.duration_frames)
    frames = sorted({begin, *range(begin - begin % HOP_FRAMES + HOP_FRAMES, end, HOP_FRAMES), end})
    if curve.shape == "hold":
        frames = sorted({seconds_to_frames(at) for at, _ in curve.points})
    targets = tuple(timeline.emitters) if curve.emitter is None else (curve.emitter,)
    last: float | None = None
    for frame in frames:
        value = curve_value(curve, frame / RATE_HZ)
        if value == last:
            continue
        last = value
        if curve.feature is not None:
            values = np.full((len(targets), 1), value, "<f4").tobytes()
            yield SetFeatures(at_frame=frame, emitters=targets, columns=(curve.feature,), values=values)
        elif curve.control is not None:
            for emitter in targets:
                yield SetControl(at_frame=frame, emitter=emitter, control=curve.control, value=value)
