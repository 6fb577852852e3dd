"""Table 1's four notions as probes of trained networks: control gap, modality dominance, sink, collapse of attention.

Dominance is asked by swapping: sight, words or past of a block are exchanged for another scene's, and the loss at its
contacts says what that cost. A stream whose exchange costs nothing is not heeded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from hobnail_trainer.model.blocks import blocks_from
from hobnail_trainer.reproduce.contacts import CLEAN, View, shown
from hobnail_trainer.reproduce.fusion import looked, remembering
from hobnail_trainer.reproduce.model import Cells, Outcome, Rule
from hobnail_trainer.reproduce.rules import difference, lower
from hobnail_trainer.reproduce.sight import ANOTHER, NONE, STILL, Bench, apart, ensured, losses_of, scale_of, scored
from hobnail_trainer.suite.intervals import spearman

ARMS: Final = ("daf", STILL, "equal")
WORDS: Final = View("another's words", words="another")
PAST: Final = View("another's past", past="another")
SWAPPED: Final = (ANOTHER, WORDS, PAST)
VIEWS: Final = (CLEAN, *SWAPPED, NONE)


def measure_dominance(bench: Bench, *, tell: Callable[[str], None]) -> Outcome:
    """Four probes of three arms. Raises TrainerError, FeedError."""
    records = ensured(bench, ARMS, tell)
    scores = scored(bench, records, VIEWS, tell)
    rows = []
    for arm in ARMS:
        inside = []
        for record in records:
            if record.arm.weighting == arm:
                network, units = bench.arms.network(record.arm)
                blocks = remembering(blocks_from(shown(bench.held, CLEAN), units), network.spec.history_hops)
                inside.append(looked(network, units, blocks)[0])
        clean = losses_of(scores, CLEAN.name, arm)
        gaps = [
            np.mean([spearman(each.made, each.true) for each in scores[view.name][arm].values()])
            for view in (CLEAN, ANOTHER)
        ]
        costs = [difference(losses_of(scores, view.name, arm), clean, bench.held.scenes).value for view in SWAPPED]
        rows.append(
            [
                arm,
                f"{1.0 - gaps[0]:.2f} ({1.0 - gaps[1]:.2f})",
                *(f"{cost:+.4f}" for cost in costs),
                f"{100.0 * np.mean([each.slots[0] for each in inside]):.1f} %",
                f"{np.mean([each.entropy for each in inside]):.2f}",
            ]
        )
    rules = []
    for view, what in zip(SWAPPED, ("sight", "words", "past"), strict=True):
        found = apart(bench, scores, (CLEAN.name, "daf"), (view.name, "daf"))
        rules.append(
            Rule(
                claim=f"no modality is drowned by the others: {what}, with DAF",
                rule="loss at contacts with its own less with another scene's: interval below 0, all of three seeds",
                measured=found.words(),
                verdict=lower(found),
            )
        )
    return Outcome(
        id="table1",
        title="Table 1: control gap, modality dominance, sinks and collapse as probes",
        scale=scale_of(bench, len(ARMS)),
        rules=rules,
        tables=[
            Cells(
                title="Probes",
                heads=[
                    "arm",
                    "control gap (another's sight)",
                    *(f"cost of {view.name}" for view in SWAPPED),
                    "rests in slots",
                    "entropy of attention to streams",
                ],
                rows=rows,
            )
        ],
        notes=[
            "Control gap: 1 less the rank correlation of how loud a contact is made, from noise alone, with how loud "
            "it is; what controls it is how hard the contact was, as seen.",
            "Collapse in the paper's sense is an entropy near 1, in others' near 0; both would show here.",
        ],
    )
