"""The embedded codec: measured features, a row coder, and the native renderer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import CodecSpec, Float32
from hobnail.errors import CodecError
from hobnail_native import (
    SpectralRenderer,
    SpectralRowDecoder,
    SpectralStandingLines,
    SpectralWorkshop,
    Team,
    play_together,
)
from hobnail_plugins.codec.analysis import Analysis, Meters
from hobnail_plugins.codec.bands import mel_filters
from hobnail_plugins.codec.rows import LinearRows, RowCoder
from hobnail_plugins.codec.spec import FRAME, FRAMES_PER_HOP, SHORT_FRAME, SPLIT_HZ, LinearConfig
from hobnail_plugins.codec.tables import packaged_tables, read_tables


@dataclass(frozen=True, slots=True)
class _Encoding:
    analysis: Analysis
    rows: object


@dataclass(frozen=True, slots=True)
class _Decoding:
    renderer: SpectralRenderer
    rows: object


class SpectralCodec:
    """Any row coder between the analysis and the renderer. One object serves any number of voices."""

    def __init__(self, id: str, help: str, rows: RowCoder, *, licence: str = "") -> None:
        self._rows = rows
        self._meters = Meters()
        self._workshop = workshop(rows.partials)
        self._spec = CodecSpec(
            id=id,
            help=help,
            rate_hz=RATE_HZ,
            hop_frames=HOP_FRAMES,
            dimensions=rows.dimensions,
            lookahead_frames=Analysis.lookahead(rows.partials) + rows.lookahead_hops * HOP_FRAMES,
            lag_frames=self._workshop.lag,
            licence=licence,
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
        """[any] The state before the first sample."""
        return _Encoding(Analysis(self._meters, self._rows.partials), self._rows.begin_encoding())

    def encode(self, samples: Float32, state: object, *, last: bool = False) -> tuple[Float32, object]:
        """[any] float32 [frames] -> latents that are now known, float32 [hops, dimensions]."""
        assert isinstance(state, _Encoding)
        _refuse(samples, "samples", "[frames]", samples.ndim == 1)
        features = state.analysis.feed(samples, last=last)
        latents, rows = self._rows.encode(features, state.rows, last=last)
        return latents, _Encoding(state.analysis, rows)

    def begin_decoding(self, seed: int) -> object:
        """[engine] The state before the first latent of a voice."""
        return _Decoding(SpectralRenderer(self._workshop, seed), self._rows.begin_decoding(seed))

    def decode(
        self, latents: Float32, state: object, *, last: bool = False, semitones: float = 0.0, texture: float = 0.0
    ) -> tuple[Float32, object]:
        """[engine] float32 [hops, dimensions] -> the samples that are now known, float32 [frames].

        The sliders of these hops: ``semitones`` move all that sounds, ``texture`` is -1 (smooth: what rings comes
        forward) to 1 (rough: it becomes noise). Both keep loudness, and at 0 the sound to the bit.
        """
        assert isinstance(state, _Decoding)
        width = self._spec.dimensions
        _refuse(latents, "latents", f"[hops, {width}]", latents.ndim == 2 and latents.shape[1] == width)
        rows, after = self._rows.decode(latents, state.rows)
        state.renderer.feed(rows, last=last, semitones=semitones, texture=texture)
        samples = state.renderer.render(len(rows) * HOP_FRAMES + self._workshop.lag)
        return samples, _Decoding(state.renderer, after)

    @property
    def partials(self) -> int:
        """[any] Sines of which a latent tells frequency and level; 0: none, or they are coded otherwise."""
        return self._rows.partials if isinstance(self._rows, LinearRows) else 0

    def partials_of(self, latents: Float32) -> Float32:
        """[any] float32 [hops, dimensions] -> [hops, partials, 2]: natural logs of frequency in Hz and of amplitude.

        A slot without a line has an amplitude of exp(-9). Raises TypeError where there are none.
        """
        if not isinstance(self._rows, LinearRows):
            raise TypeError(f"the codec {self._spec.id!r} has no partials")
        return self._rows.partials_of(latents)

    def begin_lines(self, *, wander: float, jitter: float) -> SpectralStandingLines | None:
        """[engine] What settles a voice's partials where a network says them (`hobnail_native.settle_together`).

        Nepers of frequency: ``wander`` by which recordings' lines move from hop to hop, ``jitter`` by which the network
        is off. None: there are no partials, or they are coded otherwise. Raises ValueError.
        """
        if not isinstance(self._rows, LinearRows) or not self._rows.partials:
            return None
        return self._rows.begin_lines(wander, jitter)

    def decode_together(
        self,
        latents: Float32,
        states: Sequence[object],
        semitones: Sequence[float],
        textures: Sequence[float],
        team: Team | None = None,
    ) -> list[Float32] | None:
        """[engine] What :meth:`decode` gives of several voices, float32 [voices, hops, dimensions], by one call.

        Threads of a ``team`` share them. States are used again. None: voices have to be decoded one by one.
        """
        decodings = [state for state in states if isinstance(state, _Decoding)]
        decoders = [each.rows for each in decodings if isinstance(each.rows, SpectralRowDecoder)]
        if len(decoders) < len(states):
            return None
        return play_together(decoders, [each.renderer for each in decodings], latents, semitones, textures, team)


def workshop(partials: int) -> SpectralWorkshop:
    """What renders rows of these bands and so many partials."""
    _, centres_hz = mel_filters()
    return SpectralWorkshop(
        centres_hz.astype(np.float32).tolist(),
        size=FRAME,
        hop=HOP_FRAMES,
        frames_per_hop=FRAMES_PER_HOP,
        partials=partials,
        short_size=SHORT_FRAME,
        split_hz=SPLIT_HZ,
    )


def linear_codec(settings: LinearConfig | None = None) -> SpectralCodec:
    """The codec that ships: 32 numbers a hop, fitted in seconds, decoded without a network."""
    settings = settings or LinearConfig()
    tables = read_tables(settings.path) if settings.path else packaged_tables()
    return SpectralCodec(
        "linear",
        "Bands and partials by a linear map; noise phases. Decoded natively, without a network.",
        LinearRows(tables, residual=settings.residual),
        licence="CC-BY-SA-4.0" if not settings.path else "",  # of the packaged tables: data/linear.NOTICE
    )


def _refuse(array: Float32, name: str, expected: str, shaped: bool) -> None:
    """The border of the codec: what comes in is a stranger's."""
    if not shaped or array.dtype != np.float32:
        raise CodecError(
            f"{name} are {array.dtype} {list(array.shape)}, expected float32 {expected}.", cure="Convert them first."
        )
    if not np.isfinite(array).all():
        raise CodecError(f"{name} hold NaN or infinity.", cure="Look for a division by zero where they were made.")
