"""A voice's sound as rows of the synthesiser's layers, and what the three axes do to all of them alike."""

from __future__ import annotations

from math import cos, pi, sqrt

import numpy as np

from hobnail_native import SynthPatch
from hobnail_plugins.procedural.controls import Axes

NOISE, TONE, STRIKE = 0.0, 1.0, 2.0
SINE, RANDOM, SLIP = 0.0, 1.0, 2.0

_TILT_PER_DB = 0.022
"""Spectral tilt of the intensity axis: a harder blow is a brighter one. 18 dB turn the spectrum by 2.4 dB/octave."""
_PIVOT_HZ = 700.0
_HIGHEST_HZ = 21000.0

Row = tuple[float, ...]


class Plan:
    """Rows under construction. Gains are linear; a noise band's or burst's gain is its RMS, a mode's its peak."""

    __slots__ = ("bands", "gain", "grains", "modes", "modulators", "pulses")

    def __init__(self) -> None:
        self.modes: list[Row] = []
        self.bands: list[Row] = []
        self.grains: list[Row] = []
        self.pulses: list[Row] = []
        self.modulators: list[Row] = []
        self.gain = 1.0

    def band(  # noqa: PLR0913  (one row of the synthesiser's table)
        self,
        centre_hz: float,
        octaves: float,
        gain: float,
        decay_s: float,
        *,
        attack_s: float = 0.0,
        delay_s: float = 0.0,
        to_modes: float = 0.0,
        stages: int = 1,
        modulator: int = 0,
        depth: float = 0.0,
    ) -> None:
        """Noise around ``centre_hz``; ``decay_s`` 0 holds it."""
        width = centre_hz * (2.0 ** (0.5 * octaves) - 2.0 ** (-0.5 * octaves))
        self.bands.append(
            (centre_hz, width, gain, attack_s, decay_s, delay_s, to_modes, stages, float(modulator), depth)
        )

    def grain(  # noqa: PLR0913  (one row of the synthesiser's table)
        self,
        kind: float,
        rate_hz: float,
        gain: float,
        low_hz: float,
        high_hz: float,
        decay_s: float,
        *,
        spread_db: float = 6.0,
        decay_tilt: float = 0.5,
        gain_tilt: float = 0.3,
        attack_s: float = 0.0004,
        shape: float = 0.5,
        delay_s: float = 0.0,
        rise_s: float = 0.0,
        fall_s: float = 0.0,
        modulator: int = 0,
        depth: float = 0.0,
    ) -> None:
        """A Poisson train of ``rate_hz`` grains a second between two pitches; ``fall_s`` 0 holds it."""
        self.grains.append(
            (
                kind, rate_hz, gain, spread_db, low_hz, high_hz, decay_s, decay_tilt, gain_tilt, attack_s, shape,
                delay_s, rise_s, fall_s, float(modulator), depth,
            )  # fmt: skip
        )

    def pulse(
        self, delay_s: float, width_s: float, impulse: float, *, thump: float = 0.0, roughness: float = 0.0
    ) -> None:
        """One contact; an impulse of 1 brings a mode slower than the contact to its full gain."""
        self.pulses.append((delay_s, width_s, impulse, thump, roughness))

    def modulator(self, rate_hz: float, shape: float, *, jitter: float = 0.0, strike: float = 0.0) -> int:
        """A slow movement; returns the number by which bands and grains follow it."""
        self.modulators.append((rate_hz, shape, jitter, strike))
        return len(self.modulators)

    def ring(self, modes: list[Row], level: float, width_s: float) -> None:
        """Add modes so that a contact of ``width_s`` and impulse 1 brings them to a peak near ``level`` together.

        The contact's own spectrum stays in: a soft blow still leaves high modes asleep.
        """
        power = 1e-9
        for frequency, _, gain in modes:
            woken = gain * half_sine_spectrum(frequency * width_s)
            power += woken * woken
        scale = level / (1.6 * sqrt(power))
        self.modes.extend((frequency, decay, gain * scale) for frequency, decay, gain in modes)

    def drive(self, share: float) -> None:
        """Weaken everything that feeds the sound; what rings already rings on."""
        if share >= 1.0:
            return
        self.bands = [(f, w, g * share, a, d, t, m * share, *rest) for f, w, g, a, d, t, m, *rest in self.bands]
        self.grains = [(kind, rate, g * share, *rest) for kind, rate, g, *rest in self.grains]
        self.modulators = [(rate, shape, jitter, strike * share) for rate, shape, jitter, strike in self.modulators]

    def patch(self, axes: Axes, gain: float = 1.0) -> SynthPatch:
        """The rows as the synthesiser takes them, moved by the three axes."""
        ratio = 2.0 ** (axes.semitones / 12.0)
        level = 10.0 ** (axes.level_db / 20.0)
        tilt = _TILT_PER_DB * axes.level_db
        quicker = 10.0 ** (-axes.level_db / 80.0)
        noisy, tonal = max(0.0, axes.texture), max(0.0, -axes.texture)
        mixed = bool(self.modes)
        # With modes to trade against, texture moves level between tone and noise; without, only the noise's shape.
        tone_gain = 10.0 ** ((5.0 * tonal - 14.0 * noisy) / 20.0)
        noise_gain = 10.0 ** ((8.0 * noisy - 14.0 * tonal) / 20.0) if mixed else 1.0
        grain_gain = noise_gain * 10.0 ** (3.0 * noisy / 20.0)
        spread = 2.0 ** (1.3 * noisy - 2.2 * tonal)
        longer = 1.0 + 0.8 * tonal - 0.5 * noisy

        def shade(frequency: float) -> float:
            return float((frequency / _PIVOT_HZ) ** tilt)

        modes = [
            (min(f * ratio, _HIGHEST_HZ), decay * longer / sqrt(ratio), g * tone_gain * shade(f))
            for f, decay, g in self.modes[:48]
        ]
        bands = [
            (
                min(f * ratio, _HIGHEST_HZ), width * ratio * spread, g * noise_gain * shade(f), attack * quicker,
                decay, delay, to_modes * shade(f), stages, m, depth,
            )  # fmt: skip
            for f, width, g, attack, decay, delay, to_modes, stages, m, depth in self.bands[:12]
        ]
        grains = []
        for row in self.grains[:6]:
            kind, rate, g, db, low, high, decay, decay_tilt, gain_tilt, attack, shape, *rest = row
            high = min(high * ratio, _HIGHEST_HZ)
            low = min(low * ratio, high)
            if kind == NOISE:
                g, shape = g * grain_gain, shape * spread
            elif kind == TONE:
                g, decay = g * (tone_gain if mixed else 1.0), decay * longer
            else:
                g = g * tone_gain
            g *= shade(sqrt(low * high) / ratio)
            grains.append(
                (kind, rate, g, db, low, high, decay, decay_tilt, gain_tilt, attack * quicker, shape, *rest)
            )
        pulses = [
            (delay, width * quicker / ratio, impulse, thump * noise_gain**0.3, min(1.0, rough * (1.0 + noisy)))
            for delay, width, impulse, thump, rough in self.pulses[:16]
        ]
        # A tone is a regular thing: texture makes cycles even or uneven.
        evenness = 1.0 + 0.5 * noisy - 0.7 * tonal
        modulators = [
            (rate, shape, min(1.2, jitter * evenness), strike * tone_gain)
            for rate, shape, jitter, strike in self.modulators[:4]
        ]
        return SynthPatch(
            modes=_table(modes),
            bands=_table(bands),
            grains=_table(grains),
            pulses=_table(pulses),
            modulators=_table(modulators),
            gain=self.gain * gain * level,
        )


def half_sine_spectrum(cycles: float) -> float:
    """Magnitude of the spectrum of a half-sine pulse of unit area, at frequency x width = ``cycles``."""
    gap = 1.0 - 4.0 * cycles * cycles
    if abs(gap) < 1e-3:
        return pi / 4.0
    return abs(cos(pi * cycles) / gap)


def _table(rows: list[Row]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
    return np.array(rows, dtype=np.float32) if rows else None
