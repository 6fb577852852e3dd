"""Tables 3 and 8, figure 4: what dynamic weighting does when what is seen, or said, cannot be trusted.

All arms go on from one network that was taught to use sight, with the same noise ladder, seeds, batches and steps; only
the weighting differs. What is compared is the loss at contacts (:mod:`hobnail_trainer.reproduce.contacts`). A verdict
is given only where the experiment is valid (:mod:`hobnail_trainer.reproduce.sight`); where it is not, it is *not run*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.contacts import CLEAN, View, names_of
from hobnail_trainer.reproduce.model import Cells, Outcome
from hobnail_trainer.reproduce.pictures import draw_lines
from hobnail_trainer.reproduce.sight import (
    BOTH,
    FRAMES,
    HIDDEN,
    NOISE,
    STILL,
    VAGUE,
    VIEWS,
    Bench,
    Scores,
    Validity,
    ensured,
    scale_of,
    scored,
    validity_of,
)
from hobnail_trainer.reproduce.weighting_rules import LADDER, as_good_when_clean, better, falls, grows, knowing, mean_of

ARMS: Final = ("daf", STILL, "equal", "magnitude", "daf_literal", "oracle")
TABLE3: Final = (CLEAN, *NOISE, FRAMES, HIDDEN)
TABLE8: Final = (CLEAN, NOISE[1], VAGUE, BOTH)
_CLAIMED3: Final = {"clean": "0 %", "25 % noise": "25 %", "50 % noise": "50 %", "100 % noise": "100 %"}
_CLAIMED8: Final = {"clean": "clean", "50 % noise": "50 % video noise", "vague text": "vague text", "both": "both"}


def measure_weighting(bench: Bench, pictures: Path, *, tell: Callable[[str], None]) -> list[Outcome]:
    """Tables 3 and 8 with figure 4, of the arms and seeds that are there. Raises TrainerError, FeedError."""
    records = ensured(bench, ARMS, tell)
    scores = scored(bench, records, VIEWS, tell)
    valid = validity_of(bench, scores)
    pictures.mkdir(parents=True, exist_ok=True)
    return [_table3(bench, scores, valid, pictures), _table8(bench, scores, valid, pictures)]


def _table3(bench: Bench, scores: Scores, valid: Validity, pictures: Path) -> Outcome:
    there = [arm for arm in ARMS if arm in scores[CLEAN.name]]
    rules = [as_good_when_clean(bench, scores, valid)]
    rules += [better(bench, scores, valid, view) for view in TABLE3[1:]]
    rules += [grows(bench, scores, valid, view) for view in (NOISE[-1], HIDDEN)]
    rules += [knowing(bench, scores, valid), falls(scores, valid)]
    curves: dict[str, list[float]] = {arm: [mean_of(scores, view, arm) for view in TABLE3[:4]] for arm in there}
    draw_lines(pictures / "table3.png", "loss at contacts by noise in what is seen, %", LADDER, curves)
    trust = {
        f"{arm}, seed {seed}": [float(scores[view.name][arm][seed].weights[1]) for view in TABLE3[:4]]
        for arm in ("daf", "daf_literal", "oracle")
        if arm in there
        for seed in scores[CLEAN.name][arm]
    }
    draw_lines(pictures / "table3-weights.png", "mean weight of vision at contacts by its noise, %", LADDER, trust)
    weights = [
        [arm, *(f"{100.0 * _weight(scores, view, arm):.1f}" for view in VIEWS if view.name in names_of(TABLE3))]
        for arm in there
    ]
    return Outcome(
        id="table3",
        title="Table 3: dynamic against static weighting under video noise",
        scale=scale_of(bench, len(there)),
        rules=rules,
        tables=[
            _losses("Loss at contacts, mean over seeds", scores, TABLE3, there, _CLAIMED3, claims.TABLE3),
            Cells(title="Weight of vision at contacts, %", heads=["arm", *names_of(TABLE3)], rows=weights),
        ],
        notes=[
            "The paper's metric is FAD of whole sounds; ours is the flow loss at contacts, near noise.",
            "Noise: the share of the power of every row of a scene that is white. The ladder in training has noise and "
            "hops that show another hop's. Hidden, which no arm was trained on: nothing moves, nothing is struck.",
            "The better static arm: learned static or equal weights, whichever has the lower loss in that row.",
            "All arms begin with a network that learnt with equal weights. The static ones keep those, the others have "
            'to unlearn them in the steps that are left: a head start for what is static. "Table 3 again" has none.',
        ],
        pictures=["table3.png", "table3-weights.png"],
    )


def _table8(bench: Bench, scores: Scores, valid: Validity, pictures: Path) -> Outcome:
    there = [arm for arm in ARMS if arm in scores[CLEAN.name]]
    curves: dict[str, list[float]] = {arm: [mean_of(scores, view, arm) for view in TABLE8] for arm in there}
    title = "loss at contacts: " + ", ".join(names_of(TABLE8))
    draw_lines(pictures / "figure4.png", title, list(range(len(TABLE8))), curves)
    return Outcome(
        id="table8",
        title="Table 8 and figure 4: weighting arms under noise of both kinds",
        scale=scale_of(bench, len(there)),
        rules=[better(bench, scores, valid, view) for view in TABLE8[1:]],
        tables=[_losses("Loss at contacts, mean over seeds", scores, TABLE8, there, _CLAIMED8, claims.TABLE8)],
        notes=[
            "The paper's combined cell of DAF (2.89) is table 3's for full occlusion, though the static ones differ."
        ],
        pictures=["figure4.png"],
    )


def _losses(
    title: str,
    scores: Scores,
    views: Sequence[View],
    arms: Sequence[str],
    names: dict[str, str],
    claimed: dict[str, tuple[float | None, float | None]],
) -> Cells:
    rows = []
    for view in views:
        static, dynamic = claimed[names[view.name]] if view.name in names else (None, None)
        known = view.name in names
        rows.append(
            [
                view.name,
                _claimed(static, known=known),
                _claimed(dynamic, known=known),
                *(f"{mean_of(scores, view, arm):.4f}" for arm in arms),
            ]
        )
    heads = ["seen", "claimed FAD, static", "claimed FAD, DAF", *(f"measured loss, {arm}" for arm in arms)]
    return Cells(title=title, heads=heads, rows=rows)


def _weight(scores: Scores, view: View, arm: str) -> float:
    return float(np.mean([each.weights[1] for each in scores[view.name][arm].values()]))


def _claimed(value: float | None, *, known: bool) -> str:
    if not known:
        return "-"
    return "not in our notes" if value is None else f"{value:.2f}"
