"""Table 9: four domains, one of which was never trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from hobnail_trainer.corpus.model import CATEGORIES, Category
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.model import Part
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.conditions import losses, part_blocks
from hobnail_trainer.reproduce.model import NOT_RUN, SUPPORTED, UNSEEN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.reproduce.rules import difference, lower

DOMAINS: Final[dict[str, tuple[Part, tuple[Category, ...]]]] = {
    "footsteps": ("recorded", ("footstep",)),
    "general effects": ("recorded", ("impact", "weapon", "door", "explosion", "creature", "energy")),
    "ambience": ("recorded", ("water", "fire", "wind", "ambience", "machine", "vehicle")),
    "notes": ("notes", ("note",)),
}
NEVER: Final = "notes"


def measure_domains(
    registry: Registry, held_out: FeedStore, seeds: Sequence[int], *, tell: Callable[[str], None]
) -> Outcome:
    """Flow loss by domain, with the true words and with others'. Raises TrainerError, FeedError."""
    if registry.preset.feed.parts.get(NEVER, 0.0) > 0.0:
        seen = "notes are in the preset's mixture"
        rule = Rule(claim="it carries over to what it was not trained on", rule="-", measured=seen, verdict=NOT_RUN)
        return Outcome(id="table9", title="Table 9: four domains", scale="", rules=[rule], tables=[])
    there = [record.arm for record in registry.ensure([Arm(seed=seed) for seed in seeds], tell=tell)]
    rows, rules = [], []
    for name, (part, categories) in DOMAINS.items():
        tell(f"domain {name}")
        settings = _only(registry.preset.feed, part, categories)
        batches = part_blocks(held_out, settings)
        true, dealt = {}, {}
        for arm in there:
            network, units = registry.network(arm)
            true[arm.seed] = losses(network, units, batches, registry.preset.loss)
            dealt[arm.seed] = losses(network, units, [_dealt(batch) for batch in batches], registry.preset.loss)
        apart = difference(true, dealt)
        blocks = sum(len(batch.clips) for batch in batches)
        mean = np.mean([each.mean() for each in true.values()])
        kind = "never trained on" if name == NEVER else "trained on"
        rows.append([name, kind, f"{claims.TABLE9[name]:.2f}", str(blocks), f"{mean:.4f}", apart.words()])
        verdict = lower(apart)
        rules.append(
            Rule(
                claim=f"{name} ({kind}): words are heeded",
                rule="loss with the true words less that with another block's: interval below 0, all of three seeds",
                measured=apart.words(),
                verdict=verdict if verdict in (SUPPORTED, UNSEEN) else UNSEEN,
            )
        )
    heads = ["domain", "", "claimed FAD (baseline)", "blocks", "measured loss", "less that with words dealt"]
    return Outcome(
        id="table9",
        title="Table 9: four domains",
        scale=f"preset {registry.preset.name}, {registry.preset.steps} steps, {len(there)} seeds",
        rules=rules,
        tables=[Cells(title="Held-out flow loss", heads=heads, rows=rows)],
        notes=[
            "The paper's sets (Footstep-set, VGGSound, UnAV-100, NSynth) are in no package: these are our corpus's.",
            "Losses of two domains are not to be compared: sounds differ in how much noise is in them.",
        ],
    )


def _only(settings: FeedSettings, part: Part, categories: tuple[Category, ...]) -> FeedSettings:
    """One part, some categories: the factor of all others is 0."""
    every: dict[Category, float] = dict.fromkeys(CATEGORIES, 0.0)
    return msgspec.structs.replace(settings, parts={part: 1.0}, categories=every | dict.fromkeys(categories, 1.0))


def _dealt(batch: FeedBatch) -> FeedBatch:
    """Each block with the words of the one half a batch away."""
    shift = max(1, len(batch.clips) // 2)
    return replace(batch, text=np.roll(batch.text, shift, axis=0), text_mask=np.roll(batch.text_mask, shift, axis=0))
