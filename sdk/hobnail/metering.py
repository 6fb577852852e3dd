"""The session's counters while it runs; snapshots of them are :class:`hobnail.metrics.Metrics`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from hobnail.audio import frames_to_ms
from hobnail.commands import AnyCommand
from hobnail.contracts import Engine
from hobnail.histogram import Histogram, RecentMedian
from hobnail.metered import EngineWatch, figures_of, metered, overload_of
from hobnail.metrics import Metrics, SlowHop, TimelineState
from hobnail.sounding import Levels, sounding_now
from hobnail.voices import Voices
from hobnail_native import MixerMeters, monotonic_ns

_log = logging.getLogger(__name__)

SLOWEST_KEPT = 8
SLOWEST_S = 60.0  # what was slow before is history


class Meter:
    """Counts what happens. [engine]"""

    def __init__(self) -> None:
        self.events = 0
        self.events_late = 0
        self.refused = 0
        self.event_latency = Histogram()
        self._transport = RecentMedian()
        self._engine_step = Histogram()
        self._hop = Histogram()
        self._hops_over = 0
        self._slow: list[tuple[int, SlowHop]] = []  # (when in ns, hop), slowest first
        self._engines: dict[str, Engine] = {}
        self._watches: dict[str, EngineWatch] = {}

    def watched(self, engines: Mapping[str, Engine]) -> Mapping[str, Engine]:
        """The same engines; what they are asked for is timed and counted from now on."""
        for id, engine in engines.items():
            watch = self._watches[id] = EngineWatch(id=id, period_ms=frames_to_ms(engine.spec.step_frames))
            self._engines[id] = metered(engine, watch)
        return dict(self._engines)

    def took(self, command: AnyCommand) -> None:
        """A command reached the engine thread."""
        if command.received_ns is not None:
            self._transport.add((monotonic_ns() - command.received_ns) / 1e6)

    @contextmanager
    def step_timer(self) -> Iterator[None]:
        """Time one turn of the engine thread."""
        began = monotonic_ns()
        yield
        now = monotonic_ns()
        took_ms = (now - began) / 1e6
        self._engine_step.add(took_ms)
        worked = [watch for watch in self._watches.values() if watch.turn_ms > 0.0]
        for watch in self._watches.values():
            for late_ms, voices in watch.late:
                self._note_hop(late_ms, now, [watch], voices=voices, engine_ms=late_ms)
        if worked:
            self._note_hop(
                took_ms,
                now,
                worked,
                voices=sum(watch.turn_voices for watch in worked),
                engine_ms=sum(watch.turn_ms for watch in worked),
            )
        for watch in self._watches.values():
            watch.end_turn()

    def snapshot(
        self,
        mixer: MixerMeters,
        *,
        engine: str,
        voices: Voices,
        emitters: int,
        levels: Levels = (),
        timelines: Sequence[TimelineState] = (),
    ) -> Metrics:
        """The counters of session, engines and mixer as one immutable value."""
        watch = self._watches.get(engine) or EngineWatch(id=engine, period_ms=0.0)
        figures = {id: told for id, each in self._engines.items() if (told := figures_of(each))}
        return Metrics(
            frame=mixer.frame,
            engine=engine,
            voices=len(voices),
            voices_virtual=len(voices.resting),
            emitters=emitters,
            events=self.events,
            events_late=self.events_late,
            refused=self.refused,
            voices_stolen=voices.stolen,
            voices_failed=voices.failed,
            underruns=mixer.underruns,
            underrun_frames=mixer.underrun_frames,
            late_blocks=mixer.late_blocks,
            sink_overruns=mixer.sink_overruns,
            peak=mixer.peak,
            engine_step=self._engine_step.percentiles(),
            event_latency=self.event_latency.percentiles(),
            hop=self._hop.percentiles(),
            hop_budget_ms=watch.period_ms,
            hops_over=self._hops_over,
            opening=watch.opening.percentiles(),
            opening_ms=watch.opening_recent.value,
            transport_ms=self._transport.value,
            batch=watch.sizes(),
            overload=overload_of(figures),
            hop_bins=self._hop.bins(),
            event_latency_bins=self.event_latency.bins(),
            slow_hops=self._slowest(mixer.frame),
            sounding=sounding_now((voice for voice in voices if voice.rested_at is None), levels),
            timelines=tuple(timelines),
            engines=figures,
        )

    def _note_hop(
        self, took_ms: float, now_ns: int, worked: Sequence[EngineWatch], *, voices: int, engine_ms: float
    ) -> None:
        self._hop.add(took_ms)
        self._hops_over += took_ms > min(watch.period_ms for watch in worked)
        if len(self._slow) < SLOWEST_KEPT or took_ms > self._slow[-1][1].ms:
            longest = max(worked, key=lambda watch: watch.turn_ms)
            hop = SlowHop(
                ms=took_ms,
                at_frame=0,  # told by the snapshot: asking the mixer here would cost every hop
                voices=voices,
                opened=sum(watch.turn_opened for watch in worked),
                engine=longest.id,
                engine_ms=engine_ms,
            )
            self._slow = sorted([*self._slow, (now_ns, hop)], key=lambda each: -each[1].ms)[:SLOWEST_KEPT]

    def _slowest(self, frame: int) -> tuple[SlowHop, ...]:
        now_ns = monotonic_ns()
        self._slow = [each for each in self._slow if now_ns - each[0] < SLOWEST_S * 1e9]
        return tuple(
            SlowHop(
                ms=hop.ms,
                at_frame=frame - round((now_ns - then_ns) * 48e-6),
                voices=hop.voices,
                opened=hop.opened,
                engine=hop.engine,
                engine_ms=hop.engine_ms,
            )
            for then_ns, hop in self._slow
        )
