"""What happens to a message: who sent it, may they, what does it ask. No sockets, no threads."""

from __future__ import annotations

import logging
from collections.abc import Callable

from hobnail.commands import ClientLeft
from hobnail.contracts import SessionPort
from hobnail.errors import MessageError
from hobnail.notices import Accepted, LatencyNotice, Refused, VoiceEnded
from hobnail.protocol import Bye, ClientMessage, FrameMessage, Hello, Ping, ServerMessage, request_of
from hobnail_bridges.zmq.clients import Client, Clients, Route
from hobnail_bridges.zmq.config import ZmqConfig
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.orders import Orders
from hobnail_bridges.zmq.refusals import decode_frames, not_greeted, slow_down
from hobnail_bridges.zmq.replies import Replies
from hobnail_native import TokenBucket

_STRANGERS_PER_S = 100  # hellos of all newcomers
_HELLO_BYTES = 4096  # whoever has not said hello yet says nothing longer
_ABSENCE_NS = 500_000_000
"""When the bridge itself was away for so long (a suspended machine, a debugger), its clients were not silent."""
_CROWD = 20
"""Frame messages between two looks, and so a thousand a second."""
_LOOK_EVERY_NS = 20_000_000
"""Between looks at every client: a full house sends four thousand messages a second, each of which ends a round."""

_log = logging.getLogger(__name__)


class Intake:
    """The front desk of the bridge. ``post(routing id, message)`` sends a reply; ``now_ns()`` is the clock. [io]"""

    def __init__(
        self,
        port: SessionPort,
        config: ZmqConfig,
        ports: tuple[int, int, int],
        post: Callable[[bytes, ServerMessage], None],
        now_ns: Callable[[], int],
        counters: Counters,
    ) -> None:
        self.counters = counters
        self._config = config
        self._ports = ports
        self._now_ns = now_ns
        self._watch = port.watch
        self._clients = Clients(port.clients, config.limits)
        self._orders = Orders(port, self._clients, config.limits, counters)
        self._replies = Replies(port, self._clients, post, now_ns, counters)
        self._strangers = TokenBucket(_STRANGERS_PER_S, _STRANGERS_PER_S, now_ns())
        self._ticked_ns = now_ns()
        self._look_ns = 0
        self._frames_seen = 0  # since the last look
        self._crowded = False

    # --- messages ----------------------------------------------------------------------------------------------------

    def take_frame(self, routing_id: bytes, user: str, data: bytes, received_ns: int) -> bool:
        """A frame message like one before it, in a tenth of the time of :meth:`take`; False: that one must take it."""
        return not self._watch.on and self._orders.take_frame(routing_id, user, data, received_ns)

    def take(self, parts: list[bytes], user: str, received_ns: int) -> None:
        """One message from the socket: routing id and payload; ``user`` is the key that proved itself, or ''."""
        self.counters.messages += 1
        route = (parts[0], user)
        data = parts[-1]
        refuse = self._replies.refuse
        client = self._clients.at(route)
        if client is not None:
            client.heard_ns = received_ns
            limits = self._config.limits
            if not client.budgets.turnstile.take_message(received_ns):
                refuse(route, slow_down("messages", limits.messages_per_s), None, data)
                return
            if not client.budgets.turnstile.take_bytes(received_ns, sum(map(len, parts[1:]))):
                refuse(route, slow_down("bytes", limits.bytes_per_s), None, data)
                return
        elif len(data) > _HELLO_BYTES:
            refuse(route, not_greeted(), None, data)
            return
        try:
            message = decode_frames(parts)
        except MessageError as error:
            refuse(route, error, request_of(data), data)
            return
        try:
            self._handle(message, route, client, received_ns, data)
        except MessageError as error:
            refuse(route, error, message.id, data)
            return
        self._replies.show(self._clients.at(route) or client, received_ns, data)

    def _handle(
        self, message: ClientMessage, route: Route, client: Client | None, received_ns: int, data: bytes
    ) -> None:
        if isinstance(message, Hello):
            self._greet(message, route, client, received_ns)
        elif client is None:
            raise not_greeted()
        elif isinstance(message, Ping):
            self._replies.pong(message, route)
        elif isinstance(message, Bye):
            self._part(client)
            if message.id is not None:
                self._replies.part(message.id, route)
        elif isinstance(message, FrameMessage) and message.id is None:
            self._frames_seen += 1
            self._orders.keep_frame(client, message, data, received_ns)
        else:
            self._orders.send(message, client, received_ns, self._now_ns())

    def notice(self, notice: Accepted | Refused | VoiceEnded | LatencyNotice) -> None:
        """Something that the session says to one client, or to all."""
        self._replies.notice(notice)

    # --- coming and going --------------------------------------------------------------------------------------------

    def _greet(self, hello: Hello, route: Route, old: Client | None, now_ns: int) -> None:
        if old is None and not self._strangers.take(now_ns):
            raise slow_down("hellos of all newcomers", _STRANGERS_PER_S)
        if self._orders.owes_too_much:
            raise MessageError("busy", "The session does not keep up.", cure="Try again in a second.")
        for former in self._clients.holding(route[0]):
            self._part(former)
        client = self._clients.greet(hello, route, now_ns)
        self._orders.admit(client)
        self.counters.clients = len(self._clients)
        _log.info("Client %r came.", client.name)
        self._replies.welcome(hello, client, self._ports, self._config)

    def _part(self, client: Client) -> None:
        self._orders.forget(client)
        self._clients.dismiss(client)
        self.counters.clients = len(self._clients)
        self._orders.promise(ClientLeft(client=client.number))

    # --- between messages --------------------------------------------------------------------------------------------

    def end_round(self) -> None:
        """The socket is drained, or enough for now: the frames that are left are the newest."""
        self._frames_seen += self._orders.count_frames()
        self._orders.send_due_frames(self._now_ns())

    def tick(self) -> None:
        """Keep promises, send kept errors, part with the silent."""
        now_ns = self._now_ns()
        self.end_round()
        self._orders.keep_promises()
        if now_ns >= self._look_ns:
            self._look_ns = now_ns + _LOOK_EVERY_NS
            self._look(now_ns)

    def _look(self, now_ns: int) -> None:
        """At every client: who left without a word, whose errors are due."""
        self._crowded = self._frames_seen >= _CROWD
        self._frames_seen = 0
        self._forgive_absence(now_ns)
        for client in self._clients.silent_since(now_ns - round(self._config.timeout_s * 1e9)):
            _log.warning("Client %r said nothing for %g s; its sounds fade.", client.name, self._config.timeout_s)
            self.counters.clients_timed_out += 1
            self._part(client)
        self._replies.send_due_errors(now_ns)

    def _forgive_absence(self, now_ns: int) -> None:
        absent_ns = now_ns - self._ticked_ns
        self._ticked_ns = now_ns
        if absent_ns > _ABSENCE_NS:
            for client in self._clients:
                client.heard_ns += absent_ns

    @property
    def crowded(self) -> bool:
        """Whether so many frames come that waking for each costs more than they do."""
        return self._crowded

    @property
    def holds_frames(self) -> bool:
        """Whether frames wait for their client's turn, a few milliseconds at most."""
        return self._orders.holds_frames

    @property
    def restless(self) -> bool:
        """Whether :meth:`tick` has something to do soon."""
        return self._orders.owes or self._replies.errors_kept
