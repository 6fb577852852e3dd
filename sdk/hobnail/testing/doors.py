"""A session's port to test bridges against, and a bridge to test sessions with."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import takewhile

import msgspec
import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ, Latency
from hobnail.commands import AnyCommand
from hobnail.config import Config
from hobnail.contracts import BridgeClients, ControlSpec, EngineSpec, Float32, SessionInfo, SessionPort
from hobnail.notices import AnyNotice
from hobnail.testing.clocks import FakeClock
from hobnail.testing.tones import FakeEngine
from hobnail.watching import Watch


class FakePort:
    """Takes commands and keeps them; hands out the notices and the sound that a test delivers.

    ``room``: how many commands it takes before ``submit`` says that the queue is full.
    """

    def __init__(
        self,
        *,
        clock: FakeClock | None = None,
        engines: Sequence[EngineSpec] = (),
        controls: Sequence[ControlSpec] = (),
        taps: int = 4,
        room: int | None = None,
    ) -> None:
        self.clock = clock if clock is not None else FakeClock()
        specs = tuple(engines) or (FakeEngine().spec,)
        self._info = SessionInfo(
            rate_hz=RATE_HZ,
            hop_frames=HOP_FRAMES,
            block_frames=64,
            latency_mode="asap",
            latency=Latency(),
            engine=specs[0].id,
            engines=specs,
            controls=tuple(controls) or (ControlSpec(id="intensity", unit="dB", minimum=-18, maximum=18, default=0),),
            buses=("main",),
            taps=taps,
            version="0.0.0",
        )
        self._room = room
        self._watch = Watch()
        self._commands: list[AnyCommand] = []
        self._notices: deque[AnyNotice] = deque()
        self._sound: dict[int, deque[Float32]] = {}
        self._tap_frames: dict[int, int] = {}
        self._changed = threading.Condition()

    @property
    def info(self) -> SessionInfo:
        """[io] What the session is."""
        return self._info

    @property
    def config(self) -> Config:
        """[io] All defaults."""
        return Config()

    @property
    def commands(self) -> tuple[AnyCommand, ...]:
        """[any] Every command taken so far, in order."""
        with self._changed:
            return tuple(self._commands)

    @property
    def clients(self) -> BridgeClients:
        """[io] Client numbers from 1."""
        return BridgeClients(first=1)

    @property
    def addresses_before(self) -> Mapping[str, str]:
        """[io] None: the bridge was never lost."""
        return {}

    @property
    def watch(self) -> Watch:
        """[any] What the bridge has seen; turn it on to look."""
        return self._watch

    def now(self) -> tuple[int, int]:
        """[io] (frame, ns) of the fake clock."""
        return self.clock.now()

    def submit(self, command: AnyCommand) -> bool:
        """[io] Keep a command; False when there is no room."""
        with self._changed:
            if self._room is not None and len(self._commands) >= self._room:
                return False
            self._commands.append(command)
            self._changed.notify_all()
            return True

    def submit_frames(self, frames: Sequence[bytes]) -> int:
        """[io] Keep packed features one by one, as :meth:`submit` does."""
        decoder = msgspec.msgpack.Decoder(AnyCommand)
        return sum(1 for _ in takewhile(lambda frame: self.submit(decoder.decode(frame)), frames))

    def wait_notices(self, timeout_s: float) -> Sequence[AnyNotice]:
        """[io] Delivered notices, waiting for the first."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._notices), timeout_s)
            notices = tuple(self._notices)
            self._notices.clear()
            return notices

    def read_tap(self, tap: int) -> tuple[int, Float32]:
        """[io] Delivered sound, all that is new: (frame of its first sample, float32 [frames, channels])."""
        with self._changed:
            pieces = list(self._sound.pop(tap, ()))
            frame = self._tap_frames.get(tap, 0)
            self._tap_frames[tap] = frame + sum(map(len, pieces))
        return frame, np.concatenate(pieces) if pieces else np.zeros((0, 2), np.float32)

    def deliver(self, *notices: AnyNotice) -> None:
        """[any] Give notices to whoever waits for them."""
        with self._changed:
            self._notices.extend(notices)
            self._changed.notify_all()

    def deliver_sound(self, tap: int, block: Float32) -> None:
        """[any] Put float32 [frames, channels] on a tap."""
        with self._changed:
            self._sound.setdefault(tap, deque()).append(block)

    def wait_commands(self, count: int, timeout_s: float = 5.0) -> tuple[AnyCommand, ...]:
        """[any] All commands once there are ``count``; raises TimeoutError when they do not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._commands) >= count, timeout_s):
                raise TimeoutError(f"{len(self._commands)} of {count} commands came within {timeout_s} s.")
            return tuple(self._commands)


class FakeBridge:
    """A bridge without a network: submits what the test :meth:`send`\\ s and keeps every notice."""

    def __init__(self) -> None:
        self._port: SessionPort | None = None
        self._stopped = threading.Event()
        self._heard: list[AnyNotice] = []

    @property
    def notices(self) -> tuple[AnyNotice, ...]:
        """[any] What the session has said so far."""
        return tuple(self._heard)

    def open(self, port: SessionPort) -> Mapping[str, str]:
        """[control] Remember the port."""
        self._port = port
        return {"fake": "in this process"}

    def send(self, command: AnyCommand) -> bool:
        """[any] Submit a command, as if a client had sent it."""
        if self._port is None:
            raise RuntimeError("The bridge is not open: call open() first.")
        return self._port.submit(command)

    def run(self) -> None:
        """[io] Collect notices until ``stop``."""
        if self._port is None:
            raise RuntimeError("The bridge is not open: call open() first.")
        while not self._stopped.is_set():
            self._heard.extend(self._port.wait_notices(0.02))

    def stop(self) -> None:
        """[any] Make ``run`` return."""
        self._stopped.set()

    def wait_notices(self, count: int, timeout_s: float = 5.0) -> tuple[AnyNotice, ...]:
        """[any] All notices once there are ``count``; raises TimeoutError when they do not come."""
        deadline = time.monotonic() + timeout_s
        while len(self._heard) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self._heard)} of {count} notices came within {timeout_s} s.")
            time.sleep(0.002)
        return self.notices
