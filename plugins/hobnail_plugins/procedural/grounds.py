"""What a foot meets: how each ground divides a step between thud, tock, hiss and crunch.

The numbers were fitted against recordings (docs/procedural.md): octave levels, duration and density of onsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Ground:
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
    body_hz: float = 0.0  #: lowest mode of a plate that rings; 0: none
    body: float = 0.0
    body_longest_s: float = 0.3


_HARD: Final = Ground(
    95, 0.10, 0.11, 380, 0.22, 0.07, 1700, 2.0, 0.012, 0.12, (900, 4500), 50, 0.020, 0.12, 0.006, 0.10
)
_EARTH: Final = Ground(
    105, 0.10, 0.12, 420, 0.16, 0.09, 800, 2.0, 0.030, 0.24, (350, 2400), 90, 0.05, 0.34, 0.012, 0.015
)

GROUNDS: Final[Mapping[str, Ground]] = {
    "stone": _HARD,
    "concrete": Ground(90, 0.12, 0.10, 340, 0.20, 0.06, 1600, 2.2, 0.018, 0.14, (900, 4500), 80, 0.025, 0.14, 0.006, 0.08),
    "brick": Ground(95, 0.10, 0.10, 420, 0.20, 0.07, 1700, 2.0, 0.018, 0.14, (900, 4500), 70, 0.025, 0.14, 0.006, 0.09),
    "tile": Ground(100, 0.07, 0.09, 460, 0.22, 0.07, 2200, 2.0, 0.010, 0.10, (1500, 6000), 25, 0.012, 0.10, 0.006, 0.14, 620, 0.06, 0.10),
    "ceramic": Ground(100, 0.06, 0.08, 700, 0.18, 0.07, 3000, 2.0, 0.010, 0.10, (2500, 9000), 60, 0.03, 0.15, 0.03, 0.13, 900, 0.12, 0.25),
    "gravel": Ground(110, 0.055, 0.09, 420, 0.07, 0.05, 1500, 2.6, 0.030, 0.42, (750, 6500), 420, 0.085, 0.42, 0.010, 0.02),
    "dirt": _EARTH,
    "mud": Ground(90, 0.12, 0.14, 330, 0.12, 0.12, 600, 2.0, 0.05, 0.34, (250, 1400), 110, 0.06, 0.40, 0.026, 0.0),
    "sand": Ground(120, 0.045, 0.10, 620, 0.05, 0.07, 950, 1.9, 0.055, 0.36, (600, 5500), 420, 0.05, 0.30, 0.005, 0.0),
    "snow": Ground(95, 0.11, 0.16, 330, 0.06, 0.10, 420, 2.2, 0.050, 0.42, (250, 5500), 130, 0.09, 0.50, 0.011, 0.0),
    "ice": Ground(150, 0.03, 0.07, 900, 0.10, 0.06, 2500, 2.6, 0.025, 0.16, (1200, 9000), 180, 0.07, 0.22, 0.010, 0.09, 1150, 0.08, 0.14),
    "grass": Ground(70, 0.10, 0.10, 300, 0.02, 0.06, 4200, 3.4, 0.040, 0.62, (1200, 10000), 130, 0.030, 0.50, 0.016, 0.0),
    "leaves": Ground(80, 0.06, 0.10, 350, 0.02, 0.06, 4500, 3.0, 0.030, 0.50, (1600, 10000), 320, 0.08, 0.45, 0.014, 0.0),
    "wood": Ground(110, 0.05, 0.10, 330, 0.18, 0.10, 1100, 1.8, 0.008, 0.14, (500, 2200), 35, 0.016, 0.14, 0.012, 0.05, 150, 0.17, 0.22),
    "metal": Ground(85, 0.14, 0.16, 300, 0.10, 0.12, 1500, 2.0, 0.010, 0.18, (900, 4000), 45, 0.020, 0.18, 0.02, 0.06, 130, 0.26, 0.50),
    "glass": Ground(110, 0.05, 0.08, 800, 0.14, 0.06, 3500, 2.0, 0.010, 0.12, (3000, 11000), 120, 0.05, 0.25, 0.05, 0.12, 700, 0.14, 0.30),
    "plastic": Ground(120, 0.08, 0.09, 480, 0.18, 0.08, 1600, 2.0, 0.012, 0.12, (900, 4000), 40, 0.016, 0.12, 0.01, 0.05, 210, 0.16, 0.14),
    "rubber": Ground(90, 0.16, 0.10, 240, 0.10, 0.06, 700, 1.8, 0.010, 0.10, (300, 1200), 15, 0.010, 0.10, 0.02, 0.0),
    "leather": Ground(95, 0.14, 0.10, 280, 0.10, 0.06, 1300, 2.2, 0.014, 0.16, (800, 4000), 40, 0.018, 0.18, 0.015, 0.0),
    "cloth": Ground(80, 0.16, 0.10, 200, 0.05, 0.06, 1500, 2.4, 0.010, 0.20, (1000, 5000), 40, 0.008, 0.20, 0.015, 0.0),
    "carpet": Ground(75, 0.20, 0.13, 190, 0.06, 0.07, 500, 2.2, 0.007, 0.16, (600, 3000), 40, 0.005, 0.16, 0.012, 0.0),
    "paper": Ground(95, 0.07, 0.09, 400, 0.06, 0.06, 3500, 2.8, 0.030, 0.25, (1500, 9000), 160, 0.06, 0.28, 0.012, 0.0),
    "flesh": Ground(85, 0.18, 0.10, 210, 0.08, 0.07, 600, 2.0, 0.012, 0.12, (300, 1500), 30, 0.010, 0.14, 0.02, 0.0),
    "water": Ground(110, 0.03, 0.10, 500, 0.04, 0.08, 2600, 3.6, 0.060, 0.80, (450, 3200), 110, 0.06, 0.90, 0.050, 0.0),
}  # fmt: skip
"""How every material takes a step."""
