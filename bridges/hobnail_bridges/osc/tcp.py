"""OSC over one TCP connection: the framing that the peer began with, both ways. [io]"""

from __future__ import annotations

from hobnail.errors import MessageError
from hobnail_bridges.osc.desk import Desk
from hobnail_bridges.osc.framing import Framing, framing_for
from hobnail_bridges.osc.peers import error_packet, fault
from hobnail_bridges.osc.streams import Stream


class OscTalk:
    """Implements :class:`hobnail_bridges.osc.streams.Talk`."""

    def __init__(self, stream: Stream, desk: Desk) -> None:
        self._stream = stream
        self._desk = desk
        self._framing: Framing | None = None

    def heard(self, data: bytes) -> None:
        """Bytes came."""
        try:
            if self._framing is None:
                self._framing = framing_for(data[0])
            for packet in self._framing.feed(data):
                self._desk.take(packet, self, self._send, self._stream.heard_ns, lasting=True)
        except MessageError as error:
            self._desk.counters.malformed += 1
            self._send(error_packet(fault(error.code, error.path, error.problem, error.cure)))
            self._stream.finish()

    def ended(self) -> None:
        """The connection is closed."""
        self._desk.forget(self)

    def _send(self, packet: bytes) -> None:
        if self._framing is not None:
            self._stream.send(self._framing.wrap(packet))
