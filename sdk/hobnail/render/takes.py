"""A take as something to render: the decisions as they were made, or the wishes of its clients, played anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from hobnail.assembly import new_mixer, prepared_engines
from hobnail.commands import AnyCommand, SetTap, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.contracts import Engine, Float32
from hobnail.errors import ConfigError
from hobnail.host import Host
from hobnail.render.inputs import Score
from hobnail.render.performance import Advance, Performance
from hobnail.render.spool import Spool
from hobnail.render.stems import TAPS, TappedMixer, panned
from hobnail.render.waves import Cue
from hobnail.settings import settings_from
from hobnail.take import Take, play_take, read_take
from hobnail.take.model import Asked, NotDone, Opened, Started
from hobnail_native import ClockPage, Mixer


@dataclass(frozen=True, slots=True)
class TakeScore:
    """A take, and what is said of it."""

    take: Take
    score: Score


def read_take_score(path: Path) -> TakeScore:
    """A take as it was decided. Raises RenderError."""
    take = read_take(path)
    starts = {line.voice: line for line in take.lines if isinstance(line, Started)}
    cues = [
        Cue(at=line.start_frame, name=f"{start.emitter.id}: {start.event}")
        for line in take.lines
        if isinstance(line, Opened) and (start := starts.get(line.voice)) is not None
    ]
    warnings = []
    end = take.end
    if end is None:
        warnings.append("The take was cut off; it is rendered up to there.")
    elif end.underruns:
        warnings.append(f"{end.underruns} times a voice ran dry while it was played; the gaps are rendered too.")
    if end is not None and end.inexact:
        warnings.append(f"{end.inexact} moves may lie 64 frames beside where they were heard.")
    return TakeScore(
        take=take,
        score=Score(
            kind="take",
            commands=(),
            frames=take.frames,
            cues=sorted(cues, key=lambda cue: cue.at),
            events=len(cues),
            warnings=tuple(warnings),
            title=path.stem,
        ),
    )


def wishes(take: Take) -> list[AnyCommand]:
    """What clients asked for and was not refused, in order of time, each at the frame at which it came or was due."""
    refused = {(line.client, line.request) for line in take.lines if isinstance(line, NotDone)}
    commands: list[AnyCommand] = []
    for line in take.lines:
        if not isinstance(line, Asked) or isinstance(line.command, SetTap):
            continue
        command: AnyCommand = line.command
        if command.request is not None and (command.client, command.request) in refused:
            continue
        due = line.at if command.at_frame is None else max(command.at_frame, line.at)
        commands.append(msgspec.structs.replace(command, at_frame=due, received_ns=None))
    commands.sort(key=lambda command: command.at_frame or 0)
    numbered: list[AnyCommand] = []
    for number, command in enumerate(commands):
        numbered.append(
            msgspec.structs.replace(command, request=number) if isinstance(command, TriggerEvent) else command
        )
    return numbered


def take_config(take: Take, config: Config, *, engine: str | None = None) -> Config:
    """The configuration with the take's session in it: its voices, buses and engines."""
    try:
        session = settings_from(SessionConfig, take.header.session, where="take: session")
    except ConfigError:  # made by another version, whose settings are not these
        session = config.session
    changes: dict[str, Any] = {"engine": engine or take.header.engine, "telemetry": (), "sink": "null"}
    session = msgspec.structs.replace(session, **changes)
    tables = {**take.header.engines, **config.engine}
    return msgspec.structs.replace(config, session=session, engine=tables)


def perform_take(
    take: Take, *, host: Host, config: Config, stems: bool = False, advance: Advance | None = None
) -> Performance:
    """Play a take as it was decided: for the same bundle, what was heard, bit for bit."""
    engines = prepared_engines(host, config)
    mix, monos, desk = _pass(take, engines, config, first=0 if stems else None, advance=advance)
    out: dict[str, Float32] = {}
    first = 0
    while stems and desk is not None:
        for strip, mono in monos.items():
            stereo = Spool(2)
            for piece in panned(mono.array()[: len(mix)], desk.placings[strip], desk.bus_levels):
                stereo.append(piece)
            name = _users(take).get(strip, f"strip-{strip}")
            out[name] = stereo.array() if name not in out else out[name] + stereo.array()
        first += TAPS
        if len(desk.placings) <= first:
            break
        _, monos, desk = _pass(take, engines, config, first=first, advance=None)
    return Performance(mix, out, ())


def _pass(
    take: Take, engines: Mapping[str, Engine], config: Config, *, first: int | None, advance: Advance | None
) -> tuple[Float32, dict[int, Spool], TappedMixer | None]:
    made: list[TappedMixer] = []

    def mixer() -> Mixer:
        if first is None:
            return new_mixer(config.session, ClockPage(), Mixer)
        made.append(new_mixer(config.session, ClockPage(), partial(TappedMixer, first=first)))
        return made[0]

    mix, monos = Spool(2), dict[int, Spool]()
    for block in play_take(take, engines, mixer):
        mix.append(block)
        for strip, ring in made[0].rings.items() if made else ():
            spool = monos.setdefault(strip, Spool(1))
            if ring.readable:
                at, samples = ring.read_stamped(ring.capacity_frames)
                spool.pad_to(at)
                spool.append(samples)
        if advance is not None:
            advance(len(block))
    for spool in monos.values():
        spool.pad_to(mix.frames)
    return mix.array(), monos, made[0] if made else None


def _users(take: Take) -> dict[int, str]:
    """Strip -> the emitter that it sounded for."""
    starts = {line.voice: line.emitter.id for line in take.lines if isinstance(line, Started)}
    return {line.strip: starts[line.voice] for line in take.lines if isinstance(line, Opened)}
