"""Transport messages and the cues on the timeline: what the timeline means for the session. [io]"""

from __future__ import annotations

from collections.abc import Callable

from hobnail.commands import TriggerEvent
from hobnail.errors import MessageError
from hobnail_bridges.osc.following import Following
from hobnail_bridges.osc.packets import ROOT, OscMessage
from hobnail_bridges.osc.space import Method
from hobnail_bridges.osc.stagehands import Call, Stagehands
from hobnail_bridges.osc.subscriptions import Values
from hobnail_bridges.osc.transport import OscTransport
from hobnail_bridges.osc.trie import Found
from hobnail_bridges.osc.verbs import number, text

PLAYER = "cues"
"""The peer on whose behalf cues are played."""

_TRANSPORT = f"/{ROOT}/transport"


class Conductor:
    """Carries out what is said to ``/hobnail/transport``. ``found`` looks addresses up, ``publish`` tells listeners."""

    def __init__(
        self,
        transport: OscTransport,
        stage: Stagehands,
        found: Callable[[str], list[Found[Method]]],
        frame: Callable[[], int],
        publish: Callable[[str, Values], None],
    ) -> None:
        self._transport = transport
        self._stage = stage
        self._found = found
        self._frame = frame
        self._publish = publish
        self._following = Following(transport, stage.move)
        self._sustained: set[tuple[str, str]] = set()  # (emitter, event) that cues have started

    def perform(self, call: Call) -> None:
        """One transport message. Raises MessageError."""
        word = call.method.word
        if word in ("cue", "cue/beat"):
            self._add_cue(call)
        elif self._transport.command(word, call.address, call.args, self._frame(), call.at_frame):
            self._stop_sustained()
        self._following.look(self._frame())
        self._publish(f"{_TRANSPORT}/playing", (int(self._transport.line.playing),))
        self._publish(f"{_TRANSPORT}/cues", (self._transport.cues,))

    def tick(self, refuse: Callable[[str, MessageError], None]) -> None:
        """Hand the cues that come up to the session, each for its frame."""
        for frame, seed, message in self._transport.upcoming(self._frame()):
            try:
                for method, emitter, address in self._found(message.address):
                    call = Call(method, emitter, address, message.args, PLAYER, at_frame=frame, seed=seed)
                    command = self._stage.perform(call)
                    if isinstance(command, TriggerEvent) and command.action != "trigger":
                        started = command.action == "start"
                        (self._sustained.add if started else self._sustained.discard)((command.emitter, command.name))
            except MessageError as error:
                refuse(message.address, error)
        if self._transport.line.playing:
            self._publish(f"{_TRANSPORT}/position", (self._transport.position_s(self._frame()),))

    def state(self, word: str) -> Values:
        """What is told of the transport."""
        transport = self._transport
        states: dict[str, Values] = {
            "playing": (int(transport.line.playing),),
            "position": (transport.position_s(self._frame()),),
            "cues": (transport.cues,),
        }
        return states[word]

    def _add_cue(self, call: Call) -> None:
        target = OscMessage(text(call.args, 1, call.address, 255), tuple(call.args[2:]))
        for method, emitter, address in self._found(target.address):
            self._stage.check(Call(method, emitter, address, target.args, call.peer))
        at = number(call.args, 0, call.address)
        self._transport.add_cue(at, target, beats=call.method.word == "cue/beat", path=call.address)

    def _stop_sustained(self) -> None:
        for emitter, event in self._sustained:
            self._stage.stop(emitter, event)
        self._sustained.clear()
