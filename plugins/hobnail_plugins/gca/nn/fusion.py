"""Fusion arms: how what was found in the streams (H_att) enters what the block holds (A).

=============  =======================================================================================
vanilla        H = A + H_att: cross-attention as it always was
flamingo       H = A + tanh(a) H_att with one scalar a = 0 at first (Alayrac and others 2022)
gca_literal    G = sigma(W H_att + b), H = G H_att + (1 - G) A: as Mukhin and Khablo write it; no outer residual
gca_ctx        the same with G from [A, H_att]
gca_g1         each head's finding times sigma(W q) before it is projected (G1 of Qiu and others 2025), then gca_literal
late           H = A but in the last layer, where H = A + gain H_att. With weighting ``equal`` H_att is what all streams
               gave side by side, times one matrix
projected      H = A + gain mean over the block's hops of H_att: conditions as one vector, no hop sees more than another
=============  =======================================================================================

Every arm is nearly the identity at first: the gates begin at ``sigma(gate_bias)``, the others' findings at 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from hobnail_plugins.gca.spec import FusionSettings
from hobnail_plugins.nn.contracts import PartSize

if TYPE_CHECKING:
    from torch import Tensor


class Vanilla(nn.Module):
    """H = A + H_att; a zero gain, learned per channel, makes it begin as the identity."""

    gate_logits: tuple[str, ...] = ()
    """Submodules that give a gate's logits, for probes."""

    channelwise = True
    """``inside`` works channel by channel: heads may also come side by side, [batch, hops, width]."""

    def __init__(self, size: PartSize, settings: FusionSettings) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(size.width))

    def inside(self, heads: Tensor, query: Tensor) -> Tensor:
        """Heads as they are."""
        return heads

    def mix(self, held: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        """A + gain * H_att; nothing is gated, so the gate is 1."""
        return held + self.gain * found, torch.ones_like(found[..., :1], dtype=torch.float32)


class Late(nn.Module):
    """Streams enter once, in the last layer; the others hold what they held."""

    gate_logits: tuple[str, ...] = ()
    channelwise = True

    def __init__(self, size: PartSize, settings: FusionSettings) -> None:
        super().__init__()
        last = size.layer == size.layers - 1
        self.gain = nn.Parameter(torch.zeros(size.width)) if last else None

    def inside(self, heads: Tensor, query: Tensor) -> Tensor:
        """Heads as they are."""
        return heads

    def mix(self, held: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        """A + gain * H_att with a gate of 1 in the last layer; A with a gate of 0 before it."""
        gate = torch.ones_like(found[..., :1], dtype=torch.float32)
        return (held, 0.0 * gate) if self.gain is None else (held + self.gain * found, gate)


class Projected(Vanilla):
    """What was found is one vector for the whole block."""

    def mix(self, held: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        """A + gain * mean of H_att over hops."""
        return super().mix(held, found.mean(dim=1, keepdim=True).expand_as(found))


class Flamingo(nn.Module):
    """H = A + tanh(a) H_att: one scalar for the whole layer, the same for every token."""

    gate_logits: tuple[str, ...] = ()
    channelwise = True

    def __init__(self, size: PartSize, settings: FusionSettings) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(()))

    def inside(self, heads: Tensor, query: Tensor) -> Tensor:
        """Heads as they are."""
        return heads

    def mix(self, held: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        """A + tanh(a) H_att; the gate is tanh(a)."""
        gate = torch.tanh(self.alpha)
        return held + gate * found, gate.float().abs().expand_as(found[..., :1])


class GatedLiteral(nn.Module):
    """H = G H_att + (1 - G) A with G = sigma(W H_att + b)."""

    gate_logits: tuple[str, ...] = ("gate",)
    channelwise = True

    def __init__(self, size: PartSize, settings: FusionSettings) -> None:
        super().__init__()
        self.gate = nn.Linear(size.width, size.width)
        _begin_closed(self.gate, settings.gate_bias)

    def inside(self, heads: Tensor, query: Tensor) -> Tensor:
        """Heads as they are."""
        return heads

    def mix(self, held: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        """The gate decides for every channel of every hop between what was found and what was held."""
        return _between(self.gate(found), held, found)


class GatedContext(nn.Module):
    """H = G H_att + (1 - G) A with G = sigma(W [A, H_att] + b)."""

    gate_logits: tuple[str, ...] = ("gate",)
    channelwise = True

    def __init__(self, size: PartSize, settings: FusionSettings) -> None:
        super().__init__()
        self.gate = nn.Linear(2 * size.width, size.width)
        _begin_closed(self.gate, settings.gate_bias)

    def inside(self, heads: Tensor, query: Tensor) -> Tensor:
        """Heads as they are."""
        return heads

    def mix(self, held: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
        """As the literal gate, which also sees what is held."""
        return _between(self.gate(torch.cat([held, found], dim=-1)), held, found)


class GatedHeads(GatedLiteral):
    """A gate inside the heads, from the query, and the literal mixture outside."""

    gate_logits: tuple[str, ...] = ("gate", "head_gate")

    def __init__(self, size: PartSize, settings: FusionSettings) -> None:
        super().__init__(size, settings)
        self.head_gate = nn.Linear(size.width, size.width)
        _begin_closed(self.head_gate, 0.0)

    def inside(self, heads: Tensor, query: Tensor) -> Tensor:
        """Every channel of every head times a gate of the query's."""
        gate = torch.sigmoid(self.head_gate(query))
        return heads * (gate if heads.dim() == gate.dim() else gate.view_as(heads))


def _begin_closed(gate: nn.Linear, bias: float) -> None:
    nn.init.zeros_(gate.weight)
    nn.init.constant_(gate.bias, bias)


def _between(logits: Tensor, held: Tensor, found: Tensor) -> tuple[Tensor, Tensor]:
    gate = torch.sigmoid(logits.float())
    return held + gate * (found - held), gate.mean(dim=-1, keepdim=True)
