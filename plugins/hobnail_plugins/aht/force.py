"""How hard it was: from a contact to the intensity axis and a level, as scenes are mixed for training.

The energy given up in a contact is E = impulse * speed / 2 (or mass * speed^2 / 2): a blow is 0.8 dB louder for each
dB of energy (hobnail_trainer.scenes.force), half of it by the intensity axis, which also changes the sound.
"""

from __future__ import annotations

import math
from typing import Final

from hobnail.scene import Contact, Emitter

TYPICAL_J: Final = {"footstep": 4.0, "impact": 1.0, "door_close": 8.0, "door_open": 0.5, "splash": 10.0}
"""Energy of an event of middling force: its level is that of the recordings."""

LEVEL_PER_DB: Final = 0.8
MOST_DB: Final = 18.0
AXIS_DB: Final = 12.0
"""What the intensity axis is worth from the middle to its end, in the pairs that it was learned from."""


def force_db(event: str, emitter: Emitter, contact: Contact) -> float:
    """dB above an event of middling force, -18..18; 0 where nothing is known."""
    if contact.intensity is not None:
        return (2.0 * contact.intensity - 1.0) * MOST_DB
    speed = contact.speed_m_s
    if speed is None and contact.impulse_n_s is None:
        return 0.0
    speed = 1.0 if speed is None else speed
    mass = contact.mass_kg if contact.mass_kg is not None else emitter.mass_kg
    if contact.impulse_n_s is not None:
        energy = 0.5 * contact.impulse_n_s * speed
    elif event == "footstep":
        energy = TYPICAL_J["footstep"] * (speed / 1.4) ** 2
    else:
        energy = 0.5 * (1.0 if mass is None else mass) * speed * speed
    typical = TYPICAL_J.get(event, 1.0)
    over = 10.0 * math.log10(max(energy, 1e-9) / typical)
    return max(-MOST_DB, min(MOST_DB, LEVEL_PER_DB * over))
