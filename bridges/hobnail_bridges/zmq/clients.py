"""Who is connected: numbers, names, budgets and silence."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from hobnail.contracts import BridgeClients
from hobnail.errors import MessageError
from hobnail.protocol import Hello
from hobnail_bridges.limiting import ErrorDigest
from hobnail_bridges.zmq.config import Limits
from hobnail_bridges.zmq.units import Units
from hobnail_native import TokenBucket, Turnstile

Route = tuple[bytes, str]
"""Whom a message came from: ZeroMQ's routing id, and the public key that proved itself ("" without CURVE)."""


_BUDGETS_KEPT = 256


@dataclass(frozen=True, slots=True)
class Budgets:
    """What a client may still do; it outlives a bye, so that coming back does not refill it."""

    events: TokenBucket
    turnstile: Turnstile  #: messages and their bytes; also knows when the client was last heard
    errors: ErrorDigest

    @classmethod
    def full(cls, limits: Limits, now_ns: int) -> Budgets:
        """Those of a client that was never here."""
        return cls(
            events=TokenBucket(limits.events_per_s, limits.events_burst, now_ns),
            turnstile=Turnstile(limits.messages_per_s, limits.bytes_per_s, now_ns),
            errors=ErrorDigest(limits.errors_per_s, now_ns),
        )


@dataclass(slots=True)
class Client:
    """A greeted client."""

    number: int
    name: str
    route: Route
    units: Units
    wants_voices: bool
    budgets: Budgets

    @property
    def heard_ns(self) -> int:
        """When it last said something."""
        return self.budgets.turnstile.heard_ns

    @heard_ns.setter
    def heard_ns(self, ns: int) -> None:
        self.budgets.turnstile.heard_ns = ns


class Clients:
    """The greeted clients of one bridge. [io]"""

    def __init__(self, numbers: BridgeClients, limits: Limits) -> None:
        self._numbers = numbers
        self._limits = limits
        self._next = 0
        self._by_route: dict[Route, Client] = {}
        self._by_number: dict[int, Client] = {}
        self._parted: OrderedDict[Route, Budgets] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_route)

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._by_route.values()))

    def at(self, route: Route) -> Client | None:
        """The client that speaks from there."""
        return self._by_route.get(route)

    def numbered(self, number: int) -> Client | None:
        """The client with this number, if it is still here."""
        return self._by_number.get(number)

    def holding(self, routing_id: bytes) -> list[Client]:
        """Clients that use this routing id, whatever their key."""
        return [client for (id, _), client in self._by_route.items() if id == routing_id]

    def greet(self, hello: Hello, route: Route, now_ns: int) -> Client:
        """Enter a client under a free number and a free name. Raises MessageError when the house is full."""
        limits = self._limits
        if len(self) >= limits.clients:
            cure = "Close another client, or raise [bridge.zmq.limits] clients."
            raise MessageError("busy", f"{limits.clients} clients are connected already.", cure=cure)
        client = Client(
            number=self._free_number(),
            name=self._free_name(hello.client),
            route=route,
            units=Units.of(hello),
            wants_voices="voices" in hello.want,
            budgets=self._parted.pop(route) if route in self._parted else Budgets.full(limits, now_ns),
        )
        client.heard_ns = now_ns
        self._by_route[route] = self._by_number[client.number] = client
        return client

    def dismiss(self, client: Client) -> None:
        """Forget a client."""
        del self._by_route[client.route]
        del self._by_number[client.number]
        self._parted[client.route] = client.budgets
        if len(self._parted) > _BUDGETS_KEPT:
            self._parted.popitem(last=False)

    def silent_since(self, before_ns: int) -> list[Client]:
        """Clients that were last heard before that moment."""
        return [client for client in self._by_route.values() if client.heard_ns < before_ns]

    def _free_number(self) -> int:
        """Numbers go round, so that a late notice for a client that left does not reach a new one."""
        while True:
            number = self._numbers.first + self._next % self._numbers.count
            self._next += 1
            if number not in self._by_number:
                return number

    def _free_name(self, wanted: str) -> str:
        taken = {client.name for client in self._by_route.values()}
        if wanted not in taken:
            return wanted
        return next(name for n in count(2) if (name := f"{wanted[:58]}-{n}") not in taken)
