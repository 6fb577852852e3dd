"""Speed without a clock: the whole scene offline, and the parts that every event pays for."""

from __future__ import annotations

import statistics
import time

from hobnail.bench.figures import Figure
from hobnail.contracts import Engine, VoiceStart
from hobnail.host import Host
from hobnail.offline import OfflineSession
from hobnail.scene import Contact, Emitter
from hobnail.trace import find_trace, trace_commands
from hobnail_native import SynthRenderer

TAKES = 200


def render(host: Host, scene: str) -> list[Figure]:
    """Seconds of the scene rendered per second, everything included."""
    trace = find_trace(scene)
    session = OfflineSession(host=host)
    began = time.perf_counter()
    for _ in session.render(trace_commands(trace), frames=trace.header.duration_frames):
        pass
    factor = trace.duration_s / (time.perf_counter() - began)
    name = f"offline, {len(trace.emitters)} emitters, {len(trace.events)} events"
    return [Figure(name=name, value=round(factor, 1), unit="x real time", wanted=20.0, at_least=True)]


def engine(host: Host) -> list[Figure]:
    """What one footstep on gravel costs the procedural engine: planning, and synthesis on one thread."""
    procedural = host.build("engines", "procedural")
    procedural.prepare()
    starts = [_start(voice, procedural) for voice in range(1, TAKES + 1)]
    planning_us = []
    sounding_s = rendering_s = 0.0
    for start in starts:
        began = time.perf_counter()
        block = procedural.start(start).block
        planned = time.perf_counter()
        planning_us.append((planned - began) * 1e6)
        renderer = SynthRenderer(start.seed)
        if block.patch is not None:
            renderer.play(block.patch, block.frames, last=block.last)
        while not renderer.finished:
            sounding_s += len(renderer.render(512)) / 48_000
        rendering_s += time.perf_counter() - planned
    return [
        Figure(
            name="procedural footstep: planning",
            value=round(statistics.median(planning_us)),
            unit="us",
            detail=f"median of {TAKES}",
        ),
        Figure(
            name="procedural footstep: synthesis, one thread",
            value=round(sounding_s / rendering_s),
            unit="x real time",
            detail=f"{sounding_s / TAKES:.2f} s of sound a step",
        ),
    ]


def _start(voice: int, engine: Engine) -> VoiceStart:
    footstep = next(spec for spec in engine.spec.events if spec.name == "footstep")
    controls = dict.fromkeys(engine.spec.controls, 0.5)
    contact = Contact(material="gravel", speed_m_s=1.4, mass_kg=75.0)
    return VoiceStart(
        voice=voice,
        event=footstep,
        emitter=Emitter(id="boots"),
        contact=contact,
        controls=controls,
        features={},
        seed=voice,
    )
