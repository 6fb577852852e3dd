"""Errors on their way to who caused them: within a budget, else put together; counted in any case. [io]"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Hashable

from hobnail.errors import MessageError
from hobnail.protocol import ErrorMessage
from hobnail_bridges.osc.counters import Counters
from hobnail_bridges.osc.peers import Peer, Peers, Send, error_packet, fault
from hobnail_native import TokenBucket

_STRANGERS_PER_S = 100  # error replies to all who were never understood
_FLOOD_PACKETS = 100  # malformed packets of one source within ...
_FLOOD_NS = 100_000_000  # ... so long are no mistakes

_log = logging.getLogger(__name__)


class Complaints:
    """``unheard``: keys of peers that would not understand ``/hobnail/error``; their errors go to the log."""

    def __init__(
        self, peers: Peers, counters: Counters, now_ns: Callable[[], int], unheard: Collection[Hashable]
    ) -> None:
        self._peers = peers
        self._counters = counters
        self._now_ns = now_ns
        self._unheard = unheard
        self._strangers = TokenBucket(_STRANGERS_PER_S, _STRANGERS_PER_S, now_ns())
        self._malformed: dict[Hashable, int] = {}  # per source, since ...
        self._since_ns = now_ns()
        self.flooded: Callable[[Hashable], None] = lambda key: (
            None
        )  #: called for a source that sends garbage without end

    def refuse(self, peer: Peer, address: str, error: MessageError) -> None:
        """A message was refused."""
        counters = self._counters
        counters.refused += 1
        counters.rate_limited += error.code == "rate_limited"
        counters.busy += error.code == "busy"
        self._add(peer, fault(error.code, address, error.problem, error.cure))

    def report(self, key: Hashable, address: str, error: MessageError) -> None:
        """The same, for a peer that may have gone."""
        peer = self._peers.known(key)
        if peer is not None:
            self.refuse(peer, address, error)

    def reproach(self, key: Hashable, send: Send, error: MessageError) -> None:
        """A packet could not be read; whoever was never understood gets no memory of ours for it."""
        self._counters.malformed += 1
        self._count_malformed(key)
        peer = self._peers.known(key)
        if peer is not None:
            self._add(peer, fault(error.code, error.path, error.problem, error.cure))
        elif self._strangers.take(self._now_ns()):
            self._counters.sent += 1
            send(error_packet(fault(error.code, error.path, error.problem, error.cure)))
        else:
            self._counters.errors_dropped += 1

    def tick(self, peer: Peer) -> None:
        """Tell what waited."""
        for error in peer.errors.take_due(self._now_ns()):
            self._tell(peer, error)

    def _count_malformed(self, key: Hashable) -> None:
        now_ns = self._now_ns()
        if now_ns - self._since_ns > _FLOOD_NS:
            self._malformed.clear()
            self._since_ns = now_ns
        count = self._malformed.get(key, 0) + 1
        self._malformed[key] = count
        if count == _FLOOD_PACKETS:
            self.flooded(key)

    def _add(self, peer: Peer, error: ErrorMessage) -> None:
        told = peer.errors.add(error, self._now_ns())
        if told is not None:
            self._tell(peer, told)

    def _tell(self, peer: Peer, error: ErrorMessage) -> None:
        if peer.key in self._unheard:
            _log.warning("%s: %s %s (%s, %d times)", peer.key, error.problem, error.cure, error.path, error.count)
            return
        self._counters.sent += 1
        peer.send(error_packet(error))
