"""What clients ask of the session, on its way there: in order, frames when they are due, promises until they are kept.

A client's commands reach the session as they were sent. Only of several ``frame`` messages in a row with the same
emitters and columns, and without ``id``, the older ones are left out. Frames wait in the native desk, which makes the
command of most of them itself: ::

    take_frame ─► known names: rows and time filled into the command that was learnt ─┐
        └─► Intake.take ─► decode, check, to_command ─► keep_frame, which learns it ──┴─► newest of each key ─► port
"""

from __future__ import annotations

from collections.abc import Sequence

from hobnail.commands import AnyCommand, SetFeatures
from hobnail.contracts import SessionPort
from hobnail.errors import MessageError
from hobnail.protocol import ClientMessage, EventMessage, FrameMessage, PanicMessage
from hobnail.scene import SCENE_FEATURES
from hobnail_bridges.zmq import codec
from hobnail_bridges.zmq.clients import Client, Clients
from hobnail_bridges.zmq.config import Limits
from hobnail_bridges.zmq.counters import Counters
from hobnail_bridges.zmq.frames import form_of
from hobnail_bridges.zmq.refusals import slow_down
from hobnail_native import FrameDesk

_PROMISES_KEPT = 1000


class Orders:
    """Commands to the session, and what waits before it. [io]"""

    def __init__(self, port: SessionPort, clients: Clients, limits: Limits, counters: Counters) -> None:
        self._port = port
        self._info = port.info  # what a session can do stays as it is
        self._clients = clients
        self._limits = limits
        self._counters = counters
        self._desk = FrameDesk(round(1e9 / limits.frames_per_s))
        self._counted = 0  # messages that the desk took
        self._promised: dict[tuple[type, int], AnyCommand] = {}

    # --- coming and going --------------------------------------------------------------------------------------------

    def admit(self, client: Client) -> None:
        """A client came; its frames are known by its route from now on."""
        self._desk.admit(client.number, _address(*client.route), client.budgets.turnstile)

    def forget(self, client: Client) -> None:
        """A client leaves: its frames are dropped."""
        self._desk.dismiss(client.number)

    # --- frames ------------------------------------------------------------------------------------------------------

    @property
    def holds_frames(self) -> bool:
        """Whether frames wait for their client's turn, a few milliseconds at most."""
        return self._desk.holds_any

    def take_frame(self, routing_id: bytes, user: str, data: bytes, received_ns: int) -> bool:
        """Keep a message of which only the rows are new, checked and paid for; False: nothing has happened."""
        return self._desk.take(_address(routing_id, user) if user else routing_id, data, received_ns)

    def keep_frame(self, client: Client, message: FrameMessage, data: bytes, received_ns: int) -> None:
        """A frame message nobody wants an answer to: it waits, and a newer one may take its place."""
        command = codec.to_command(message, codec.Sender(client.number, client.units, self._info, received_ns))
        assert isinstance(command, SetFeatures)
        form = form_of(message, command)
        self._desk.keep(client.number, form.key, form.command)
        if form.time_at is not None:
            factors = client.units.factors(message.columns or SCENE_FEATURES)
            self._desk.learn(client.number, data, form.key, form.command, form.time_at, len(message.data), factors)

    def send_due_frames(self, now_ns: int) -> None:
        """Those of the clients whose turn has come."""
        self._submit_frames(self._desk.due(now_ns))

    def count_frames(self) -> int:
        """Enter what the desk did since the last call into the counters; how many messages ``take_frame`` took."""
        new = self._desk.taken - self._counted
        self._counted += new
        self._counters.messages += new
        self._counters.frames_superseded = self._desk.superseded
        return new

    def _submit_frames(self, frames: Sequence[bytes]) -> None:
        if frames:
            self._counters.frames_dropped += len(frames) - self._port.submit_frames(frames)

    # --- everything else ---------------------------------------------------------------------------------------------

    def send(self, message: ClientMessage, client: Client, received_ns: int, now_ns: int) -> None:
        """A message to the session, after the client's frames. Raises MessageError when it cannot be taken."""
        self._submit_frames(self._desk.release(client.number, now_ns))
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


def _address(routing_id: bytes, user: str) -> bytes:
    """A route as bytes: a key has always 40 characters, or none where there is no CURVE."""
    return user.encode() + routing_id
