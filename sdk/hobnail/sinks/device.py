"""The sink that plays through a sound card, by way of sounddevice (PortAudio)."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any, Final

import msgspec
import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import MissingExtraError, SinkError
from hobnail_native import FrameRing

_ELSEWHERE: Final = 'Plug one in, or play elsewhere: sink = "null" (clients still hear), sink = "wav" (a file).'


class DeviceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[sink.device]``."""

    device: str | int | None = None  #: name, part of a name, or number of the output device; left out: the default
    latency_ms: float | None = None  #: buffering asked of the driver; left out: the driver's low-latency figure
    ring_frames: int = 4096  #: room between the session and the driver's callback
    lead_frames: int = 512  #: frames kept ready for the driver; they are latency, but too few of them drop out


class DeviceSink:
    """Plays the mix. PortAudio's callback takes frames from a ring; a frame that is not there is silence, and counted.

    The session may fill :attr:`ring` straight from the native mixer (``Mixer.set_output``), or call :meth:`write`.
    """

    def __init__(self, config: DeviceConfig = DeviceConfig()) -> None:  # noqa: B008 - frozen, so sharing it is safe
        self._config = config
        self._ring: FrameRing | None = None
        self._stream: Any = None
        self._underrun_frames = 0
        self._asked_frames = 0

    @property
    def ring(self) -> FrameRing:
        """[control] What the callback reads from; one producer may fill it."""
        if self._ring is None:
            raise SinkError("The device sink has no ring yet.", cure="Call open() or attach() first.")
        return self._ring

    @property
    def lead_frames(self) -> int:
        """[any] Frames that the session keeps ready for the driver."""
        return self._config.lead_frames

    @property
    def underrun_frames(self) -> int:
        """[any] Frames that the card asked for and the ring did not have."""
        return self._underrun_frames

    @property
    def latency_s(self) -> float:
        """[any] Output latency as the driver reports it; 0 before :meth:`open`."""
        return float(self._stream.latency) if self._stream is not None else 0.0

    @property
    def asked_frames(self) -> int:
        """[any] Frames that the card has asked for; when this stands still, the card is gone."""
        return self._asked_frames

    def follow(self, ring: FrameRing) -> None:
        """[control] Read from ``ring`` from the next callback on."""
        self._ring = ring

    def attach(self, ring: FrameRing) -> None:
        """[control] Read from ``ring`` instead of an own one; call before :meth:`open`."""
        if self._stream is not None:
            raise SinkError("The device sink is already open.", cure="Attach the ring before open().")
        self._ring = ring

    def open(self, rate_hz: int, channels: int) -> None:
        """[control] Start the stream. Package, library and card each have their own error."""
        sounddevice = _sounddevice()
        if self._ring is None:
            self._ring = FrameRing(channels, self._config.ring_frames)
        latency = "low" if self._config.latency_ms is None else self._config.latency_ms / 1000.0
        try:
            self._stream = sounddevice.OutputStream(
                samplerate=rate_hz,
                channels=channels,
                dtype="float32",
                device=self._config.device,
                latency=latency,
                callback=self._fill,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            self.close()
            raise _no_card(sounddevice, self._config.device, rate_hz, error) from error

    def write(self, block: Float32) -> None:
        """[io] Play float32 [frames, channels]; waits while the ring is full, at most a second."""
        ring = self.ring
        deadline = time.monotonic() + 1.0
        while True:
            block = block[ring.write(block[: ring.writable]) :]
            if not len(block):
                return
            if time.monotonic() > deadline:
                raise SinkError("The sound card has taken nothing for a second.", cure="Is it still plugged in?")
            time.sleep(0.001)

    def close(self) -> None:
        """[control] Play what is still in the ring, half a second of it at most, and let the card go."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        deadline = time.monotonic() + 0.5
        while self._ring is not None and self._ring.readable and time.monotonic() < deadline:
            time.sleep(0.005)
        stream.stop()
        stream.close()

    def _fill(self, out: Float32, frames: int, _time: object, _status: object) -> None:
        """[PortAudio's thread] Take what is there; the rest is silence."""
        ring = self._ring
        ready = ring.read(frames) if ring is not None else np.zeros((0, out.shape[1]), np.float32)
        out[: len(ready)] = ready
        out[len(ready) :] = 0.0
        self._underrun_frames += frames - len(ready)
        self._asked_frames += frames


def output_devices() -> tuple[str, ...]:
    """Names of the sound cards that can play. Raises MissingExtraError or SinkError when none could even be asked."""
    return _outputs(_sounddevice())


def _outputs(sounddevice: ModuleType) -> tuple[str, ...]:
    return tuple(str(card["name"]) for card in sounddevice.query_devices() if card["max_output_channels"] > 0)


def _sounddevice() -> ModuleType:
    """The package, or the error that says which half of it is missing."""
    try:
        import sounddevice
    except ImportError as error:
        raise MissingExtraError("The device sink", extra="device") from error
    except OSError as error:
        raise SinkError(
            "The PortAudio library is not installed, so no sound card can be opened.",
            cure="Install it (Debian, Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio; "
            "macOS: brew install portaudio). " + _ELSEWHERE,
        ) from error
    module: ModuleType = sounddevice
    return module


def _no_card(sounddevice: ModuleType, device: str | int | None, rate_hz: int, error: Exception) -> SinkError:
    outputs = _outputs(sounddevice)
    if not outputs:
        return SinkError("This machine has no sound card that can play.", cure=_ELSEWHERE)
    which = "the default device" if device is None else f"device {device!r}"
    return SinkError(
        f"{which} cannot be opened at {rate_hz} Hz: {error}.",
        cure=f"Set device in [sink.device] to one of: {'; '.join(outputs)}. Or {_ELSEWHERE}",
    )
