"""Linear layers that adapters can change while sound runs.

An adapter (LoRA, Hu and others 2021) adds ``strength * B A x`` to a layer. All loaded adapters lie side by side: their
ranks are concatenated into one pair of factors for each layer, and each voice and hop scales them by its own strengths.
So loading one is writing numbers, not building a graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Factors:
    """Both halves of what adapters add at one kind of place, for every layer."""

    down: Tensor  #: [layers, inputs, ranks], A of every adapter side by side
    up: Tensor  #: [layers, ranks, outputs], B likewise


@dataclass(frozen=True, slots=True)
class Adapters:
    """What adapters add to a network: factors by place, and how strongly each rank counts."""

    places: Mapping[str, Factors]
    strength: Tensor  #: [batch, hops or 1, ranks]

    def delta(self, place: str, layer: int, x: Tensor) -> Tensor | None:
        """What to add to the output of ``place`` in ``layer`` for its input x [batch, hops, inputs]; None: nothing."""
        factors = self.places.get(place)
        if factors is None:
            return None
        out: Tensor = ((x @ factors.down[layer]) * self.strength) @ factors.up[layer]
        return out


class AdaptedLinear(nn.Linear):
    """A linear layer with a place in it for adapters."""

    def __init__(self, inputs: int, outputs: int, *, place: str, layer: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, bias=bias)
        self.place, self.layer = place, layer

    def adapted(self, x: Tensor, adapters: Adapters | None) -> Tensor:
        """[batch, hops, inputs] -> [batch, hops, outputs]."""
        out = self(x)
        delta = adapters.delta(self.place, self.layer, x) if adapters else None
        result: Tensor = out if delta is None else out + delta
        return result
