"""What is exported: a checkpoint's averaged weights in the network of its preset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.model.checkpoint import Checkpoint, load, newest

if TYPE_CHECKING:
    from torch import Tensor


def checkpoint_of(path: Path) -> Checkpoint:
    """A checkpoint, or the newest of a run's folder. Raises TrainerError."""
    return load(newest(path) if path.is_dir() else path)


def network_of(checkpoint: Checkpoint, host: Host) -> Network:
    """The network with the averaged weights, in eval mode, float32 on the CPU. Raises TrainerError, PluginError."""
    network = assemble(checkpoint.state.preset.network, host)
    average: dict[str, Tensor] = checkpoint.part("average")
    wanted = dict(network.named_parameters())
    for name, value in wanted.items():
        found = average.get(name)
        if found is None or found.shape != value.shape:
            raise TrainerError(
                f"checkpoint: average.{name} is {None if found is None else list(found.shape)}, expected "
                f"{list(value.shape)}.",
                cure="Use the Hobnail and the components that it was trained with.",
            )
        if not torch.isfinite(found).all():
            raise TrainerError(f"checkpoint: average.{name} holds NaN or infinity.", cure="Use the one before it.")
    if strangers := sorted(set(average) - set(wanted)):
        raise TrainerError(
            f"checkpoint: holds {strangers[0]!r}, which the network does not have.",
            cure="Use the components that it was trained with.",
        )
    with torch.no_grad():
        for name, value in wanted.items():
            value.copy_(average[name])
    network.requires_grad_(False)
    return network.eval()
