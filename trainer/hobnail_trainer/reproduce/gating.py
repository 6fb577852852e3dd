"""Does gating make quantising easier? INT8 against float32, with gates and without: the graph of a step of each run.

Large activations are what 8 bits cut off, and a gate inside the heads is said to remove them (Qiu and others 2025: 1053
to 94). Graphs are exported, calibrated and compared as those of a bundle are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.nn.probes import look_into
from hobnail_trainer.export.bundle import small_of
from hobnail_trainer.export.examples import real_steps
from hobnail_trainer.export.measure import errors_of
from hobnail_trainer.export.write import graphs_of
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.blocks import Units, blocks_from, streams_of
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.preset import FlowLoss
from hobnail_trainer.model.velocity import between, draw
from hobnail_trainer.reproduce.adaptation import below
from hobnail_trainer.reproduce.conditions import part_blocks
from hobnail_trainer.reproduce.model import Cells, Outcome
from hobnail_trainer.reproduce.registry import Arm, Registry

UNGATED, GATED = "vanilla", "gca_g1"
CALIBRATION, CHECKED = 12, 12  #: batches

Found = dict[str, dict[int, np.ndarray]]


def measure_gating(
    registry: Registry, train: FeedStore, held_out: FeedStore, seeds: Sequence[int], *, tell: Callable[[str], None]
) -> Outcome:
    """Error of INT8 by batch, and the largest activation of each layer. Raises TrainerError, MissingExtraError."""
    arms = [Arm(fusion=fusion, level=True, seed=seed) for seed in seeds for fusion in (UNGATED, GATED)]
    errors: Found = {}
    activations: Found = {}
    sizes: dict[str, tuple[int, int]] = {}
    batch = part_blocks(held_out, registry.preset.feed, count=1)[0]
    for record in registry.ensure(arms, tell=tell):
        arm = record.arm
        tell(f"exporting {arm.name}")
        network, _ = registry.network(arm)
        state = load(newest(registry.folder / arm.name)).state
        units = Units(state.scale)
        activations.setdefault(arm.fusion, {})[arm.seed] = largest(network, units, batch)
        error, size = int8_errors(network, units, train, held_out, state.preset.feed)
        errors.setdefault(arm.fusion, {})[arm.seed] = error
        sizes[arm.fusion] = size
    return outcome_of(errors, activations, sizes, f"preset {registry.preset.name}, {registry.preset.steps} steps")


def int8_errors(
    network: Network, units: Units, train: FeedStore, held_out: FeedStore, settings: FeedSettings
) -> tuple[np.ndarray, tuple[int, int]]:
    """Relative RMS of the velocity in each held-out batch, and bytes of the graph in float32 and in INT8."""
    from hobnail_trainer.model.loop import scale_of

    network.requires_grad_(False)
    scale = scale_of(train)
    whole = graphs_of(network, ["plain"])["plain"]
    given = list(real_steps(network, train, scale, settings, instant=True, batches=CALIBRATION, seed=1))
    small = small_of(whole, network.spec.width, given)
    checked = real_steps(network, held_out, scale, settings, instant=True, batches=CHECKED, seed=2)
    errors = [errors_of(whole, small, [each])["velocity"] for each in checked]
    return np.array(errors), (len(whole.SerializeToString()), len(small.SerializeToString()))


@torch.no_grad()
def largest(network: Network, units: Units, batch: FeedBatch) -> np.ndarray:
    """Largest activation of each layer over the median one."""
    blocks = blocks_from(batch, units)
    drawn = draw(blocks.latents.shape, FlowLoss(), torch.Generator().manual_seed(0))
    x, streams = between(blocks.latents, drawn), streams_of(network, blocks)
    figures = look_into(network, lambda: network(x, drawn.t, drawn.t, blocks.first, blocks.age, streams))
    return np.array([layer.activation_ratio for layer in figures])


def outcome_of(errors: Found, activations: Found, sizes: dict[str, tuple[int, int]], scale: str) -> Outcome:
    """Rules and a table."""
    rules = [
        below(
            "gates make quantising easier",
            "relative error of the velocity in INT8, gca_g1 less vanilla",
            errors.get(GATED, {}),
            errors.get(UNGATED, {}),
        ),
        below(
            "a gate inside the heads tames large activations",
            "largest activation of a layer over the median one, gca_g1 less vanilla",
            activations.get(GATED, {}),
            activations.get(UNGATED, {}),
        ),
    ]
    rows = [
        [
            fusion,
            str(len(by_seed)),
            f"{np.mean([each.mean() for each in by_seed.values()]):.2g}",
            f"{np.max([each.max() for each in by_seed.values()]):.2g}",
            f"{np.mean([each.mean() for each in activations[fusion].values()]):.1f}",
            f"{sizes[fusion][0]:,}",
            f"{sizes[fusion][1]:,}",
        ]
        for fusion, by_seed in errors.items()
    ]
    heads = ["fusion", "seeds", "INT8 error", "worst batch", "largest activation over median", "float32, bytes", "INT8"]
    return Outcome(
        id="gating",
        title="INT8, gated against ungated",
        scale=f"{scale}, {sum(map(len, errors.values()))} runs, {CHECKED} held-out batches each",
        rules=rules,
        tables=[Cells(title="Graph of a step, means over seeds", heads=heads, rows=rows)],
        notes=["So small a graph is mostly what stays float32, so its size says nothing of a bundle's."],
    )
