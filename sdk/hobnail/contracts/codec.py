"""The codec's contract: sound to latents and back, whole or streamed."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

import msgspec

from hobnail.contracts.sound import Float32


class CodecSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a codec is. Frames are counted at ``rate_hz``, which need not be the session's rate."""

    id: str
    help: str
    rate_hz: int
    hop_frames: int  #: of sound to one latent
    dimensions: int  #: of a latent
    lookahead_frames: int | None  #: sound that the encoder waits for after a hop; None: it wants the whole
    lag_frames: int | None  #: by which a sustained voice follows its latents; None: the decoder wants them all
    licence: str = ""  #: of the weights

    @property
    def latents_hz(self) -> float:
        """Latents a second."""
        return self.rate_hz / self.hop_frames


@runtime_checkable
class Codec(Protocol):
    """Turns mono sound into latents and back. A part of a model, offered as a component of kind ``codec``.

    Whole and streamed agree: any cutting of the same sound or of the same latents gives the same result. A state is
    used once: what a call returns replaces what it was given.
    """

    @property
    def kind(self) -> Literal["codec"]:
        """[any] Which place it takes in a model."""

    @property
    def spec(self) -> CodecSpec:
        """[any] Rates, sizes and delays."""

    def prepare(self) -> None:
        """[control] Load weights; called once, before anything else; may be slow."""

    def begin_encoding(self) -> object:
        """[any] The state before the first sample."""

    def encode(self, samples: Float32, state: object, *, last: bool = False) -> tuple[Float32, object]:
        """[any] float32 [frames] -> latents that are now known, float32 [hops, dimensions].

        After ``last`` all of ``ceil(frames / hop_frames)`` hops have been given; silence fills the final one.
        """

    def begin_decoding(self, seed: int) -> object:
        """[engine] The state before the first latent of a voice; the same seed gives the same samples."""

    def decode(self, latents: Float32, state: object, *, last: bool = False) -> tuple[Float32, object]:
        """[engine] float32 [hops, dimensions] -> the samples that are now known, float32 [frames].

        After ``last`` all of ``hops * hop_frames`` samples have been given.
        """
