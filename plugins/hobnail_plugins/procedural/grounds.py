"""What a foot meets: how each ground divides a step between thud, tock, hiss and crunch.

The numbers were fitted against recordings (docs/procedural.md): octave levels, duration and density of onsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec


class Ground(msgspec.Struct, frozen=True):
    """One ground under one step. Gains are linear at a walking pace."""

    thud_hz: float  #: the ground giving way: a few damped low modes
    thud: float
    thud_s: float
    tock_hz: float  #: the heel's knock: damped modes of ground and shoe
    tock: float
    tock_s: float
    hiss_hz: float  #: what slides: a noise band over the whole step
    hiss_octaves: float
    hiss: float
    hiss_s: float
    crunch_hz: tuple[float, float]  #: what breaks or jumps: grains between two pitches
    crunch_rate_hz: float
    crunch: float
    crunch_s: float
    grain_s: float
    click: float  #: hard heel on hard ground: a short bright noise at once
    late: float  #: share of the sliding and crushing that comes as the weight rolls over the foot
    body_hz: float = 0.0  #: lowest mode of a plate that rings; 0: none
    body: float = 0.0
    body_longest_s: float = 0.3
    grain_width: float = 0.0  #: bandwidth of one grain over its pitch; 0: the looser the ground, the wider
    gain: float = 1.0  #: level of the whole step


GROUNDS: Final[Mapping[str, Ground]] = {
    "stone": Ground(
        110, 0.06, 0.13, 390, 0.26, 0.085, 1200, 2.0, 0.012, 0.22,
        (800, 4000), 45, 0.016, 0.2, 0.006, 0.06, 0.45,
    ),
    "concrete": Ground(
        105, 0.07, 0.12, 340, 0.24, 0.075, 1100, 2.2, 0.016, 0.24,
        (800, 4000), 70, 0.02, 0.22, 0.006, 0.055, 0.45,
    ),
    "brick": Ground(
        110, 0.06, 0.12, 420, 0.24, 0.085, 1200, 2.0, 0.016, 0.24,
        (900, 4500), 60, 0.02, 0.22, 0.006, 0.06, 0.45,
    ),
    "tile": Ground(
        120, 0.045, 0.11, 460, 0.25, 0.085, 1500, 2.0, 0.01, 0.18,
        (1300, 6000), 25, 0.012, 0.15, 0.006, 0.09, 0.4, 640, 0.07, 0.12,
    ),
    "ceramic": Ground(
        120, 0.04, 0.1, 700, 0.2, 0.08, 2200, 2.0, 0.01, 0.16,
        (2500, 9000), 60, 0.025, 0.2, 0.03, 0.09, 0.4, 900, 0.12, 0.25,
    ),
    "gravel": Ground(
        120, 0.028, 0.1, 430, 0.075, 0.06, 1250, 2.2, 0.034, 0.6,
        (650, 7000), 620, 0.115, 0.68, 0.011, 0.02, 1.5, gain=1.9,
    ),
    "dirt": Ground(
        120, 0.045, 0.14, 400, 0.13, 0.12, 560, 1.8, 0.06, 0.65,
        (320, 1700), 130, 0.08, 1.1, 0.014, 0.012, 1.15, gain=1.5,
    ),
    "mud": Ground(
        95, 0.09, 0.16, 330, 0.14, 0.14, 500, 1.8, 0.06, 0.5,
        (250, 1300), 120, 0.07, 0.6, 0.026, 0, 0.8,
    ),
    "sand": Ground(
        140, 0.018, 0.1, 600, 0.06, 0.07, 760, 1.7, 0.08, 0.55,
        (550, 3900), 500, 0.055, 0.62, 0.005, 0, 1.3, gain=1.8,
    ),
    "snow": Ground(
        100, 0.075, 0.18, 320, 0.07, 0.12, 330, 1.8, 0.06, 0.5,
        (220, 3700), 170, 0.14, 0.75, 0.01, 0, 2.0, gain=1.6,
    ),
    "ice": Ground(
        150, 0.022, 0.07, 900, 0.1, 0.06, 2600, 2.8, 0.035, 0.22,
        (1400, 9500), 260, 0.11, 0.55, 0.009, 0.08, 0.6, 1250, 0.03, 0.1,
    ),
    "grass": Ground(
        70, 0.014, 0.12, 330, 0.02, 0.08, 6500, 3.0, 0.014, 0.9,
        (420, 11000), 65, 0.13, 1.0, 0.04, 0, 1.3, grain_width=0.06, gain=2.1,
    ),
    "leaves": Ground(
        80, 0.05, 0.1, 350, 0.02, 0.06, 4200, 3.0, 0.03, 0.6,
        (1500, 10000), 360, 0.09, 0.6, 0.014, 0, 0.9,
    ),
    "wood": Ground(
        130, 0.025, 0.1, 350, 0.2, 0.11, 800, 1.8, 0.008, 0.24,
        (450, 1900), 35, 0.014, 0.2, 0.012, 0.04, 0.45, 215, 0.15, 0.2,
    ),
    "metal": Ground(
        105, 0.06, 0.18, 320, 0.09, 0.11, 1200, 2.0, 0.01, 0.24,
        (800, 3500), 45, 0.018, 0.24, 0.02, 0.06, 0.45, 190, 0.26, 0.36,
    ),
    "glass": Ground(
        130, 0.035, 0.08, 800, 0.14, 0.07, 3000, 2.0, 0.01, 0.16,
        (3000, 11000), 120, 0.05, 0.3, 0.05, 0.09, 0.4, 700, 0.14, 0.3,
    ),
    "plastic": Ground(
        130, 0.05, 0.1, 460, 0.19, 0.09, 1200, 2.0, 0.012, 0.18,
        (800, 3500), 40, 0.016, 0.18, 0.01, 0.04, 0.45, 240, 0.15, 0.14,
    ),
    "rubber": Ground(
        100, 0.11, 0.11, 250, 0.14, 0.08, 600, 1.8, 0.01, 0.16,
        (300, 1200), 15, 0.01, 0.14, 0.02, 0, 0.45,
    ),
    "leather": Ground(
        105, 0.09, 0.11, 290, 0.14, 0.08, 1000, 2.0, 0.014, 0.24,
        (700, 3500), 40, 0.018, 0.24, 0.015, 0, 0.6,
    ),
    "cloth": Ground(
        90, 0.13, 0.12, 210, 0.09, 0.08, 1300, 2.2, 0.01, 0.28,
        (900, 5000), 40, 0.008, 0.28, 0.015, 0, 0.7,
    ),
    "carpet": Ground(
        88, 0.15, 0.15, 185, 0.17, 0.09, 400, 2.0, 0.007, 0.24,
        (500, 2500), 40, 0.004, 0.22, 0.012, 0, 0.6,
    ),
    "paper": Ground(
        105, 0.055, 0.1, 400, 0.07, 0.07, 3200, 2.8, 0.03, 0.32,
        (1500, 9000), 170, 0.065, 0.36, 0.012, 0, 0.8,
    ),
    "flesh": Ground(
        95, 0.15, 0.12, 220, 0.11, 0.09, 550, 2.0, 0.012, 0.2,
        (300, 1500), 30, 0.01, 0.2, 0.02, 0, 0.6,
    ),
    "water": Ground(
        150, 0.004, 0.08, 720, 0.03, 0.09, 2600, 3.4, 0.040, 1.5,
        (480, 3600), 110, 0.085, 1.7, 0.06, 0, 2.2, grain_width=0.35, gain=1.2,
    ),
}  # fmt: skip
"""How every material takes a step."""
