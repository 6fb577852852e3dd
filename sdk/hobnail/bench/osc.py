"""OSC: from a datagram to the value in the engine and back to who listens; and the same while somebody floods.

What is measured is the whole round: the datagram goes out, the engine takes the value and says so, the value comes
back to the socket that it left from. The way into the engine, which players feel, is less than that.
"""

from __future__ import annotations

import json
import select
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pythonosc.osc_message_builder import build_msg

from hobnail.bench.figures import Figure
from hobnail.launch import ServerProcess

RATE_HZ = 1000.0
FLOOD_HZ = 50_000
SECONDS = 10.0
_CONFIG = """
[serve]
bridges = ["osc"]
[bridge.osc]
port = 0
query = false
"""
_STEPS = 4096  # values are told apart by these, which float32 holds exactly
_PATIENCE_S = 1.0


def latency(seconds: float = SECONDS) -> list[Figure]:
    """1,000 control messages a second."""
    with _server() as port, _Client(port) as client:
        times_ms, sent = client.controls(RATE_HZ, seconds)
    lost = sent - len(times_ms)
    return [
        Figure(
            name="osc: datagram to value in the engine and told back, p99",
            value=round(_p99(times_ms), 3),
            unit="ms",
            wanted=2,
            detail=f"{RATE_HZ:g} messages/s for {seconds:g} s, median {statistics.median(times_ms):.3f} ms",
        ),
        Figure(name="osc: messages lost", value=lost, unit="", wanted=0, detail=f"of {sent}"),
    ]


def flood(seconds: float = SECONDS) -> list[Figure]:
    """The same for a decent client, quietly and beside 50,000 packets a second that are no OSC; its events too."""
    with _server() as port, _Client(port) as client:
        quiet_ms, _ = client.controls(100.0, seconds / 2, events=True)
        client.events_sent = client.events_told = 0
        command = [sys.executable, "-m", "hobnail.bench.osc_flood", str(port)]
        flooder = subprocess.Popen(
            [*command, "--rate", str(FLOOD_HZ), "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True
        )
        assert flooder.stdout is not None
        flooder.stdout.readline()  # it begins
        loud_ms, sent = client.controls(100.0, seconds, events=True)
        out, _ = flooder.communicate()
        flooded = json.loads(out)["sent"] / seconds
    ratio = _p99(loud_ms) / _p99(quiet_ms)
    detail = f"{_p99(quiet_ms):.3f} ms quietly, {_p99(loud_ms):.3f} ms beside {flooded:,.0f} malformed packets/s"
    lost = client.events_sent - client.events_told + sent - len(loud_ms)
    return [
        Figure(name="osc: p99 beside a flood, times as long", value=round(ratio, 2), unit="", wanted=2, detail=detail),
        Figure(
            name="osc: events and controls lost beside a flood",
            value=lost,
            unit="",
            wanted=0,
            detail=f"of {client.events_sent + sent}",
        ),
        Figure(name="osc: malformed packets", value=round(flooded), unit="/s", wanted=FLOOD_HZ * 0.95, at_least=True),
    ]


def _p99(times_ms: list[float]) -> float:
    return sorted(times_ms)[int(len(times_ms) * 0.99)]


@contextmanager
def _server() -> Iterator[int]:
    """A server with the OSC bridge alone; its port."""
    with TemporaryDirectory() as folder:
        config = Path(folder) / "osc.toml"
        config.write_text(_CONFIG, encoding="utf-8")
        with ServerProcess(["--sink", "null", "--config", str(config)]) as server:
            yield int(server.addresses["osc"]["udp"].rsplit(":", 1)[1])


class _Client:
    """Moves one control and listens to it, on one socket."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.setblocking(False)
        self._sent_ns: dict[int, int] = {}
        self._times_ms: list[float] = []
        self.events_sent = self.events_told = 0

    def __enter__(self) -> _Client:
        self._socket.send(build_msg("/hobnail/listen", ["/hobnail/bench/pitch", 0]).dgram)
        self._socket.send(build_msg("/hobnail/listen", ["/hobnail/bench/event/*", 0]).dgram)
        self._socket.send(build_msg("/hobnail/bench/create", []).dgram)
        self._read(time.monotonic() + 0.5)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def controls(self, rate_hz: float, seconds: float, *, events: bool = False) -> tuple[list[float], int]:
        """(round trips in ms, how many were sent) of a control moved so often; with every tenth an event."""
        self._sent_ns.clear()
        self._times_ms = []
        period_s = 1.0 / rate_hz
        next_s = time.monotonic()
        sent = 0
        for number in range(round(rate_hz * seconds)):
            self._read(next_s)
            step = 1 + number % (_STEPS - 1)
            packet = build_msg("/hobnail/bench/pitch", [step / _STEPS]).dgram
            self._sent_ns[step] = time.monotonic_ns()
            self._socket.send(packet)
            sent += 1
            if events and number % 10 == 0:
                self._socket.send(build_msg("/hobnail/bench/event/impact", [0.1]).dgram)
                self.events_sent += 1
            next_s += period_s
        self._read(time.monotonic() + _PATIENCE_S)
        return self._times_ms, sent

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
                sent_ns = self._sent_ns.pop(round(value * _STEPS), None)
                if sent_ns is not None:
                    self._times_ms.append((now_ns - sent_ns) / 1e6)
            elif data.startswith(b"/hobnail/bench/event/"):
                self.events_told += 1
