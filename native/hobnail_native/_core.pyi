"""Native parts: rings, queue, clock page, synthesiser, mixer. Arrays are float32, C-contiguous."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

class FrameRing:
    """Single-producer single-consumer ring of interleaved frames; lock-free, wait-free."""

    def __init__(self, channels: int, capacity_frames: int) -> None: ...
    @staticmethod
    def bytes_needed(channels: int, capacity_frames: int) -> int:
        """Size of the memory that :meth:`over` wants."""
    @staticmethod
    def over(memory: memoryview, channels: int, capacity_frames: int, *, create: bool) -> FrameRing:
        """A ring in the caller's (shared) memory; ``create`` initialises it, otherwise it is attached and checked."""
    @property
    def channels(self) -> int: ...
    @property
    def capacity_frames(self) -> int: ...
    @property
    def readable(self) -> int:
        """[consumer] Frames ready."""
    @property
    def writable(self) -> int:
        """[producer] Frames of room."""
    @property
    def overruns(self) -> int:
        """Frames refused because the ring was full."""
    def write(self, samples: Float32) -> int:
        """[producer] Append float32 [frames, channels] (or [frames] when mono); returns the frames taken."""
    def read(self, max_frames: int) -> Float32:
        """[consumer] Up to ``max_frames`` as float32 [frames, channels]."""
    def read_stamped(self, max_frames: int) -> tuple[int, Float32]:
        """[consumer] The same with the session frame of the first sample; the mixer stamps what it writes."""

class MessageQueue:
    """Single-producer single-consumer queue of byte messages in the caller's (shared) memory."""

    def __init__(self, memory: memoryview, *, create: bool) -> None: ...
    def push(self, message: bytes) -> bool:
        """[producer] Append; False when there is no room. Raises ValueError when it could never fit."""
    def pop(self) -> bytes | None:
        """[consumer] The oldest message, or None. Raises RuntimeError when the memory is corrupt."""
    def prepare_wait(self) -> bool:
        """[consumer] Announce that it is about to sleep; False when a message is there already (then do not sleep)."""
    def take_waiter(self) -> bool:
        """[producer] After a push: whether the consumer had announced its sleep, so that it must be woken once."""
    @property
    def capacity_bytes(self) -> int: ...
    @property
    def used_bytes(self) -> int: ...
    @property
    def pushed(self) -> int: ...
    @property
    def refused(self) -> int: ...

class ClockPage:
    """The session clock's anchor: one frame and the monotonic time at which it is due. One writer, any readers."""

    BYTES: Final[int]
    def __init__(self, memory: memoryview | None = None, *, create: bool = True) -> None: ...
    def read(self) -> tuple[int, int]:
        """(frame, monotonic ns at which it was due)."""
    def write(self, frame: int, ns: int) -> None: ...

class VoiceRenderer:
    """Makes one voice's mono sound. [engine] only."""

    @property
    def finished(self) -> bool:
        """Everything it will ever give has been rendered."""
    def render(self, frames: int) -> Float32:
        """Up to ``frames`` samples, fewer when it has not been told enough: float32 [frames]."""

class SampleRenderer(VoiceRenderer):
    """Plays what it is fed."""

    def __init__(self) -> None: ...
    def feed(self, samples: Float32, *, last: bool = False) -> None: ...

class SynthPatch:
    """Parameters of the procedural synthesiser; immutable. Counts are limited, see the constructor's errors.

    ``modes``   float32 [m <= 48, 4]: frequency_hz, decay_s (to -60 dB), gain, excitation brightness 0..1
    ``bands``   float32 [b <= 12, 6]: centre_hz, bandwidth_hz, gain, attack_s, decay_s (0: sustained), delay_s
    ``grains``  float32 [g <= 6, 8]: see ``grain_columns``
    ``pulses``  float32 [p <= 16, 4]: delay_s, width_s, gain, noise share 0..1 (contacts that excite modes and bands)
    """

    def __init__(
        self,
        *,
        modes: Float32 | None = None,
        bands: Float32 | None = None,
        grains: Float32 | None = None,
        pulses: Float32 | None = None,
        gain: float = 1.0,
    ) -> None: ...

class SynthRenderer(VoiceRenderer):
    """The procedural synthesiser of one voice: damped modes, noise bands, grains, contact pulses.

    Noise is a function of (seed, sample index), so any chunking gives the same samples.
    """

    def __init__(self, seed: int, rate_hz: int = 48000) -> None: ...
    def play(self, patch: SynthPatch, frames: int, *, last: bool) -> None:
        """Sound for ``frames`` more frames with this patch; continuous quantities glide to it over 256 frames.

        With ``last`` the voice finishes after them, with a 5 ms fade if it has not died away by then.
        """

class VoiceReport:
    """What the mixer saw of a voice. ``kind``: "sounded", "ended", "underrun" or "late"."""

    voice: int
    kind: str
    frame: int
    ns: int
    frames: int
    reason: str

class MixerMeters:
    """Counters of the mixer since it was made; ``peak`` since the last read."""

    frame: int
    voices: int
    underruns: int
    underrun_frames: int
    late_blocks: int
    sink_overruns: int
    peak: float
    blocks: int

class Mixer:
    """Mixes voices into stereo in small blocks: on its own thread against the clock or a sink's ring, or by hand."""

    NEXT_BLOCK: Final[int]
    def __init__(
        self,
        *,
        rate_hz: int = 48000,
        block_frames: int = 64,
        voices: int = 128,
        fifo_frames: int = 4096,
        emitters: int = 1024,
        buses: int = 8,
        clock: ClockPage | None = None,
    ) -> None: ...
    def start(self, *, pace: str = "clock") -> None:
        """[control] Run on an own thread, paced by "clock" or by "ring" (output 0 is kept ``ring_target`` full)."""
    def stop(self) -> None:
        """[control] Stop and join the thread; voices stay."""
    def close(self) -> None:
        """[control] Stop, and let go of rings, clock and voices; everything raises ValueError afterwards."""
    def pull(self, frames: int) -> Float32:
        """[control] Mix by hand, offline: float32 [frames, 2]. Raises RuntimeError while the thread runs."""
    def set_output(self, index: int, ring: FrameRing | None) -> None:
        """[control] Send the stereo mix into ring ``index`` (0..7); None takes it away."""
    def set_tap(self, index: int, ring: FrameRing | None, emitter: int = -1) -> None:
        """[control] Send one emitter's mono sound (before pan), or the stereo mix (-1), into tap ring 0..31."""
    def set_emitter(self, emitter: int, *, gain: float, pan: float, distance_m: float, bus: int) -> None:
        """[engine] Where an emitter is now; gliding within a block. ``pan`` -1..1, equal power."""
    def set_bus(self, bus: int, gain: float) -> None:
        """[engine] A bus's level, gliding within a block."""
    def open_voice(
        self,
        voice: int,
        renderer: VoiceRenderer,
        *,
        emitter: int,
        start_frame: int,
        gain: float = 1.0,
    ) -> bool:
        """[engine] Start a voice at ``start_frame`` (or NEXT_BLOCK); False when no slot is free.

        The first 512 frames are rendered before the mixer sees the voice, so its attack is never late.
        """
    def fade_voice(self, voice: int, frames: int, reason: str) -> bool:
        """[engine] Fade a voice out over ``frames`` and end it; False when it is already over."""
    def render_ahead(self, voice: int, lead_frames: int) -> int:
        """[engine] Fill one voice's FIFO up to ``lead_frames`` beyond what was mixed; returns frames rendered."""
    def render_all(self, lead_frames: int) -> int:
        """[engine] The same for every voice, in the order in which they opened."""
    def lead(self, voice: int) -> int:
        """[engine] Frames that the voice has rendered or been granted beyond what was mixed; -1 when it is over."""
    def levels(self) -> list[tuple[int, float]]:
        """[engine] (voice, loudness of the last block) of every open voice, for choosing whom to steal."""
    def reports(self) -> Sequence[VoiceReport]:
        """[engine] What happened since the last call, in order."""
    def meters(self) -> MixerMeters:
        """[any]"""
    @property
    def frame(self) -> int:
        """[any] First frame not yet mixed."""

def monotonic_ns() -> int:
    """The clock that all ``ns`` values use; the same as ``time.monotonic_ns``."""
