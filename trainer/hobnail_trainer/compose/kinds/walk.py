"""Walking and running over ground that changes, in steps of two feet that are never quite alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hobnail_trainer.compose.model import Draft, Hit
from hobnail_trainer.compose.shelf import Beside
from hobnail_trainer.compose.words import ground_of, walking
from hobnail_trainer.corpus.model import Clip

WALK_HZ = (1.6, 2.2)
RUN_HZ = (2.5, 3.2)
LIMP_DB = 0.7  # one foot falls a little harder
TIMING_S = 0.012
LEVEL_DB = 1.2
GROUNDS_CHANGE = 0.5


def walk(beside: Beside, chance: np.random.Generator, lead: Clip, seconds: float) -> Draft:
    """Steps on the lead's ground, then perhaps on another."""
    runs = "footstep" in lead.captions.exact and bool(chance.random() < 0.3)
    verb = "running" if runs else "walking"
    pace_hz = float(chance.uniform(*(RUN_HZ if runs else WALK_HZ)))
    grounds = [lead]
    if ground_of(lead.captions.exact) and chance.random() < GROUNDS_CHANGE:
        other = beside.partner(chance, "step", lead, lambda clip: bool(ground_of(clip.captions.exact)))
        grounds += [other] if other else []
    times_s = np.arange(0.2, seconds - 0.6, 1.0 / pace_hz)
    change = int(chance.integers(times_s.size // 3, times_s.size - 2)) if len(grounds) > 1 else times_s.size
    hits = [
        *steps(beside, chance, grounds[0], times_s[:change]),
        *(steps(beside, chance, grounds[1], times_s[change:]) if len(grounds) > 1 else ()),
    ]
    then = "".join(f", then {ground_of(clip.captions.exact)}" for clip in grounds[1:])
    first = lead.captions.exact
    others = (f"footsteps {ground_of(first)}{then}", f"someone {walking(first, verb)}{then}")
    materials = tuple(dict.fromkeys(material for clip in grounds for material in clip.materials))
    return Draft(
        kind="walk",
        subject=walking(first, verb) + then,
        others=others if ground_of(first) and walking(first, verb).startswith(verb) else (),
        seconds=seconds,
        hits=tuple(hits),
        category="footstep",
        materials=materials,
    )


def steps(
    beside: Beside, chance: np.random.Generator, ground: Clip, times_s: Sequence[float] | np.ndarray
) -> list[Hit]:
    """Steps at about these times: two feet with takes of their own where there are enough, each in turn."""
    takes = beside.takes(ground)[:8]
    feet = (takes[::2], takes[1::2]) if len(takes) >= 4 else (takes, takes)
    limp_db = float(chance.uniform(-LIMP_DB, LIMP_DB))
    hits = []
    for number, time_s in enumerate(times_s):
        foot = number % 2
        turn = number // 2 if len(takes) >= 4 else number
        gain_db = (limp_db if foot else -limp_db) + float(chance.normal(0.0, LEVEL_DB))
        hits.append(Hit(feet[foot][turn % len(feet[foot])], float(time_s + chance.normal(0.0, TIMING_S)), gain_db))
    return hits
