"""What samples alone can tell: which hops sound, where a voice could begin, and whether the end is a cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import HOP_FRAMES
from hobnail.contracts import Float32

SOUNDING: Final = 10.0 ** (-70.0 / 20.0)  #: RMS of a hop that counts when latents are measured
QUIET: Final = 10.0 ** (-34.0 / 20.0)  #: RMS before a start, of that after it
BEFORE: Final = 4  #: hops before a start that have to be quiet, but for the last, in which the onset may be heard
AFTER: Final = 8
CUT: Final = 10.0 ** (-26.0 / 20.0)  #: RMS of the last hops of a sound that was cut off, of its loudest hop


class Marks(NamedTuple):
    """Of one sound."""

    sounding: NDArray[np.bool_]  #: [hops]
    onsets: tuple[int, ...]
    starts: tuple[int, ...]
    cut: bool


def marks(samples: Float32, onset_frames: Sequence[int], hops: int) -> Marks:
    """Of float32 [frames] whose latents are so many hops."""
    padded = np.zeros(hops * HOP_FRAMES, np.float32)
    padded[: len(samples)] = samples
    rms = np.sqrt(np.square(padded.reshape(hops, HOP_FRAMES), dtype=np.float64).mean(axis=1))
    onsets = tuple(sorted({frame // HOP_FRAMES for frame in onset_frames}))
    loudest = float(rms.max(initial=0.0))
    whole = len(samples) // HOP_FRAMES
    tail = float(rms[max(0, whole - 2) : whole].mean()) if whole else 0.0
    return Marks(
        sounding=rms > SOUNDING,
        onsets=onsets,
        starts=tuple(onset for onset in onsets if _starts(rms, onset)),
        cut=bool(loudest > SOUNDING and tail > CUT * loudest),
    )


def _starts(rms: NDArray[np.float64], onset: int) -> bool:
    """Whether nothing louder goes before an onset."""
    before = float(rms[max(0, onset - BEFORE) : max(0, onset - 1)].max(initial=0.0))
    after = float(rms[onset : onset + AFTER].max(initial=0.0))
    return after > SOUNDING and before <= QUIET * after
