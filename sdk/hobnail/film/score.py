"""A film as a timeline: prompts say what is heard and when, motion says exactly when and how hard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hobnail.audio import RATE_HZ
from hobnail.contracts import EngineSpec, Float32
from hobnail.errors import RenderError
from hobnail.film.decode import Film, read_film
from hobnail.film.motion import STEP_FRAMES, motion_curve, motion_levels, motion_of
from hobnail.film.onsets import DEFAULT_THRESHOLD, Seen, find_onsets
from hobnail.film.words import event_for, material_for
from hobnail.render.checks import prompt_span
from hobnail.render.timeline import Curve, PromptRange, Timeline, TimelineEvent
from hobnail.scene import Contact, EmitterSettings

SPEED_M_S = 3.0  # of what moves most in the film; softer motion is slower


@dataclass(frozen=True, slots=True, eq=False)
class FilmScore:
    """A film, what was seen in it, and the timeline that came of it."""

    film: Film
    levels: Float32  #: of motion, as :func:`hobnail.film.motion.motion_levels` gives them
    seen: tuple[Seen, ...]
    timeline: Timeline
    warnings: tuple[str, ...]


def read_film_score(
    path: Path,
    prompts: Sequence[PromptRange],
    engine: EngineSpec,
    *,
    threshold: float = DEFAULT_THRESHOLD,
    offset_frames: int = 0,
) -> FilmScore:
    """Decode a clip and find what happens in it. Raises RenderError; a clip without motion is only told of."""
    film = read_film(path)
    motion = motion_of(film.pictures, film.at_frames, film.frames)
    levels = motion_levels(motion.rows)
    seen = find_onsets(motion, film.frames, threshold=threshold, offset_frames=offset_frames)
    timeline = film_timeline(film, levels, seen, prompts or [PromptRange(prompt="")], engine, title=path.stem)
    warnings = [
        f"Prompt {number} begins at {prompt.from_s:g} s, after the end of the film at {film.duration_s:.2f} s."
        for number, prompt in enumerate(prompts, start=1)
        if prompt.from_s >= film.duration_s
    ]
    if not seen and not any(event.action == "start" for event in timeline.events):
        warnings.append("No contact was seen, so there is nothing to hear; --events can be edited by hand.")
    if film.broken:
        warnings.append(f"{film.broken} pieces of the film could not be decoded.")
    if film.lost:
        warnings.append(f"{film.lost} pieces of the film are of another size and were left out.")
    return FilmScore(film, levels, tuple(seen), timeline, tuple(warnings))


def scored(path: Path, timeline: Timeline) -> FilmScore:
    """A clip beside a timeline that was made of it, and perhaps edited since. Raises RenderError."""
    film = read_film(path)
    levels = motion_levels(motion_of(film.pictures, film.at_frames, film.frames).rows)
    return FilmScore(film, levels, (), timeline, ())


def film_timeline(
    film: Film,
    levels: Float32,
    seen: Sequence[Seen],
    prompts: Sequence[PromptRange],
    engine: EngineSpec,
    *,
    title: str = "",
) -> Timeline:
    """Each prompt is an emitter; contacts go to the one whose time it is. Raises RenderError for overlaps."""
    emitters: dict[str, EmitterSettings] = {}
    events: list[TimelineEvent] = []
    curves: list[Curve] = []
    held: list[tuple[float, float]] = []
    for number, prompt in enumerate(prompts, start=1):
        begin_s, end_s = prompt_span(prompt)
        end_s = min(end_s, film.duration_s)
        if begin_s >= end_s:
            continue
        name, sustained = event_for(prompt.prompt, engine)
        if not sustained:
            for other_begin, other_end in held:
                if begin_s < other_end and other_begin < end_s:
                    raise RenderError(
                        f"prompt {number}: from {begin_s:g} s to {end_s:g} s overlaps another prompt for contacts.",
                        cure='Give each its own time: --prompt "0-2=boots on gravel" --prompt "2-4=boots on wood".',
                    )
            held.append((begin_s, end_s))
        emitter = f"{number}-{name}"
        emitters[emitter] = EmitterSettings(prompt=prompt.prompt)
        material = material_for(prompt.prompt, engine)
        if sustained:
            events += _held(emitter, name, begin_s, end_s, material)
            curves.append(_speed(emitter, levels, begin_s, end_s))
            continue
        events += [
            TimelineEvent(
                at=each.at,
                emitter=emitter,
                name=name,
                id=f"{emitter}-{count}",
                contact=Contact(material=material, speed_m_s=round(SPEED_M_S * max(0.1, each.strength), 3)),
                confidence=each.confidence,
            )
            for count, each in enumerate(seen, start=1)
            if begin_s * RATE_HZ <= each.at < end_s * RATE_HZ
        ]
    return Timeline(
        title=title,
        duration_s=film.duration_s,
        emitters=emitters,
        events=tuple(sorted(events, key=lambda event: event.frame)),
        curves=tuple(curves),
    )


def _held(emitter: str, name: str, begin_s: float, end_s: float, material: str | None) -> list[TimelineEvent]:
    begin, end = round(begin_s * RATE_HZ), round(end_s * RATE_HZ)
    contact = Contact(material=material)
    return [
        TimelineEvent(at=begin, emitter=emitter, name=name, action="start", contact=contact, id=f"{emitter}-start"),
        TimelineEvent(at=max(begin, end - 1), emitter=emitter, name=name, action="stop", id=f"{emitter}-stop"),
    ]


def _speed(emitter: str, levels: Float32, begin_s: float, end_s: float) -> Curve:
    """A sustained sound follows how much moves."""
    curve = motion_curve(levels)
    first, last = round(begin_s * RATE_HZ) // STEP_FRAMES, round(end_s * RATE_HZ) // STEP_FRAMES
    points = tuple(
        (round(index * STEP_FRAMES / RATE_HZ, 4), round(SPEED_M_S * float(curve[index]), 3))
        for index in range(max(0, first), min(len(curve), last + 1), 2)
    )
    return Curve(emitter=emitter, feature="speed_m_s", points=points or ((begin_s, 0.0),))
