"""The ladder's own rungs, from the recording down to noise."""

from __future__ import annotations

from functools import partial
from typing import Final

from hobnail.audio import RATE_HZ
from hobnail_trainer.codec.ladder.bands import BANDS, HOP, SIZE, BandScale
from hobnail_trainer.codec.ladder.components import STACKED, Components, through_components
from hobnail_trainer.codec.ladder.plain import griffin_lim, lag_ms, opus, shaped_noise, true_bands, true_magnitudes
from hobnail_trainer.codec.ladder.rung import Rung
from hobnail_trainer.corpus.sound import Samples

RECORDING: Final = "recording"
YARDSTICK: Final = "pca-24"  #: what modulation is reported relative to
KEPT: Final = (24, 32, 48, 96)
MAGNITUDES: Final = ((2048, 512), (512, 128))


def reference_rungs(scale: BandScale, fitted: Components) -> tuple[Rung, ...]:
    """Every rung that needs no plug-in, the recording first."""
    return (
        Rung(RECORDING, "the recording itself; KAD: one half of the families against the other", _same, lag_ms=0.0),
        Rung("opus-40", "Opus, 40 kbit/s", opus, lag_ms=26.5),
        Rung("griffin-lim", "true magnitudes (1024, 256), phases found again", griffin_lim, *_bins(SIZE, HOP)),
        *(_with_true_magnitudes(size, hop) for size, hop in MAGNITUDES),
        Rung(
            "mel-96",
            f"{BANDS} mel bands (1024, 256), random phase",
            partial(true_bands, scale),
            BANDS,
            RATE_HZ / HOP,
            lag_ms(SIZE),
        ),
        *(_with_components(scale, fitted, kept) for kept in reversed(KEPT)),
        Rung("noise", "white noise with the true envelope", shaped_noise, 1, None, 5.0),
    )


def _same(samples: Samples, seed: int) -> Samples:
    return samples


def _bins(size: int, hop: int) -> tuple[int, float]:
    return size // 2 + 1, RATE_HZ / hop


def _with_true_magnitudes(size: int, hop: int) -> Rung:
    about = f"true magnitudes ({size}, {hop}), random phase"
    return Rung(
        f"magnitudes-{size}", about, partial(true_magnitudes, size=size, hop=hop), *_bins(size, hop), lag_ms(size)
    )


def _with_components(scale: BandScale, fitted: Components, kept: int) -> Rung:
    about = f"PCA of two stacked log-mel frames, {kept} dimensions, random phase"
    render = partial(through_components, scale, fitted, kept)
    return Rung(f"pca-{kept}", about, render, kept, RATE_HZ / (HOP * STACKED), lag_ms(SIZE))
