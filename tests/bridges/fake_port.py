"""A session for the bridge's tests: the shipped FakePort on a real clock, answering like a session does."""

from __future__ import annotations

from hobnail.commands import AnyCommand, ClientLeft, PutEmitter, RemoveEmitter, SetTap, TriggerEvent
from hobnail.contracts import ControlSpec
from hobnail.notices import Accepted, Refused, VoiceEnded
from hobnail.testing import FakePort
from hobnail_native import monotonic_ns

CONTROLS = (
    ControlSpec(id="intensity", unit="dB", minimum=-18, maximum=18, default=0),
    ControlSpec(id="pitch", unit="semitones", minimum=-12, maximum=12, default=0),
)


class AnsweringPort(FakePort):
    """Knows emitters, gives voices numbers, lets every one-shot end at once; its clock runs in real time."""

    def __init__(self, **options) -> None:
        super().__init__(controls=CONTROLS, **options)
        self._start_ns = monotonic_ns()
        self._owners: dict[str, int] = {}
        self._voice = 0
        self.taps: dict[int, str | None] = {}

    def now(self) -> tuple[int, int]:
        """Frames of 1/48000 s since the port was made, anchored at the last block of 64."""
        frame = (monotonic_ns() - self._start_ns) * 48 // 1_000_000 // 64 * 64
        return frame, self._start_ns + frame * 1_000_000 // 48

    def submit(self, command: AnyCommand) -> bool:
        """Take the command and answer it."""
        if not super().submit(command):
            return False
        match command:
            case SetTap():
                self.taps[command.tap] = command.topic
            case PutEmitter():
                self._owners[command.emitter] = command.client
                self._accept(command)
            case RemoveEmitter() | TriggerEvent() if command.emitter not in self._owners:
                self._refuse(command)
            case TriggerEvent():
                self._play(command)
            case ClientLeft():
                self._owners = {name: owner for name, owner in self._owners.items() if owner != command.client}
            case _:
                self._accept(command)
        return True

    def of(self, kind: type) -> list:
        """The commands of one kind so far."""
        return [command for command in self.commands if isinstance(command, kind)]

    def _accept(self, command: AnyCommand, voice: int | None = None) -> None:
        if command.request is not None:
            at = self.now()[0] if command.at_frame is None else command.at_frame
            self.deliver(Accepted(client=command.client, request=command.request, at_frame=at, voice=voice))

    def _refuse(self, command: RemoveEmitter | TriggerEvent) -> None:
        problem = f"There is no emitter {command.emitter!r}."
        self.deliver(
            Refused(
                client=command.client,
                request=command.request,
                code="unknown_emitter",
                path="$.emitter",
                problem=problem,
                cure="Create it first.",
            )
        )

    def _play(self, command: TriggerEvent) -> None:
        self._voice += 1
        self._accept(command, self._voice)
        if command.action == "trigger":
            self.deliver(
                VoiceEnded(
                    client=command.client,
                    request=command.request,
                    voice=self._voice,
                    emitter=command.emitter,
                    event=command.name,
                    engine="fake",
                    reason="finished",
                    at_frame=self.now()[0],
                    received_ns=command.received_ns,
                )
            )
