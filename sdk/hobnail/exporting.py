"""Hands metrics snapshots to telemetry exporters, on a thread of its own: a slow disk must not slow the engine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from hobnail.contracts import TelemetryExporter
from hobnail.metrics import Metrics

_log = logging.getLogger(__name__)


class Exporting:
    """Exports a snapshot ``hz`` times a second. An exporter that raises is closed and left out. [control]"""

    def __init__(self, exporters: Sequence[TelemetryExporter], read: Callable[[], Metrics], hz: float) -> None:
        self._exporters = list(exporters)
        self._read = read
        self._period_s = 1.0 / hz
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hobnail-telemetry", daemon=True)

    def start(self) -> None:
        """Begin, if there is anyone to export to."""
        if self._exporters:
            self._thread.start()

    def stop(self) -> None:
        """Export a last snapshot and close every exporter."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for exporter in self._exporters:
            exporter.close()

    def _run(self) -> None:
        while not self._stopping.wait(self._period_s):
            self._export()
        self._export()

    def _export(self) -> None:
        snapshot = self._read()
        for exporter in list(self._exporters):
            try:
                exporter.export(snapshot)
            except Exception as error:  # a stranger's code may raise anything; metrics are not worth a show
                _log.error("A telemetry exporter failed and is left out: %s: %s", type(error).__name__, error)
                self._exporters.remove(exporter)
