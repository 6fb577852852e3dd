"""What makes rows, in the form that is exported: layer by layer, as a step takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import nn

from hobnail_plugins.aht.nn.memory import KeysAndValues, Memory
from hobnail_plugins.aht.nn.network import Network

if TYPE_CHECKING:
    from torch import Tensor


def by_layer(memory: Memory) -> tuple[Tensor, Tensor]:
    """[batch, layers, rows, key heads, width] -> [layers, batch, key heads, rows, width], keys and values."""
    return memory.keys.permute(1, 0, 3, 2, 4), memory.values.permute(1, 0, 3, 2, 4)


def sinks_of(part: KeysAndValues) -> tuple[Tensor, Tensor]:
    """Row 0 of a stream: keys and values [layers, key heads, width]."""
    return part.sink_keys.detach(), part.sink_values.detach()


class TellGraph(nn.Module):
    """text [batch, tokens, text width], seen bool [batch, tokens] -> keys, values, prompt [batch, width]."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.tell = network.tell

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """One prompt more than there are is computed and dropped: see :class:`Modulation`."""
        text, seen = (torch.cat([given[name], given[name][:1]]) for name in ("text", "seen"))
        memory, prompt = self.tell(text, seen)
        keys, values = by_layer(memory)
        return keys[:, :-1], values[:, :-1], prompt[:-1]


class SeeGraph(nn.Module):
    """scene, scene_seen, pixels, pixels_seen, first -> keys, values; shapes as in :class:`See`."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.see = network.see

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Rows of the hops from ``first`` on."""
        names = ("scene", "scene_seen", "pixels", "pixels_seen", "first")
        return by_layer(self.see(*(given[name] for name in names)))


class SceneGraph(nn.Module):
    """scene, scene_seen, first -> keys, values: what is seen where there are no pixels."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.see = network.see

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Rows of the hops from ``first`` on."""
        return by_layer(self.see(given["scene"], given["scene_seen"], None, None, given["first"]))


class RememberGraph(nn.Module):
    """latents [batch, taps - 1 + hops, latents], first int64 [batch] -> keys, values."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.remember = network.remember

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Rows of the hops from ``first`` on."""
        return by_layer(self.remember(given["latents"], given["first"]))
