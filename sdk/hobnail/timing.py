"""When a command takes effect: at its own frame, at once, or as late as all others."""

from __future__ import annotations

from hobnail.clock import SessionClock
from hobnail.commands import AnyCommand, TriggerEvent
from hobnail.config import SessionConfig
from hobnail.latency import fixed_latency_frames
from hobnail_native import monotonic_ns


class Timing:
    """Session frames of commands. [engine]"""

    def __init__(self, clock: SessionClock, config: SessionConfig) -> None:
        self._clock, self._config = clock, config

    def due_frame(self, command: AnyCommand, now: int) -> int:
        """When a command takes effect. Never in the past: what a client sent before it must come before it."""
        wanted = self.wanted_frame(command)
        return now if wanted is None else max(wanted, now)

    def wanted_frame(self, command: AnyCommand) -> int | None:
        """The frame that a command is meant for; None: as soon as possible."""
        if command.at_frame is not None:
            return command.at_frame
        if self._config.latency_mode == "fixed" and isinstance(command, TriggerEvent):
            received_ns = monotonic_ns() if command.received_ns is None else command.received_ns
            return self._clock.frame_at(received_ns) + fixed_latency_frames(self._config)
        return None

    def waited_s(self, command: TriggerEvent) -> float:
        """Since an event crossed the border that is to sound as soon as it can."""
        if command.received_ns is None or command.at_frame is not None:
            return 0.0
        return (monotonic_ns() - command.received_ns) / 1e9
