"""The server's own figures: how fast it is ready, and what it costs while nothing sounds."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from hobnail.bench.figures import Figure
from hobnail.client import Client
from hobnail.launch import ServerProcess
from hobnail.report import UsageMeter

STARTS = 5


def ready(options: Sequence[str] = ()) -> list[Figure]:
    """From starting the process to its "ready" line. ``options``: of ``hobnail serve``.

    An installed package has its bytecode, as pip wrote it. Where Python is told to keep none, some is made for this
    measurement, by a first start that is not counted.
    """
    with _bytecode() as (environment, told):
        first_s = _started(options, environment)
        times_s = [_started(options, environment) for _ in range(STARTS)]
    detail = f"median of {STARTS}, slowest {max(times_s):.2f} s, the first {first_s:.2f} s{told}"
    return [
        Figure(
            name="serve: start to ready", value=round(statistics.median(times_s), 2), unit="s", wanted=2, detail=detail
        )
    ]


def _started(options: Sequence[str], environment: Mapping[str, str]) -> float:
    with ServerProcess(["--sink", "null", *options], environment=environment) as server:
        return server.ready_s


@contextmanager
def _bytecode() -> Iterator[tuple[Mapping[str, str], str]]:
    """What the server's environment is, and what to say about it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if len(kept) == len(os.environ):
        yield kept, ""
        return
    with tempfile.TemporaryDirectory(prefix="hobnail-bench-") as folder:
        yield kept | {"PYTHONPYCACHEPREFIX": folder}, " without bytecode, which PYTHONDONTWRITEBYTECODE forbids"


def idle(seconds: float, options: Sequence[str] = ()) -> list[Figure]:
    """One client connected with an emitter and a control, nothing sounding. ``options``: of ``hobnail serve``."""
    with ServerProcess(["--sink", "null", *options]) as server, Client(server.control, name="idle") as client:
        client.emitter("silent")
        time.sleep(1.0)  # the greeting and its clock pings are over
        with UsageMeter(server.pids) as meter:
            time.sleep(seconds)
        usage = meter.usage()
    cpu = usage.cpu_percent if usage.cpu_percent is not None else float("nan")
    memory = usage.peak_rss_mb if usage.peak_rss_mb is not None else float("nan")
    return [
        Figure(name="serve: idle, connected", value=cpu, unit="% of a core", wanted=2, detail=f"over {seconds:.0f} s"),
        Figure(name="serve: resident memory, both processes", value=memory, unit="MB", wanted=400),
    ]
