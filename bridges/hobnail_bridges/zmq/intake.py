"""What happens to a message: who sent it, may they, what does it ask, what is answered. No sockets, no threads.

Order is kept: a client's commands reach the session as they were sent. Only of several ``frame`` messages in a row
with the same emitters and columns, and without ``id``, the older ones are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from hobnail.commands import AnyCommand, ClientLeft
from hobnail.contracts import SessionPort
from hobnail.errors import MessageError
from hobnail.notices import Accepted, LatencyNotice, Refused, VoiceEnded
from hobnail.protocol import (
    PROTOCOL,
    Ack,
    Bye,
    ClientMessage,
    EventMessage,
    FrameMessage,
    Hello,
    LatencyMessage,
    PanicMessage,
    Ping,
    Pong,
    ServerMessage,
    request_of,
)
from hobnail.watching import Seen
from hobnail_bridges.limiting import TokenBucket
from hobnail_bridges.zmq import codec
from hobnail_bridges.zmq.clients import Client, Clients, Route
from hobnail_bridges.zmq.config import ZmqConfig
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.frames import LatestFrames
from hobnail_bridges.zmq.refusals import decode_frames, not_greeted, slow_down
from hobnail_bridges.zmq.units import Units

_STRANGERS_PER_S = 100
_HELLO_BYTES = 4096  # whoever has not said hello yet says nothing longer
_ABSENCE_NS = 500_000_000
"""When the bridge itself was away for so long (a suspended machine, a debugger), its clients were not silent."""
_PROMISES_KEPT = 1000
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
        self._port = port
        self._watch = port.watch
        self._info = port.info
        self._config = config
        self._ports = ports
        self._post = post
        self._now_ns = now_ns
        self._clients = Clients(port.clients, config.limits)
        self._frames = LatestFrames(round(1e9 / config.limits.frames_per_s))
        self._strangers = TokenBucket(_STRANGERS_PER_S, _STRANGERS_PER_S, now_ns())
        self._strange_faults = TokenBucket(_STRANGERS_PER_S, _STRANGERS_PER_S, now_ns())
        self._ticked_ns = now_ns()
        self._look_ns = 0
        self._errors_kept = False
        self._frames_seen = 0  # since the last look
        self._crowded = False
        self._promised: dict[tuple[type, int], AnyCommand] = {}

    # --- messages ----------------------------------------------------------------------------------------------------

    def take(self, parts: list[bytes], user: str, received_ns: int) -> None:
        """One message from the socket: routing id and payload; ``user`` is the key that proved itself, or ''."""
        self.counters.messages += 1
        route = (parts[0], user)
        data = parts[-1]
        client = self._clients.at(route)
        if client is not None:
            client.heard_ns = received_ns
            limits = self._config.limits
            if not client.budgets.messages.take(received_ns):
                self._refuse(route, slow_down("messages", limits.messages_per_s), None, data)
                return
            if not client.budgets.bytes.take(received_ns, sum(map(len, parts))):
                self._refuse(route, slow_down("bytes", limits.bytes_per_s), None, data)
                return
        elif len(data) > _HELLO_BYTES:
            self._refuse(route, not_greeted(), None, data)
            return
        try:
            message = decode_frames(parts)
        except MessageError as error:
            self._refuse(route, error, request_of(data), data)
            return
        try:
            self._handle(message, route, client, received_ns)
        except MessageError as error:
            self._refuse(route, error, message.id, data)
            return
        if self._watch.on:
            self._watch.saw(self._seen(self._clients.at(route) or client, received_ns, data))

    def end_round(self) -> None:
        """The socket is drained, or enough for now: the frames that are left are the newest."""
        for number in self._frames.due(self._now_ns()):
            self._submit_frames(number)

    def tick(self) -> None:
        """Keep promises, send kept errors, part with the silent."""
        now_ns = self._now_ns()
        self.end_round()
        for key, command in list(self._promised.items()):
            if not self._port.submit(command):
                break
            del self._promised[key]
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
        for client in self._clients:
            for error in client.budgets.errors.take_due(now_ns):
                self._post(client.route[0], error)
        self._errors_kept = any(client.budgets.errors.due_ns is not None for client in self._clients)

    @property
    def crowded(self) -> bool:
        """Whether so many frames come that waking for each costs more than they do."""
        return self._crowded

    @property
    def holds_frames(self) -> bool:
        """Whether frames wait for their client's turn, a few milliseconds at most."""
        return len(self._frames) > 0

    @property
    def restless(self) -> bool:
        """Whether :meth:`tick` has something to do soon."""
        return bool(self._promised) or self._errors_kept

    def _handle(self, message: ClientMessage, route: Route, client: Client | None, received_ns: int) -> None:
        if isinstance(message, Hello):
            self._greet(message, route, client, received_ns)
        elif client is None:
            raise not_greeted()
        elif isinstance(message, Ping):
            self._post(route[0], self._pong(message))
        elif isinstance(message, Bye):
            self._part(client)
            if message.id is not None:
                self._post(route[0], Ack(v=PROTOCOL, re=message.id, at=self._frame_and_ns()[0]))
        elif isinstance(message, FrameMessage) and message.id is None:
            self._frames_seen += 1
            self.counters.frames_superseded += self._frames.keep(client.number, message, received_ns)
        else:
            self._command(message, client, received_ns)

    def _greet(self, hello: Hello, route: Route, old: Client | None, now_ns: int) -> None:
        if old is None and not self._strangers.take(now_ns):
            raise slow_down("hellos of all newcomers", _STRANGERS_PER_S)
        if len(self._promised) >= _PROMISES_KEPT:
            raise MessageError("busy", "The session does not keep up.", cure="Try again in a second.")
        for former in self._clients.holding(route[0]):
            self._part(former)
        client = self._clients.greet(hello, route, now_ns)
        self.counters.clients = len(self._clients)
        _log.info("Client %r came.", client.name)
        config = self._config
        self._post(
            route[0],
            codec.welcome(
                self._info,
                hello,
                client=client.name,
                frame=self._frame_and_ns()[0],
                ports=self._ports,
                times_s=(config.heartbeat_s, config.timeout_s),
            ),
        )

    def _forgive_absence(self, now_ns: int) -> None:
        absent_ns = now_ns - self._ticked_ns
        self._ticked_ns = now_ns
        if absent_ns > _ABSENCE_NS:
            for client in self._clients:
                client.heard_ns += absent_ns

    def _part(self, client: Client) -> None:
        self._frames.forget(client.number)
        self._clients.dismiss(client)
        self.counters.clients = len(self._clients)
        self._promise(ClientLeft(client=client.number))

    def _command(self, message: ClientMessage, client: Client, received_ns: int) -> None:
        self._submit_frames(client.number)
        command = codec.to_command(message, codec.Sender(client.number, client.units, self._info, received_ns))
        if isinstance(message, PanicMessage):
            self._promise(command)
            return
        if isinstance(message, EventMessage):
            if not client.budgets.events.take(received_ns):
                raise slow_down("events", self._config.limits.events_per_s)
            self.counters.events += 1
        if not self._submit(command):
            raise MessageError("busy", "The session's queue is full.", cure="Send less, or try again in a moment.")

    def _submit_frames(self, number: int) -> None:
        client = self._clients.numbered(number)
        units = client.units if client is not None else Units()
        for message, received_ns in self._frames.take(number, self._now_ns()):
            command = codec.to_command(message, codec.Sender(number, units, self._info, received_ns))
            if not self._port.submit(command):
                self.counters.frames_dropped += 1

    def _submit(self, command: AnyCommand) -> bool:
        try:
            return self._port.submit(command)
        except ValueError as error:
            raise MessageError(
                "too_large", f"The session cannot take it: {error}.", cure="Send less at once."
            ) from error

    def _promise(self, command: AnyCommand) -> None:
        """A command that must arrive: tried again until the session takes it."""
        if self._promised or not self._port.submit(command):
            self._promised[type(command), command.client] = command

    # --- replies -----------------------------------------------------------------------------------------------------

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
        self.counters.errors += 1
        if self._watch.on:
            fault = MessageError(notice.code, notice.problem, path=notice.path, cure=notice.cure)
            self._watch.saw(self._seen(client, self._now_ns(), b"", notice.request), fault)
        error = client.budgets.errors.add(codec.to_error(notice), self._now_ns())
        if error is not None:
            self._post(client.route[0], error)
        else:
            self._errors_kept = True

    def _refuse(self, route: Route, error: MessageError, request: int | None, data: bytes) -> None:
        counters = self.counters
        counters.errors += 1
        counters.rate_limited += error.code == "rate_limited"
        counters.busy += error.code == "busy"
        client = self._clients.at(route)
        if self._watch.on:
            self._watch.saw(self._seen(client, self._now_ns(), data), error)
        if client is not None:
            reply = client.budgets.errors.add(codec.fault(error, request), self._now_ns())
            self._errors_kept = self._errors_kept or reply is None
        elif self._strange_faults.take(self._now_ns()):
            reply = codec.fault(error, request)
        else:
            counters.replies_dropped += 1
            return
        if reply is not None:
            self._post(route[0], reply)

    def _seen(self, client: Client | None, ns: int, data: bytes, request: int | None = None) -> Seen:
        """For whoever watches."""
        return Seen(
            door="zmq",
            client="" if client is None else client.name,
            ns=ns,
            size=len(data),
            data=data,
            units_per_metre=1.0 if client is None else client.units.units_per_metre,
            re=request,
        )

    def _pong(self, ping: Ping) -> Pong:
        frame, ns = self._frame_and_ns()
        return Pong(v=PROTOCOL, id=ping.id, t=ping.t, frame=frame, ns=ns)

    def _frame_and_ns(self) -> tuple[int, int]:
        """The session clock, carried on to this moment."""
        frame, due_ns = self._port.now()
        now_ns = self._now_ns()
        return max(0, frame + round((now_ns - due_ns) * self._info.rate_hz / 1e9)), now_ns
