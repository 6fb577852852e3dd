"""Who is told what: each value once, not too often, the newest last. No clocks inside: the time is passed in."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from hobnail.errors import MessageError
from hobnail_bridges.osc.encode import SendArgument, encode_message
from hobnail_bridges.osc.matching import matches_address, parts_of
from hobnail_bridges.osc.peers import Peer

Values = tuple[SendArgument, ...]
Translate = Callable[[str, Values], list[bytes]]


def plainly(address: str, values: Values) -> list[bytes]:
    """One message, as it is."""
    return [encode_message(address, *values)]


@dataclass(slots=True)
class Subscription:
    """One pattern of one peer. ``period_ns`` 0: every change at once."""

    peer: Peer
    pattern: str
    period_ns: int
    translate: Translate = plainly
    echo: bool = True  #: whether the peer is also told what it changed itself
    told: dict[str, Values] = field(default_factory=dict)
    waiting: dict[str, Values] = field(default_factory=dict)
    next_ns: dict[str, int] = field(default_factory=dict)


class Subscriptions:
    """All patterns that somebody listens to. [io]"""

    def __init__(self, per_peer: int) -> None:
        self._per_peer = per_peer
        self._all: dict[tuple[Hashable, str], Subscription] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, subscription: Subscription) -> None:
        """Listen; again with the same pattern changes the rate. Raises MessageError."""
        parts_of(subscription.pattern)
        key = (subscription.peer.key, subscription.pattern)
        if key not in self._all and sum(peer == subscription.peer.key for peer, _ in self._all) >= self._per_peer:
            cure = "Unlisten to some, or listen to a pattern that means several."
            problem = f"You listen to {self._per_peer} patterns already."
            raise MessageError("busy", problem, path=subscription.pattern, cure=cure)
        self._all[key] = subscription

    def remove(self, peer: Hashable, pattern: str | None = None) -> int:
        """Listen no more, to a pattern or (None) at all; how many there were."""
        gone = [key for key in self._all if key[0] == peer and pattern in (None, key[1])]
        for key in gone:
            del self._all[key]
        return len(gone)

    def forget(self, peer: Hashable) -> None:
        """A peer is gone."""
        self.remove(peer)

    def changed(self, address: str, values: Values, now_ns: int, origin: Hashable = None) -> int:
        """A value changed, because of what ``origin`` sent; how many packets went out."""
        return sum(self._tell(one, address, values, now_ns, origin) for one in self._all.values())

    def flush(self, now_ns: int) -> int:
        """Send what waited for its turn; how many packets went out."""
        sent = 0
        for one in self._all.values():
            for address in [address for address in one.waiting if one.next_ns.get(address, 0) <= now_ns]:
                sent += self._send(one, address, one.waiting.pop(address), now_ns)
        return sent

    def next_ns(self) -> int | None:
        """When something that waits may go out; None: nothing waits."""
        return min((one.next_ns.get(address, 0) for one in self._all.values() for address in one.waiting), default=None)

    def _tell(self, one: Subscription, address: str, values: Values, now_ns: int, origin: Hashable) -> int:
        if not matches_address(one.pattern, address):
            return 0
        if not one.echo and origin == one.peer.key:
            one.told[address] = values  # it knows
            one.waiting.pop(address, None)
            return 0
        if one.told.get(address) == values and address not in one.waiting:
            return 0
        if now_ns < one.next_ns.get(address, 0):
            one.waiting[address] = values
            return 0
        one.waiting.pop(address, None)
        return self._send(one, address, values, now_ns)

    def _send(self, one: Subscription, address: str, values: Values, now_ns: int) -> int:
        if one.told.get(address) == values:
            return 0
        one.told[address] = values
        if one.period_ns:
            one.next_ns[address] = now_ns + one.period_ns
        packets = one.translate(address, values)
        for packet in packets:
            one.peer.send(packet)
        return len(packets)
