"""How the envelopes of a sound's bands move: what tells gravel from hiss of the same spectrum.

Bands: half cosines at equal steps of the ERB-rate scale, 21.4 log10(1 + 0.00437 f) (Glasberg and Moore 1990), as in
McDermott and Simoncelli, "Sound texture perception via statistics of the auditory periphery" (Neuron 71, 2011). Their
Hilbert envelopes' power spectra, over the squared mean of the envelope (Ewert and Dau 2000), are summed in six steps
of equal ratio from 4 to 200 Hz. A band counts only steps up to a quarter of its centre, above which modulation is not
heard (Verhey, Dau and Kollmeier 1999), and only if it is within 40 dB of the recording's strongest. What counts is
averaged over three neighbouring bands, as the spectrum of a single short envelope is mostly chance.

    distance = mean over groups and steps of |10 log10((M' + e) / (M + e))| dB,    e = 10^-4
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.sound import Samples

Float64 = NDArray[np.float64]

BANDS: Final = 24
LOWEST_HZ: Final = 100.0
HIGHEST_HZ: Final = 12_000.0
GROUP: Final = 3  #: bands that are averaged
STEPS_HZ: Final = np.geomspace(4.0, 200.0, 7)  #: edges of the steps of modulation
FLOOR: Final = 1e-4  #: modulation of 1 %: below it nothing is heard
AUDIBLE: Final = 1e-4  #: power of a band over that of the strongest
ENVELOPE_HZ: Final = 6000.0  #: what envelopes are sampled at; the widest band is 3.9 kHz


class Modulation(NamedTuple):
    """Of one sound."""

    depth: Float64  #: [BANDS, steps], power of modulation over the squared mean of the envelope
    power: Float64  #: [BANDS], of the band


def modulation_spectrum(samples: Samples) -> Modulation:
    """Modulation of mono 48 kHz of at least half a second, silence filled in."""
    size = 1 << (max(samples.size, RATE_HZ // 2) - 1).bit_length()
    points = round(size * ENVELOPE_HZ / RATE_HZ)
    spectrum = np.fft.rfft(samples, size)
    envelopes = np.zeros((BANDS, points))
    for row, (first, response) in enumerate(_bands(size)):
        # A band's bins alone, moved down to 0: the same envelope, and far fewer points.
        part = np.zeros(points, np.complex128)
        part[: response.size] = spectrum[first : first + response.size] * response
        envelopes[row] = np.abs(np.fft.ifft(part)) * (2.0 * points / size)
    mean = envelopes.mean(axis=1)
    lines = 2.0 * (np.abs(np.fft.rfft(envelopes)) / points) ** 2 / np.maximum(mean, 1e-12)[:, None] ** 2
    edges = np.round(STEPS_HZ * size / RATE_HZ).astype(int)
    depth = np.add.reduceat(lines, edges, axis=1)[:, :-1]
    return Modulation(depth, np.square(envelopes).mean(axis=1))


def modulation_difference(recording: Modulation, other: Modulation) -> tuple[float, float]:
    """(distance, bias) in dB: mean absolute and mean signed ratio. A negative bias: the other is smoother."""
    counted = _heard() & (recording.power >= AUDIBLE * recording.power.max())[:, None]
    numbers = _grouped(counted.astype(np.float64))
    ours, theirs = (_grouped(each.depth * counted) / np.maximum(numbers, 1.0) for each in (other, recording))
    ratio = 10.0 * np.log10((ours + FLOOR) / (theirs + FLOOR))[numbers > 0.0]
    return float(np.abs(ratio).mean()), float(ratio.mean())


def _grouped(values: Float64) -> Float64:
    """Sums over neighbouring bands, [BANDS / GROUP, steps]."""
    return np.asarray(values.reshape(BANDS // GROUP, GROUP, -1).sum(axis=1))


def _centres() -> tuple[Float64, float]:
    """ERB-rates of the bands' centres, and the step between them."""
    low, high = (21.4 * np.log10(1.0 + 0.00437 * hz) for hz in (LOWEST_HZ, HIGHEST_HZ))
    return np.linspace(low, high, BANDS), float((high - low) / (BANDS - 1))


def _heard() -> NDArray[np.bool_]:
    """[BANDS, steps]: which modulation a band can carry."""
    rates, _ = _centres()
    centres_hz = (10.0 ** (rates / 21.4) - 1.0) / 0.00437
    return np.asarray(STEPS_HZ[1:][None] <= np.maximum(centres_hz / 4.0, STEPS_HZ[1])[:, None])


def _bands(size: int) -> list[tuple[int, Float64]]:
    """First bin and response of each band, for a transform of ``size``."""
    rates, step = _centres()
    found = 21.4 * np.log10(1.0 + 0.00437 * np.fft.rfftfreq(size, 1.0 / RATE_HZ))
    bands = []
    for rate in rates:
        inside = np.flatnonzero(np.abs(found - rate) < step)
        bands.append((int(inside[0]), np.cos(0.5 * np.pi * (found[inside] - rate) / step)))
    return bands
