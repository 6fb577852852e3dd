"""The sink ``device``: a sound card that may be lost and come back while the session runs."""

from __future__ import annotations

import logging
import threading
import time
from multiprocessing.shared_memory import SharedMemory
from typing import Final

from hobnail.contracts import Float32
from hobnail.errors import SinkError
from hobnail.sinks.device import DeviceConfig
from hobnail.sinks.device_process import CardOrders, CardProcess, NotOpened, Opened
from hobnail_native import FrameRing

OPEN_S: Final = 15.0
AGAIN_S: Final = 1.0
"""How often a lost card is looked for."""

_PACE_S: Final = 0.004
_LOOK_S: Final = 0.05
_FAREWELL_S: Final = 0.5

_log = logging.getLogger(__name__)


class GuardedDeviceSink:
    """Plays the mix through a card in a process of its own. Implements :class:`hobnail.contracts.PacingSink`.

    While the card is lost its ring is emptied at the same pace, so the session's clock, its voices and its other
    listeners go on; a second later at the latest, the card is looked for again.
    """

    def __init__(self, config: DeviceConfig | None = None) -> None:
        self._config = config or DeviceConfig()
        self._memory: SharedMemory | None = None
        self._ring: FrameRing | None = None
        self._orders: CardOrders | None = None
        self._card: CardProcess | None = None
        self._driver_frames = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="hobnail-card-watch", daemon=True)
        self.losses = 0  #: times that the card was lost

    @property
    def ring(self) -> FrameRing:
        """[control] What the card reads from, once open."""
        if self._ring is None:
            raise SinkError("The device sink has no ring yet.", cure="Call open() first.")
        return self._ring

    @property
    def lead_frames(self) -> int:
        """[any] Frames that the session keeps ready for the driver."""
        return self._config.lead_frames

    @property
    def driver_frames(self) -> int:
        """[any] What the driver says that it keeps itself; 0 while the card is lost."""
        return self._driver_frames

    def open(self, rate_hz: int, channels: int) -> None:
        """[control] Open the card. Raises SinkError or MissingExtraError; does nothing when it is open already."""
        if self._ring is not None:
            return
        frames = self._config.ring_frames
        size = FrameRing.bytes_needed(channels, frames)
        self._memory = SharedMemory(create=True, size=size)
        view = self._memory.buf
        assert view is not None, "the memory was just made"
        self._ring = FrameRing.over(view[:size], channels, frames, create=True)
        self._orders = CardOrders(
            memory=self._memory.name, ring_frames=frames, rate_hz=rate_hz, channels=channels, config=self._config
        )
        card = CardProcess(self._orders)
        answer = card.answer(OPEN_S)
        if not isinstance(answer, Opened):
            card.end(gently=False)
            self._free()
            raise (answer or NotOpened(problem="The sound card does not answer.", cure="Is it in use?")).error()
        self._play(card, answer)
        self._thread.start()

    def write(self, block: Float32) -> None:
        """[io] Play float32 [frames, channels]; waits while the ring is full, at most a second."""
        ends_s = time.monotonic() + 1.0
        while len(block := block[self.ring.write(block[: self.ring.writable]) :]):
            if time.monotonic() > ends_s:
                raise SinkError("The sound card has taken nothing for a second.", cure="Is it still plugged in?")
            time.sleep(0.001)

    def close(self) -> None:
        """[control] Play what is still in the ring, half a second of it at most, and let the card go."""
        if self._ring is None:
            return
        ends_s = time.monotonic() + _FAREWELL_S
        while self._ring.readable and time.monotonic() < ends_s:
            time.sleep(0.005)
        self._stopping.set()
        self._thread.join()
        if self._card is not None:
            self._card.end(gently=True)
        self._free()

    def _play(self, card: CardProcess, opened: Opened) -> None:
        """From now on the card, and nobody else, reads the ring."""
        self._card = card
        self._driver_frames = opened.driver_frames
        card.go()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            if self._card is None:
                self._stand_in()
            elif self._card.beats():
                self._stopping.wait(_LOOK_S)
            else:
                card, self._card, self._driver_frames = self._card, None, 0
                card.end(gently=False)
                self.losses += 1
                _log.warning("The sound card is lost. The session goes on and looks for it every second.")

    def _stand_in(self) -> None:
        """Empty the ring as the card would, until it is back."""
        orders, ring = self._orders, self.ring
        assert orders is not None, "it is open"
        began_s, taken = time.monotonic(), 0
        looking: CardProcess | None = None
        look_s = began_s
        while not self._stopping.wait(_PACE_S):
            now_s = time.monotonic()
            taken += len(ring.read(max(0, round((now_s - began_s) * orders.rate_hz) - taken)))
            if looking is None and now_s >= look_s:
                looking = CardProcess(orders)
            answer = looking.answer(0.0) if looking is not None else None
            if looking is not None and isinstance(answer, Opened):
                _log.warning("The sound card is back.")
                self._play(looking, answer)
                return
            if looking is not None and (answer is not None or now_s - look_s > OPEN_S):
                looking.end(gently=False)
                looking, look_s = None, now_s + AGAIN_S
        if looking is not None:
            looking.end(gently=False)

    def _free(self) -> None:
        ring, self._ring = self._ring, None
        if ring is not None:
            ring.close()
        memory, self._memory = self._memory, None
        if memory is not None:
            memory.close()
            memory.unlink()
