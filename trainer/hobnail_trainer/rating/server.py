"""Serves the page on this machine. Loopback only; a page of another site cannot reach it by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from hobnail_trainer.errors import TrainerError
from hobnail_trainer.rating.page import PAGE
from hobnail_trainer.rating.results import Answer, keep_answer, read_answers
from hobnail_trainer.rating.trials import Trials

LOOPBACK: Final = "127.0.0.1"
NAMES: Final = frozenset({"127.0.0.1", "localhost"})
MOST_BYTES: Final = 4096
HTML, JSON, TEXT, WAV = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8", "audio/wav"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered with."""

    status: int
    kind: str
    body: bytes


class Desk:
    """Answers requests from a folder of trials; knows nothing of sockets. [any thread]"""

    def __init__(self, folder: Path, trials: Trials) -> None:
        self._folder, self._trials = folder, trials
        self._ids = {trial.id for trial in trials.trials}
        self._lock = Lock()

    def get(self, target: str) -> Reply:
        """The page, a listener's order of what they have not heard yet, or a sound."""
        url = urlsplit(target)
        if url.path == "/":
            return Reply(200, HTML, PAGE.encode())
        if url.path == "/order":
            return self._order(parse_qs(url.query).get("listener", [""])[0].strip())
        name = url.path.removeprefix("/sound/")
        if url.path.startswith("/sound/") and name in self._ids:
            return Reply(200, WAV, (self._folder / f"{name}.wav").read_bytes())
        return Reply(404, TEXT, b"There is nothing here. The page is at /.")

    def post(self, target: str, body: bytes) -> Reply:
        """An answer."""
        if target != "/answer":
            return Reply(404, TEXT, b"Answers go to /answer.")
        try:
            answer = msgspec.json.decode(body, type=Answer)
        except msgspec.DecodeError as error:
            return Reply(400, TEXT, f"Not an answer: {error}".encode())
        if answer.trial not in self._ids:
            return Reply(400, TEXT, b"No sound has this name.")
        with self._lock:
            keep_answer(self._folder, answer)
        return Reply(200, JSON, b"{}")

    def _order(self, listener: str) -> Reply:
        if not 1 <= len(listener) <= 40:
            return Reply(400, TEXT, b"A listener has a name of 1 to 40 letters.")
        heard = {answer.trial for answer in read_answers(self._folder) if answer.listener == listener}
        left = [trial for trial in self._trials.order_for(listener) if trial.id not in heard]
        return Reply(200, JSON, msgspec.json.encode([{"id": trial.id, "caption": trial.caption} for trial in left]))


def serve(desk: Desk, port: int, *, ready: Callable[[ThreadingHTTPServer], None]) -> None:
    """Serve until ``shutdown`` of what ``ready`` is given, or Ctrl-C. Raises TrainerError when the port is taken."""
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), _handler_of(desk))
    except OSError as error:
        raise TrainerError(f"port {port}: {error.strerror}.", cure="Choose another: --port.") from error
    with server:
        ready(server)
        server.serve_forever(poll_interval=0.1)


def _handler_of(desk: Desk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "hobnail-rate"
        sys_version = ""
        timeout = 30

        def do_GET(self) -> None:
            if self._is_ours():
                self._send(desk.get(self.path))

        def do_POST(self) -> None:
            if not self._is_ours():
                return
            size = self.headers.get("content-length", "")
            if not size.isascii() or not size.isdigit() or int(size) > MOST_BYTES:
                self._send(Reply(413, TEXT, b"An answer has at most 4096 bytes."))
                return
            self._send(desk.post(self.path, self.rfile.read(int(size))))

        def _is_ours(self) -> bool:
            """A name that merely points here is another site's trick to read the answers."""
            if self.headers.get("host", "").rpartition(":")[0] in NAMES:
                return True
            self._send(Reply(403, TEXT, b"Open this page as http://127.0.0.1."))
            return False

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in (
                ("content-type", reply.kind),
                ("content-length", str(len(reply.body))),
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            """Listeners are not logged."""

    return Handler
