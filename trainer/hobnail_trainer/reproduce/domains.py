"""Table 9: four domains, one of which was never trained on.

Blocks begin with their sounds and have no past, so that words are all that there is to go by; they are judged near
noise, where what is made comes from what is told. The words of a block are dealt to another of the same domain: to be
better with one's own, a network has to tell the sounds of a domain apart, not only domains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.corpus.model import CATEGORIES, Category
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.choice import calm
from hobnail_trainer.feed.draw import Drawer
from hobnail_trainer.feed.model import Part
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.judged import TIMES, passed
from hobnail_trainer.reproduce.model import NOT_RUN, Cells, Outcome, Rule
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.reproduce.rules import difference, lower

DOMAINS: Final[dict[str, tuple[Part, tuple[Category, ...]]]] = {
    "footsteps": ("recorded", ("footstep",)),
    "general effects": ("recorded", ("impact", "weapon", "door", "explosion", "creature", "energy")),
    "ambience": ("recorded", ("water", "fire", "wind", "ambience", "machine", "vehicle")),
    "notes": ("notes", ("note",)),
}
NEVER: Final = "notes"
BLOCKS: Final = 120
HOPS: Final = 16


def measure_domains(
    registry: Registry, held_out: FeedStore, seeds: Sequence[int], *, tell: Callable[[str], None]
) -> Outcome:
    """Loss by domain, with the true words and with others' of the domain. Raises TrainerError, FeedError."""
    if registry.preset.feed.parts.get(NEVER, 0.0) > 0.0:
        seen = "notes are in the preset's mixture"
        rule = Rule(claim="it carries over to what it was not trained on", rule="-", measured=seen, verdict=NOT_RUN)
        return Outcome(id="table9", title="Table 9: four domains", scale="", rules=[rule], tables=[])
    there = [record.arm for record in registry.ensure([Arm(seed=seed) for seed in seeds], tell=tell)]
    rows, rules = [], []
    for name, (part, categories) in DOMAINS.items():
        tell(f"domain {name}")
        batch, families = _blocks(held_out, _only(registry.preset.feed, part, categories))
        others = _dealt(batch)
        true, dealt = {}, {}
        for arm in there:
            network, units = registry.network(arm)
            true[arm.seed] = word_losses(network, units, batch)
            dealt[arm.seed] = word_losses(network, units, others)
        apart = difference(true, dealt, families)
        mean = np.mean([each.mean() for each in true.values()])
        kind = "never trained on" if name == NEVER else "trained on"
        scale = f"{len(families)} of {len(set(families))} families"
        rows.append([name, kind, f"{claims.TABLE9[name]:.2f}", scale, f"{mean:.4f}", apart.words()])
        rules.append(
            Rule(
                claim=f"{name} ({kind}): words are heeded",
                rule=(
                    "loss with the true words less that with another's of the domain: interval below 0, all of three "
                    "seeds; families drawn whole"
                ),
                measured=apart.words(),
                verdict=lower(apart),
            )
        )
    heads = ["domain", "", "claimed FAD (baseline)", "blocks", "measured loss", "less that with words dealt"]
    return Outcome(
        id="table9",
        title="Table 9: four domains",
        scale=f"preset {registry.preset.name}, {registry.preset.steps} steps, {len(there)} seeds",
        rules=rules,
        tables=[Cells(title=f"Held-out flow loss at times {', '.join(map(str, TIMES))}", heads=heads, rows=rows)],
        notes=[
            "The paper's sets (Footstep-set, VGGSound, UnAV-100, NSynth) are in no package: these are our corpus's.",
            "Losses of two domains are not to be compared: sounds differ in how much noise is in them.",
        ],
    )


@torch.no_grad()
def word_losses(network: Network, units: Units, batch: FeedBatch) -> NDArray[np.float64]:
    """Of each block, mean over TIMES, the same noise for all: float64 [blocks]."""
    blocks = blocks_from(batch, units)
    noise = torch.randn(blocks.latents.shape, generator=torch.Generator().manual_seed(11))
    found = []
    for time in TIMES:
        given, _ = passed(network, blocks, noise, torch.full((len(noise),), time))
        square = ((given.velocity - (noise - blocks.latents)).square() * units.counts).mean(dim=-1)
        found.append((square * blocks.weight).sum(dim=1) / blocks.weight.sum(dim=1).clamp(min=1e-6))
    return torch.stack(found).mean(dim=0).double().numpy()


def _blocks(store: FeedStore, settings: FeedSettings) -> tuple[FeedBatch, tuple[str, ...]]:
    """Blocks at the beginning of held-out sounds, and each one's family."""
    only = msgspec.structs.replace(
        calm(settings), at_beginning=1.0, small_at_beginning=1.0, long_at_beginning=1.0, history_null=1.0
    )
    chance = np.random.default_rng(7)
    batch = Drawer(store, only).batch(HOPS, (np.arange(BLOCKS) + chance.random(BLOCKS)) / BLOCKS, chance)
    families = {entry.id: entry.family for part in store.parts.values() for entry in part.index.entries}
    return batch, tuple(families[clip] for clip in batch.clips)


def _only(settings: FeedSettings, part: Part, categories: tuple[Category, ...]) -> FeedSettings:
    """One part, some categories: the factor of all others is 0."""
    every: dict[Category, float] = dict.fromkeys(CATEGORIES, 0.0)
    return msgspec.structs.replace(settings, parts={part: 1.0}, categories=every | dict.fromkeys(categories, 1.0))


def _dealt(batch: FeedBatch) -> FeedBatch:
    """Each block with the words of the one half a batch away."""
    shift = max(1, len(batch.clips) // 2)
    return replace(batch, text=np.roll(batch.text, shift, axis=0), text_mask=np.roll(batch.text_mask, shift, axis=0))
