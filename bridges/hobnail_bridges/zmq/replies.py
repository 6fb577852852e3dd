"""What clients are told: the session's notices, refusals, the clock; and what whoever watches is shown."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hobnail.contracts import SessionPort
from hobnail.errors import MessageError
from hobnail.notices import Accepted, LatencyNotice, Refused, VoiceEnded
from hobnail.protocol import PROTOCOL, Ack, Hello, LatencyMessage, Ping, Pong, ServerMessage
from hobnail.watching import Seen
from hobnail_bridges.zmq import codec
from hobnail_bridges.zmq.clients import Client, Clients, Route
from hobnail_bridges.zmq.config import ZmqConfig
from hobnail_bridges.zmq.counters import Counters
from hobnail_native import TokenBucket

_STRANGERS_PER_S = 100  # error replies to all who were never greeted


class Replies:
    """Answers, within each client's budget of errors. ``post(routing id, message)`` sends one. [io]"""

    def __init__(
        self,
        port: SessionPort,
        clients: Clients,
        post: Callable[[bytes, ServerMessage], None],
        now_ns: Callable[[], int],
        counters: Counters,
    ) -> None:
        self._port = port
        self._watch = port.watch
        self._info = port.info
        self._clients = clients
        self._post = post
        self._now_ns = now_ns
        self._counters = counters
        self._strangers = TokenBucket(_STRANGERS_PER_S, _STRANGERS_PER_S, now_ns())
        self._errors_kept = False

    # --- answers -----------------------------------------------------------------------------------------------------

    def welcome(self, hello: Hello, client: Client, ports: tuple[int, int, int], config: ZmqConfig) -> None:
        """To a client that was greeted. ``ports``: audio, telemetry, bounce."""
        times_s = (config.heartbeat_s, config.timeout_s)
        frame = self._frame_and_ns()[0]
        message = codec.welcome(self._info, hello, client=client.name, frame=frame, ports=ports, times_s=times_s)
        self._post(client.route[0], message)

    def pong(self, ping: Ping, route: Route) -> None:
        """The clocks of both."""
        frame, ns = self._frame_and_ns()
        self._post(route[0], Pong(v=PROTOCOL, id=ping.id, t=ping.t, frame=frame, ns=ns))

    def part(self, request: int, route: Route) -> None:
        """To a client that said bye and asked for an answer."""
        self._post(route[0], Ack(v=PROTOCOL, re=request, at=self._frame_and_ns()[0]))

    # --- from the session --------------------------------------------------------------------------------------------

    def notice(self, notice: Accepted | Refused | VoiceEnded | LatencyNotice) -> None:
        """Something that the session says to one client, or to all."""
        if isinstance(notice, LatencyNotice):
            self._info = msgspec.structs.replace(self._info, latency=notice.latency)
            for everyone in self._clients:
                self._post(everyone.route[0], LatencyMessage(v=PROTOCOL, latency=notice.latency))
            return
        client = self._clients.numbered(notice.client)
        if client is None:
            return
        match notice:
            case Accepted():
                reply = codec.to_ack(notice)
                if reply is not None:
                    self._post(client.route[0], reply)
            case Refused():
                self._report(client, notice)
            case VoiceEnded():
                if client.wants_voices:
                    self._post(client.route[0], codec.to_ended(notice))

    def _report(self, client: Client, notice: Refused) -> None:
        self._counters.errors += 1
        if self._watch.on:
            fault = MessageError(notice.code, notice.problem, path=notice.path, cure=notice.cure)
            self._watch.saw(_seen(client, self._now_ns(), b"", notice.request), fault)
        error = client.budgets.errors.add(codec.to_error(notice), self._now_ns())
        if error is not None:
            self._post(client.route[0], error)
        else:
            self._errors_kept = True

    # --- refusals ----------------------------------------------------------------------------------------------------

    @property
    def errors_kept(self) -> bool:
        """Whether errors wait to be told together."""
        return self._errors_kept

    def refuse(self, route: Route, error: MessageError, request: int | None, data: bytes) -> None:
        """A message was refused at the door."""
        counters = self._counters
        counters.errors += 1
        counters.rate_limited += error.code == "rate_limited"
        counters.busy += error.code == "busy"
        client = self._clients.at(route)
        if self._watch.on:
            self._watch.saw(_seen(client, self._now_ns(), data), error)
        if client is not None:
            reply = client.budgets.errors.add(codec.fault(error, request), self._now_ns())
            self._errors_kept = self._errors_kept or reply is None
        elif self._strangers.take(self._now_ns()):
            reply = codec.fault(error, request)
        else:
            counters.replies_dropped += 1
            return
        if reply is not None:
            self._post(route[0], reply)

    def send_due_errors(self, now_ns: int) -> None:
        """Tell the errors that waited long enough."""
        for client in self._clients:
            for error in client.budgets.errors.take_due(now_ns):
                self._post(client.route[0], error)
        self._errors_kept = any(client.budgets.errors.due_ns is not None for client in self._clients)

    # --- whoever watches, and the clock ------------------------------------------------------------------------------

    def show(self, client: Client | None, received_ns: int, data: bytes) -> None:
        """A message that was taken, to whoever watches."""
        if self._watch.on:
            self._watch.saw(_seen(client, received_ns, data))

    def _frame_and_ns(self) -> tuple[int, int]:
        """The session clock, carried on to this moment."""
        frame, due_ns = self._port.now()
        now_ns = self._now_ns()
        return max(0, frame + round((now_ns - due_ns) * self._info.rate_hz / 1e9)), now_ns


def _seen(client: Client | None, ns: int, data: bytes, request: int | None = None) -> Seen:
    return Seen(
        door="zmq",
        client="" if client is None else client.name,
        ns=ns,
        size=len(data),
        data=data,
        units_per_metre=1.0 if client is None else client.units.units_per_metre,
        re=request,
    )
