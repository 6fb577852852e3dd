"""What clients ask of the session, on its way there: in order, frames when they are due, promises until they are kept.

A client's commands reach the session as they were sent. Only of several ``frame`` messages in a row with the same
emitters and columns, and without ``id``, the older ones are left out.
"""

from __future__ import annotations

from hobnail.commands import AnyCommand
from hobnail.contracts import SessionPort
from hobnail.errors import MessageError
from hobnail.protocol import ClientMessage, EventMessage, FrameMessage, PanicMessage
from hobnail_bridges.zmq import codec
from hobnail_bridges.zmq.clients import Client, Clients
from hobnail_bridges.zmq.config import Limits
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.frames import LatestFrames
from hobnail_bridges.zmq.refusals import slow_down
from hobnail_bridges.zmq.units import Units

_PROMISES_KEPT = 1000


class Orders:
    """Commands to the session, and what waits before it. [io]"""

    def __init__(self, port: SessionPort, clients: Clients, limits: Limits, counters: Counters) -> None:
        self._port = port
        self._info = port.info  # what a session can do stays as it is
        self._clients = clients
        self._limits = limits
        self._counters = counters
        self._frames = LatestFrames(round(1e9 / limits.frames_per_s))
        self._promised: dict[tuple[type, int], AnyCommand] = {}

    # --- frames ------------------------------------------------------------------------------------------------------

    @property
    def holds_frames(self) -> bool:
        """Whether frames wait for their client's turn, a few milliseconds at most."""
        return len(self._frames) > 0

    def keep_frame(self, client: Client, message: FrameMessage, received_ns: int) -> None:
        """A frame message nobody wants an answer to: it waits, and a newer one may take its place."""
        self._counters.frames_superseded += self._frames.keep(client.number, message, received_ns)

    def send_due_frames(self, now_ns: int) -> None:
        """Those of the clients whose turn has come."""
        for number in self._frames.due(now_ns):
            self._send_frames(number, now_ns)

    def forget(self, client: Client) -> None:
        """A client leaves: its frames are dropped."""
        self._frames.forget(client.number)

    def _send_frames(self, number: int, now_ns: int) -> None:
        client = self._clients.numbered(number)
        units = client.units if client is not None else Units()
        for message, received_ns in self._frames.take(number, now_ns):
            command = codec.to_command(message, codec.Sender(number, units, self._info, received_ns))
            if not self._port.submit(command):
                self._counters.frames_dropped += 1

    # --- everything else ---------------------------------------------------------------------------------------------

    def send(self, message: ClientMessage, client: Client, received_ns: int, now_ns: int) -> None:
        """A message to the session, after the client's frames. Raises MessageError when it cannot be taken."""
        self._send_frames(client.number, now_ns)
        command = codec.to_command(
            message, codec.Sender(client.number, client.units, self._info, received_ns, client.name)
        )
        if isinstance(message, PanicMessage):
            self.promise(command)
            return
        if isinstance(message, EventMessage):
            if not client.budgets.events.take(received_ns):
                raise slow_down("events", self._limits.events_per_s)
            self._counters.events += 1
        if not self._submit(command):
            raise MessageError("busy", "The session's queue is full.", cure="Send less, or try again in a moment.")

    def _submit(self, command: AnyCommand) -> bool:
        try:
            return self._port.submit(command)
        except ValueError as error:
            raise MessageError(
                "too_large", f"The session cannot take it: {error}.", cure="Send less at once."
            ) from error

    # --- promises ----------------------------------------------------------------------------------------------------

    @property
    def owes(self) -> bool:
        """Whether promises are still to be kept."""
        return bool(self._promised)

    @property
    def owes_too_much(self) -> bool:
        """Whether so many promises wait that no more clients should come."""
        return len(self._promised) >= _PROMISES_KEPT

    def promise(self, command: AnyCommand) -> None:
        """A command that must arrive: tried again until the session takes it."""
        if self._promised or not self._port.submit(command):
            self._promised[type(command), command.client] = command

    def keep_promises(self) -> None:
        """Try again, in order."""
        for key, command in list(self._promised.items()):
            if not self._port.submit(command):
                break
            del self._promised[key]
