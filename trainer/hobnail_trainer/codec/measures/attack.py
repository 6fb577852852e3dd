"""When a sound begins, how fast it rises, and what is heard before it.

The envelope is the one of :func:`hobnail_trainer.corpus.attributes.attack_ms`: the largest magnitude of every 0.5 ms,
averaged over 3 ms. The rise is from 10 % to 90 % of its top, as there; the time of the attack is where it passes half
of its top, between two points, so that it is finer than 0.5 ms.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.sound import Samples

BLOCK: Final = 24  #: 0.5 ms
SMOOTH: Final = 6
AROUND_FRAMES: Final = RATE_HZ * 30 // 1000  #: the other's attack is looked for this far from the recording's
BEFORE_FRAMES: Final = RATE_HZ * 5 // 1000  #: what is called pre-echo


class Attack(NamedTuple):
    """The main attack of a sound."""

    at_frame: float  #: where the envelope passes half of its top
    rise_ms: float
    low_frame: int  #: where the envelope was last below a tenth of its top
    high_frame: int  #: where it first reaches nine tenths


def attack_of(samples: Samples, *, between: tuple[int, int] | None = None) -> Attack | None:
    """The attack of mono 48 kHz, or of its frames ``between``; None when there is only silence."""
    first, last = between or (0, samples.size)
    first = max(0, first) // BLOCK * BLOCK
    part = np.abs(samples[first : max(last, first + BLOCK)].astype(np.float64))
    envelope = np.maximum.reduceat(part, np.arange(0, part.size, BLOCK)) if part.size else np.zeros(1)
    padded = np.concatenate([np.full(SMOOTH, envelope[0] if first else 0.0), envelope])
    smooth = np.convolve(padded, np.ones(SMOOTH) / SMOOTH)[SMOOTH : SMOOTH + envelope.size]
    top = float(smooth.max())
    if top <= 0.0:
        return None
    high = int(np.argmax(smooth >= 0.9 * top))
    low, half = (_last_below(smooth[: high + 1], share * top) for share in (0.1, 0.5))
    here, after = (smooth[half], smooth[half + 1]) if half >= 0 else (0.0, smooth[0])
    exact = half + (0.5 * top - here) / max(after - here, 1e-12)
    return Attack(
        at_frame=first + exact * BLOCK,
        rise_ms=(high - low - 1) * BLOCK * 1000.0 / RATE_HZ,
        low_frame=first + max(0, low + 1) * BLOCK,
        high_frame=first + high * BLOCK,
    )


def compare_attacks(recording: Attack, other: Samples) -> tuple[float, float]:
    """(error of the attack's time, error of its rise), absolute, ms. Without a sound there, the reach of the search."""
    between = (recording.low_frame - AROUND_FRAMES, recording.high_frame + AROUND_FRAMES)
    found = attack_of(other, between=between)
    if found is None:
        return AROUND_FRAMES * 1000.0 / RATE_HZ, recording.rise_ms
    late = abs(found.at_frame - recording.at_frame) * 1000.0 / RATE_HZ
    return late, abs(found.rise_ms - recording.rise_ms)


def pre_echo_db(other: Samples, *, at_frame: int) -> float:
    """Energy of the 5 ms before ``at_frame``, where the recording begins, over that of the attack; -120 at least.

    The attack's energy is that of the loudest 5 ms within 20 ms from there on.
    """
    powers = np.square(other[: at_frame + 4 * BEFORE_FRAMES], dtype=np.float64)
    before = float(powers[max(0, at_frame - BEFORE_FRAMES) : at_frame].sum())
    sums = np.convolve(powers[at_frame:], np.ones(BEFORE_FRAMES), mode="valid")
    attack = max(float(sums.max(initial=0.0)), 1e-18)
    return 10.0 * float(np.log10(max(before, 1e-12 * attack) / attack))


def _last_below(envelope: np.ndarray, level: float) -> int:
    """Place of the last point below ``level``; -1 when there is none."""
    below = np.flatnonzero(envelope < level)
    return int(below[-1]) if below.size else -1
