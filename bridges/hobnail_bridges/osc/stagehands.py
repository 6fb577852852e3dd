"""The door's own client in the session: emitters that are there once they are named, commands and answers. [io]

All who speak OSC are one client of the session: a controller with a new port each time still drives what it made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import msgspec

from hobnail.commands import (
    AnyCommand,
    ChangePalette,
    MoveTransport,
    PutEmitter,
    RemoveEmitter,
    SetControl,
    TriggerEvent,
)
from hobnail.contracts import ControlSpec, SessionPort
from hobnail.errors import MessageError
from hobnail.notices import Accepted, Refused
from hobnail.scene import EmitterSettings
from hobnail_bridges.osc.config import OscConfig
from hobnail_bridges.osc.counters import Counters
from hobnail_bridges.osc.mirror import Mirror
from hobnail_bridges.osc.packets import ROOT, Argument
from hobnail_bridges.osc.requests import Kind, Request, Requests
from hobnail_bridges.osc.space import Method, address_tree, reserved
from hobnail_bridges.osc.subscriptions import Values
from hobnail_bridges.osc.verbs import command_of, control_value, display

_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:()-")
_LONGEST_NAME = 64
_TRANSPORT = f"/{ROOT}/transport"

Report = Callable[[Hashable, str, MessageError], None]
Publish = Callable[[str, Values, Hashable], None]


class Call(msgspec.Struct, frozen=True):
    """A method with all that it is called with."""

    method: Method
    emitter: str | None
    address: str
    args: tuple[Argument, ...]
    peer: Hashable
    at_frame: int | None = None
    received_ns: int | None = None
    seed: int | None = None  #: of the event, when it must sound the same each time


class Stagehands:
    """Performs methods. ``report`` tells a peer of an error, ``publish`` tells everyone of a new value."""

    def __init__(
        self, port: SessionPort, config: OscConfig, counters: Counters, report: Report, publish: Publish
    ) -> None:
        self._port = port
        self._client = port.clients.first
        self._config = config
        self._counters = counters
        self._report = report
        self._publish = publish
        self._specs: dict[str, ControlSpec] = {spec.id: spec for spec in port.info.controls}
        self._requests = Requests()
        self.mirror = Mirror(port.info.controls)
        self.tree = address_tree(port.info, self.mirror.names)
        self._reserved = reserved(self.tree)
        self.paths_changed: Callable[[str, str], None] = lambda command, path: None

    def check(self, call: Call) -> None:
        """Raise MessageError for what :meth:`perform` would refuse."""
        if call.method.verb in ("ping", "listen", "unlisten", "transport"):
            cure = "Put events, controls and settings on the timeline."
            raise MessageError("unsupported", f"{call.address} cannot be a cue.", path=call.address, cure=cure)
        command_of(call.method, call.emitter, call.address, call.args, {})

    def perform(self, call: Call) -> AnyCommand | None:
        """Do what an address and its arguments ask; the command that went to the session, if one did."""
        method, emitter = call.method, call.emitter
        envelope = {"client": self._client, "at_frame": call.at_frame, "received_ns": call.received_ns}
        command = command_of(method, emitter, call.address, call.args, envelope)
        if command is None:
            return None
        kind: Kind = "command"
        word = method.word
        match command:
            case SetControl():
                kind = "control"
                self._tell_clipped(call)
            case TriggerEvent():
                kind = "event"
                command = command if call.seed is None else msgspec.structs.replace(command, seed=call.seed)
            case PutEmitter(create=True):
                kind = "create"
                shared = msgspec.structs.replace(command.settings, shared=self._config.shared)
                command = msgspec.structs.replace(command, settings=shared)
            case RemoveEmitter():
                kind = "remove"
            case ChangePalette():
                kind, word = "palette", command.palette
        if emitter is not None and emitter not in self.mirror:
            if kind == "remove":
                problem = f"There is no emitter {emitter!r}."
                raise MessageError("unknown_emitter", problem, path=call.address, cure="Nothing to do.")
            self.welcome(emitter, call.peer, call.address, at_frame=call.at_frame, create=kind != "create")
        value = command.value if isinstance(command, SetControl) else 0.0
        self._submit(command, Request(kind, call.peer, call.address, emitter or "", word, value))
        self._counters.events += kind == "event"
        return command

    def stop(self, emitter: str, event: str) -> None:
        """End a sustained event."""
        command = TriggerEvent(client=self._client, emitter=emitter, name=event, action="stop")
        self._submit(command, Request("command", None, f"/{ROOT}/{emitter}/event/{event}/stop"))

    def move(self, command: MoveTransport) -> None:
        """Move the door's timeline in the session. Raises MessageError when it takes no more."""
        self._submit(msgspec.structs.replace(command, client=self._client), Request("command", None, _TRANSPORT))

    def welcome(
        self, emitter: str, peer: Hashable, address: str, *, at_frame: int | None = None, create: bool = True
    ) -> None:
        """Bring an emitter into being. Raises MessageError when its name cannot be one, or there are too many."""
        if emitter in self._reserved or not 0 < len(emitter) <= _LONGEST_NAME or not _NAME.issuperset(emitter):
            cure = "Use up to 64 of A-Z a-z 0-9 _ . : ( ) -, and none of the words in docs/osc.md."
            raise MessageError("out_of_range", f"{emitter!r} cannot be an emitter.", path=address, cure=cure)
        limit = self._config.limits.emitters
        if len(self.mirror) >= limit:
            cure = f"Remove some (/{ROOT}/<emitter>/remove), or raise [bridge.osc.limits] emitters."
            raise MessageError("busy", f"There are {limit} emitters already.", path=address, cure=cure)
        if create:
            settings = EmitterSettings(shared=self._config.shared)
            command = PutEmitter(client=self._client, emitter=emitter, settings=settings, at_frame=at_frame)
            self._submit(command, Request("implicit", peer, address, emitter))
        self.mirror.add(emitter)
        self.paths_changed("PATH_ADDED", f"/{ROOT}/{emitter}")

    def answered(self, notice: Accepted | Refused) -> None:
        """The session has answered a command."""
        request = self._requests.take(notice.request)
        if request is None:
            return
        if isinstance(notice, Refused):
            self._refused(request, notice)
            return
        emitter = request.emitter
        match request.kind:
            case "control":
                self.mirror.put(emitter, request.word, request.value)
                self._publish_control(emitter, request.word, request.peer)
            case "event" if notice.voice is not None:
                self._publish(f"/{ROOT}/{emitter}/event/{request.word}", (notice.voice & 0x7FFFFFFF,), request.peer)
            case "palette":
                self._publish(request.address, (request.word,), request.peer)
            case "create":
                self.mirror.add(emitter)
                for control in self._specs:
                    self._publish_control(emitter, control, request.peer)
            case "remove":
                self._gone(emitter)

    def _refused(self, request: Request, notice: Refused) -> None:
        if request.kind == "implicit" and notice.code == "emitter_taken":
            return  # another client has it, and may share it
        if notice.code == "unknown_emitter" or request.kind == "implicit":
            self._gone(request.emitter)
        error = MessageError(notice.code, notice.problem, path=request.address, cure=notice.cure)
        self._report(request.peer, request.address, error)

    def _gone(self, emitter: str) -> None:
        if self.mirror.remove(emitter):
            self.paths_changed("PATH_REMOVED", f"/{ROOT}/{emitter}")

    def _publish_control(self, emitter: str, control: str, origin: Hashable) -> None:
        spec, value = self._specs[control], self.mirror.value(emitter, control)
        address = f"/{ROOT}/{emitter}/{control}"
        self._publish(address, (value,), origin)
        self._publish(f"{address}/raw", (spec.plain(value),), origin)
        self._publish(f"{address}/str", (display(spec, value),), origin)

    def _tell_clipped(self, call: Call) -> None:
        if control_value(call.method, call.args, call.address)[1]:
            problem = f"{call.args[0]!r} is beyond the end of {call.address} and was clipped."
            cure = f"Send {call.method.low:g} to {call.method.high:g}."
            self._report(call.peer, call.address, MessageError("out_of_range", problem, cure=cure))

    def _submit(self, command: AnyCommand, request: Request) -> None:
        number = self._requests.add(request)
        try:
            taken = self._port.submit(msgspec.structs.replace(command, request=number))
        except ValueError as error:
            self._requests.take(number)
            raise MessageError("too_large", f"The session cannot take it: {error}.", cure="Send less.") from error
        if not taken:
            self._requests.take(number)
            cure = "Send less, or try again in a moment."
            raise MessageError("busy", "The session's queue is full.", path=request.address, cure=cure)
        self._counters.commands += 1
