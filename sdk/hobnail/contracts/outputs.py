"""Contracts of what takes sound or figures out of a session: sinks, effects, telemetry exporters."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from hobnail.contracts.sound import Float32
from hobnail.metrics import Metrics
from hobnail_native import FrameRing


@runtime_checkable
class Sink(Protocol):
    """Takes the mix: a device, a file, a callback, or nothing."""

    def open(self, rate_hz: int, channels: int) -> None:
        """[control] Get ready; raises SinkError with the cure."""

    def write(self, block: Float32) -> None:
        """[io] Take float32 [frames, channels]; may block. A SinkError here ends this sink, not the session."""

    def close(self) -> None:
        """[control] Finish; a file becomes visible under its own name only now."""


@runtime_checkable
class PacingSink(Sink, Protocol):
    """A sink whose own clock sets the session's pace: a sound card. It reads a ring instead of being written to."""

    @property
    def ring(self) -> FrameRing:
        """[control] What it reads from, once open; the mixer keeps it filled."""

    @property
    def lead_frames(self) -> int:
        """[any] How many frames it wants ready; they count as latency."""


@runtime_checkable
class Effect(Protocol):
    """Processes blocks of sound offline or on a bus, with explicit state."""

    @property
    def latency_frames(self) -> int:
        """[any] Delay that it adds."""

    def init_state(self, rate_hz: int, channels: int) -> object:
        """[control] A fresh state."""

    def process(self, block: Float32, state: object) -> tuple[Float32, object]:
        """[engine] float32 [frames, channels] in, the same shape out, and the next state."""


@runtime_checkable
class TelemetryExporter(Protocol):
    """Takes metrics snapshots somewhere: a file, a monitor."""

    def export(self, metrics: Metrics) -> None:
        """[control] Take one snapshot; a few times a second."""

    def close(self) -> None:
        """[control] Flush and let go."""
