"""Who speaks OSC to us: how to answer, and what each may still do. No sockets: sending is a function. [io]"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

from hobnail.protocol import PROTOCOL, ErrorMessage
from hobnail_bridges.limiting import ErrorDigest
from hobnail_bridges.osc.config import Limits
from hobnail_bridges.osc.encode import encode_message
from hobnail_native import TokenBucket

ERROR = "/hobnail/error"

Send = Callable[[bytes], None]


@dataclass(slots=True)
class Peer:
    """One sender: a UDP address, a TCP connection, a WebSocket, or a DAW that is greeted by us."""

    key: Hashable
    send: Send
    lasting: bool  #: a connection, which ends by itself; a UDP peer is forgotten when it is silent
    heard_ns: int
    messages: TokenBucket
    events: TokenBucket
    errors: ErrorDigest


class Peers:
    """Everyone who was heard lately. [io]"""

    def __init__(self, limits: Limits, forgotten: Callable[[Peer], None]) -> None:
        self._limits = limits
        self._forgotten = forgotten
        self._peers: OrderedDict[Hashable, Peer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._peers)

    def __iter__(self) -> Iterator[Peer]:
        return iter(list(self._peers.values()))

    def known(self, key: Hashable) -> Peer | None:
        """The peer, if it is remembered."""
        return self._peers.get(key)

    def heard(self, key: Hashable, send: Send, now_ns: int, *, lasting: bool = False) -> Peer:
        """The peer behind a packet that could be read; a new one takes the place of who was silent longest."""
        peer = self._peers.get(key)
        if peer is None:
            limits = self._limits
            while len(self._peers) >= limits.peers:
                self.forget(next((old for old in self._peers.values() if not old.lasting), self._first()).key)
            peer = self._peers[key] = Peer(
                key=key,
                send=send,
                lasting=lasting,
                heard_ns=now_ns,
                messages=TokenBucket(limits.messages_per_s, limits.messages_per_s, now_ns),
                events=TokenBucket(limits.events_per_s, limits.events_per_s, now_ns),
                errors=ErrorDigest(limits.errors_per_s, now_ns),
            )
        else:
            self._peers.move_to_end(key)
        peer.heard_ns = now_ns
        return peer

    def forget(self, key: Hashable) -> None:
        """A peer is gone."""
        peer = self._peers.pop(key, None)
        if peer is not None:
            self._forgotten(peer)

    def _first(self) -> Peer:
        return next(iter(self._peers.values()))


def fault(code: str, path: str, problem: str, cure: str) -> ErrorMessage:
    """An error as the budgets know it; ``path`` is the OSC address at fault."""
    return ErrorMessage(v=PROTOCOL, code=code, path=path, problem=problem, cure=cure)  # type: ignore[arg-type]


def error_packet(error: ErrorMessage) -> bytes:
    """``/hobnail/error address code text count``."""
    return encode_message(ERROR, error.path[:255], error.code, f"{error.problem} {error.cure}".strip(), error.count)
