"""Table 6: what strategies of adaptation weigh, how well they follow controls, and what they make a network forget.

Parameters are counted on the real modules. The rest needs pairs of sounds of which one was changed by a known amount;
without a feed that has them, that part is not run. Scores are files: what is there is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hobnail.host import Host
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.export.counts import RANK, counts_of
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.model import NOT_RUN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.rules import BySeed, at_most, difference, lower
from hobnail_trainer.reproduce.strategies import RANK as FITTED_RANK
from hobnail_trainer.reproduce.strategies import RATE, STRATEGIES, School, Score, Strategy, score_of

BELOW: Final = "interval below 0, every seed, three seeds"

Scores = Mapping[Strategy, Mapping[int, Score]]


def measure_scores(
    schools: Mapping[int, School],
    folder: Path,
    *,
    steps: int,
    tell: Callable[[str], None],
    strategies: Sequence[Strategy] = STRATEGIES,
) -> dict[Strategy, dict[int, Score]]:
    """Every strategy on each seed's own network; ``schools`` by seed. Raises TrainerError, FeedError."""
    found: dict[Strategy, dict[int, Score]] = {}
    for seed, school in schools.items():
        for strategy in strategies:
            path = folder / f"{strategy}-{seed}.json"
            if not path.is_file():
                tell(f"fitting {strategy}, seed {seed}")
                score = score_of(strategy, school, steps=steps, seed=seed)
                write_whole(path, msgspec.json.format(msgspec.json.encode(score), indent=1))
            found.setdefault(strategy, {})[seed] = msgspec.json.decode(path.read_bytes(), type=Score)
    return found


def table6(scores: Scores) -> Outcome:
    """Rules and tables; without scores parameters alone."""
    counted, share = _parameters()
    rules = [
        Rule(
            claim="an adapter is 0.85 % of the parameters",
            rule="one adapter of full at most 0.85 % when counted",
            measured=f"{100.0 * share:.2f} % at rank {RANK} on attention alone; the rank decides, and it is our choice",
            verdict=at_most(100.0 * share, 0.85),
        ),
        below(
            "MoE-LoRA follows controls better than LoRA",
            "control error of MoE-LoRA less LoRA's",
            column(scores, "moe_lora", "error"),
            column(scores, "lora", "error"),
        ),
        below(
            "MoE-LoRA follows controls better than tuning all of it",
            "control error of MoE-LoRA less that of all weights",
            column(scores, "moe_lora", "error"),
            column(scores, "all", "error"),
        ),
        below(
            "tuning all of it forgets, adapters do not",
            "growth of the loss on the network's own feed, controls untouched, MoE-LoRA less all weights",
            column(scores, "moe_lora", "forgot"),
            column(scores, "all", "forgot"),
        ),
    ]
    tables = [Cells(title="Parameters", heads=["network", "strategy", "claimed", "measured", "share"], rows=counted)]
    first = next((score for by_seed in scores.values() for score in by_seed.values()), None)
    if first is not None:
        heads = [
            "strategy",
            "seeds",
            "learned",
            "control error",
            "cross-talk",
            "pairs: controls at 0",
            "as moved",
            "turned around",
            "forgot",
        ]
        rows = [_row(strategy, by_seed) for strategy, by_seed in scores.items()]
        tables.append(Cells(title=f"Fitted on {first.steps} steps of pairs, means over seeds", heads=heads, rows=rows))
    return Outcome(
        id="table6",
        title="Table 6: strategies of adaptation",
        scale=f"parameters counted, {sum(map(len, scores.values()))} fits of a network of the preset repro",
        rules=rules,
        tables=tables,
        notes=[
            f"lora, moe_lora: rank {FITTED_RANK}. tokens: implicit control tokens before a frozen network. all: those "
            f"tokens, and every weight. One rate for all ({RATE:g}, the preset's), the same batches, losses on "
            "attributes and cross-talk as adapters have them.",
            "Control error: of voices made at four settings of each control, mean distance of the change from what the "
            "pairs move, over a control's span; 0.75 where nothing moves. Cross-talk: the same of the other two "
            "measures. The ear is that of the loss.",
            "Forgot: held-out flow loss on the network's own feed with controls untouched, after less before.",
        ]
        if first
        else [],
    )


def below(claim: str, what: str, ours: BySeed, theirs: BySeed) -> Rule:
    """A claim that ours is lower."""
    rule = f"{what}: {BELOW}"
    if not ours or not theirs:
        return Rule(claim=claim, rule=rule, measured="no feed with pairs was given", verdict=NOT_RUN)
    apart = difference(ours, theirs)
    return Rule(claim=claim, rule=rule, measured=apart.words(), verdict=lower(apart))


def column(scores: Scores, strategy: Strategy, name: str) -> BySeed:
    """One list of the scores, by seed."""
    return {seed: np.array(getattr(score, name)) for seed, score in scores.get(strategy, {}).items()}


def mean_of(by_seed: Mapping[int, Score], name: str) -> float:
    """Of a list of the scores, over all of it."""
    return float(np.mean([np.mean(getattr(score, name)) for score in by_seed.values()]))


def _row(strategy: Strategy, by_seed: Mapping[int, Score]) -> list[str]:
    pairs = np.mean([score.pairs for score in by_seed.values()], axis=0)
    learned = next(iter(by_seed.values())).parameters
    figures = [f"{mean_of(by_seed, name):.3f}" for name in ("error", "talk")]
    losses = [f"{each:.4f}" for each in pairs]
    return [strategy, str(len(by_seed)), f"{learned:,}", *figures, *losses, f"{mean_of(by_seed, 'forgot'):+.4f}"]


def _parameters() -> tuple[list[list[str]], float]:
    """Rows, and the share of one adapter in ``full``."""
    rows, share = [], 0.0
    for name in ("full", "embedded"):
        counts = counts_of(read_preset(name).network, Host.discovered())
        whole = f"{claims.TABLE6['full']:,}" if name == "full" else "-"
        rows.append([name, "all of it", whole, f"{counts.parameters:,}", "100 %"])
        for words, key, count in (
            ("LoRA", "lora", counts.one_adapter),
            ("MoE-LoRA", "moe_lora", counts.four_experts),
        ):
            claimed = f"{claims.TABLE6[key]:,}" if name == "full" else "-"
            part = f"{100.0 * count / counts.parameters:.2f} %"
            rows.append([name, f"{words}, rank {RANK}", claimed, f"{count:,}", part])
        if name == "full":
            share = counts.one_adapter / counts.parameters
    return rows, share
