"""What a timeline must keep to beyond its types. Problems that spoil it are told apart from ones that do not."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from hobnail.render.timeline import Curve, PromptRange, Timeline, TimelineEvent
from hobnail.scene import SCENE_FEATURES
from hobnail.settings import closest


def timeline_problem(timeline: Timeline) -> tuple[str, str]:
    """(place, what is wrong there); two empty strings when the timeline can be rendered."""
    return next(_problems(timeline), ("", ""))


def timeline_warnings(timeline: Timeline) -> tuple[str, ...]:
    """What is probably not meant, but can be rendered."""
    end = timeline.duration_frames
    late = [] if end is None else [event for event in timeline.events if event.frame >= end]
    said = []
    if late:
        said.append(
            f"{len(late)} of {len(timeline.events)} events come after the end at {timeline.duration_s:g} s and are "
            f"left out; the first is {late[0].name!r} of {late[0].emitter!r} at {late[0].frame / 48_000:g} s."
        )
    if not timeline.events:
        said.append("There is no event in it, so it is silent.")
    return tuple(said)


def _problems(timeline: Timeline) -> Iterator[tuple[str, str]]:
    ids: dict[str, int] = {}
    for number, event in enumerate(timeline.events):
        where = f"events[{number}]"
        yield from ((f"{where}.{place}", said) for place, said in _event_problems(event, timeline))
        if event.id and event.id in ids:
            yield f"{where}.id", f"{event.id!r} is the id of events[{ids[event.id]}] already"
        ids[event.id] = number
    for number, curve in enumerate(timeline.curves):
        yield from ((f"curves[{number}].{place}", said) for place, said in _curve_problems(curve, timeline))
    yield from _prompt_problems(timeline)
    for number, move in enumerate(timeline.listener):
        if not any(move.forward) or not any(move.up):
            yield f"listener[{number}]", "forward or up has no length"


def _event_problems(event: TimelineEvent, timeline: Timeline) -> Iterator[tuple[str, str]]:
    if (event.at is None) == (event.at_s is None):
        yield "at_s", "expected either at_s (seconds) or at (frames)"
    if event.emitter not in timeline.emitters:
        yield "emitter", f"{event.emitter!r} is not an emitter. {closest(event.emitter, list(timeline.emitters))}"
    for control, value in event.controls.items():
        if not 0.0 <= value <= 1.0:
            yield f"controls.{control}", f"found {value}, expected 0..1"
    for name in ("speed_m_s", "slip_m_s", "impulse_n_s", "mass_kg", "size_m", "intensity"):
        value = getattr(event.contact, name)
        if value is not None and not (math.isfinite(value) and value >= 0.0):
            yield f"contact.{name}", f"found {value}, expected 0 or more"


def _curve_problems(curve: Curve, timeline: Timeline) -> Iterator[tuple[str, str]]:
    if (curve.control is None) == (curve.feature is None):
        yield "control", "expected either control or feature"
    if curve.emitter is not None and curve.emitter not in timeline.emitters:
        yield "emitter", f"{curve.emitter!r} is not an emitter. {closest(curve.emitter, list(timeline.emitters))}"
    if curve.feature is not None and curve.feature not in SCENE_FEATURES:
        yield "feature", f"{curve.feature!r} is not a feature. {closest(curve.feature, SCENE_FEATURES)}"
    times = [at for at, _ in curve.points]
    for number, (before, after) in enumerate(pairwise(times), start=1):
        if after < before:
            yield f"points[{number}]", f"at {after:g} s, before the point ahead of it at {before:g} s"
    for number, (_, value) in enumerate(curve.points):
        if curve.control is not None and not 0.0 <= value <= 1.0:
            yield f"points[{number}]", f"found value {value}, expected 0..1"


def _prompt_problems(timeline: Timeline) -> Iterator[tuple[str, str]]:
    """Of two prompts at the same time nobody could say which one holds."""
    held: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for number, prompt in enumerate(timeline.prompts):
        if prompt.emitter is not None and prompt.emitter not in timeline.emitters:
            yield (
                f"prompts[{number}].emitter",
                f"{prompt.emitter!r} is not an emitter. {closest(prompt.emitter, list(timeline.emitters))}",
            )
            continue
        begin, end = prompt_span(prompt)
        if end <= begin:
            yield f"prompts[{number}].to_s", f"{end:g} s is not after from_s, {begin:g} s"
        for emitter in timeline.emitters if prompt.emitter is None else (prompt.emitter,):
            for other_begin, other_end, other in held[emitter]:
                if begin < other_end and other_begin < end:
                    yield (
                        f"prompts[{number}]",
                        f"overlaps prompts[{other}] of emitter {emitter!r} from {max(begin, other_begin):g} s"
                        f" to {min(end, other_end):g} s; one prompt holds at a time",
                    )
            held[emitter].append((begin, end, number))


def prompt_span(prompt: PromptRange) -> tuple[float, float]:
    """From when to when, in seconds; without an end, for ever."""
    return prompt.from_s, math.inf if prompt.to_s is None else prompt.to_s
