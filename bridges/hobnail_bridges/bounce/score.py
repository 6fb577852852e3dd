"""What a bounce was told, kept as a timeline: ``hobnail render`` makes the same sound of it, and people can edit it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from hobnail.audio import RATE_HZ
from hobnail.commands import AnyCommand, PutEmitter, SetControl, TriggerEvent
from hobnail.errors import RenderError
from hobnail.render.reading import write_timeline
from hobnail.render.timeline import Curve, PromptRange, Timeline, TimelineEvent
from hobnail.scene import EmitterSettings


def timeline_of(commands: Sequence[AnyCommand], frames: int) -> Timeline:
    """Commands, each with its frame, as a timeline of ``frames`` frames."""
    emitters: dict[str, EmitterSettings] = {}
    events: list[TimelineEvent] = []
    prompts: list[PromptRange] = []
    points: dict[tuple[str | None, str], list[tuple[float, float]]] = {}
    for command in commands:
        at = command.at_frame or 0
        match command:
            case PutEmitter(create=True):
                emitters[command.emitter] = command.settings
            case PutEmitter() if isinstance(command.settings.prompt, str):
                words = PromptRange(prompt=command.settings.prompt, from_s=at / RATE_HZ, emitter=command.emitter)
                prompts = [_ended(prompt, words) for prompt in prompts] + [words]
            case SetControl():
                points.setdefault((command.emitter, command.control), []).append((at / RATE_HZ, command.value))
            case TriggerEvent():
                events.append(
                    TimelineEvent(
                        at=at,
                        emitter=command.emitter,
                        name=command.name,
                        action=command.action,
                        contact=command.contact,
                        controls=command.controls,
                        gain_db=command.gain_db,
                        seed=command.seed,
                    )
                )
    curves = [
        Curve(points=tuple(places), emitter=emitter, control=control, shape="hold")
        for (emitter, control), places in points.items()
    ]
    return Timeline(
        title="bounce",
        duration_s=max(frames, 1) / RATE_HZ,
        emitters=emitters,
        events=tuple(events),
        curves=tuple(curves),
        prompts=tuple(prompts),
    )


def write_score(commands: Sequence[AnyCommand], frames: int, folder: Path) -> Path:
    """A timeline of the next free name in a folder. Raises RenderError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RenderError(f"{folder}: cannot be made: {error.strerror or error}.", cure="Name another.") from error
    names = (folder / f"bounce-{os.getpid()}-{number:03d}.json" for number in count(1))
    path = next(name for name in names if not name.exists())
    write_timeline(timeline_of(commands, frames), path)
    return path


def _ended(prompt: PromptRange, following: PromptRange) -> PromptRange:
    if prompt.to_s is not None or prompt.emitter != following.emitter or prompt.from_s >= following.from_s:
        return prompt
    return PromptRange(prompt=prompt.prompt, from_s=prompt.from_s, to_s=following.from_s, emitter=prompt.emitter)
