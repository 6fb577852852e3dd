"""What outcomes say of numbers that are known: the proxy of ratings, the sweep of weights, paradigms side by side."""

import numpy as np
import pytest

from hobnail_trainer.reproduce.journals import gates_note, last_figure
from hobnail_trainer.reproduce.paradigms import OURS
from hobnail_trainer.reproduce.paradigms import outcome_of as paradigms
from hobnail_trainer.reproduce.ratings import PAIRS, Rated
from hobnail_trainer.reproduce.ratings import outcome_of as rated
from hobnail_trainer.reproduce.strategies import Score
from hobnail_trainer.reproduce.sweep import MOST_PULL, TIMES, USUAL, pulled
from hobnail_trainer.reproduce.sweep import outcome_of as swept

CHANCE = np.random.default_rng(3)


def seeds_of(mean, spread=0.05):
    return {seed: CHANCE.normal(mean, spread, 60) for seed in (1, 2, 3)}


def score(strategy, seed, error, guided=None):
    return Score(
        strategy=strategy,
        seed=seed,
        steps=5,
        parameters=10,
        pairs=(1.0, 0.9, 1.1),
        error=CHANCE.normal(error, 0.01, 60).tolist(),
        talk=[0.1] * 60,
        guided_error=[] if guided is None else CHANCE.normal(guided, 0.01, 60).tolist(),
        forgot=[0.0] * 8,
    )


def ratings(*, clips=PAIRS, worth=0.8):
    score = CHANCE.normal(0.0, 1.0, clips)
    css = {
        "pitch": score + CHANCE.normal(0.0, 0.3, clips),
        "intensity": CHANCE.normal(0.0, 1.0, clips),
        "texture": -score,
    }
    prompts = tuple(f"prompt {number % 64}" for number in range(clips))
    return Rated(css, score, prompts, dict.fromkeys(("smeared", "gapped"), worth))


def test_a_correlation_with_a_proven_proxy_decides_by_its_interval():
    assert [rule.verdict for rule in rated(ratings()).rules] == [
        "supported",
        "not observed at this scale",
        "not supported",
    ]


@pytest.mark.parametrize("poor", [{"worth": 0.1}, {"clips": PAIRS - 1}])
def test_a_proxy_that_was_not_proven_or_too_few_clips_decide_nothing(poor):
    assert {rule.verdict for rule in rated(ratings(**poor)).rules} == {"not observed at this scale"}


def test_weights_are_compared_with_ours_and_what_is_missing_was_not_run():
    aligned = {0.0: seeds_of(1.0), USUAL: seeds_of(0.9), MOST_PULL: seeds_of(1.2)}
    scores = {
        times: {seed: score("moe_lora", seed, error) for seed in (1, 2, 3)}
        for times, error in zip(TIMES, (0.6, 0.5, 0.7), strict=True)
    }
    both = swept(aligned, scores, "scale")
    assert [rule.verdict for rule in both.rules] == ["supported"] * 3
    assert [row[0] for row in both.tables[0].rows] == ["0", "0.5", "2"]
    assert [rule.verdict for rule in swept({}, {}, "scale").rules] == ["not run"] * 3
    assert pulled("own", 0.0, 2).aligned == "none"


def test_paradigms_are_compared_by_loss_and_by_control_error():
    found = {"all": {OURS: seeds_of(0.9), "late concatenation": seeds_of(1.1)}}
    scores = {
        "moe_lora": {seed: score("moe_lora", seed, 0.4) for seed in (1, 2, 3)},
        "tokens": {seed: score("tokens", seed, 0.6, 0.6) for seed in (1, 2, 3)},
        "all": {seed: score("all", seed, 0.3, 0.2) for seed in (1, 2, 3)},
    }
    outcome = paradigms(found, scores, "scale")
    assert [rule.verdict for rule in outcome.rules if rule.verdict != "not run"] == [
        "supported",
        "supported",
        "not supported",
        "supported",
    ]
    assert [rule.measured for rule in outcome.rules if rule.verdict == "not run"] == ["its runs were not made"] * 2
    assert [row[1] for row in outcome.tables[1].rows][1] == "-"  # lora was not fitted


def test_a_journal_tells_the_last_of_a_figure(tmp_path):
    (tmp_path / "steps.jsonl").write_text(
        '{"step": 20, "gate": 0.2}\n{"step": 40, "gate": 0.3}\n{"step": 40, "held_out": 1}\n'
    )
    assert last_figure(tmp_path, "gate") == 0.3
    assert np.isnan(last_figure(tmp_path, "norm"))
    assert "30.0 %" in gates_note([tmp_path])
