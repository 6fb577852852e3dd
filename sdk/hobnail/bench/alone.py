"""One voice that lasts, rendered alone: how many times faster than real time, on one thread."""

from __future__ import annotations

import time
from typing import Final

from hobnail.audio import RATE_HZ
from hobnail.bench.figures import Figure
from hobnail.config import Config
from hobnail.contracts import EngineSpec
from hobnail.host import Host
from hobnail.offline import OfflineSession
from hobnail.render import Curve, Timeline, TimelineEvent, timeline_commands
from hobnail.scene import Contact, EmitterSettings

SECONDS: Final = 20.0
WANTED: Final = 20.0


def lasting(spec: EngineSpec) -> Timeline | None:
    """An emitter with the first sustained event of an engine, that follows a speed; None: it has none."""
    name = next((event.name for event in spec.events if event.kind == "sustained"), None)
    if name is None:
        return None
    material = spec.materials[0] if spec.materials else None
    contact = Contact(material=material)
    return Timeline(
        title="one voice",
        duration_s=SECONDS,
        emitters={"one": EmitterSettings()},
        events=(
            TimelineEvent(at_s=0.0, emitter="one", name=name, action="start", contact=contact),
            TimelineEvent(at_s=SECONDS - 1.0, emitter="one", name=name, action="stop"),
        ),
        curves=(Curve(emitter="one", feature="speed_m_s", points=((0.0, 0.3), (10.0, 2.5), (SECONDS - 1.0, 0.3))),),
    )


def alone(host: Host, config: Config) -> list[Figure]:
    """The session's engine, loading left out."""
    id = config.session.engine
    scene = lasting(host.build("engines", id, config.settings("engines", id)).spec)
    if scene is None:
        return []
    session = OfflineSession(config, host=host)
    began = time.perf_counter()
    frames = sum(len(block) for block in session.render(timeline_commands(scene), scene.duration_frames))
    taken_s = time.perf_counter() - began
    return [
        Figure(
            name=f"one sustained voice alone: {id}",
            value=round(frames / RATE_HZ / taken_s, 1),
            unit="x real time",
            wanted=WANTED,
            at_least=True,
            detail=f"{SECONDS:g} s in {taken_s:.1f} s, one thread",
        )
    ]
