"""Native parts: rings, queue, clock page, synthesiser, spectral renderer, mixer. Arrays are float32, C-contiguous."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail_native._playing import Team

Float32 = NDArray[np.float32]

class FrameRing:
    """Single-producer single-consumer ring of interleaved frames; lock-free, wait-free."""
    def __init__(self, channels: int, capacity_frames: int) -> None: ...
    @staticmethod
    def bytes_needed(channels: int, capacity_frames: int) -> int:
        """Size of the memory that :meth:`over` wants."""
    @staticmethod
    def over(memory: memoryview, channels: int, capacity_frames: int, *, create: bool) -> FrameRing:
        """A ring in the caller's (shared) memory, held until :meth:`close`; attaching checks the creator's numbers."""
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
    def close(self) -> None:
        """[control] Let go of the memory, so that its owner can close it; every later call raises ValueError.

        ValueError while a mixer writes to it: take it away there first.
        """

class SoundPage:
    """The newest sound of a topic, where other processes may read it; docs/protocol.md has the layout."""
    def __init__(self, memory: memoryview, channels: int, capacity_frames: int) -> None: ...
    @staticmethod
    def bytes_needed(channels: int, capacity_frames: int) -> int:
        """Size of the memory, which begins at a cache line. ValueError below 16,384 frames."""
    @property
    def channels(self) -> int: ...
    @property
    def capacity_frames(self) -> int: ...
    def write(self, at: int, samples: Float32) -> None:
        """[one writer] float32 [frames, channels], the first at session frame ``at``; gaps to 4,096 read as silence."""
    def close(self) -> None:
        """[control] Let go of the memory, so that its owner can close it; every later call raises ValueError."""

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
    @property
    def longest_message_bytes(self) -> int:
        """What just fits into the empty queue."""
    def close(self) -> None:
        """[control] Let go of the memory, so that its owner can close it; every later call raises ValueError."""

class ClockPage:
    """The session clock's anchor: one frame and the monotonic time at which it is due. One writer, any readers."""

    BYTES: Final[int]
    def __init__(self, memory: memoryview | None = None, *, create: bool = True) -> None: ...
    def read(self) -> tuple[int, int]:
        """(frame, monotonic ns at which it is due), of one and the same write; never waits for the writer."""
    def write(self, frame: int, ns: int) -> None: ...
    def close(self) -> None:
        """[control] Let go of the memory, so that its owner can close it; every later call raises ValueError."""

class VoiceRenderer:
    """Makes one voice's mono sound. [engine] only, one thread at a time."""
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
    """Parameters of the procedural synthesiser; immutable. Every table is float32 [rows, columns]; None: no rows.

    ``modes`` [<= 48, 3]: damped sinusoids that the exciter strikes.
        0 frequency_hz > 0 (silent above 0.45 of the rate) · 1 decay_s > 0, to -60 dB · 2 gain: peak after a unit
        impulse
    ``bands`` [<= 12, 10]: noise through a band-pass under an envelope.
        0 centre_hz > 0 · 1 bandwidth_hz > 0 (-3 dB) · 2 gain: RMS · 3 attack_s >= 0 · 4 decay_s, to -60 dB (0: held) ·
        5 delay_s >= 0 from the patch that brings the row · 6 to_modes: RMS into the exciter · 7 stages: 1 (6 dB/octave
        a side) or 2 (12) · 8 modulator: 0 none, 1..4 · 9 depth 0..1 of it
    ``grains`` [<= 6, 16]: Poisson trains of short sounds; 64 sound at once.
        0 kind: 0 noise burst, 1 tone, 2 strike into the modes · 1 rate_hz >= 0, grains a second · 2 gain: a burst's
        RMS, a tone's or a strike's peak · 3 spread_db of a grain's level (standard deviation) · 4 low_hz > 0 ·
        5 high_hz >= low_hz: pitches, or a strike's cutoff · 6 decay_s of one grain at low_hz · 7 decay_tilt: decay goes
        with (f / low)^-tilt · 8 gain_tilt: gain likewise · 9 attack_s of one grain · 10 shape: a burst's bandwidth over
        its centre, a tone's rise in octaves over its decay, how far a strike's place varies 0..1 · 11 delay_s ·
        12 train_attack_s · 13 train_decay_s, to -60 dB of the density (0: held) · 14 modulator 0..4 · 15 depth 0..1
    ``pulses`` [<= 16, 5]: contacts, played once per patch.
        0 delay_s >= 0 · 1 width_s: contact time · 2 impulse: area of the half-sine force into the modes · 3 thump: peak
        of the pressure heard directly · 4 roughness 0..1: noise in the force
    ``modulators`` [<= 4, 4]: slow movements 0..1 that bands and grains follow.
        0 rate_hz >= 0 · 1 shape: 0 sine, 1 smooth random, 2 stick and slip · 2 jitter 0..1.2 of each cycle's length ·
        3 strike: impulse into the modes once a cycle
    ``gain``: of everything. Output bends softly above 0.7 and never passes 1.

    Raises ValueError naming the table and the cell when a shape, a count or a value is wrong.
    """

    def __init__(
        self,
        *,
        modes: Float32 | None = None,
        bands: Float32 | None = None,
        grains: Float32 | None = None,
        pulses: Float32 | None = None,
        modulators: Float32 | None = None,
        gain: float = 1.0,
    ) -> None: ...

class SynthRenderer(VoiceRenderer):
    """The procedural synthesiser of one voice: damped modes, noise bands, grains, contact pulses.

    Noise is a function of (seed, sample index), so any chunking gives the same samples. ``seed`` 0..2**64 - 1;
    ``rate_hz`` 8000..384000.
    """

    def __init__(self, seed: int, rate_hz: int = 48000) -> None: ...
    def play(self, patch: SynthPatch, frames: int, *, last: bool) -> None:
        """Sound for ``frames`` (>= 1) more frames with this patch; up to 16 patches wait their turn.

        Rows keep their place: row k glides to row k of the next patch over 256 frames, a new row fades in, a missing
        one fades out (a mode rings out). Envelopes start when their row first comes. With ``last`` the voice finishes
        after them, earlier when it has died away below -90 dB, and with a 5 ms fade if it has not. Raises ValueError
        when the queue is full or the last patch has been told.
        """

class SpectralWorkshop:
    """What the voices of one spectral format share; threads are lent scratch memory of their own.

    ``size``: samples of a spectral frame, a power of two 64..8192, 2..16 times hop / frames_per_hop. ``centres_hz``:
    2..512, rising. ``partials`` 0..16. Frames of ``short_size``, if any, make what lies from ``split_hz`` on.
    """

    def __init__(
        self,
        centres_hz: Sequence[float],
        *,
        size: int = 1024,
        hop: int = 512,
        frames_per_hop: int = 2,
        partials: int = 0,
        short_size: int = 0,
        split_hz: float = 0.0,
    ) -> None: ...
    @property
    def row(self) -> int:
        """Numbers in a row: frames_per_hop * bands + 2 * partials."""
    @property
    def lag(self) -> int:
        """Samples by which a voice that goes on follows its rows."""

class SpectralRenderer(VoiceRenderer):
    """One voice of a spectral codec: noise with given powers in bands, and sines. Starts on its first sample.

    Noise is a function of (``seed``, frame, bin), so any chunking gives the same samples.
    """

    def __init__(self, workshop: SpectralWorkshop, seed: int) -> None: ...
    def feed(self, rows: Float32, *, last: bool = False, semitones: float = 0.0, texture: float = 0.0) -> None:
        """Append float32 [hops, workshop.row]; with ``last`` the voice finishes after them.

        ``semitones`` (-36..36) moves all that sounds in these rows; ``texture`` -1 (smooth: what rings comes forward)
        .. 1 (rough: it becomes noise). Loudness is kept. At 0 both leave the sound as it is, bit for bit.

        Of each hop: the natural log of each band's power for each spectral frame in turn (power 1 in every bin is white
        noise of variance 1), then the natural logs of frequency in Hz and amplitude of each partial; at -9 or below it
        is silent. Raises ValueError when the shape is wrong, a value is not finite, or the last row has been told.
        """

class SpectralRowMap:
    """A linear map from latents to rows: band value = log(power + ``floor``) = ``mean`` + strengths of ``components``.

    ``components`` float32 [values, values], strongest first, of which a latent holds ``kept``; ``shares`` float32
    [values, 4]: how the variance of each divides over four rates of forgetting. ``partial_mean``, ``partial_spread``:
    of log frequency and log amplitude. Raises ValueError naming what is wrong.
    """

    def __init__(
        self,
        *,
        kept: int,
        partials: int,
        floor: float,
        mean: Sequence[float],
        components: Float32,
        shares: Float32,
        partial_mean: Sequence[float],
        partial_spread: Sequence[float],
    ) -> None: ...

class SpectralRowDecoder:
    """One voice's rows from its latents, with chance, a function of ``seed``, in place of what latents leave out."""
    def __init__(self, row_map: SpectralRowMap, seed: int) -> None: ...
    def decode(self, latents: Float32) -> Float32:
        """float32 [hops, kept + 2 partials] -> float32 [hops, values + 2 partials]; any cutting gives the same."""

def play_together(
    decoders: Sequence[SpectralRowDecoder],
    renderers: Sequence[SpectralRenderer],
    latents: Float32,
    semitones: Sequence[float],
    textures: Sequence[float],
    team: Team | None = None,
) -> list[Float32]:
    """Latents [voices, hops, dimensions] to the samples that each voice's renderer knows now; nothing is locked."""

class VoiceReport:
    """What the mixer saw of a voice, by ``kind``. ``ns`` is when the block in question had been handed to the outputs.

    - "sounded": ``frame`` is the first sample louder than -80 dBFS on one side of the mix, after every gain that acts
      on the voice (its own, emitter, distance, air, pan, bus); only the limiter on the whole mix is left out
    - "ended": ``frame`` is the first without it, ``reason`` finished, stopped, stolen, panic, removed or failed
    - "underrun": it had nothing ready from ``frame`` on, for ``frames``; told when the gap is over
    - "late": its start had passed by ``frames``, it started at ``frame``
    """

    @property
    def voice(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def frame(self) -> int: ...
    @property
    def ns(self) -> int: ...
    @property
    def frames(self) -> int: ...
    @property
    def reason(self) -> str: ...

class MixerMeters:
    """Counters of the mixer since it was made."""
    @property
    def frame(self) -> int: ...
    @property
    def voices(self) -> int:
        """Open now."""
    @property
    def underruns(self) -> int:
        """Times a voice ran dry."""
    @property
    def underrun_frames(self) -> int: ...
    @property
    def late_blocks(self) -> int:
        """Blocks mixed more than 5 ms after they were due; against a ring: times it was found empty."""
    @property
    def sink_overruns(self) -> int:
        """Frames that an output or a tap had no room for."""
    @property
    def peak(self) -> float:
        """Of the mix before the limiter, since the last read."""
    @property
    def blocks(self) -> int:
        """Of 64 frames."""

class Mixer:
    """Mixes voices into stereo in small blocks: on its own thread against the clock or a sink's ring, or by hand.

    Inside, everything is mixed in blocks of 64 frames on a fixed grid, so any way of pulling gives the same bits.
    ``block_frames`` (a multiple of 64) is how many are mixed at a time when the thread wakes. A limiter keeps the mix
    within full scale and passes what stays below -1 dBFS bit for bit. Bad arguments raise ValueError, nothing changes.
    """

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
    def start(self, *, pace: str = "clock", ring_target: int = 256) -> None:
        """[control] Run on an own thread, paced by "clock" or by "ring" (output 0 is kept ``ring_target`` full).

        By the clock, a block is mixed when its first frame is due. While no voice is open the thread sleeps for up to
        10 ms and then mixes the blocks that went by, so outputs move in steps; a new voice wakes it at once.
        """
    def stop(self) -> None:
        """[control] Stop and join the thread; voices stay."""
    def close(self) -> None:
        """[control] Stop, and let go of rings, clock and voices; everything raises ValueError afterwards."""
    def pull(self, frames: int) -> Float32:
        """[control] Mix by hand, offline: float32 [frames, 2]. Raises RuntimeError while the thread runs.

        Blocks are whole inside: ``frame`` may be up to 63 ahead of what was handed out. Outputs and taps are fed too.
        """
    def set_output(self, index: int, ring: FrameRing | None) -> None:
        """[control] Send the stereo mix into ring ``index`` (0..7); None takes it away.

        When it returns, the mixer no longer touches the ring that was there. A ring serves one output or tap only.
        """
    def set_tap(self, index: int, ring: FrameRing | None, emitter: int = -1) -> None:
        """[control] Send one emitter's mono sound (before pan), or the stereo mix (-1), into tap ring 0..31."""
    def set_emitter(self, emitter: int, *, gain: float, pan: float, distance_m: float, bus: int) -> None:
        """[engine] Where an emitter is now; gliding within a block. ``pan`` -1..1, equal power.

        Level falls as 1 / distance from 1 m on, and air takes the treble: a one-pole low-pass at
        50 066 / sqrt(distance) Hz (ISO 9613-2 at 20 degrees, 70 % humidity, -3 dB).
        """
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
        ``voice`` is a number that no open voice has, else ValueError.
        """
    def fade_voice(self, voice: int, frames: int, reason: str) -> bool:
        """[engine] Fade a voice out over ``frames`` (at least 64) and end it; False when it is already over.

        Of two fades the shorter wins. A voice that has not begun ends without a sound. ``reason``: see VoiceReport.
        """
    def render_ahead(self, voice: int, lead_frames: int) -> int:
        """[engine] Fill one voice's FIFO up to ``lead_frames`` beyond what was mixed; returns frames rendered."""
    def render_all(self, lead_frames: int) -> int:
        """[engine] The same for every voice, in the order in which they opened."""
    def lead(self, voice: int) -> int:
        """[engine] Frames that the voice has rendered or been granted beyond what was mixed; -1 when it is over."""
    def levels(self) -> list[tuple[int, float]]:
        """[engine] (voice, RMS of its last block after gain and distance) of every open voice, oldest first.

        For choosing whom to steal; a voice that has not begun counts as 1.0.
        """
    def reports(self) -> Sequence[VoiceReport]:
        """[engine] What happened since the last call, in order."""
    def meters(self) -> MixerMeters:
        """[any]"""
    @property
    def priority(self) -> str:
        """[any] What the operating system granted the mixer's thread: "normal", "raised" or "realtime"."""
    @property
    def epoch(self) -> int:
        """[any] Odd while a block is mixed; even and unchanged around a call: the block at ``frame`` sees it first."""
    @property
    def frame(self) -> int:
        """[any] First frame that is still to come: not yet mixed, nor gone by in an idle sleep."""

def monotonic_ns() -> int:
    """The clock that all ``ns`` values use: C++ steady_clock.

    On Linux and macOS ``time.monotonic_ns`` reads the same clock; on Windows it may not, so use this one everywhere.
    """

def ask_for_short_turns() -> bool:
    """[any] Ask that the calling thread be run soon after it is woken; whether the system grants it.

    For threads that are woken by messages and work for a fraction of a millisecond. The share of the processor stays
    what it was. Threads and processes that it starts later inherit it. Linux from 6.12 on; elsewhere nothing happens.
    """
