"""An OSC client that moves one control, listens to it, and knows when it sent each value. Part of the benchmarks."""

from __future__ import annotations

import select
import socket
import struct
import time
from dataclasses import dataclass, field

from pythonosc.osc_message_builder import build_msg

STEPS = 65_536  # values are told apart by these, which float32 holds exactly
_PATIENCE_S = 1.0


@dataclass(slots=True)
class Moves:
    """What became of one run: value -> monotonic ns at which it was sent, and told back."""

    sent_ns: dict[float, int] = field(default_factory=dict)
    told_ns: dict[float, int] = field(default_factory=dict)

    def round_trips_ms(self) -> list[float]:
        """From sending a value to being told of it."""
        return [(told - self.sent_ns[value]) / 1e6 for value, told in self.told_ns.items()]


class OscClient:
    """Moves one control and listens to it, on one socket."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.setblocking(False)
        self._moves = Moves()
        self.events_sent = self.events_told = 0

    def __enter__(self) -> OscClient:
        self._socket.send(build_msg("/hobnail/listen", ["/hobnail/bench/pitch", 0]).dgram)
        self._socket.send(build_msg("/hobnail/listen", ["/hobnail/bench/event/*", 0]).dgram)
        self._socket.send(build_msg("/hobnail/bench/create", []).dgram)
        self._read(time.monotonic() + 0.5)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def controls(self, rate_hz: float, seconds: float, *, events: bool = False) -> Moves:
        """Move the control so often, evenly; with every tenth an event. At most ``STEPS`` - 1 times."""
        self._moves = moves = Moves()
        period_s = 1.0 / rate_hz
        next_s = time.monotonic()
        for number in range(round(rate_hz * seconds)):
            self._read(next_s)
            value = (1 + number) / STEPS
            packet = build_msg("/hobnail/bench/pitch", [value]).dgram
            moves.sent_ns[value] = time.monotonic_ns()
            self._socket.send(packet)
            if events and number % 10 == 0:
                self._socket.send(build_msg("/hobnail/bench/event/impact", [0.1]).dgram)
                self.events_sent += 1
            next_s += period_s
        self._read(time.monotonic() + _PATIENCE_S)
        return moves

    def _read(self, until_s: float) -> None:
        """Take what comes until a moment."""
        while (left := until_s - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left)[0]:
                return
            try:
                data = self._socket.recv(2048)
            except BlockingIOError:
                continue
            now_ns = time.monotonic_ns()
            if data.startswith(b"/hobnail/bench/pitch\0"):
                (value,) = struct.unpack(">f", data[-4:])
                if value in self._moves.sent_ns:
                    self._moves.told_ns[value] = now_ns
            elif data.startswith(b"/hobnail/bench/event/"):
                self.events_told += 1
