"""Carries the mix from the mixer's rings to the sinks, one thread per sink."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from inspect import getattr_static
from typing import cast

from hobnail.audio import RATE_HZ
from hobnail.contracts import PacingSink, Sink
from hobnail.errors import SinkError
from hobnail_native import FrameRing, Mixer

CHANNELS = 2
RING_FRAMES = RATE_HZ  # a sink may stall for a second before a frame is lost
POLL_S = 0.01

_NOTHING = object()

_log = logging.getLogger(__name__)


def pacing_of(sinks: Sequence[Sink]) -> PacingSink | None:
    """The first sink with a clock of its own. It is not open yet, so it is not asked for its ring."""
    for sink in sinks:
        if all(getattr_static(sink, name, _NOTHING) is not _NOTHING for name in ("ring", "lead_frames")):
            return cast(PacingSink, sink)
    return None


class Outlet:
    """One sink behind one ring. A sink that fails is closed and reported; the session goes on."""

    def __init__(self, mixer: Mixer, index: int, sink: Sink) -> None:
        self._mixer = mixer
        self._index = index
        self._sink = sink
        self._ring = FrameRing(CHANNELS, RING_FRAMES)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"hobnail-sink-{index}", daemon=True)
        self.error: SinkError | None = None

    def open(self) -> None:
        """[control] Open the sink and begin to carry."""
        self._sink.open(RATE_HZ, CHANNELS)
        self._mixer.set_output(self._index, self._ring)
        self._thread.start()

    def close(self) -> None:
        """[control] Carry what is left, then close the sink. Raises the SinkError that ended it early, if any."""
        if not self._thread.ident:
            return  # it was never opened
        self._mixer.set_output(self._index, None)
        self._stopping.set()
        self._thread.join()
        if self.error is not None:
            raise self.error
        self._sink.close()

    def _run(self) -> None:
        try:
            while True:
                stopping = self._stopping.is_set()
                block = self._ring.read(RING_FRAMES)
                if len(block):
                    self._sink.write(block)
                elif stopping:
                    return
                else:
                    self._stopping.wait(POLL_S)
        except SinkError as error:
            self._give_up(error)
        except Exception as error:  # a sink may be a stranger's code and raise anything
            self._give_up(SinkError(f"A sink failed: {type(error).__name__}: {error}."))

    def _give_up(self, error: SinkError) -> None:
        self._mixer.set_output(self._index, None)
        self.error = error
        _log.error("A sink failed and was closed; the session goes on. %s", error)


class PacedOutlet:
    """A sink that sets the pace: the mixer fills its ring as far as the sink wants, and no thread stands between."""

    INDEX = 0  # the mixer follows this output's ring

    def __init__(self, mixer: Mixer, sink: PacingSink) -> None:
        self._mixer = mixer
        self._sink = sink

    def open(self) -> None:
        """[control] Open the sink and hand its ring to the mixer."""
        self._sink.open(RATE_HZ, CHANNELS)
        self._mixer.set_output(self.INDEX, self._sink.ring)

    def close(self) -> None:
        """[control] Take the ring away and close the sink."""
        self._mixer.set_output(self.INDEX, None)
        self._sink.close()
