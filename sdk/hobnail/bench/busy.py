"""A busy stage: sixteen voices that last and follow their features, events in between, and a client that floods."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.bench.figures import Figure
from hobnail.bench.live import perform
from hobnail.contracts import EngineSpec
from hobnail.errors import SessionError
from hobnail.report import spread_of
from hobnail.scene import Contact, EmitterSettings
from hobnail.trace import Trace, TraceEmitter, TraceEvent, TraceFrame, TraceHeader, TraceItem, write_trace
from hobnail.trace.model import FORMAT, VERSION

VOICES: Final = 16
EVENTS_PER_S: Final = 8.0
STRUCK: Final = 8  #: emitters of the events
TICK_HZ: Final = 30.0
COLUMNS: Final = ("speed_m_s", "slip_m_s", "wetness")
BEGIN_S: Final = 1.0  #: all voices sound
_MATERIALS: Final[tuple[str, ...]] = ("stone", "wood", "metal", "gravel")


def busy(spec: EngineSpec, seconds: float, options: Sequence[str] = ()) -> list[Figure]:
    """Event on the wire to first sample while all this goes on. ``options``: of ``hobnail serve``."""
    with tempfile.TemporaryDirectory(prefix="hobnail-bench-") as folder:
        path = Path(folder) / "stage.trace"
        write_trace(stage(spec, seconds), path)
        record, usage, flood = perform(str(path), options, flood_s=seconds)
    struck = [event for event in record.events if event.action == "trigger"]
    found = spread_of((event.onset_ns - event.sent_ns) / 1e6 for event in struck if event.onset_ns is not None)
    if found is None or record.metrics is None:
        raise SessionError("No event was heard.", cure="Run 'hobnail doctor'.")
    name = f"{spec.id}, {VOICES} voices and a flood"
    by = {engine: sum(event.engine == engine for event in struck) for engine in {event.engine for event in struck}}
    made = ", ".join(f"{count} by {engine or 'none'}" for engine, count in sorted(by.items()))
    cost = f"server {usage.cpu_percent} % of a core, {usage.peak_rss_mb} MB"
    detail = f"p95 {found.p95_ms} max {found.max_ms} ms, n = {found.count}; {made}"
    underruns = record.metrics.underruns
    return [
        Figure(name=f"{name}: wire to buffer p50", value=found.p50_ms, unit="ms", wanted=12.0, detail=detail),
        Figure(name=f"{name}: wire to buffer p99", value=found.p99_ms, unit="ms", wanted=20.0, detail=flood),
        Figure(name=f"{name}: events not heard", value=len(struck) - found.count, unit="", wanted=0, detail=cost),
        Figure(name=f"{name}: underruns", value=underruns, unit="", wanted=0, detail="the flood's own included"),
    ]


def stage(spec: EngineSpec, seconds: float) -> Trace:
    """Sustained voices from the beginning to the end, events evenly from ``BEGIN_S`` on, features at every tick."""
    held = [event.name for event in spec.events if event.kind == "sustained"]
    struck = [event.name for event in spec.events if event.kind == "one_shot"]
    lasting = tuple(f"held-{number}" for number in range(VOICES if held else 0))
    emitters = [TraceEmitter(id=id, settings=_settings(spec, number)) for number, id in enumerate(lasting)]
    emitters += [TraceEmitter(id=f"struck-{n}", settings=_settings(spec, n)) for n in range(STRUCK)]
    items: list[TraceItem] = []
    for number, id in enumerate(lasting):
        contact = Contact(material=_material(spec, number), speed_m_s=1.0)
        items.append(TraceEvent(at=0, emitter=id, name=held[number % len(held)], action="start", contact=contact))
        end = round((seconds - 0.5) * RATE_HZ)
        items.append(TraceEvent(at=end, emitter=id, name=held[number % len(held)], action="stop"))
    for number in range(int((seconds - BEGIN_S - 1.0) * EVENTS_PER_S)):
        contact = Contact(material=_material(spec, number // 3), speed_m_s=1.0 + number % 5)
        at = round((BEGIN_S + number / EVENTS_PER_S) * RATE_HZ)
        emitter, name = f"struck-{number % STRUCK}", struck[number % len(struck)]
        items.append(TraceEvent(at=at, emitter=emitter, name=name, contact=contact))
    items += [_tick(lasting, tick) for tick in range(int(seconds * TICK_HZ) if held else 0)]
    header = TraceHeader(
        format=FORMAT,
        version=VERSION,
        rate_hz=RATE_HZ,
        tick_hz=TICK_HZ,
        duration_frames=round(seconds * RATE_HZ),
        title="a busy stage",
        licence="CC0-1.0",
        made_with="hobnail bench",
        columns=COLUMNS,
    )
    return Trace(header=header, emitters=tuple(emitters), items=tuple(sorted(items, key=lambda item: item.at)))


def _tick(emitters: Sequence[str], tick: int) -> TraceFrame:
    speed = 1.0 + 0.5 * np.sin(0.7 * np.arange(len(emitters)) + 2.0 * tick / TICK_HZ)
    rows: dict[str, tuple[float | None, ...]] = {
        id: (float(fast), float(0.5 * fast), 0.3) for id, fast in zip(emitters, speed, strict=True)
    }
    return TraceFrame(at=round(tick * RATE_HZ / TICK_HZ), rows=rows)


def _settings(spec: EngineSpec, number: int) -> EmitterSettings:
    return EmitterSettings(material=_material(spec, number), gain_db=-24.0)


def _material(spec: EngineSpec, number: int) -> str:
    known = [material for material in _MATERIALS if material in spec.materials] or list(spec.materials[:4]) or [""]
    return known[number % len(known)]
