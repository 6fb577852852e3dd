"""Level, and the log-mel distance that every paper shows and that tells little: noise of the true spectrum has 0.4."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.codec.ladder.bands import BandScale
from hobnail_trainer.corpus.sound import Samples

SILENCE: Final = 1e-10  #: power of -100 dBFS


def level_error_db(recording: Samples, other: Samples) -> float:
    """How much louder the other is, in dB of mean power."""
    powers = (float(np.square(each, dtype=np.float64).mean()) for each in (other, recording))
    ours, theirs = (10.0 * float(np.log10(power + SILENCE)) for power in powers)
    return ours - theirs


def log_mel_l1(scale: BandScale, log_powers: NDArray[np.float32], other: Samples) -> float:
    """Mean absolute difference of natural log amplitudes of 96 mel bands, where the recording is within 70 dB.

    ``log_powers``: of the recording, by the same scale.
    """
    counted = log_powers > log_powers.max() - 0.1 * np.log(10.0) * 70.0
    return float(0.5 * np.abs(scale.log_powers(other) - log_powers)[counted].mean())
