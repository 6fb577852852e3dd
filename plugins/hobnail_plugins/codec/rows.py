"""Features to latents and back, row by row: the part of the codec that is learnt."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from hobnail.contracts import Float32
from hobnail_native import SpectralRowDecoder, SpectralRowMap, SpectralStandingLines
from hobnail_plugins.codec.spec import BAND_VALUES, EPSILON, SILENT
from hobnail_plugins.codec.tables import LinearTables

SCALE: Final = 0.3
"""Latents spread as their components do, to this power: 0 is all alike, 1 is as in the band values."""


LASTS: Final = 4.0
"""Of chance, the slowest part counts so many times as much beside the others as it was measured in the recordings."""

CHANCE: Final = 0.9
"""Power of chance over what the latents leave out."""


class RowCoder(Protocol):
    """Turns features into latents, and latents into the renderer's rows. A state is used once."""

    @property
    def dimensions(self) -> int:
        """Of a latent."""

    @property
    def partials(self) -> int:
        """In a row."""

    @property
    def lookahead_hops(self) -> int:
        """Hops that encoding waits for."""

    def begin_encoding(self) -> object:
        """The state before the first hop."""

    def encode(self, features: Float32, state: object, *, last: bool) -> tuple[Float32, object]:
        """float32 [hops, row] -> latents that are now known, float32 [hops, dimensions]."""

    def begin_decoding(self, seed: int) -> object:
        """The state before the first latent of a voice."""

    def decode(self, latents: Float32, state: object) -> tuple[Float32, object]:
        """float32 [hops, dimensions] -> the renderer's rows of the same hops, float32 [hops, row]."""


class LinearRows:
    """A projection of the band values, and the partials as they are. Every hop stands for itself.

    A latent is ``[kept projections | log frequency and log amplitude of each partial]``. Projections have mean 0; the
    first has variance 1 over the recordings that it was fitted on, the others less: standard deviations are those of
    the band values to the power 0.3, so that a generator's error counts more where more is heard. A slot without a
    partial is exactly (0, -1); where there is one, log frequency has mean 0 and variance 1, and the level of a middling
    one is 1.
    """

    def __init__(self, tables: LinearTables, *, residual: bool = True) -> None:
        self._tables = tables
        kept = tables.kept
        unit = tables.spread[:kept] ** (1.0 - SCALE) * tables.spread[0] ** SCALE
        self._into = np.ascontiguousarray(tables.basis[:, :kept] * tables.weight[:, None] / unit)
        strength = np.concatenate([unit, tables.spread[kept:]])
        self._map = SpectralRowMap(
            kept=kept,
            partials=tables.partials,
            floor=EPSILON**2,
            mean=tables.mean.tolist(),
            components=np.ascontiguousarray((tables.basis * strength / tables.weight[:, None]).T.astype(np.float32)),
            shares=chance_of(tables.shares) if residual else np.zeros_like(tables.shares),
            partial_mean=tables.partial_mean.tolist(),
            partial_spread=tables.partial_spread.tolist(),
        )

    @property
    def dimensions(self) -> int:
        """Of a latent."""
        return self._tables.kept + 2 * self._tables.partials

    @property
    def partials(self) -> int:
        """In a row."""
        return self._tables.partials

    @property
    def lookahead_hops(self) -> int:
        """None: each hop is known at once."""
        return 0

    def begin_encoding(self) -> object:
        """There is nothing to remember."""
        return None

    def encode(self, features: Float32, state: object, *, last: bool) -> tuple[Float32, object]:
        """float32 [hops, row] -> latents, float32 [hops, dimensions]."""
        tables = self._tables
        latents = np.empty((len(features), self.dimensions), np.float32)
        values = features[:, :BAND_VALUES] - tables.mean
        latents[:, : tables.kept] = (values[:, None] @ self._into)[:, 0]  # row by row: larger products round otherwise
        slots = features[:, BAND_VALUES:].reshape(len(features), tables.partials, 2)
        scaled = (slots - tables.partial_mean) / tables.partial_spread
        scaled[..., 0] = np.where(slots[..., 1] > SILENT, scaled[..., 0], 0.0)
        latents[:, tables.kept :] = scaled.reshape(len(features), 2 * tables.partials)
        return latents, state

    def begin_decoding(self, seed: int) -> object:
        """A native decoder, which remembers what it drew."""
        return SpectralRowDecoder(self._map, seed)

    def partials_of(self, latents: Float32) -> Float32:
        """float32 [hops, dimensions] -> [hops, partials, 2]: log of the frequency in Hz, log of the amplitude."""
        slots = latents[:, self._tables.kept :].reshape(len(latents), self._tables.partials, 2)
        return np.asarray(slots * self._tables.partial_spread + self._tables.partial_mean, np.float32)

    def begin_lines(self, wander: float, jitter: float) -> SpectralStandingLines:
        """A voice's lines before its first latent, in nepers; see :meth:`SpectralCodec.begin_lines`."""
        return SpectralStandingLines(self._map, wander=wander, jitter=jitter)

    def decode(self, latents: Float32, state: object) -> tuple[Float32, object]:
        """float32 [hops, dimensions] -> the renderer's rows, float32 [hops, row]."""
        assert isinstance(state, SpectralRowDecoder)
        return state.decode(latents), state


def chance_of(shares: Float32) -> Float32:
    """Shares of a table, float32 [values, rates], the slowest rate first, as they sound: rows sum to CHANCE or 0.

    Chosen by ear of the judges: see docs/codec.md.
    """
    leaning = shares * np.array([LASTS, 1.0, 1.0, 1.0], np.float32)
    whole = leaning.sum(axis=1, keepdims=True)
    return np.asarray(leaning * (CHANCE * shares.sum(axis=1, keepdims=True) / np.maximum(whole, 1e-9)), np.float32)
