"""What a network weighs, counted on the real module; on the meta device nothing of it is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.moe_lora.nn.arms import Lora, MoeLora
from hobnail_plugins.moe_lora.spec import AdapterSettings, LoraSettings

ATTENTION: Final = ("self_q", "self_o", "cross_q", "cross_o")
RANK: Final = 16

BYTES_TO_TRAIN: Final = 16
"""Of a parameter in AdamW: weight, gradient and two moments in float32; the average of the weights has 4 more."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one network."""

    parameters: int
    parts: dict[str, int]  #: by the network's children
    one_adapter: int  #: one LoRA of rank 16 on all attention projections that take adapters
    four_experts: int  #: four of them and their router
    router: int

    @property
    def optimiser_bytes(self) -> int:
        """Weights, gradients and AdamW's moments in float32."""
        return BYTES_TO_TRAIN * self.parameters


def counts_of(spec: NetworkSpec, host: Host) -> Counts:
    """Count without allocating. Raises PluginError, ConfigError."""
    with torch.device("meta"):
        network = assemble(spec, host)
        one = Lora(spec, LoraSettings(rank=RANK, slot_rank=RANK, experts=("pitch",), places=ATTENTION))
        four = MoeLora(spec, AdapterSettings(rank=RANK, slot_rank=RANK, places=ATTENTION))
    return Counts(
        parameters=_size(network),
        parts={name: _size(part) for name, part in network.named_children()},
        one_adapter=_size(one),
        four_experts=_size(four),
        router=_size(four.router),
    )


def _size(module: torch.nn.Module) -> int:
    return sum(value.numel() for value in module.parameters())
