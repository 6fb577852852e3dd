"""What things are made of: the physical numbers behind every rule.

Densities and Young's moduli are common handbook values, rounded. Loss factors include the damping of mounting and
touch, so they are higher than those of a free sample. Contact stiffness is local and much lower than bulk stiffness
for wood and loose ground. Columns that no handbook has (roughness, grain) were set by ear and eye against recordings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final


@dataclass(frozen=True, slots=True)
class Material:
    """One material. Grains are its loose parts: stones, crystals, blades, leaves."""

    name: str
    density_kg_m3: float
    young_gpa: float  #: bulk stiffness: the pitch of what is made of it
    contact_gpa: float  #: stiffness where it is touched: how short a contact is
    loss: float  #: loss factor: how fast a mode dies, 1/T60 = loss * f / 2.2
    ring: float  #: 0..1, how much of a blow comes back as modes
    roughness: float  #: 0..1, relative height of its asperities
    loose: float  #: 0..1, share of a blow that moves grains
    grain_low_hz: float = 1000.0  #: lowest and highest pitch of one grain
    grain_high_hz: float = 5000.0
    grain_decay_s: float = 0.012  #: to -60 dB, at the lowest pitch

    @property
    def wave_m_s(self) -> float:
        """Speed of longitudinal waves."""
        return sqrt(self.young_gpa * 1e9 / self.density_kg_m3)


_TABLE: Final = (
    # name, density, young, contact, loss, ring, roughness, loose, grain low, high, decay
    Material("stone", 2600, 50, 20, 0.020, 0.45, 0.5, 0.05, 1200, 5000, 0.008),
    Material("concrete", 2300, 28, 12, 0.030, 0.15, 0.55, 0.08, 1200, 5000, 0.008),
    Material("brick", 1900, 15, 8, 0.025, 0.30, 0.6, 0.10, 1000, 5000, 0.008),
    Material("tile", 2300, 40, 20, 0.015, 0.35, 0.15, 0.02, 1500, 6000, 0.008),
    Material("gravel", 1800, 1.0, 0.40, 0.20, 0.05, 1.0, 1.0, 900, 6500, 0.016),
    Material("dirt", 1500, 0.2, 0.020, 0.40, 0.03, 0.6, 0.40, 350, 3000, 0.018),
    Material("mud", 1700, 0.02, 0.003, 0.60, 0.02, 0.3, 0.30, 250, 1500, 0.030),
    Material("sand", 1600, 0.1, 0.015, 0.50, 0.02, 0.7, 0.80, 700, 5500, 0.006),
    Material("snow", 350, 0.05, 0.008, 0.50, 0.02, 0.5, 0.90, 350, 5500, 0.014),
    Material("ice", 917, 9, 6, 0.012, 0.45, 0.1, 0.25, 1800, 8000, 0.012),
    Material("grass", 900, 0.05, 0.006, 0.50, 0.02, 0.5, 0.60, 1500, 9000, 0.014),
    Material("leaves", 400, 0.1, 0.010, 0.45, 0.03, 0.7, 1.0, 1800, 9500, 0.016),
    Material("wood", 650, 10, 0.9, 0.035, 0.70, 0.35, 0.02, 600, 2500, 0.020),
    Material("metal", 7800, 200, 60, 0.0025, 1.0, 0.15, 0.02, 2000, 8000, 0.030),
    Material("glass", 2500, 70, 40, 0.004, 0.95, 0.05, 0.05, 3000, 11000, 0.060),
    Material("ceramic", 2400, 60, 35, 0.006, 0.85, 0.1, 0.05, 2500, 9000, 0.040),
    Material("plastic", 1100, 2.5, 0.8, 0.050, 0.50, 0.15, 0.02, 1200, 5000, 0.015),
    Material("rubber", 1200, 0.03, 0.008, 0.30, 0.15, 0.3, 0.0, 300, 1200, 0.020),
    Material("leather", 900, 0.3, 0.08, 0.35, 0.10, 0.35, 0.05, 800, 4000, 0.020),
    Material("cloth", 500, 0.05, 0.004, 0.60, 0.02, 0.3, 0.10, 1200, 6000, 0.020),
    Material("carpet", 300, 0.02, 0.004, 0.70, 0.02, 0.4, 0.10, 600, 3500, 0.015),
    Material("paper", 800, 2.0, 0.05, 0.20, 0.15, 0.3, 0.30, 2000, 9000, 0.012),
    Material("flesh", 1050, 0.01, 0.002, 0.60, 0.02, 0.2, 0.05, 300, 1500, 0.020),
    Material("water", 1000, 2.2, 0.002, 0.30, 0.02, 0.1, 0.50, 500, 4000, 0.025),
)

MATERIALS: Final[Mapping[str, Material]] = {material.name: material for material in _TABLE}
"""Every material by its name."""


def material(name: str | None, otherwise: str) -> Material:
    """The named material; ``otherwise`` when the name is empty or unknown."""
    return MATERIALS.get(name or otherwise) or MATERIALS[otherwise]
