"""How far the prompt and the senses of a block agree, 0..1, by what the frozen network itself makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from hobnail_plugins.aht.nn.network import Network, Streams

if TYPE_CHECKING:
    from torch import Tensor, nn

    from hobnail_plugins.aht.nn.memory import Memory


@torch.no_grad()
def agreement(network: Network, streams: Streams) -> Tensor:
    """Cosine of what the text would add and what vision and history would, below 0 counted as 0: float32 [batch].

    A stream's embedding is the mean of its rows' values, projected by the layer's own W_m: what H_att would hold if
    every row were looked at alike. Means over layers and over the senses that are there; NaN where there is no text,
    or nothing else.
    """
    memories = (streams.text, streams.vision, streams.history)
    history = streams.history_seen & (streams.history_seen.sum(-1, keepdim=True) >= network.spec.history_least)
    vision = streams.vision_seen if streams.vision_seen.dim() == 2 else streams.vision_seen.any(dim=1)
    seen = (streams.text_seen, vision, history)
    present = torch.stack([each.any(dim=-1) for each in seen], dim=-1)
    total = torch.zeros(len(streams.prompt), 2, device=streams.prompt.device)
    for index, layer in enumerate(network.layers):
        projections: nn.ModuleList = layer.streams  # type: ignore[assignment]  # torch types every attribute alike
        told, *sensed = (
            project(_mean(memory, index, mask, network.spec.heads // network.spec.key_heads)).float()
            for project, memory, mask in zip(projections, memories, seen, strict=True)
        )
        total += torch.stack([functional.cosine_similarity(told, other, dim=-1) for other in sensed], dim=-1)
    both = present[:, :1] & present[:, 1:]
    cosine = (total / len(network.layers)).masked_fill(~both, 0.0).sum(dim=-1) / both.sum(dim=-1)  # 0 / 0: NaN
    return cosine.clamp(min=0.0)


def _mean(memory: Memory, layer: int, seen: Tensor, group: int) -> Tensor:
    """Mean value row of one layer, for every query head: [batch, width]."""
    values = memory.values[:, layer].float()
    counted = seen[:, :, None, None].float()
    mean = (values * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1.0)
    return mean.repeat_interleave(group, dim=1).flatten(1)
