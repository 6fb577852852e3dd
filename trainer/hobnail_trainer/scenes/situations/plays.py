"""Every situation by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from hobnail_trainer.scenes.model import Situation
from hobnail_trainer.scenes.play import Play
from hobnail_trainer.scenes.situations import door, drop, rain, roll, scrape, walk

PLAYS: Final[dict[Situation, Callable[[np.random.Generator, float], Play]]] = {
    "walk": walk.play,
    "drop": drop.play,
    "roll": roll.play,
    "scrape": scrape.play,
    "door": door.play,
    "rain": rain.play,
}
"""Situation -> the function that simulates it for a number of seconds."""
