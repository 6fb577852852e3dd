"""How loud what the network makes is, event by event, so that it stands beside the procedural engine at one level.

Recordings come at all levels, and so do takes of the network. A one-shot is known whole before it sounds, so it is
turned towards what its event usually has; a sustained voice, by what its event needs on the average.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail.contracts import Float32

LOUD_DB: Final[Mapping[str, float]] = {
    "footstep": -25.3,
    "impact": -23.4,
    "door_open": -26.8,
    "door_close": -17.2,
    "splash": -24.1,
    "cloth": -31.5,
}
"""RMS of the loudest 50 ms of a one-shot of middling force, dB of full scale."""

USUAL_DB: Final = -18.0
"""The same of an event that the table does not have."""

LEVEL_DB: Final[Mapping[str, float]] = {
    "scrape": -4.5,
    "roll": -4.8,
    "rain": -10.6,
    "pour": -3.5,
    "cloth_move": -15.6,
    "creak": -10.5,  # measured +5.5, but takes lie 58 dB apart, and a loud one hurts more than a faint one
    "wind": -5.5,
}
"""What a sustained event of middling force is turned up by; missing: 0."""

EVENED: Final = 0.8
"""Share of a one-shot's distance from its level that is taken away; the rest is the difference between takes."""

MOST_DB: Final = 18.0
"""What a one-shot is turned up by, at most; down by twice as much."""

WINDOW: Final = RATE_HZ // 20


def level_db(event: str) -> float:
    """For a sustained event by its name."""
    return LEVEL_DB.get(event, 0.0)


def loudest_db(samples: Float32) -> float:
    """RMS of the loudest 50 ms, dB of full scale; ``samples`` float32 [frames], at least 50 ms."""
    power = np.cumsum(np.square(samples, dtype=np.float64))
    return float(10.0 * np.log10((power[WINDOW:] - power[:-WINDOW]).max(initial=0.0) / WINDOW + 1e-12))


def evening(samples: Float32, event: str) -> float:
    """What a one-shot's sound is multiplied by, from its first block as the network made it."""
    away = LOUD_DB.get(event, USUAL_DB) - loudest_db(samples)
    return db_to_gain(EVENED * min(MOST_DB, max(-2.0 * MOST_DB, away)))
