"""A voice's sound as rows of the synthesiser's layers (the columns are those of ``hobnail_native.SynthPatch``)."""

from __future__ import annotations

from math import cos, pi, sqrt

NOISE, TONE, STRIKE = 0.0, 1.0, 2.0
SINE, RANDOM, SLIP = 0.0, 1.0, 2.0

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
        grain = (kind, rate_hz, gain, spread_db, low_hz, high_hz, decay_s, decay_tilt, gain_tilt, attack_s, shape)
        self.grains.append((*grain, delay_s, rise_s, fall_s, float(modulator), depth))

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
            cycles = frequency * width_s  # below: the spectrum of a half-sine pulse of unit area
            gap = 1.0 - 4.0 * cycles * cycles
            woken = gain * (cos(pi * cycles) / gap if abs(gap) > 1e-3 else pi / 4.0)
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
