"""A process in which bounces are rendered, one after another as they ask. Started by the door; ends with its parent."""

from __future__ import annotations

import logging
import os
import struct
import sys
import threading
import time
from pathlib import Path

import msgspec
import zmq

from hobnail.config import Config
from hobnail.contracts import SessionInfo
from hobnail.errors import HobnailError, MessageError
from hobnail.host import Host
from hobnail.protocol import Bye, Hello, ServerMessage, decode_client, encode
from hobnail_bridges.bounce.guest import Guest
from hobnail_bridges.bounce.lines import Lines
from hobnail_bridges.bounce.score import write_score
from hobnail_bridges.zmq import codec
from hobnail_bridges.zmq.refusals import not_greeted

_ADVANCE = b"advance"
_SOUND = b"sound"
_IDLE_S = 120.0
_POLL_MS = 500
_GUESTS = 256

_log = logging.getLogger(__name__)


class HallOrders(msgspec.Struct, frozen=True, kw_only=True):
    """All that the process is told, as JSON on its standard input; where that ends, it ends too."""

    config: Config
    info: SessionInfo
    scores: str = ""  #: a folder that keeps what each bounce was told, as timelines; "": none


class Hall:
    """Guests by routing id. [one thread]"""

    def __init__(self, orders: HallOrders, host: Host) -> None:
        self._orders = orders
        self._host = host
        self._guests: dict[bytes, Guest] = {}
        self.heard_s = time.monotonic()

    def take(self, who: bytes, parts: list[bytes]) -> list[list[bytes]]:
        """A message from a client; the messages that answer it."""
        self.heard_s = time.monotonic()
        guest = self._guests.get(who)
        if len(parts) == 2 and parts[0] == _ADVANCE and len(parts[1]) == 8:
            if guest is None:
                return [_said(_not_here())]
            first, sound = guest.advance(struct.unpack("<q", parts[1])[0])
            refusals = [_said(refusal) for refusal in guest.refusals()]
            return [*refusals, [_SOUND, struct.pack("<q", first), sound]]
        data = parts[-1]
        try:
            message = decode_client(data)
        except MessageError:
            message = None
        if isinstance(message, Hello | Bye):
            self._part(who)
            return [self._greet(who, message)] if isinstance(message, Hello) else []
        if guest is None:
            return [_said(_not_here())]
        fault = guest.take(data)
        return [] if fault is None else [_said(fault)]

    def gone(self, who: bytes) -> None:
        """A client's connection ended: by its ``bye``, or it crashed: what it was told is kept all the same."""
        self._part(who)

    def close(self) -> None:
        """Everybody leaves."""
        for who in list(self._guests):
            self._part(who)

    def _greet(self, who: bytes, hello: Hello) -> list[bytes]:
        while len(self._guests) >= _GUESTS:
            self._part(next(iter(self._guests)))
        guest = Guest(hello, self._orders.config, self._host, self._orders.info)
        self._guests[who] = guest
        return _said(guest.welcome())

    def _part(self, who: bytes) -> None:
        guest = self._guests.pop(who, None)
        if guest is None or not guest.commands or not self._orders.scores:
            return
        try:
            write_score(guest.commands, guest.frame, Path(self._orders.scores))
        except HobnailError as error:
            _log.warning("What a bounce was told could not be kept: %s", error)


def _said(message: ServerMessage) -> list[bytes]:
    return [encode(message)]


def _not_here() -> ServerMessage:
    return codec.fault(not_greeted(), None)


def main() -> None:
    """Serve until the parent is gone, or nobody has come for two minutes."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=HallOrders)
    threading.Thread(target=_follow_parent, daemon=True).start()
    plugins = orders.config.plugins
    host = Host(only=plugins.only, disable=plugins.disable)
    host.discover()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    socket.linger, socket.sndhwm, socket.rcvhwm = 0, 0, 0
    lines = Lines(socket)
    socket.bind("tcp://127.0.0.1:*")
    endpoint = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(endpoint, bytes)
    print(endpoint.decode().rsplit(":", 1)[1], flush=True)
    hall = Hall(orders, host)
    while time.monotonic() - hall.heard_s < _IDLE_S:
        ready = lines.poll(_POLL_MS)
        for who in lines.ended():
            hall.gone(who)
        if ready:
            frames = socket.recv_multipart(copy=False)
            lines.heard(frames)
            who, *parts = (frame.bytes for frame in frames)
            for answer in hall.take(who, parts):
                socket.send_multipart([who, *answer])
    hall.close()


def _follow_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
