"""A sound card in a process of its own: a driver that hangs or dies with its card takes nothing else with it.

::

    parent                                   child
      start ──────────────────────────────►  open the card, silent
      Opened(driver_frames) or NotOpened ◄──
      go (nobody else reads the ring) ─────► read the shared ring
      beats, while the card asks for sound ◄─
      stop, or the end of the pipe ────────► let the card go
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Final

import msgspec

from hobnail.errors import HobnailError, MissingExtraError, SinkError
from hobnail.sinks.device import DeviceConfig, DeviceSink
from hobnail_native import FrameRing

BEAT_S: Final = 0.1
LOST_S: Final = 0.4
"""A card that has asked for nothing for so long is gone: the largest buffers in use are 170 ms."""

_STOP_S: Final = 2.0
_GO, _STOP, _BEAT = b"go", b"stop", b"beat"


class CardOrders(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is told."""

    memory: str  #: name of the shared memory with the ring
    ring_frames: int
    rate_hz: int
    channels: int
    config: DeviceConfig


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The card plays silence and waits for ``go``."""

    driver_frames: int


class NotOpened(msgspec.Struct, frozen=True, kw_only=True):
    """There is no such card now."""

    problem: str
    cure: str
    extra: str = ""  #: the extra that would have to be installed

    def error(self) -> HobnailError:
        """As what the child raised."""
        return MissingExtraError("The device sink", extra=self.extra) if self.extra else self.sink_error()

    def sink_error(self) -> SinkError:
        """As a fault of the sink."""
        return SinkError(self.problem, cure=self.cure)


class CardProcess:
    """The parent's side of one child. [one thread]"""

    def __init__(self, orders: CardOrders) -> None:
        context = multiprocessing.get_context("spawn")
        self._wire, far = context.Pipe()
        self._process = context.Process(target=card_main, args=(orders, far), name="hobnail-card", daemon=True)
        self._process.start()
        far.close()
        self._heard_s = time.monotonic()

    def answer(self, timeout_s: float) -> Opened | NotOpened | None:
        """Whether the card is open; None: not known yet."""
        try:
            if not self._wire.poll(timeout_s):
                return None
            answer: Opened | NotOpened = self._wire.recv()
            return answer
        except (EOFError, OSError):
            return NotOpened(problem="The process of the sound card ended by itself.", cure="See the messages above.")

    def go(self) -> None:
        """Let the card read the ring."""
        self._heard_s = time.monotonic()
        with suppress(OSError):
            self._wire.send_bytes(_GO)

    def beats(self) -> bool:
        """Whether the card still asks for sound."""
        try:
            while self._wire.poll():
                self._wire.recv_bytes()
                self._heard_s = time.monotonic()
        except (EOFError, OSError):
            return False
        return time.monotonic() - self._heard_s < LOST_S + 5 * BEAT_S

    def end(self, *, gently: bool) -> None:
        """Let the card go; a child that hangs is killed. Afterwards nobody reads the ring."""
        if gently:
            with suppress(OSError):
                self._wire.send_bytes(_STOP)
            self._process.join(_STOP_S)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._wire.close()


def card_main(orders: CardOrders, wire: Connection) -> None:
    """What runs in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent tells us
    memory = SharedMemory(name=orders.memory)
    view = memory.buf
    assert view is not None, "the memory was just attached"
    ring = FrameRing.over(view, orders.channels, orders.ring_frames, create=False)
    sink = DeviceSink(orders.config)
    try:
        sink.open(orders.rate_hz, orders.channels)
        wire.send(Opened(driver_frames=round(sink.latency_s * orders.rate_hz)))
        gone = not _played(sink, ring, wire)
    except MissingExtraError as error:
        wire.send(NotOpened(problem=error.problem, cure=error.cure, extra=error.extra))
        gone = True
    except SinkError as error:
        wire.send(NotOpened(problem=error.problem, cure=error.cure))
        gone = True
    except (EOFError, OSError):
        gone = True  # the parent is
    if not gone:
        sink.close()
    os._exit(0)  # a driver whose card is gone may hang in its own farewell; the memory is the parent's to free


def _played(sink: DeviceSink, ring: FrameRing, wire: Connection) -> bool:
    """Play until told to stop, True; or until the card asks for nothing more, False."""
    asked, asked_s = -1, time.monotonic()
    while True:
        if wire.poll(BEAT_S):
            told = wire.recv_bytes()
            if told == _STOP:
                return True
            sink.follow(ring)
        now_s = time.monotonic()
        if sink.asked_frames != asked:
            asked, asked_s = sink.asked_frames, now_s
            wire.send_bytes(_BEAT)
        elif now_s - asked_s > LOST_S:
            return False
