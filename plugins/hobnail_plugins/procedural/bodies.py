"""How things ring: modal frequencies from size and stiffness, decays from loss, contact time from hardness."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import Final

from hobnail_plugins.procedural.dice import Dice
from hobnail_plugins.procedural.materials import Material
from hobnail_plugins.procedural.plan import Row

_LONGEST_S: Final = 2.4
"""No mode of a thing that lies on the ground rings longer: its support damps it."""

_RATIOS: Final = (0.55, 0.66, 0.75, 0.83, 0.91, 1.0)


def contact_time_s(a: Material, b: Material, mass_kg: float, speed_m_s: float, radius_m: float) -> float:
    """Duration of a Hertzian contact: 2.87 (m^2 / (R E*^2 v))^(1/5) (Johnson, "Contact mechanics", 1985, eq. 11.24)."""
    stiffness = 1e9 / (1.0 / a.contact_gpa + 1.0 / b.contact_gpa)
    time = 2.87 * (mass_kg**2 / (radius_m * stiffness**2 * max(speed_m_s, 0.05))) ** 0.2
    return float(min(0.03, max(0.00006, time)))


def fundamental_hz(material: Material, size_m: float, thickness: float) -> float:
    """Where the bending modes of a plate begin, ``size_m`` long and ``thickness`` times that thick: 0.45 c h / L^2."""
    return 0.45 * material.wave_m_s * thickness / size_m


@lru_cache(maxsize=64)
def plate_ratios(aspect: float, count: int) -> tuple[float, ...]:
    """Mode frequencies of a simply supported rectangular plate over its lowest: (m/a)^2 + (n/b)^2."""
    lowest = 1.0 + 1.0 / aspect**2
    all_modes = sorted((m * m + n * n / aspect**2) / lowest for m in range(1, 9) for n in range(1, 9))
    return tuple(all_modes[:count])


def decay_s(material: Material, frequency_hz: float, longest_s: float = _LONGEST_S) -> float:
    """T60 of a mode: 2.2 / (loss * f), and never beyond what its support allows."""
    return 1.0 / (material.loss * frequency_hz / 2.2 + 1.0 / longest_s)


def body_modes(  # noqa: PLR0913  (a body has that many sides)
    material: Material,
    lowest_hz: float,
    dice: Dice,
    *,
    count: int = 16,
    slope: float = 0.5,
    stretch: float = 1.0,
    longest_s: float = _LONGEST_S,
    highest_hz: float = 14000.0,
) -> list[Row]:
    """Modes of a plate-like body: (Hz, T60 s, relative gain); ``slope``: how fast high modes weaken.

    ``stretch`` above 1 spreads the ratios: curved and stiffened bodies lie between plates (1) and bars (2).
    """
    aspect = _RATIOS[int(dice.between(0.0, len(_RATIOS) - 0.001))]
    rows: list[Row] = []
    # A body below hearing range still rattles above it: start where it is heard.
    lowest_hz = max(lowest_hz, 45.0)
    # Dozens of modes a voice: what is the same for all of them is looked up once.
    around, db, loss, support = dice.around, dice.db, material.loss / 2.2, 1.0 / longest_s
    for ratio in plate_ratios(aspect, count):
        frequency = around(lowest_hz * ratio**stretch, 0.03)
        if frequency > highest_hz:
            break
        gain = ratio**-slope * db(5.0)
        rows.append((frequency, around(1.0 / (loss * frequency + support), 0.2), gain))
    return rows or [(min(lowest_hz, highest_hz), decay_s(material, min(lowest_hz, highest_hz), longest_s), 1.0)]


def thud_modes(centre_hz: float, seconds: float, dice: Dice, *, count: int = 3, spread: float = 1.38) -> list[Row]:
    """A few strongly damped modes: ground or flesh that gives way rather than rings."""
    rows: list[Row] = []
    frequency = centre_hz / sqrt(spread)
    for k in range(count):
        rows.append((dice.around(frequency, 0.06), dice.around(seconds / (1.0 + 0.35 * k), 0.2), dice.db(3.0)))
        frequency *= spread
    return rows
