"""The bridge's sockets: made and bound in one place, all of them without waiting."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

from hobnail.errors import BridgeError
from hobnail_bridges.osc.config import OscConfig

_RECEIVE_BYTES = 4 << 20  # a storm of packets must find room until the thread's turn comes
_ATTEMPTS = 16


class Sockets:
    """UDP and TCP on one port, OSCQuery on another, and the port at which AbletonOSC answers."""

    def __init__(self, config: OscConfig) -> None:
        self._open: list[socket.socket] = []
        try:
            self.udp, self.tcp = self._pair(config)
            self.query = self._listener(config.host, config.query_port, "query_port") if config.query else None
            self.replies: socket.socket | None = None
            if config.ableton is not None:
                self.replies = self._datagrams(config.host, config.ableton.reply_port, "ableton] reply_port")
        except BaseException:
            self.close()
            raise

    def addresses(self) -> dict[str, str]:
        """What people are told."""
        told = {"udp": f"osc.udp://{_place(self.udp)}", "tcp": f"osc.tcp://{_place(self.tcp)}"}
        if self.query is not None:
            told["query"] = f"http://{_place(self.query)}"
        if self.replies is not None:
            told["ableton"] = f"osc.udp://{_place(self.replies)}"
        return told

    def close(self) -> None:
        """Close everything; safe to call twice."""
        for one in self._open:
            one.close()
        self._open.clear()

    def _pair(self, config: OscConfig) -> tuple[socket.socket, socket.socket]:
        """A free port that is free for both."""
        for attempt in range(_ATTEMPTS):
            udp = self._datagrams(config.host, config.port, "port")
            try:
                return udp, self._listener(config.host, udp.getsockname()[1], "port")
            except BridgeError:
                if config.port or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _datagrams(self, host: str, port: int, option: str) -> socket.socket:
        udp = self._made(host, socket.SOCK_DGRAM)
        with suppress(OSError):  # the system may allow less
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        _bind(udp, host, port, option)
        return udp

    def _listener(self, host: str, port: int, option: str) -> socket.socket:
        tcp = self._made(host, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(tcp, host, port, option)
        tcp.listen(16)
        return tcp

    def _made(self, host: str, kind: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.socket(family, kind)
        self._open.append(made)
        made.setblocking(False)
        return made


def _bind(bound: socket.socket, host: str, port: int, option: str) -> None:
    try:
        bound.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BridgeError(
                f"Port {port} on {host} is in use by another program.",
                cure=f"Stop that program, or set another [bridge.osc] {option} (0 picks a free one).",
            ) from error
        raise BridgeError(
            f"Nothing can listen on {host} port {port}: {error}.",
            cure="Set [bridge.osc] host to an address of this machine, such as 127.0.0.1.",
        ) from error


def _place(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
