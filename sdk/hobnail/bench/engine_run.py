"""One measurement of one engine, in a process of its own: ``python -m hobnail.bench.engine_run < orders > result``."""

from __future__ import annotations

import heapq
import os
import sys
import time
from collections.abc import Iterator

import msgspec

from hobnail.bench.loads import Timed, game, moved, one_shots, sustained
from hobnail.bench.power import PowerMeter
from hobnail.commands import SetFeatures
from hobnail.config import Config
from hobnail.contracts import EngineSpec
from hobnail.errors import HobnailError
from hobnail.histogram import Percentiles, bins_since, percentiles_of
from hobnail.host import Host
from hobnail.metrics import Metrics
from hobnail.report import UsageMeter
from hobnail.session import Session
from hobnail.settling import settle
from hobnail.trace import faster, find_trace
from hobnail_native import monotonic_ns

SETTLE_S = 2.0  # pools fill, caches warm; what is slow once is not what a show feels


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure."""

    config: Config
    voices: int = 0  #: sustained voices that run throughout
    one_shots_per_s: float = 0.0
    kinds: int = 0  #: of one-shots, that come again and again; 0: all
    trace: str = ""  #: a packaged scene or a trace file, played over and over
    speed: float = 1.0
    seconds: float = 10.0


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured between settling and the end."""

    ready_s: float  #: to make and start the session, model loaded and warm
    hop: Percentiles
    budget_ms: float
    hops_over: int
    underruns: int
    latency: Percentiles  #: one-shots: submitted to first sample
    events: int
    refused: int
    late: int
    stolen: int
    failed: int
    voices: int  #: that sounded at the end
    batch: float
    overload: dict[str, int]
    figures: dict[str, float]
    cpu_percent: float | None
    rss_mb: float | None
    watts: float | None


def measure(orders: Orders) -> Result:
    """Run a session under the load. Raises what building the engine raises."""
    began = time.monotonic()
    host = Host(only=orders.config.plugins.only, disable=orders.config.plugins.disable)
    host.discover()
    usage_meter, power = UsageMeter([os.getpid()]), PowerMeter()  # what they import is there before anything sounds
    with Session(orders.config, host=host) as session:
        ready_s = time.monotonic() - began
        settle()
        spec = next(spec for spec in session.info.engines if spec.id == session.info.engine)
        for command in sustained(spec, orders.voices):
            session.submit(command)
        _play(session, _load(orders, spec, SETTLE_S))
        before = session.metrics
        with usage_meter as meter:
            power.start()
            _play(session, _load(orders, spec, orders.seconds))
            watts = power.watts()
        usage, after = meter.usage(), session.metrics
    return _result(before, after, ready_s=ready_s, cost=(usage.cpu_percent, usage.peak_rss_mb, watts))


def _load(orders: Orders, spec: EngineSpec, seconds: float) -> Iterator[Timed]:
    parts = [moved(orders.voices, seconds), one_shots(spec, orders.one_shots_per_s, seconds, orders.kinds)]
    if orders.trace:
        parts.append(game(faster(find_trace(orders.trace), orders.speed), seconds))
    yield from heapq.merge(*parts, key=lambda timed: timed[0])
    yield seconds, SetFeatures(emitters=(), columns=("speed_m_s",), values=b"")  # so that the whole time passes


def _play(session: Session, load: Iterator[Timed]) -> None:
    """Tell the session everything in time. It sleeps in between: the engine's threads are in this process."""
    began_ns = monotonic_ns()
    for at_s, command in load:
        due_ns = began_ns + round(at_s * 1e9)
        while (left_ns := due_ns - monotonic_ns()) > 0:
            time.sleep(left_ns / 1e9)
        session.submit(msgspec.structs.replace(command, at_frame=None, received_ns=monotonic_ns()))
    session.notices()


def _result(
    before: Metrics, after: Metrics, *, ready_s: float, cost: tuple[float | None, float | None, float | None]
) -> Result:
    return Result(
        ready_s=ready_s,
        hop=percentiles_of(bins_since(before.hop_bins, after.hop_bins)),
        budget_ms=after.hop_budget_ms,
        hops_over=after.hops_over - before.hops_over,
        underruns=after.underruns - before.underruns,
        latency=percentiles_of(bins_since(before.event_latency_bins, after.event_latency_bins)),
        events=after.events - before.events,
        refused=after.refused - before.refused,
        late=after.events_late - before.events_late,
        stolen=after.voices_stolen - before.voices_stolen,
        failed=after.voices_failed - before.voices_failed,
        voices=after.voices,
        batch=after.batch.mean,
        overload={step: count - before.overload.get(step, 0) for step, count in after.overload.items()},
        figures=after.engines.get(after.engine, {}),
        cpu_percent=cost[0],
        rss_mb=cost[1],
        watts=cost[2],
    )


def main() -> None:
    """Orders as JSON on standard input, the result as JSON on standard output; a fault as one line, and code 1."""
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    try:
        result = measure(orders)
    except HobnailError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
