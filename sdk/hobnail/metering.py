"""The session's counters while it runs; snapshots of them are :class:`hobnail.metrics.Metrics`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hobnail.metrics import Histogram, Metrics
from hobnail.voices import Voices
from hobnail_native import MixerMeters, monotonic_ns


class Meter:
    """Counts what happens. [engine]"""

    def __init__(self) -> None:
        self.events = 0
        self.events_late = 0
        self.refused = 0
        self.event_latency = Histogram()
        self._engine_step = Histogram()

    @contextmanager
    def step_timer(self) -> Iterator[None]:
        """Time one turn of the engine thread."""
        began = monotonic_ns()
        yield
        self._engine_step.add((monotonic_ns() - began) / 1e6)

    def snapshot(self, mixer: MixerMeters, *, engine: str, voices: Voices, emitters: int) -> Metrics:
        """The counters of session and mixer as one immutable value."""
        return Metrics(
            frame=mixer.frame,
            engine=engine,
            voices=len(voices),
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
        )
