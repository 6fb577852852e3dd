"""The rules of a telemetry exporter."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from hobnail.contracts import TelemetryExporter
from hobnail.histogram import Percentiles
from hobnail.metrics import Metrics
from hobnail.testing.rules import Rules


def check_exporter(exporter: TelemetryExporter) -> None:
    """Raise :class:`ConformanceError` at the first rule that ``exporter`` breaks; it is closed afterwards."""
    rules = Rules(type(exporter).__name__)
    rules.require(
        isinstance(exporter, TelemetryExporter), "contract", "export or close is missing.", cure="See docs/hooks.md."
    )
    snapshots: tuple[Metrics, ...] = (
        Metrics(),
        Metrics(frame=48_000, peak=0.5, event_latency=Percentiles(count=3, p50_ms=8.0)),
    )
    for rule, cure, call in (
        ("export", "Take any Metrics, a fresh one too.", partial(_export, exporter, snapshots)),
        ("close", "Finish what was written.", exporter.close),
        ("close twice", "Let the second close() do nothing.", exporter.close),
    ):
        try:
            call()
        except Exception as error:  # whatever it raises is the finding
            rules.require(False, rule, f"it raised {type(error).__name__}: {error}.", cure=cure)


def _export(exporter: TelemetryExporter, snapshots: Iterable[Metrics]) -> None:
    for metrics in snapshots:
        exporter.export(metrics)
