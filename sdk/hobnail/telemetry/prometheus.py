"""The exporter that a Prometheus server on this machine scrapes: ``http://127.0.0.1:9713/metrics``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated, Final

import msgspec

from hobnail.errors import SinkError
from hobnail.metrics import Metrics
from hobnail.telemetry.exposition import CONTENT_TYPE, exposition

LOOPBACK: Final = "127.0.0.1"
_OURSELVES: Final = (LOOPBACK, "localhost")
_PATIENCE_S: Final = 5.0


class PrometheusConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[telemetry.prometheus]``. It listens on 127.0.0.1 and nowhere else."""

    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 9713  #: where it listens; 0 picks a free one


class PrometheusExporter:
    """Keeps the newest snapshot and hands it to whoever asks, on threads of its own."""

    def __init__(self, config: PrometheusConfig | None = None) -> None:
        self._config = config or PrometheusConfig()
        self._newest = Metrics()
        self._server: _Server | None = None

    @property
    def address(self) -> str:
        """[any] Where to scrape; empty before the first snapshot."""
        return "" if self._server is None else f"http://{LOOPBACK}:{self._server.server_address[1]}/metrics"

    def export(self, metrics: Metrics) -> None:
        """[control] Keep a snapshot; the first one opens the port. Raises SinkError naming it."""
        self._newest = metrics
        if self._server is None:
            self._server = self._opened()

    def close(self) -> None:
        """[control] Close the port."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def _opened(self) -> _Server:
        try:
            server = _Server(self._config.port, lambda: exposition(self._newest).encode())
        except OSError as error:
            raise SinkError(
                f"Port {self._config.port} cannot be opened for Prometheus: {error.strerror or error}.",
                cure="Choose another one: [telemetry.prometheus] port.",
            ) from error
        threading.Thread(target=server.serve_forever, name="hobnail-prometheus", daemon=True).start()
        return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, page: Callable[[], bytes]) -> None:
        self.page = page
        super().__init__((LOOPBACK, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE_S  # whoever connects and says nothing holds a thread no longer

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in _OURSELVES:  # a web page that lets its own name point here must not read it
            self.send_error(HTTPStatus.FORBIDDEN, "Ask 127.0.0.1 or localhost.")
        elif self.path.partition("?")[0] != "/metrics":
            self.send_error(HTTPStatus.NOT_FOUND, "There is only /metrics.")
        elif isinstance(self.server, _Server):
            body = self.server.page()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a scrape every few seconds is no news."""
