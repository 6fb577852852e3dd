"""Shuts out, for a while, UDP senders of nothing but garbage, before their packets cost anything. [io]

On Linux the system itself drops them, by a filter at the socket: however fast they come, a decent peer's packets find
room and are read in time. Elsewhere they are read and refused one by one.
"""

from __future__ import annotations

import ctypes
import ipaddress
import socket
import struct
import sys
from typing import Final

BLOCKED_NS: Final = 2_000_000_000  # the first time; each further time twice as long ...
LONGEST_NS: Final = 64_000_000_000  # ... up to this
MOST: Final = 32
_REMEMBERED: Final = 1024

_SO_ATTACH_FILTER: Final = 26
_SO_DETACH_FILTER: Final = 27
_SO_MEMINFO: Final = 55
_DROPS: Final = 8  # its place in what SO_MEMINFO gives
_LOAD_WORD, _LOAD_HALF, _JUMP_EQUAL, _RETURN = 0x20, 0x28, 0x15, 0x06
_SOURCE_IP: Final = 0xFFF0_0000 + 12  # SKF_NET_OFF: counted from the IP header
_SOURCE_PORT: Final = 0  # counted from the UDP header

Source = tuple[str, int]


class Shutter:
    """Blocks sources at one UDP socket; each is let in again after a while, and blocked for longer if it goes on."""

    def __init__(self, udp: socket.socket) -> None:
        self._udp = udp
        self._usable = sys.platform == "linux" and udp.family == socket.AF_INET
        self._until_ns: dict[Source, int] = {}
        self._next_ns: dict[Source, int] = {}  # how long a source will be blocked the next time
        self._passed_over = 0

    def block(self, source: Source, now_ns: int) -> int:
        """For how many ns the system drops packets from there; 0: it does not."""
        if not self._usable or len(self._until_ns) >= MOST:
            return 0
        if len(self._next_ns) >= _REMEMBERED:
            self._next_ns.clear()
        blocked_ns = self._next_ns.get(source, BLOCKED_NS)
        self._next_ns[source] = min(2 * blocked_ns, LONGEST_NS)
        self._until_ns[source] = now_ns + blocked_ns
        return blocked_ns if self._apply() else 0

    def passes_over(self, source: object) -> bool:
        """Whether a packet that came before its source was blocked is not worth reading."""
        if source not in self._until_ns:
            return False
        self._passed_over += 1
        return True

    def tick(self, now_ns: int) -> None:
        """Let in again whose time is over."""
        over = [source for source, until_ns in self._until_ns.items() if until_ns <= now_ns]
        for source in over:
            del self._until_ns[source]
        if over:
            self._apply()

    def dropped(self) -> int:
        """Datagrams that the system has dropped at this socket: those of blocked sources, and for want of room."""
        if not self._usable:
            return self._passed_over
        try:
            info = self._udp.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 64)
        except OSError:
            return self._passed_over
        dropped = struct.unpack_from("=I", info, 4 * _DROPS)[0] if len(info) > 4 * _DROPS else 0
        return self._passed_over + int(dropped)

    def _apply(self) -> bool:
        try:
            if not self._until_ns:
                self._udp.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
                return True
            code = program(list(self._until_ns))
            buffer = ctypes.create_string_buffer(code, len(code))
            head = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
            self._udp.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)
        except OSError:  # an old system, or one that forbids it
            self._usable = False
            return False
        return True


def program(sources: list[Source]) -> bytes:
    """A filter (classic BPF) that drops UDP packets from these sources and passes all others."""
    steps: list[tuple[int, int, int, int]] = []
    count = 4 * len(sources)
    for index, (host, port) in enumerate(sources):
        to_drop = count + 1 - (4 * index + 3) - 1
        steps += [
            (_LOAD_WORD, 0, 0, _SOURCE_IP),
            (_JUMP_EQUAL, 0, 2, int(ipaddress.IPv4Address(host))),
            (_LOAD_HALF, 0, 0, _SOURCE_PORT),
            (_JUMP_EQUAL, to_drop, 0, port),
        ]
    steps += [(_RETURN, 0, 0, 0xFFFF_FFFF), (_RETURN, 0, 0, 0)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
