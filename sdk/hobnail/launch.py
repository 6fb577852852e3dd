"""Starts ``hobnail serve`` as a process of its own and stops it cleanly; the demo, the benchmarks and tests use it."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

from hobnail.children import python
from hobnail.errors import SessionError

READY_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 10.0

if sys.platform == "win32":  # there Ctrl-C reaches a process only through its group
    _OWN_GROUP, _INTERRUPT = subprocess.CREATE_NEW_PROCESS_GROUP, signal.CTRL_BREAK_EVENT
else:
    _OWN_GROUP, _INTERRUPT = 0, signal.SIGINT


class ServerProcess:
    """A running ``hobnail serve`` on free ports. [control] ``environment``: its own; None: that of this process.

    ::

        with ServerProcess(["--record", "take.wav"]) as server:
            client = Client(server.control)
    """

    def __init__(self, arguments: Sequence[str] = (), *, environment: Mapping[str, str] | None = None) -> None:
        free_ports = ("--control-port", "0", "--audio-port", "0", "--telemetry-port", "0")
        self._command = python("hobnail", "serve", "--json", *free_ports, *arguments)
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self.addresses: Mapping[str, Mapping[str, str]] = {}
        self.pids: tuple[int, ...] = ()  #: of the engine process and the bridge process
        self.ready_s = 0.0  #: from starting the process to its "ready" line

    @property
    def control(self) -> str:
        """Address of the ZeroMQ control socket."""
        return self.addresses["zmq"]["control"]

    def start(self) -> None:
        """Start it and wait until it serves. Raises SessionError with what it said when it does not."""
        began = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            creationflags=_OWN_GROUP,
            env=self._environment,
        )
        line = self._first_line()
        self.ready_s = time.monotonic() - began
        try:
            ready = json.loads(line)
            self.addresses, self.pids = ready["addresses"], tuple(ready["pids"])
        except (ValueError, KeyError):
            self.stop()
            raise SessionError(
                f"The server did not start: it said {line.strip()!r} and ended with {self._process.returncode}.",
                cure="Its own messages, above, say why.",
            ) from None

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C would; returns its exit code."""
        process = self._process
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(_INTERRUPT)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        return process.returncode

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _first_line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        lines: queue.Queue[str] = queue.Queue()
        stdout = self._process.stdout
        reader = threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True)
        reader.start()
        try:
            return lines.get(timeout=READY_TIMEOUT_S)
        except queue.Empty:
            return ""
