"""The three axes: from normalised values to what they do to every plan alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail_native import SynthPatch
from hobnail_plugins.procedural.plan import NOISE, TONE, Plan, Row

_TILT_PER_DB: Final = 0.033
"""Spectral tilt of the intensity axis: a harder blow is a brighter one. 18 dB turn the spectrum by 3.6 dB/octave."""
_HIGHEST_HZ: Final = 21000.0

Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Axes:
    """Pitch, intensity and texture in their own units; 0 is neutral for each."""

    semitones: float = 0.0
    level_db: float = 0.0
    texture: float = 0.0  #: -1 tonal .. 1 noisy and granular

    @staticmethod
    def of(controls: Mapping[str, float]) -> Axes:
        """From normalised 0..1 values; an axis that is not there is neutral."""
        return Axes(
            semitones=24.0 * _axis(controls, "pitch"),
            level_db=36.0 * _axis(controls, "intensity"),
            texture=2.0 * _axis(controls, "texture"),
        )


def _axis(controls: Mapping[str, float], id: str) -> float:
    """Distance from the middle, -0.5..0.5."""
    return min(1.0, max(0.0, controls.get(id, 0.5))) - 0.5


@dataclass(frozen=True, slots=True)
class _Moves:
    """What a position of the axes does, as factors."""

    ratio: float  #: of every frequency
    tilt: float  #: exponent of gain over frequency
    pivot_hz: float  #: where the tilt changes nothing
    quicker: float  #: of attacks and contact times
    tone: float  #: gain of what has a pitch
    noise: float  #: gain of noise
    grain: float  #: gain of noise grains
    spread: float  #: of noise bandwidths
    longer: float  #: of decays of what has a pitch
    evenness: float  #: of the jitter of cycles

    def shade(self, frequency_hz: float) -> float:
        """Gain at a frequency."""
        return float((frequency_hz / self.pivot_hz) ** self.tilt) if self.tilt else 1.0


def _moves(axes: Axes, plan: Plan) -> _Moves:
    # With modes, texture can move level between tone and noise; without, it only shapes the noise.
    mixed = bool(plan.modes)
    noisy, tonal = max(0.0, axes.texture), max(0.0, -axes.texture)
    noise = 10.0 ** ((8.0 * noisy - 14.0 * tonal) / 20.0) if mixed else 1.0
    return _Moves(
        ratio=2.0 ** (axes.semitones / 12.0),
        tilt=_TILT_PER_DB * axes.level_db,
        pivot_hz=_middle_hz(plan) if axes.level_db else 1000.0,
        quicker=10.0 ** (-axes.level_db / 130.0),
        tone=10.0 ** ((5.0 * tonal - 14.0 * noisy) / 20.0) if mixed else 1.0,
        noise=noise,
        grain=noise * 10.0 ** (3.0 * noisy / 20.0),
        spread=2.0 ** (1.3 * noisy - 2.2 * tonal),
        longer=1.0 + 0.8 * tonal - 0.5 * noisy,
        evenness=1.0 + 0.5 * noisy - 0.7 * tonal,
    )


def _middle_hz(plan: Plan) -> float:
    """Where the plan's sound lies, so that a tilt leaves its level alone."""
    weighed = total = 1e-9
    for frequency, _, gain in plan.modes:
        weighed += gain * log(frequency)
        total += gain
    for frequency, _, gain, *_ in plan.bands:
        weighed += gain * log(frequency)
        total += gain
    for _, rate, gain, _, low, high, decay, *_ in plan.grains:
        together = 2.0 * gain * min(2.0, 0.07 * rate * decay) ** 0.5  # what a train's bursts come to on average
        weighed += together * 0.5 * log(low * high)
        total += together
    return min(6000.0, max(150.0, exp(weighed / total)))


def to_patch(plan: Plan, axes: Axes, gain: float = 1.0, *, held: bool = False) -> SynthPatch:
    """A plan as the synthesiser takes it, moved by the three axes; ``held``: its modes come again step by step."""
    moves = _moves(axes, plan)
    modes = _held_modes(tuple(plan.modes[:48]), moves) if held else _table(_modes(plan.modes[:48], moves))
    return SynthPatch(
        modes=modes,
        bands=_table(_bands(plan.bands[:12], moves)),
        grains=_table(_grains(plan.grains[:6], moves)),
        pulses=_table(_pulses(plan.pulses[:16], moves)),
        modulators=_table(_modulators(plan.modulators[:4], moves)),
        gain=float(plan.gain * gain * 10.0 ** (axes.level_db / 20.0)),
    )


# Plain loops: for tables this small they take a third of the time of array arithmetic.


def _modes(rows: Sequence[Row], moves: _Moves) -> list[Row]:
    longer = moves.longer / moves.ratio**0.5
    if not moves.tilt:
        ratio, tone = moves.ratio, moves.tone
        return [(frequency * ratio, decay * longer, gain * tone) for frequency, decay, gain in rows]
    return [
        (frequency * moves.ratio, decay * longer, gain * moves.tone * moves.shade(frequency))
        for frequency, decay, gain in rows
    ]


@lru_cache(maxsize=256)
def _held_modes(rows: tuple[Row, ...], moves: _Moves) -> Table | None:
    """A held voice keeps its modes while its axes stand still."""
    return _table(_modes(rows, moves))


def _bands(rows: Sequence[Row], moves: _Moves) -> list[Row]:
    moved: list[Row] = []
    less = moves.noise**0.35
    for centre, width, gain, attack, decay, delay, to_modes, *rest in rows:
        shade = moves.shade(centre)
        heard = gain * moves.noise * shade
        width_hz = width * moves.ratio * moves.spread
        centre_hz = min(centre * moves.ratio, _HIGHEST_HZ)
        moved.append((centre_hz, width_hz, heard, attack * moves.quicker, decay, delay, to_modes * shade * less, *rest))
    return moved


def _grains(rows: Sequence[Row], moves: _Moves) -> list[Row]:
    moved: list[Row] = []
    for kind, rate, gain, spread_db, low, high, decay, decay_tilt, gain_tilt, attack, shape, *rest in rows:
        shade = moves.shade((low * high) ** 0.5)
        high_hz = min(high * moves.ratio, _HIGHEST_HZ)
        low_hz = min(low * moves.ratio, high_hz)
        loud = gain * shade * (moves.grain if kind == NOISE else moves.tone)
        wide = shape * moves.spread if kind == NOISE else shape
        long = decay * moves.longer if kind == TONE else decay
        pitched = (kind, rate, loud, spread_db, low_hz, high_hz, long, decay_tilt, gain_tilt)
        moved.append((*pitched, attack * moves.quicker, wide, *rest))
    return moved


def _pulses(rows: Sequence[Row], moves: _Moves) -> list[Row]:
    narrower = moves.quicker / moves.ratio
    thumps = moves.noise**0.3
    return [
        (delay, width * narrower, impulse, thump * thumps, roughness)
        for delay, width, impulse, thump, roughness in rows
    ]


def _modulators(rows: Sequence[Row], moves: _Moves) -> list[Row]:
    return [
        (rate, shape, min(1.2, jitter * moves.evenness), strike * moves.tone) for rate, shape, jitter, strike in rows
    ]


def _table(rows: list[Row]) -> Table | None:
    return np.array(rows, dtype=np.float32) if rows else None
