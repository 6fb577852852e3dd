"""The client's bookkeeping, without sockets, threads or clocks: bytes and times go in, bytes and messages come out."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final, Literal

import msgspec

from hobnail.client.clock import SessionClockEstimate
from hobnail.client.memory import SceneMemory
from hobnail.errors import ClientError, MessageError
from hobnail.protocol import (
    PROTOCOL,
    Ack,
    Bye,
    ClientMessage,
    Ended,
    ErrorMessage,
    Hello,
    LatencyMessage,
    Ping,
    Pong,
    Welcome,
    decode_server,
    encode,
    encode_checked,
)

Reply = Ack | Ended | ErrorMessage
"""What a program gets to read."""

State = Literal["greeting", "greeted", "lost"]

_CONNECT_AGAIN_NS: Final = 50_000_000
_HELLO_AGAIN_NS: Final = 1_000_000_000
_FIRST_PINGS: Final = 8
_INBOX: Final = 10_000
_ANSWERS: Final = 4_096
_ERRORS: Final = 256


class ClientCore:
    """One client's side of the conversation. Times are local monotonic ns. [under the caller's lock]"""

    def __init__(self, hello: Hello, timeout_s: float) -> None:
        self.state: State = "greeting"
        self.welcome: Welcome | None = None
        self.clock = SessionClockEstimate(48_000)
        self.errors: deque[ErrorMessage] = deque(maxlen=_ERRORS)
        self.memory = SceneMemory()
        self.greetings = 0  #: welcomes received; more than one: the server was lost and found
        self.unread = 0  #: replies that fell out of the inbox because nobody polled
        self.misread = 0  #: messages from the server that could not be understood
        self._hello = hello
        self._timeout_ns = round(timeout_s * 1e9)
        self._answers: OrderedDict[int, Ack | ErrorMessage] = OrderedDict()
        self._inbox: deque[Reply] = deque()
        self._settled: set[int | None] = set()  #: requests in the inbox whose answer was taken already
        self._next_id = 1
        self._seq = 0
        self._heard_ns: int | None = None
        self._hello_ns: int | None = None
        self._ping_ns = 0
        self._pings = 0

    # --- out ---------------------------------------------------------------------------------------------------------

    def ask(self, message: ClientMessage) -> tuple[int, bytes]:
        """A message that wants an answer: its request number, and its bytes. Raises MessageError for a fault in it."""
        self._must_be_greeted()
        request = self._next_id
        data = self._stamped(message, request)
        self._next_id += 1
        self.memory.note(message, request)
        return request, data

    def tell(self, message: ClientMessage) -> bytes:
        """A message that wants none. Raises MessageError for a fault in it."""
        self._must_be_greeted()
        data = self._stamped(message, None)
        self.memory.note(message, None)
        return data

    def bye(self) -> bytes:
        """The last message."""
        return encode(Bye(v=PROTOCOL))

    def due(self, now_ns: int) -> list[bytes]:
        """What must be sent now to be greeted, to stay known, and to know the time."""
        if self.state == "greeted" and self._heard_ns is not None and now_ns - self._heard_ns > self._timeout_ns:
            self._lose()
        if self.state == "greeted":
            return self._ping(now_ns) if now_ns >= self._next_ping_ns() else []
        return [encode(self._hello)] if self._hello_ns is None or now_ns >= self._hello_ns else []

    def next_due_ns(self, now_ns: int) -> int:
        """When to call :meth:`due` again, at the latest."""
        if self.state == "greeted" and self._heard_ns is not None:
            return min(self._next_ping_ns(), self._heard_ns + self._timeout_ns)
        return now_ns if self._hello_ns is None else self._hello_ns

    def hello_sent(self, now_ns: int, went_out: bool) -> None:
        """Whether the connection took the hello; then the server has a while to answer."""
        self._hello_ns = now_ns + (_HELLO_AGAIN_NS if went_out else _CONNECT_AGAIN_NS)

    # --- in ----------------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, now_ns: int) -> list[bytes]:
        """A message from the server; returns what must be sent because of it."""
        try:
            message = decode_server(data)
        except MessageError:
            self.misread += 1
            return []
        self._heard_ns = now_ns
        match message:
            case Welcome():
                return self._greeted(message, now_ns)
            case Pong():
                return self._pong(message, now_ns)
            case LatencyMessage():
                if self.welcome is not None:
                    self.welcome = msgspec.structs.replace(self.welcome, latency=message.latency)
            case ErrorMessage(code="not_greeted"):
                return self._unknown_there(message)
            case Ack() | Ended() | ErrorMessage():
                self._keep(message)
        return []

    def answer_to(self, request: int) -> Ack | ErrorMessage | None:
        """The answer to a request, if it has come; it is then forgotten, and not in the inbox either."""
        answer = self._answers.pop(request, None)
        if answer is not None:
            self._settled.add(request)
        return answer

    def take_inbox(self) -> list[Reply]:
        """All that came since the last call."""
        taken = [reply for reply in self._inbox if isinstance(reply, Ended) or reply.re not in self._settled]
        self._inbox.clear()
        self._settled.clear()
        return taken

    # --- inside ------------------------------------------------------------------------------------------------------

    def _must_be_greeted(self) -> None:
        if self.state != "greeted":
            cure = "Is it running? The client reconnects by itself; try again when client.connected is true."
            raise ClientError("The Hobnail server does not answer.", cure=cure)

    def _stamped(self, message: ClientMessage, request: int | None) -> bytes:
        self._seq += 1
        return encode_checked(msgspec.structs.replace(message, id=request, seq=self._seq))

    def _next_ping_ns(self) -> int:
        period_s = self.welcome.heartbeat_s if self.welcome is not None else 1.0
        return self._ping_ns + round(period_s * 1e9)

    def _ping(self, now_ns: int) -> list[bytes]:
        self._ping_ns = now_ns
        self._pings += 1
        return [encode(Ping(v=PROTOCOL, t=now_ns))]

    def _lose(self) -> None:
        self.state = "lost"
        self._hello_ns = None

    def _greeted(self, welcome: Welcome, now_ns: int) -> list[bytes]:
        again = self.greetings > 0
        self.state, self.welcome = "greeted", welcome
        self.greetings += 1
        self.clock = SessionClockEstimate(welcome.rate)
        self._pings = 0
        out = self._ping(now_ns)
        if again:
            for message in self.memory.scene():
                out.append(self._stamped(message, self._next_id))
                self._next_id += 1
        return out

    def _pong(self, pong: Pong, now_ns: int) -> list[bytes]:
        self.clock.add(pong.t, now_ns, pong.frame)
        return self._ping(now_ns) if self._pings < _FIRST_PINGS else []

    def _unknown_there(self, error: ErrorMessage) -> list[bytes]:
        """The server was started again, or let us go: greet it anew, at once."""
        if self.state == "greeted":
            self._lose()
        if error.re is not None:
            self._keep(error)
        return []

    def _keep(self, message: Reply) -> None:
        if isinstance(message, ErrorMessage):
            self.errors.append(message)
            self.memory.refused(message.re)
        elif isinstance(message, Ack):
            self.memory.accepted(message.re)
        if not isinstance(message, Ended) and message.re is not None:
            self._answers[message.re] = message
            if len(self._answers) > _ANSWERS:
                self._answers.popitem(last=False)
        if len(self._inbox) == _INBOX:
            self._settled.discard(self._inbox.popleft().re)
            self.unread += 1
        self._inbox.append(message)
