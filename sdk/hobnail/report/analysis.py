"""Puts a replay, the server's counters and a recording side by side, and counts. Pure."""

from __future__ import annotations

from collections import Counter

import numpy as np

from hobnail.audio import RATE_HZ, frames_to_ms
from hobnail.metrics import Metrics
from hobnail.replay.record import ReplayedEvent, ReplayRecord
from hobnail.report.clearness import calm_moments, clear_events
from hobnail.report.clicks import find_clicks
from hobnail.report.evidence import Evidence, Recording
from hobnail.report.figures import Spread, spread_of
from hobnail.report.hearing import chance_share
from hobnail.report.levels import levels_of
from hobnail.report.model import DemoReport, EventCounts, EventLine, Goal
from hobnail.report.usage import Usage
from hobnail.take import Beginnings
from hobnail.trace import Trace


def analyse(
    trace: Trace,
    record: ReplayRecord,
    *,
    metrics: Metrics | None = None,
    recording: Recording | None = None,
    usage: Usage | None = None,
    beginnings: Beginnings | None = None,
) -> DemoReport:
    """The report of a replay. Without a recording nothing is verified.

    ``metrics`` are the server's counters after the scene; the record's own are used when they are left out.
    ``beginnings``: of voices, to be looked for in the recording; without them only its energy tells.
    """
    metrics = metrics or record.metrics or Metrics()
    evidence = Evidence(recording, beginnings or {}) if recording else None
    lines = _lines(trace, record, evidence)
    counts = _counts(trace, record, lines, evidence)
    # A sustained sound begins when what is fed to it makes it audible (wind at no speed is silent): not a latency.
    sudden = [line for line in lines if line.action == "trigger"]
    latencies = spread_of(line.latency_ms for line in sudden if line.latency_ms is not None)
    errors = spread_of(abs(line.onset_error_ms) for line in sudden if line.onset_error_ms is not None)
    clicks = find_clicks(recording.samples) if recording else np.zeros(0, dtype=np.int64)
    return DemoReport(
        scene=record.title,
        server_version=record.server_version,
        seconds=round(record.duration_frames / RATE_HZ, 2),
        latency_mode=record.latency_mode,
        schedule_ahead_ms=record.schedule_ahead_ms,
        engines=dict(Counter(line.engine for line in lines if line.engine)),
        counts=counts,
        onset_error=errors,
        wire_to_buffer=latencies,
        jitter_ms=round(latencies.jitter_ms, 3) if latencies else None,
        frames_sent=record.frames_sent,
        frames_late=record.frames_late,
        underruns=metrics.underruns,
        underrun_frames=metrics.underrun_frames,
        late_blocks=metrics.late_blocks,
        events_late=metrics.events_late,
        voices_stolen=metrics.voices_stolen,
        voices_failed=metrics.voices_failed,
        sink_overruns=metrics.sink_overruns,
        usage=usage,
        levels=levels_of(recording.samples) if recording else None,
        clicks_s=tuple(round(int(frame) / RATE_HZ, 4) for frame in clicks),
        goals=_goals(record, counts, latencies, metrics),
        events=lines,
        faults=tuple(([record.lost] if record.lost else []) + list(record.errors)),
    )


def expected_frame(record: ReplayRecord, event: ReplayedEvent) -> int:
    """Session frame at which the scene wants an event heard; in fixed mode the announced delay is expected."""
    latency = record.latency
    delay = latency.total_frames - latency.device_frames if record.latency_mode == "fixed" else 0
    return record.start_frame + event.at + delay


def _lines(trace: Trace, record: ReplayRecord, evidence: Evidence | None) -> tuple[EventLine, ...]:
    clear = clear_events(trace)
    materials = {(event.at, event.emitter, event.name): event.contact.material or "" for event in trace.events}
    lines = []
    for event in record.events:
        if not event.sounds:
            continue
        key = (event.at, event.emitter, event.name)
        latency_ms = error_ms = None
        if event.onset_ns is not None and record.schedule_ahead_ms is None:
            latency_ms = round((event.onset_ns - event.sent_ns) / 1e6, 3)
        if event.onset_frame is not None:
            error_ms = round(frames_to_ms(event.onset_frame - expected_frame(record, event)), 3)
        rises = evidence is not None and evidence.rises(event)
        found = None if evidence is None else evidence.matches(event)
        lines.append(
            EventLine(
                at_s=round(event.at / RATE_HZ, 4),
                emitter=event.emitter,
                name=event.name,
                action=event.action,
                material=materials.get(key, ""),
                engine=event.engine,
                latency_ms=latency_ms,
                onset_error_ms=error_ms,
                clear=key in clear,
                verified=rises or bool(found),
                rises=rises,
                matches=found,
                fault=_fault_of(event),
            )
        )
    return tuple(lines)


def _fault_of(event: ReplayedEvent) -> str:
    if event.error:
        return event.error
    if event.onset_frame is not None:
        return ""
    if event.acked_frame is None:
        return "the server never answered"
    return f"silent, ended as {event.ended}" if event.ended else "the server never reported its end"


def _counts(trace: Trace, record: ReplayRecord, lines: tuple[EventLine, ...], evidence: Evidence | None) -> EventCounts:
    heard = [line for line in lines if line.onset_error_ms is not None]
    chance = None
    if evidence is not None:
        moments = calm_moments(trace) + record.start_frame - evidence.first_frame
        chance = chance_share(evidence.energies, moments)
    return EventCounts(
        sent=len(record.events),
        sounding=len(lines),
        heard=len(heard),
        missed=len(lines) - len(heard),
        refused=sum(bool(event.error) for event in record.events),
        verified=sum(line.verified for line in heard),
        rises=sum(line.rises for line in heard),
        matches=sum(bool(line.matches) for line in heard),
        kept=sum(line.matches is not None for line in heard),
        clear=sum(line.clear for line in lines),
        clear_verified=sum(line.clear and line.verified for line in lines),
        chance_share=None if chance is None else round(chance, 4),
        chance_matches=None if evidence is None else evidence.matches_by_chance(record.events),
    )


def _goals(record: ReplayRecord, counts: EventCounts, latencies: Spread | None, metrics: Metrics) -> tuple[Goal, ...]:
    goals = [
        Goal(name="events heard", wanted="all", found=f"{counts.heard} of {counts.sounding}", met=counts.missed == 0),
        Goal(name="underruns", wanted="0", found=str(metrics.underruns), met=metrics.underruns == 0),
    ]
    if counts.chance_share is not None:
        goals.append(
            Goal(
                name="clear events found in the recording",
                wanted="all",
                found=f"{counts.clear_verified} of {counts.clear}",
                met=counts.clear_verified == counts.clear,
            )
        )
    if latencies and record.latency_mode == "asap":
        for name, value, floor_ms in (("p50", latencies.p50_ms, 12.0), ("p99", latencies.p99_ms, 20.0)):
            goals.append(
                Goal(
                    name=f"wire to buffer {name}",
                    wanted=f"<= {floor_ms:g} ms",
                    found=f"{value:.2f} ms",
                    met=value <= floor_ms,
                )
            )
    if latencies and record.latency_mode == "fixed":
        jitter_ms = latencies.jitter_ms
        goals.append(Goal(name="jitter", wanted="<= 3 ms", found=f"{jitter_ms:.2f} ms", met=jitter_ms <= 3.0))
    return tuple(goals)
