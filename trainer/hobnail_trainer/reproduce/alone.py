"""Table 3 again without a head start: every arm is taught by its own weighting, with noise, from nothing.

Written after table 3 was known, before these runs: there all arms begin with a network that learnt with equal weights,
which the static arms keep and the dynamic ones have to unlearn. The rules are table 3's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hobnail_trainer.reproduce.contacts import CLEAN
from hobnail_trainer.reproduce.model import Cells, Outcome
from hobnail_trainer.reproduce.sight import (
    BOTH,
    HIDDEN,
    NOISE,
    STILL,
    VAGUE,
    VIEWS,
    Bench,
    ensured,
    scale_of,
    scored,
    validity_of,
)
from hobnail_trainer.reproduce.weighting_rules import as_good_when_clean, better, falls, grows, knowing, mean_of

ARMS: Final = ("daf", STILL, "equal", "oracle")


def measure_alone(bench: Bench, *, tell: Callable[[str], None]) -> Outcome:
    """``bench``: without a taught network. Raises TrainerError, FeedError."""
    scores = scored(bench, ensured(bench, ARMS, tell), VIEWS, tell)
    valid = validity_of(bench, scores)
    views = (NOISE[1], NOISE[-1], HIDDEN, VAGUE, BOTH)
    rules = [as_good_when_clean(bench, scores, valid)]
    rules += [better(bench, scores, valid, view) for view in views]
    rules += [grows(bench, scores, valid, view) for view in (NOISE[-1], HIDDEN)]
    rules += [knowing(bench, scores, valid), falls(scores, valid)]
    rows = [[view.name, *(f"{mean_of(scores, view, arm):.4f}" for arm in ARMS)] for view in VIEWS]
    heads = ["seen", *(f"measured loss, {arm}" for arm in ARMS)]
    return Outcome(
        id="table3-alone",
        title="Table 3 again: every arm taught by its own weighting",
        scale=scale_of(bench, len(ARMS)),
        rules=rules,
        tables=[Cells(title="Loss at contacts, mean over seeds", heads=heads, rows=rows)],
        notes=[
            "Of table 3's arms the static ones keep the weights that their network was taught with; here none has a "
            "head start. Asked for after table 3 was known, by its rules.",
            f"Valid by the two rules of the first table: own sight less another's {valid.heeded.words()}; "
            f"{CLEAN.name} less 100 % noise {valid.reached.words()}.",
        ],
    )
