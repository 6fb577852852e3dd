"""What a client can say; shared by the blocking and the asyncio client, because saying never waits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypedDict, Unpack

import msgspec
import numpy as np

from hobnail.audio import Latency
from hobnail.client.core import ClientCore
from hobnail.client.keys import ClientKeys
from hobnail.client.link import Link
from hobnail.client.streams import AudioStream, TelemetryStream, TelemetryTopic
from hobnail.commands import TransportOp
from hobnail.contracts import Float32
from hobnail.errors import ClientError
from hobnail.protocol import (
    PROTOCOL,
    BusMessage,
    ControlMessage,
    EmitterMessage,
    ErrorMessage,
    EventMessage,
    FrameMessage,
    Hello,
    ListenerMessage,
    PanicMessage,
    TransportMessage,
    Welcome,
    encode_checked,
)
from hobnail.protocol.audio import MIX
from hobnail.scene import Contact, EmitterSettings, EventAction, Vector


class SettingsFields(TypedDict, total=False):
    """An emitter's settings; see :class:`hobnail.scene.EmitterSettings`."""

    prompt: str
    material: str
    mass_kg: float
    size_m: float
    gain_db: float
    position_m: Vector
    pan: float | None
    bus: str
    priority: int
    shared: bool
    engine: str
    seed: int
    controls: dict[str, float]


class EventFields(TypedDict, total=False):
    """What an event may carry beside its name."""

    contact: Contact
    controls: dict[str, float]
    gain_db: float
    seed: int
    cue_s: float
    cue_beat: float


class ContactFields(TypedDict, total=False):
    """A contact by its parts; see :class:`hobnail.scene.Contact`."""

    material: str
    other: str
    speed_m_s: float
    slip_m_s: float
    impulse_n_s: float
    mass_kg: float
    size_m: float
    intensity: float


class ClientOptions(TypedDict, total=False):
    """How a client measures space, what it wants to hear, how patient it is, and its keys."""

    units_per_metre: float  #: default 1.0; 100 when your lengths are centimetres
    up: Literal["y", "z"]  #: default "y"
    handedness: Literal["right", "left"]  #: default "right"
    want: tuple[Literal["voices"], ...]  #: default ("voices",): tell me when a voice has ended
    timeout_s: float  #: default 3.0; silence after which the server counts as lost
    keys: ClientKeys | None  #: default None; needed beyond this machine


class Verbs:
    """Everything that sends. All methods are [any]: any thread, at any time, without waiting."""

    def __init__(
        self, address: str, name: str, options: ClientOptions, changed: Callable[[], None] | None = None
    ) -> None:
        self.address = address
        self._name = name
        self._changed = changed
        self._timeout_s = options.get("timeout_s", 3.0)
        self._keys = options.get("keys")
        hello = Hello(
            v=PROTOCOL,
            client=name,
            units_per_metre=options.get("units_per_metre", 1.0),
            up=options.get("up", "y"),
            handedness=options.get("handedness", "right"),
            want=options.get("want", ("voices",)),
        )
        encode_checked(hello)  # a faulty name is told here, not by a server that never answers
        self._core = ClientCore(hello, self._timeout_s)
        self._connection: Link | None = None

    def _connect(self) -> None:
        routing_id = f"{self._name}-{os.urandom(6).hex()}".encode()
        self._connection = Link(self._core, self.address, routing_id, self._keys, self._changed)

    @property
    def _link(self) -> Link:
        if self._connection is None:
            raise ClientError("The client is not open.", cure="Use 'async with', or await open().")
        return self._connection

    # --- state -------------------------------------------------------------------------------------------------------

    @property
    def welcome(self) -> Welcome:
        """What the server said of itself; its ``latency`` is the newest that it told."""
        welcome = self._core.welcome
        if welcome is None:
            raise ClientError("The server has not answered yet.", cure="Wait for the connection.")
        return welcome

    @property
    def latency(self) -> Latency:
        """How late an event of this client sounds, by cause: what the server says now, and the way there added."""
        with self._link.lock:
            told, way_ns = self.welcome.latency, self._core.clock.way_ns
        way_frames = round(way_ns * self.welcome.rate / 1e9)
        return msgspec.structs.replace(told, transport_frames=told.transport_frames + way_frames)

    @property
    def connected(self) -> bool:
        """Whether the server knows us now. When it is lost, the client looks for it and sets the scene up again."""
        return self._core.state == "greeted"

    @property
    def errors(self) -> tuple[ErrorMessage, ...]:
        """The last 256 refusals."""
        with self._link.lock:
            return tuple(self._core.errors)

    def now(self) -> int:
        """The session frame that is due now."""
        return self.frame_at(time.monotonic_ns())

    def frame_at(self, local_ns: int) -> int:
        """The session frame due at a time of ``time.monotonic_ns``."""
        with self._link.lock:
            self._need_clock()
            return self._core.clock.frame_at(local_ns)

    def local_ns_at(self, frame: int) -> int:
        """The time, by ``time.monotonic_ns``, at which a session frame is due."""
        with self._link.lock:
            self._need_clock()
            return self._core.clock.local_ns_at(frame)

    def clock_error_ms(self) -> float:
        """A bound on the error of :meth:`now`."""
        with self._link.lock:
            self._need_clock()
            return self._core.clock.error_ns(time.monotonic_ns()) / 1e6

    # --- saying ------------------------------------------------------------------------------------------------------

    def create(self, emitter: str, **settings: Unpack[SettingsFields]) -> int:
        """Make an emitter; the request's number."""
        return self._put("create", emitter, settings)

    def send_event(
        self,
        emitter: str,
        name: str,
        *,
        action: EventAction = "trigger",
        at: int | None = None,
        **more: Unpack[EventFields],
    ) -> int:
        """Something happens, at once or at session frame ``at``; the request's number."""
        message = EventMessage(v=PROTOCOL, emitter=emitter, name=name, action=action, at=at, **more)
        return self._link.ask(message)

    def update(self, emitter: str, **settings: Unpack[SettingsFields]) -> int:
        """Change settings of an emitter; the request's number."""
        return self._put("update", emitter, settings)

    def remove(self, emitter: str) -> int:
        """Fade an emitter's voices and forget it; the request's number."""
        return self._put("remove", emitter, {})

    def control(self, control: str, value: float, *, emitter: str | None = None, at: int | None = None) -> None:
        """Move a control, normalised 0..1, of one emitter or of all of this client's."""
        self._link.tell(ControlMessage(v=PROTOCOL, control=control, emitter=emitter, value=float(value), at=at))

    def control_plain(self, control: str, plain: float, *, emitter: str | None = None, at: int | None = None) -> None:
        """Move a control in its own unit, as ``welcome.controls`` lists them."""
        self._link.tell(ControlMessage(v=PROTOCOL, control=control, emitter=emitter, plain=float(plain), at=at))

    def frame(
        self,
        emitters: Sequence[str],
        matrix: Float32,
        *,
        columns: Sequence[str] | None = None,
        at: int | None = None,
    ) -> bool:
        """Frame features of this tick: float32 [emitters, columns], NaN where unknown; False when it was left out.

        ``columns`` are those of :data:`hobnail.scene.SCENE_FEATURES` when left out.
        """
        values = np.ascontiguousarray(matrix, dtype="<f4")
        message = FrameMessage(
            v=PROTOCOL,
            emitters=tuple(emitters),
            columns=None if columns is None else tuple(columns),
            data=values.tobytes(),
            at=at,
        )
        return self._link.tell(message)

    def features(self, values: Mapping[str, Mapping[str, float]], *, at: int | None = None) -> bool:
        """The same for a few named numbers: emitter -> feature -> value."""
        named = {emitter: {key: float(value) for key, value in row.items()} for emitter, row in values.items()}
        return self._link.tell(FrameMessage(v=PROTOCOL, values=named, at=at))

    def listener(self, position: Vector, forward: Vector, up: Vector, *, at: int | None = None) -> None:
        """Move the ears, in this client's own units and axes."""
        self._link.tell(ListenerMessage(v=PROTOCOL, position=position, forward=forward, up=up, at=at))

    def bus(self, bus: str, gain_db: float, *, at: int | None = None) -> int:
        """Set a bus's level; the request's number."""
        return self._link.ask(BusMessage(v=PROTOCOL, bus=bus, gain_db=float(gain_db), at=at))

    def transport(
        self,
        op: TransportOp,
        *,
        position_s: float | None = None,
        tempo_bpm: float | None = None,
        loop_s: tuple[float, float] | None = None,
        at: int | None = None,
    ) -> int:
        """Move this client's timeline, soon or at session frame ``at``; the request's number.

        ``play`` goes on, or from ``position_s``; ``locate`` needs it; ``loop`` takes ``loop_s``, or None: straight on.
        """
        message = TransportMessage(v=PROTOCOL, op=op, position_s=position_s, tempo_bpm=tempo_bpm, loop_s=loop_s, at=at)
        return self._link.ask(message)

    def panic(self) -> int:
        """Silence everything now; the request's number."""
        return self._link.ask(PanicMessage(v=PROTOCOL))

    # --- hearing -----------------------------------------------------------------------------------------------------

    def audio(self, name: str = MIX) -> AudioStream:
        """Listen to the mix, or to one emitter. Reading waits."""
        return AudioStream(self._beside(self.welcome.audio_port), name, self._keys)

    def telemetry(self, topic: TelemetryTopic = "metrics") -> TelemetryStream:
        """Listen to figures. Reading waits."""
        return TelemetryStream(self._beside(self.welcome.telemetry_port), topic, self._keys)

    def _put(self, op: Literal["create", "update", "remove"], emitter: str, settings: SettingsFields) -> int:
        message = EmitterMessage(v=PROTOCOL, op=op, emitter=emitter, settings=EmitterSettings(**settings))
        return self._link.ask(message)

    def _need_clock(self) -> None:
        if not self._core.clock.samples:
            raise ClientError("The server's clock is not known yet.", cure="Try again in a moment.")

    def _beside(self, port: int) -> str:
        return f"{self.address.rpartition(':')[0]}:{port}"
