"""What decides tables 3 and 8, written before any arm was run. Where the experiment is not valid, nothing is."""

from __future__ import annotations

from typing import Final

import numpy as np

from hobnail_trainer.reproduce.contacts import CLEAN, View
from hobnail_trainer.reproduce.model import NOT_RUN, SUPPORTED, UNSEEN, Rule, Verdict
from hobnail_trainer.reproduce.rules import difference, lower
from hobnail_trainer.reproduce.sight import NOISE, STILL, Bench, Scores, Validity, apart, losses_of
from hobnail_trainer.suite.intervals import spearman

OURS: Final = "daf"
STATIC: Final = (STILL, "equal")
LADDER: Final = (0.0, 25.0, 50.0, 100.0)  #: per cent of noise of CLEAN and NOISE
MARGIN: Final = 0.01  #: of the loss: as good when all is clean


def better(bench: Bench, scores: Scores, valid: Validity, view: View) -> Rule:
    """DAF's loss is lower than the better static arm's."""
    rival = min(STATIC, key=lambda arm: mean_of(scores, view, arm))
    found = apart(bench, scores, (view.name, OURS), (view.name, rival))
    return Rule(
        claim=f"{view.name}: DAF loses less than static weights",
        rule="loss at contacts less that of the better static arm: interval below 0, every seed, three seeds",
        measured=f"{found.words()}, against {rival}",
        verdict=_if(valid, lower(found)),
    )


def grows(bench: Bench, scores: Scores, valid: Validity, view: View) -> Rule:
    """What a condition costs DAF is less than what it costs the static arm that it costs least."""

    def grown(arm: str) -> dict[int, np.ndarray]:
        clean = losses_of(scores, CLEAN.name, arm)
        return {seed: each - clean[seed] for seed, each in losses_of(scores, view.name, arm).items()}

    rival = min(STATIC, key=lambda arm: float(np.mean(list(grown(arm).values()))))
    found = difference(grown(OURS), grown(rival), bench.held.scenes)
    return Rule(
        claim=f"{view.name}: less is lost by it with DAF",
        rule="growth of the loss from clean, less that of the best static arm: interval below 0, all of three seeds",
        measured=f"{found.words()}, against {rival}",
        verdict=_if(valid, lower(found)),
    )


def as_good_when_clean(bench: Bench, scores: Scores, valid: Validity) -> Rule:
    """DAF may not be worse where there is nothing to be doubted."""
    found = apart(bench, scores, (CLEAN.name, OURS), (CLEAN.name, STILL))
    most = MARGIN * mean_of(scores, CLEAN, STILL)
    verdict: Verdict = SUPPORTED if found.high <= most else "not supported" if found.low > most else UNSEEN
    return Rule(
        claim="clean: DAF is as good as static weights",
        rule=f"loss at contacts less learned static's: interval below {MARGIN:.0%} of it ({most:+.4f})",
        measured=found.words(),
        verdict=_if(valid, verdict),
    )


def knowing(bench: Bench, scores: Scores, valid: Validity) -> Rule:
    """Is there anything to be had from weighting by noise? The oracle is told how much there is."""
    found = apart(bench, scores, (NOISE[-1].name, "oracle"), (NOISE[-1].name, STILL))
    return Rule(
        claim="to know how noisy sight is helps (no claim of the paper: the room that there is)",
        rule="100 % noise, oracle less learned static: interval below 0, every seed, three seeds",
        measured=found.words(),
        verdict=_if(valid, lower(found)),
    )


def falls(scores: Scores, valid: Validity) -> Rule:
    """The weight of vision goes down as its noise goes up."""
    ranks = [
        spearman(np.array(LADDER), np.array([scores[view.name][OURS][seed].weights[1] for view in (CLEAN, *NOISE)]))
        for seed in scores[CLEAN.name][OURS]
    ]
    verdict = SUPPORTED if ranks and max(ranks) <= -0.9 and len(ranks) >= 3 else UNSEEN
    return Rule(
        claim="DAF trusts vision less the noisier it is",
        rule="Spearman of noise and mean vision weight at contacts at most -0.9 with every seed, three seeds",
        measured=", ".join(f"{each:.2f}" for each in ranks) or "-",
        verdict=_if(valid, verdict),
    )


def _if(valid: Validity, verdict: Verdict) -> Verdict:
    """An experiment that cannot show it says nothing."""
    return verdict if valid.holds else NOT_RUN


def mean_of(scores: Scores, view: View, arm: str) -> float:
    """Loss at contacts, mean over seeds and blocks."""
    return float(np.mean([each.losses.mean() for each in scores[view.name][arm].values()]))
