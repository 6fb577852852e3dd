"""Codecs that others trained: DAC, EnCodec and the Stable Audio VAE, from folders of weights that the user has.

transformers and diffusers hold the networks; ``nn/pretrained.py`` opens them when :meth:`PretrainedCodec.prepare` is
called, so this module works without torch. Their latents are the continuous ones: what the encoder gives before it is
quantised, or the mean of the posterior. They hear the whole sound: a state only collects, and the pieces go through the
network at ``last``, so any cutting gives the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
import numpy as np

from hobnail.contracts import CodecSpec, Float32
from hobnail.errors import ConfigError, EngineError, MissingExtraError
from hobnail_plugins.codec.pretrained_layouts import Layout, dac_layout, encodec_layout, oobleck_layout

if TYPE_CHECKING:
    from types import ModuleType

    from hobnail_plugins.codec.nn.pretrained import Network

_PACKAGES: Final = frozenset({"torch", "transformers", "diffusers", "safetensors"})  # of the extra [codecs]


class DacConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[component.dac]``."""

    path: str  #: folder with config.json and model.safetensors, as transformers' DacModel saves it
    device: str = "cpu"  #: torch's name of where it runs
    codebooks: Annotated[int, msgspec.Meta(ge=0)] = 0  #: latents quantised by the first so many; 0: continuous


class EncodecConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[component.encodec]``."""

    path: str  #: folder with config.json and model.safetensors, as transformers' EncodecModel saves it
    device: str = "cpu"  #: torch's name of where it runs
    bandwidth_kbps: Annotated[float, msgspec.Meta(ge=0.0)] = 0.0  #: latents quantised to it; 0: continuous


class OobleckConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[component.oobleck]``."""

    path: str  #: folder of diffusers' AutoencoderOobleck (config.json) or of stable-audio-tools (model_config.json)
    device: str = "cpu"  #: torch's name of where it runs


class Collected(msgspec.Struct, frozen=True):
    """A state: the pieces so far, newest first, each linked to those before it; adding one copies no other."""

    pieces: tuple[object, ...] = ()  #: (array, pieces before it), or ()
    ended: bool = False


class PretrainedCodec:
    """A codec around a network that hears everything at once. Keeps the contract ``Codec``."""

    kind: Literal["codec"] = "codec"

    def __init__(self, spec: CodecSpec, open_network: Callable[[], Network]) -> None:
        self._spec = spec
        self._open = open_network
        self._network: Network | None = None

    @property
    def spec(self) -> CodecSpec:
        """[any] Rates and sizes, from the configuration beside the weights; known before :meth:`prepare`."""
        return self._spec

    def prepare(self) -> None:
        """[control] Load the weights. Raises ConfigError, or MissingExtraError without the extra [codecs]."""
        try:
            self._network = self._open()
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in _PACKAGES:
                raise
            raise MissingExtraError(f"The codec {self._spec.id!r}", extra="codecs") from error

    def begin_encoding(self) -> Collected:
        """[any] No sound yet."""
        return Collected()

    def encode(self, samples: Float32, state: object, *, last: bool = False) -> tuple[Float32, Collected]:
        """[any] float32 [frames] -> nothing until ``last``, then all latents, float32 [hops, dimensions]."""
        spec = self._spec
        silence = np.zeros((0, spec.dimensions), np.float32)
        state = self._add(samples, state, shape=(-1,))
        if not last:
            return silence, state
        sound = _joined(state, np.zeros(0, np.float32))
        hops = -(-len(sound) // spec.hop_frames)
        if not hops:
            return silence, Collected(ended=True)
        latents = self._loaded().encode(np.pad(sound, (0, hops * spec.hop_frames - len(sound))))
        return latents, Collected(ended=True)

    def begin_decoding(self, seed: int) -> Collected:
        """[engine] No latents yet. These decoders use no noise: every seed gives the same samples."""
        return Collected()

    def decode(self, latents: Float32, state: object, *, last: bool = False) -> tuple[Float32, Collected]:
        """[engine] float32 [hops, dimensions] -> nothing until ``last``, then all samples, float32 [frames]."""
        spec = self._spec
        silence = np.zeros(0, np.float32)
        state = self._add(latents, state, shape=(-1, spec.dimensions))
        if not last:
            return silence, state
        track = _joined(state, np.zeros((0, spec.dimensions), np.float32))
        if not len(track):
            return silence, Collected(ended=True)
        frames = len(track) * spec.hop_frames
        samples = self._loaded().decode(track)[:frames]
        return np.pad(samples, (0, frames - len(samples))), Collected(ended=True)

    def _add(self, piece: Float32, state: object, *, shape: tuple[int, ...]) -> Collected:
        """The state with a copy of one piece more; the caller may reuse its own. ``shape``: -1 is any length."""
        found, what = np.shape(piece), "samples [frames]" if len(shape) == 1 else f"latents [hops, {shape[1]}]"
        if len(found) != len(shape) or found[1:] != shape[1:]:
            raise EngineError(f"codec {self._spec.id!r}: found an array {list(found)}, expected {what}.")
        if not isinstance(state, Collected) or state.ended:
            raise EngineError(
                f"codec {self._spec.id!r}: the state is of a sound that has ended, or of another codec.",
                cure="Take a new one from begin_encoding or begin_decoding.",
            )
        return Collected((np.array(piece, np.float32), state.pieces)) if found[0] else state

    def _loaded(self) -> Network:
        if self._network is None:
            raise EngineError(f"codec {self._spec.id!r}: its weights are not loaded.", cure="Call prepare() first.")
        return self._network


def dac(settings: DacConfig) -> PretrainedCodec:
    """Descript Audio Codec. Reads the folder's configuration; the weights wait for ``prepare``. Raises ConfigError."""
    layout = dac_layout(settings.path)
    if settings.codebooks > layout.codebooks:
        raise ConfigError(
            f"[component.dac] codebooks: found {settings.codebooks}, the weights have {layout.codebooks}.",
            cure=f"Write 0 (continuous) to {layout.codebooks}.",
        )
    return PretrainedCodec(
        _spec("dac", "Descript Audio Codec.", layout),
        lambda: _networks().open_dac(layout, settings.device, settings.codebooks),
    )


def encodec(settings: EncodecConfig) -> PretrainedCodec:
    """EnCodec. Reads the folder's configuration; the weights wait for ``prepare``. Raises ConfigError."""
    layout = encodec_layout(settings.path)
    if settings.bandwidth_kbps and settings.bandwidth_kbps not in layout.bandwidths_kbps:
        choices = ", ".join(f"{kbps:g}" for kbps in layout.bandwidths_kbps)
        raise ConfigError(
            f"[component.encodec] bandwidth_kbps: found {settings.bandwidth_kbps:g}, the weights have {choices}.",
            cure="Write one of these, or 0 for continuous latents.",
        )
    return PretrainedCodec(
        _spec("encodec", "EnCodec.", layout),
        lambda: _networks().open_encodec(layout, settings.device, settings.bandwidth_kbps),
    )


def oobleck(settings: OobleckConfig) -> PretrainedCodec:
    """The Stable Audio VAE. Reads the folder's configuration; weights wait for ``prepare``. Raises ConfigError."""
    layout = oobleck_layout(settings.path)
    return PretrainedCodec(
        _spec("oobleck", "The Stable Audio VAE.", layout),
        lambda: _networks().open_oobleck(layout, settings.device),
    )


def _spec(id: str, help: str, layout: Layout) -> CodecSpec:
    return CodecSpec(
        id=id,
        help=help,
        rate_hz=layout.rate_hz,
        hop_frames=layout.hop_frames,
        dimensions=layout.dimensions,
        lookahead_frames=None,
        lag_frames=None,
    )


def _networks() -> ModuleType:
    """The torch half, imported when it is needed."""
    from hobnail_plugins.codec.nn import pretrained

    return pretrained


def _joined(state: Collected, nothing: Float32) -> Float32:
    """All pieces of a state, oldest first."""
    arrays, pieces = [nothing], state.pieces
    while pieces:
        array, pieces = pieces  # type: ignore[assignment]  # a chain has no finite tuple type
        arrays.append(array)  # type: ignore[arg-type]  # the same
    return np.concatenate([nothing, *reversed(arrays[1:])])
