"""The ladder's PCA behind the contract of codecs, so that its latents can be written down and generated.

Latents are scaled as those of `linear` are: the first component has variance 1 over the windows that it was fitted on,
the others the spread of what they stand for to the power 0.3.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import CodecSpec, Float32
from hobnail.errors import CodecError
from hobnail_plugins.codec.rows import SCALE
from hobnail_trainer.codec.clips import train_windows
from hobnail_trainer.codec.ladder.bands import BANDS, HOP, SIZE, BandScale
from hobnail_trainer.codec.ladder.components import FIT_CLIPS, STACKED, Components, fit_components, stacked
from hobnail_trainer.codec.ladder.rungs import KEPT
from hobnail_trainer.codec.ladder.stft import with_random_phases

RUNGS: Final = {f"pca-{kept}": kept for kept in KEPT}
"""Ids of the rungs that have latents, and of how many numbers."""


class ComponentsCodec:
    """Whole sounds only: frames look half a window ahead, and phases are drawn for all of a sound at once."""

    def __init__(self, fitted: Components, kept: int) -> None:
        self._scale = BandScale()
        self._mean = fitted.mean
        unit = fitted.spread[:kept] ** (1.0 - SCALE) * fitted.spread[0] ** SCALE
        self._into = fitted.basis[:, :kept] / unit
        self._back = (fitted.basis[:, :kept] * unit).T
        self._spec = CodecSpec(
            id=f"pca-{kept}",
            help=f"PCA of two stacked log-mel frames, {kept} dimensions, random phase",
            rate_hz=RATE_HZ,
            hop_frames=HOP * STACKED,
            dimensions=kept,
            lookahead_frames=None,
            lag_frames=None,
        )

    @property
    def kind(self) -> Literal["codec"]:
        """[any] Which place it takes in a model."""
        return "codec"

    @property
    def spec(self) -> CodecSpec:
        """[any] Rates, sizes and delays."""
        return self._spec

    def prepare(self) -> None:
        """[control] Nothing is left to load."""

    def begin_encoding(self) -> object:
        """[any] Nothing is remembered."""
        return None

    def encode(self, samples: Float32, state: object, *, last: bool = False) -> tuple[Float32, object]:
        """[any] float32 [frames] -> float32 [hops, dimensions]. Raises CodecError unless it is the whole."""
        _refuse_pieces(last)
        hops = -(-samples.size // self._spec.hop_frames)
        rows = stacked(self._scale.log_powers(samples))[:hops]
        return np.asarray((rows - self._mean) @ self._into, dtype=np.float32), state

    def begin_decoding(self, seed: int) -> object:
        """[engine] The seed is all there is."""
        return seed

    def decode(self, latents: Float32, state: object, *, last: bool = False) -> tuple[Float32, object]:
        """[engine] float32 [hops, dimensions] -> float32 [frames]. Raises CodecError unless they are all."""
        _refuse_pieces(last)
        assert isinstance(state, int)
        frames = (latents @ self._back + self._mean).reshape(-1, BANDS).astype(np.float32)
        count = len(latents) * self._spec.hop_frames
        return with_random_phases(self._scale.magnitudes(frames), SIZE, HOP, count, state), state


def components_codec(corpus: Path, id: str) -> ComponentsCodec:
    """A rung of :data:`RUNGS`, fitted to CORPUS as the report fits it. Raises CorpusError, TrainerError."""
    fitted = fit_components(BandScale(), train_windows(corpus, clips=FIT_CLIPS, seed=1))
    return ComponentsCodec(fitted, RUNGS[id])


def _refuse_pieces(last: bool) -> None:
    if not last:
        raise CodecError("A rung of the ladder was given a piece, expected a whole sound.", cure="Pass last=True.")
