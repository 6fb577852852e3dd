"""A film scene's worth of Foley offline: a minute, two hundred events, twelve emitters, by each engine."""

from __future__ import annotations

import time
from typing import Final

import msgspec
import numpy as np

from hobnail.bench.figures import Figure
from hobnail.config import Config
from hobnail.contracts import EngineSpec
from hobnail.host import Host
from hobnail.offline import OfflineSession
from hobnail.render import Curve, Timeline, TimelineEvent, timeline_commands
from hobnail.scene import Contact, EmitterSettings

SECONDS: Final = 60.0
EVENTS: Final = 200
EMITTERS: Final = 12
HELD: Final = 10  #: of the events are starts, as many are stops
HELD_S: Final = 6.0
WANTED: Final = 8.0
_MATERIALS: Final = ("gravel", "wood", "stone", "metal", "grass", "concrete")


def minute(spec: EngineSpec, seed: int = 1) -> Timeline:
    """A minute of an engine's own events: ten sounds that last six seconds and follow speed, the others struck."""
    dice = np.random.default_rng(seed)
    struck = [event.name for event in spec.events if event.kind == "one_shot"]
    held = [event.name for event in spec.events if event.kind == "sustained"]
    known: list[str | None] = [material for material in _MATERIALS if material in spec.materials]
    known = known or [None]
    names = [f"emitter-{number}" for number in range(EMITTERS)]
    lasting = HELD if held else 0
    events: list[TimelineEvent] = []
    curves: list[Curve] = []
    for number in range(lasting):
        emitter, name = names[number % EMITTERS], held[number % len(held)]
        at_s = (SECONDS - HELD_S - 1.0) * number / HELD
        contact = Contact(material=known[number % len(known)])
        events.append(TimelineEvent(at_s=at_s, emitter=emitter, name=name, action="start", contact=contact))
        events.append(TimelineEvent(at_s=at_s + HELD_S, emitter=emitter, name=name, action="stop"))
        points = ((at_s, 0.3), (at_s + 3.0, 2.5), (at_s + HELD_S, 0.3))
        curves.append(Curve(emitter=emitter, feature="speed_m_s", points=points))
    for number, at_s in enumerate(np.sort(dice.uniform(0.0, SECONDS - 1.0, EVENTS - 2 * lasting))):
        contact = Contact(material=known[number % len(known)], speed_m_s=float(dice.uniform(0.5, 4.0)))
        name = struck[number % len(struck)]
        events.append(TimelineEvent(at_s=float(at_s), emitter=names[number % EMITTERS], name=name, contact=contact))
    return Timeline(
        title="a minute",
        duration_s=SECONDS,
        emitters={name: EmitterSettings(gain_db=-12.0, pan=float(dice.uniform(-0.8, 0.8))) for name in names},
        events=tuple(sorted(events, key=lambda event: event.frame)),
        curves=tuple(curves),
    )


def timeline(host: Host, config: Config) -> list[Figure]:
    """How many times faster than real time, loading left out, by every engine that has enough events."""
    figures = []
    for offer in host.offers("engines"):
        spec = host.build("engines", offer.id, config.settings("engines", offer.id)).spec
        if any(event.kind == "one_shot" for event in spec.events):
            figures.append(_figure(host, config, spec))
    return figures


def _figure(host: Host, config: Config, spec: EngineSpec) -> Figure:
    own = msgspec.structs.replace(config, session=msgspec.structs.replace(config.session, engine=spec.id))
    scene = minute(spec)
    session = OfflineSession(own, host=host)
    began = time.perf_counter()
    frames = sum(len(block) for block in session.render(timeline_commands(scene), scene.duration_frames))
    taken_s = time.perf_counter() - began
    return Figure(
        name=f"timeline, {EVENTS} events, {EMITTERS} emitters: {spec.id}",
        value=round(frames / 48_000 / taken_s, 1),
        unit="x real time",
        wanted=WANTED,
        at_least=True,
        detail=f"{SECONDS:g} s in {taken_s:.1f} s; {HELD} sounds of {HELD_S:g} s, the others one-shots",
    )
