"""Table 6: what strategies of adaptation weigh and do, and whether experts collapse as ranks grow.

Parameters are counted on the real modules. What adapters do needs pairs of sounds of which one was changed by a known
amount; without a feed that has them, that half is not run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import torch

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.moe_lora.nn.arms import MoeLora
from hobnail_trainer.adapters.collapse import Collapse, collapse
from hobnail_trainer.adapters.model import FitSettings
from hobnail_trainer.export.counts import RANK, counts_of
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units, streams_of
from hobnail_trainer.model.checkpoint import Checkpoint
from hobnail_trainer.model.experts import Experts, fit_on_pairs, settings_for
from hobnail_trainer.model.pairs import PairSettings, held_out_pairs
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.model import NOT_RUN, UNSEEN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.rules import at_most

RANKS: Final = (4, 16, 64)
MOST: Final = 0.5  #: of the load, for one expert


def measure_adaptation(
    base: Checkpoint | None,
    pairs: tuple[FeedStore, FeedStore] | None,
    *,
    steps: int,
    seed: int,
    tell: Callable[[str], None],
) -> list[Outcome]:
    """Table 6, and collapse by rank. ``pairs``: train and validation. Raises TrainerError, FeedError."""
    tell("counting parameters")
    rows = []
    for name in ("full", "embedded"):
        counts = counts_of(read_preset(name).network, Host.discovered())
        rows += [
            [
                name,
                "all of it",
                f"{claims.TABLE6['full']:,}" if name == "full" else "-",
                f"{counts.parameters:,}",
                "100 %",
            ],
            [
                name,
                f"LoRA, rank {RANK}",
                _claimed(name, "lora"),
                f"{counts.one_adapter:,}",
                _share(counts.one_adapter, counts.parameters),
            ],
            [
                name,
                f"MoE-LoRA, rank {RANK}",
                _claimed(name, "moe_lora"),
                f"{counts.four_experts:,}",
                _share(counts.four_experts, counts.parameters),
            ],
        ]
        if name == "full":
            share = counts.one_adapter / counts.parameters
    rules = [
        Rule(
            claim="an adapter is 0.85 % of the parameters",
            rule="one adapter of full at most 0.85 % when counted",
            measured=f"{100.0 * share:.2f} % at rank {RANK} on attention alone; the rank decides, and it is our choice",
            verdict=at_most(100.0 * share, 0.85),
        )
    ]
    fitted: dict[str, Experts] = {}
    if base is not None and pairs is not None:
        for arm in ("lora", "moe_lora"):
            tell(f"fitting {arm}")
            fitted[arm] = _fit(base, pairs, arm, 8, steps, seed, tell)
    rules.append(_control_rule(fitted))
    tables = [
        Cells(title="Parameters", heads=["network", "strategy", "claimed", "measured", "share"], rows=rows),
    ]
    if fitted:
        done = [
            [arm, *(f"{each:.4f}" for each in found.losses), *(f"{slider.up:.0%}" for slider in found.sliders)]
            for arm, found in fitted.items()
        ]
        heads = [
            "arm, rank 8",
            "loss, controls at 0",
            "as they were moved",
            "turned around",
            "pitch up",
            "intensity up",
            "texture up",
        ]
        tables.append(Cells(title=f"Held-out pairs after {steps} steps", heads=heads, rows=done))
    six = Outcome(
        id="table6",
        title="Table 6: strategies of adaptation",
        scale=f"parameters counted, {len(fitted)} adapters fitted on {steps} steps of pairs",
        rules=rules,
        tables=tables,
        notes=[
            "With strengths at 0 the adapted network is the base bit for bit (tests/plugins/moe_lora), so adapters "
            "forget nothing; tuning all of it was not run.",
        ],
    )
    return [six, _collapse(base, pairs, steps, seed, tell)]


def _control_rule(fitted: dict[str, Experts]) -> Rule:
    claim = "MoE-LoRA follows controls better than LoRA"
    rule = "held-out loss with controls as moved lower than LoRA's, and below both 0 and turned around"
    if not fitted:
        return Rule(claim=claim, rule=rule, measured="no feed with pairs was given", verdict=NOT_RUN)
    one, many = fitted["lora"].losses, fitted["moe_lora"].losses
    words = f"LoRA {one[1]:.4f}, MoE-LoRA {many[1]:.4f}; one seed, so nothing can be supported"
    return Rule(claim=claim, rule=rule, measured=words, verdict=UNSEEN)


def _collapse(
    base: Checkpoint | None,
    pairs: tuple[FeedStore, FeedStore] | None,
    steps: int,
    seed: int,
    tell: Callable[[str], None],
) -> Outcome:
    claim = "at high rank one expert (intensity) takes over"
    rule = f"no expert above {MOST:.0%} of the load on held-out pairs at any rank, with our losses"
    rows: list[list[str]] = []
    most = 0.0
    if base is not None and pairs is not None:
        for rank in RANKS:
            tell(f"experts of rank {rank}")
            found = _loads(_fit(base, pairs, "moe_lora", rank, steps, seed, tell), base, pairs[1])
            most = max(most, found.largest)
            rows.append(
                [
                    str(rank),
                    *(f"{each:.2f}" for each in found.load),
                    f"{found.evenness:.2f}",
                    f"{found.information:.2f}",
                ]
            )
    measured = f"largest load {most:.2f}" if rows else "no feed with pairs was given"
    verdict = at_most(most, MOST) if rows else NOT_RUN
    heads = ["rank", "pitch", "intensity", "texture", "shared", "evenness", "bits of control"]
    return Outcome(
        id="collapse",
        title="Failure mode: do experts collapse as ranks grow?",
        scale=f"ranks {', '.join(map(str, RANKS))}, {steps} steps, one seed" if rows else "",
        rules=[Rule(claim=claim, rule=rule, measured=measured, verdict=verdict)],
        tables=[Cells(title="Load of each expert", heads=heads, rows=rows)] if rows else [],
    )


def _fit(
    base: Checkpoint,
    pairs: tuple[FeedStore, FeedStore],
    arm: str,
    rank: int,
    steps: int,
    seed: int,
    tell: Callable[[str], None],
) -> Experts:
    return fit_on_pairs(
        base,
        *pairs,
        partial(assemble, base.state.preset.network, Host.discovered()),
        settings_for(arm, rank, shared=True),
        FitSettings(steps=steps, seed=seed),
        tell=tell,
    )


@torch.no_grad()
def _loads(found: Experts, base: Checkpoint, held_out: FeedStore) -> Collapse:
    assert isinstance(found.adapter, MoeLora)
    gates, controls = [], []
    for batch in held_out_pairs(held_out, base.state.preset, Units(base.state.scale), PairSettings()):
        prompt = streams_of(found.network, batch.blocks).prompt
        shares, _ = found.adapter.router(prompt, batch.blocks.controls.unsqueeze(1))
        gates.append(shares.squeeze(1).numpy())
        controls.append(batch.blocks.controls.numpy())
    return collapse(np.concatenate(gates), np.concatenate(controls))


def _claimed(network: str, strategy: str) -> str:
    return f"{claims.TABLE6[strategy]:,}" if network == "full" else "-"


def _share(count: int, of: int) -> str:
    return f"{100.0 * count / of:.2f} %"
