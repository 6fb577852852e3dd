"""What stages that go on from a trained network have in common: its averaged weights, and a preset of their own."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.alignment.spec import AlignmentSpec
from hobnail_trainer.model.checkpoint import Checkpoint
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.preset import Preset


def stage_preset(base: Preset, *, steps: int, rate: float, threads: int | None, number: int) -> Preset:
    """``base`` without alignment and dropout, by a schedule of its own.

    ``number``: of the stage after ``base``, for the seed.
    """
    return msgspec.structs.replace(
        base,
        steps=steps,
        seed=base.seed + number,
        threads=threads or base.threads,
        alignment=AlignmentSpec(),
        dropout=0.0,
        optimiser=msgspec.structs.replace(base.optimiser, rate=rate, warm_steps=min(50, steps), fall=0.4),
    )


def weighted(make: Callable[[], Network], base: Checkpoint) -> Network:
    """A network with the averaged weights of ``base``. Raises TrainerError."""
    network = make()
    restore_weights(network, base.part("average"))
    return network


def beside(network: Network, preset: Preset) -> Network:
    """A network that is used beside the one that is trained: compiled where that one is."""
    if preset.compile:
        for layer in network.layers:
            layer.compile(dynamic=True)
    return network
