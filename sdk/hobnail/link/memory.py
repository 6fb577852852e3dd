"""The shared memory between the two processes, and what lies where in it."""

from __future__ import annotations

from contextlib import suppress
from multiprocessing.shared_memory import SharedMemory
from typing import Final

import msgspec

from hobnail.audio import RATE_HZ
from hobnail.session import TapRings
from hobnail_native import ClockPage, FrameRing, MessageQueue

TAPS: Final = 32  # as many as a mixer has: the mix and 31 emitters
_ALIGN: Final = 64
_COMMAND_BYTES: Final = 4 << 20  # four of the largest messages a bridge accepts
_NOTICE_BYTES: Final = 1 << 20
_TAP_FRAMES: Final = RATE_HZ // 2
_STEREO, _MONO = 2, 1


class Link(msgspec.Struct, frozen=True):
    """Names the shared memory, so that another process can attach."""

    name: str


class SharedLink:
    """One side's view of the shared memory. The creator unlinks it; everyone closes it. [control]"""

    def __init__(self, memory: SharedMemory, *, create: bool) -> None:
        self._memory = memory
        self._owner = create
        self._offset = 0
        view = memory.buf
        assert view is not None, "the memory was closed"
        self.clock = ClockPage(self._slice(view, ClockPage.BYTES), create=create)
        self.commands = MessageQueue(self._slice(view, _COMMAND_BYTES), create=create)
        self.notices = MessageQueue(self._slice(view, _NOTICE_BYTES), create=create)
        self.taps = tuple(
            TapRings(stereo=self._ring(view, _STEREO, create), mono=self._ring(view, _MONO, create))
            for _ in range(TAPS)
        )

    @classmethod
    def create(cls) -> SharedLink:
        """Make the shared memory, in the engine process."""
        return cls(SharedMemory(create=True, size=_total_bytes()), create=True)

    @classmethod
    def attach(cls, link: Link) -> SharedLink:
        """Look at memory that the engine process made."""
        return cls(SharedMemory(name=link.name), create=False)

    @property
    def link(self) -> Link:
        """What the other process needs in order to attach."""
        return Link(self._memory.name)

    def inherit(self) -> None:
        """The creator is gone and cannot remove the memory any more: now this side does."""
        self._owner = True

    def close(self) -> None:
        """Let go of the memory; the creator removes it."""
        self.clock.close()
        self.commands.close()
        self.notices.close()
        for rings in self.taps:
            rings.stereo.close()
            rings.mono.close()
        self._memory.close()
        if self._owner:
            with suppress(FileNotFoundError):  # whoever inherited it may find it gone
                self._memory.unlink()

    def _ring(self, view: memoryview, channels: int, create: bool) -> FrameRing:
        memory = self._slice(view, FrameRing.bytes_needed(channels, _TAP_FRAMES))
        return FrameRing.over(memory, channels, _TAP_FRAMES, create=create)

    def _slice(self, view: memoryview, size: int) -> memoryview:
        start = self._offset
        self._offset = start + _aligned(size)
        return view[start : start + size]


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _total_bytes() -> int:
    rings = _aligned(FrameRing.bytes_needed(_STEREO, _TAP_FRAMES)) + _aligned(
        FrameRing.bytes_needed(_MONO, _TAP_FRAMES)
    )
    return sum(map(_aligned, (ClockPage.BYTES, _COMMAND_BYTES, _NOTICE_BYTES))) + TAPS * rings
