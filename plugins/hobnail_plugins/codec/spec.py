"""The numbers of the embedded codec: what a row of spectral parameters is, and what may be set."""

from __future__ import annotations

from typing import Final

import msgspec

from hobnail.audio import HOP_FRAMES

STRIDE: Final = 256
"""Samples from one spectral frame to the next."""

FRAMES_PER_HOP: Final = HOP_FRAMES // STRIDE
FRAME: Final = 1024
"""Samples of a spectral frame, under a Hann window; frame j is centred at (j + 1/2) STRIDE."""

SHORT_FRAME: Final = 512
SPLIT_HZ: Final = 1500.0
"""Bands from here on are measured and made with short frames: pitch is told apart below, moments above."""

BANDS: Final = 96
LOWEST_HZ: Final = 40.0
HIGHEST_HZ: Final = 20_000.0

BAND_VALUES: Final = FRAMES_PER_HOP * BANDS
"""Band values of one hop: 96 of its first frame, then 96 of its second."""

EPSILON: Final = 10.0**-3.5
"""Amplitude of the noise floor: a band value is log(power + EPSILON^2)."""

SILENT: Final = -9.0
"""Natural log of the amplitude of a partial that is not there (-78 dB); the renderer plays nothing at or below it."""

RATES: Final = (0.97, 0.4, 0.0, -0.4)
"""Of what the latents leave out, part changes slowly: x(t) = rate x(t-1) + noise, from hop to hop. As in C++."""

MOST_PARTIALS: Final = 8


class LinearConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table ``[component.linear]``."""

    path: str = ""  #: tables written by `hobnail-train codec fit`; empty: those that come with Hobnail
    residual: bool = True  #: noise in place of what the latents leave out, as strong as it was in the recordings


def row_width(partials: int) -> int:
    """Numbers in one hop's features, and in one row of the renderer: band values, then two for each partial."""
    return BAND_VALUES + 2 * partials
