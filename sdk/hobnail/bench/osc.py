"""OSC: from a datagram to the value in the engine's store, and back to who listens; and beside somebody who floods.

Two ways are measured. The one that players feel begins just before the datagram goes out and ends when the engine
thread has the value; the engine process itself writes that down. The round goes on: the engine says so, and the value
comes back to the socket that it left from.
"""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hobnail.bench.figures import Figure
from hobnail.bench.osc_client import OscClient
from hobnail.children import python
from hobnail.errors import SessionError

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


def latency(seconds: float = SECONDS) -> list[Figure]:
    """1,000 control messages a second."""
    stored: dict[float, int] = {}
    with _server(stored) as port, OscClient(port) as client:
        moves = client.controls(RATE_HZ, seconds)
    into_ms = [(stored[value] - sent) / 1e6 for value, sent in moves.sent_ns.items() if value in stored]
    told_ms = moves.round_trips_ms()
    sent = len(moves.sent_ns)
    return [
        Figure(
            name="osc: datagram to value in the engine's store, p99",
            value=round(_p99(into_ms), 3),
            unit="ms",
            wanted=2,
            detail=f"{RATE_HZ:g} messages/s for {seconds:g} s, {_spread(into_ms)}",
        ),
        Figure(
            name="osc: datagram to value told back, p99",
            value=round(_p99(told_ms), 3),
            unit="ms",
            detail=_spread(told_ms),
        ),
        Figure(name="osc: messages lost", value=sent - len(into_ms), unit="", wanted=0, detail=f"of {sent}"),
    ]


def flood(seconds: float = SECONDS) -> list[Figure]:
    """The round for a decent client, quietly and beside 50,000 packets a second that are no OSC; its events too."""
    with _server({}) as port, OscClient(port) as client:
        quiet_ms = client.controls(100.0, seconds / 2, events=True).round_trips_ms()
        client.events_sent = client.events_told = 0
        command = python("hobnail.bench.osc_flood", str(port))
        flooder = subprocess.Popen(
            [*command, "--rate", str(FLOOD_HZ), "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True
        )
        assert flooder.stdout is not None
        flooder.stdout.readline()  # it begins
        moves = client.controls(100.0, seconds, events=True)
        out, _ = flooder.communicate()
        flooded = json.loads(out)["sent"] / seconds
    loud_ms = moves.round_trips_ms()
    ratio = _p99(loud_ms) / _p99(quiet_ms)
    detail = f"{_p99(quiet_ms):.3f} ms quietly, {_p99(loud_ms):.3f} ms beside {flooded:,.0f} malformed packets/s"
    sent = client.events_sent + len(moves.sent_ns)
    return [
        Figure(name="osc: p99 beside a flood, times as long", value=round(ratio, 2), unit="", wanted=2, detail=detail),
        Figure(
            name="osc: events and controls lost beside a flood",
            value=sent - client.events_told - len(loud_ms),
            unit="",
            wanted=0,
            detail=f"of {sent}",
        ),
        Figure(name="osc: malformed packets", value=round(flooded), unit="/s", wanted=FLOOD_HZ * 0.95, at_least=True),
    ]


def _p99(times_ms: list[float]) -> float:
    return sorted(times_ms)[int(len(times_ms) * 0.99)]


def _spread(times_ms: list[float]) -> str:
    return f"median {statistics.median(times_ms):.3f} ms, slowest {max(times_ms):.1f} ms"


@contextmanager
def _server(stored: dict[float, int]) -> Iterator[int]:
    """A server with the OSC bridge alone; its port. ``stored`` gets value -> when the engine had it, at the end."""
    with TemporaryDirectory() as folder:
        config = Path(folder) / "osc.toml"
        config.write_text(_CONFIG, encoding="utf-8")
        command = python("hobnail.bench.osc_engine", str(config))
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = process.stdout.readline().strip()
            if not said:
                raise SessionError("The server of the benchmark did not start.", cure="Its own messages say why.")
            try:
                yield int(said)
            finally:
                out, _ = process.communicate()
        stored.update(json.loads(out))
