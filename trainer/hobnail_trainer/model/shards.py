"""One process or many, whole or sharded: the same few calls.

Under FSDP (Zhao and others 2023) a parameter is a ``DTensor`` of which each process holds a part. Averages are kept of
the own part only; checkpoints hold whole tensors, so that a run may go on with other numbers of processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, DistributedType, FullyShardedDataParallelPlugin
from torch import nn
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor, distribute_tensor

from hobnail_trainer.alignment.alignment import Alignment
from hobnail_trainer.model.preset import Preset
from hobnail_trainer.precision import in_bf16

if TYPE_CHECKING:
    from torch import Tensor


def accelerator_for(preset: Preset) -> Accelerator:
    """Accelerate with the preset's precision and accumulation; many processes copy the network or share it out."""
    plugin = None
    if preset.sharded:
        plugin = FullyShardedDataParallelPlugin(
            fsdp_version=2,
            auto_wrap_policy="transformer_based_wrap",
            transformer_cls_names_to_wrap=["Layer"],
            cpu_ram_efficient_loading=False,
        )
    accelerator = Accelerator(
        cpu=not torch.cuda.is_available(),
        mixed_precision="bf16" if in_bf16(preset.precision) else "no",
        gradient_accumulation_steps=preset.optimiser.accumulate,
        fsdp_plugin=plugin,
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],  # a batch may lack vision
    )
    if plugin is not None and accelerator.distributed_type == DistributedType.MULTI_CPU:
        # Accelerate shards on accelerators only; its code runs on processors as well, once it is told to
        if accelerator.mixed_precision != "no":
            plugin.set_mixed_precision(accelerator.mixed_precision)
        accelerator.state.distributed_type = DistributedType.FSDP
        accelerator.state.fsdp_plugin = plugin
    return accelerator


def kept_whole(network: nn.Module) -> set[nn.Parameter]:
    """Parameters that every process holds whole, however the rest is shared out: of parts that own a single number, and
    of an alignment, which is small and never sees the inside of a layer."""
    parts = [list(module.parameters(recurse=False)) for module in network.modules()]
    kept = {value for part in parts if any(each.ndim == 0 for each in part) for value in part}
    aligned = (module for module in network.modules() if isinstance(module, Alignment))
    return kept | {value for module in aligned for value in module.parameters()}


def share_out(accelerator: Accelerator, network: nn.Module) -> None:
    """Tell FSDP which parts stay whole: it shares out no single numbers. Before ``Accelerator.prepare``."""
    plugin = getattr(accelerator.state, "fsdp_plugin", None)
    if plugin is not None:
        whole_ones = kept_whole(network)
        plugin.ignored_modules = [
            module
            for module in network.modules()
            if any(value in whole_ones for value in module.parameters(recurse=False))
        ]


def even_out(network: nn.Module) -> None:
    """Average the gradients of parameters that FSDP left whole over all processes; it does so for the others only."""
    values = list(network.parameters())
    if any(isinstance(value, DTensor) for value in values):
        for value in values:
            if not isinstance(value, DTensor) and value.grad is not None:
                torch.distributed.all_reduce(value.grad)
                value.grad /= torch.distributed.get_world_size()


def own(value: Tensor) -> Tensor:
    """What this process holds of a tensor."""
    return value.to_local() if isinstance(value, DTensor) else value


def whole(value: Tensor, like: Tensor | None = None) -> Tensor:
    """All of a tensor, gathered from every process; ``like``: a parameter that it is shared out as. All must call."""
    if isinstance(like, DTensor) and not isinstance(value, DTensor):
        value = DTensor.from_local(value, like.device_mesh, like.placements, shape=like.shape, stride=like.stride())
    return value.full_tensor() if isinstance(value, DTensor) else value


def dealt(value: Tensor, like: Tensor) -> Tensor:
    """A whole tensor, shared out as ``like`` is and on its device."""
    if isinstance(like, DTensor):
        return distribute_tensor(value.to(like.device), like.device_mesh, like.placements)
    return value.to(like.device)


@contextmanager
def gathered(model: nn.Module) -> Iterator[None]:
    """While it lasts, the parameters that no layer of its own holds can be used by calling the network's parts."""
    if not isinstance(model, FSDPModule):
        yield
        return
    model.unshard()
    try:
        yield
    finally:
        model.reshard()
