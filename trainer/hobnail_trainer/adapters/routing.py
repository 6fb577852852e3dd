"""Losses of the router: balance over the data set, gates that follow what was moved, and the streams' agreement.

g are gates [batch, experts], N experts. Samples in which nothing was moved have no strength, and do not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from hobnail_plugins.moe_lora.spec import SHARED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Balance:
    """Running means that stand for the data set."""

    share: Tensor  #: f, [experts], how often each expert's gate was the largest
    gate: Tensor  #: P, [experts], mean gate
    count: int = 0  #: batches

    @classmethod
    def of(cls, experts: int) -> Balance:
        """Before the first batch."""
        even = torch.full((experts,), 1.0 / experts)
        return cls(even, even.clone())

    def tensors(self) -> dict[str, Tensor]:
        """To be kept in a checkpoint."""
        return {"share": self.share, "gate": self.gate, "count": torch.tensor(self.count)}

    @classmethod
    def back(cls, tensors: Mapping[str, Tensor]) -> Balance:
        """From a checkpoint."""
        return cls(tensors["share"].clone(), tensors["gate"].clone(), int(tensors["count"]))


def moved(controls: Tensor) -> Tensor:
    """Which samples count: bool [batch]."""
    return (controls != 0.0).any(dim=-1)


def balance_loss(gates: Tensor, now: Balance, memory: float) -> tuple[Tensor, Balance]:
    """N sum_i f_i P_i (Switch, Fedus, Zoph and Shazeer 2022, eq. 4), f and P means over the data set, not the batch.

    1 where experts are used alike over the data set, however one-sided single samples are; N where one takes all. The
    gradient is that of the batch's own P. ``memory``: of the running means; the first batches count alike.
    """
    if len(gates) == 0:
        return gates.sum(), now
    experts = gates.shape[-1]
    kept = min(memory, now.count / (now.count + 1.0))
    mine = gates.mean(dim=0)
    top = functional.one_hot(gates.detach().argmax(dim=-1), experts).float().mean(dim=0)
    share = kept * now.share.to(top) + (1.0 - kept) * top
    gate = kept * now.gate.to(top) + (1.0 - kept) * mine.detach()
    loss = experts * (share * (gate + mine - mine.detach())).sum()
    return loss, Balance(share, gate, now.count + 1)


def routing_targets(controls: Tensor, experts: Sequence[str], shared: float) -> Tensor:
    """Where gates should be, [batch, experts]: the shared expert's ``shared``, the rest by how far each axis moved."""
    size = controls.abs()
    size = size / size.sum(dim=-1, keepdim=True).clamp(min=TINY)
    axes = iter((size * (1.0 - shared if SHARED in experts else 1.0)).unbind(dim=-1))
    return torch.stack(
        [torch.full_like(size[:, 0], shared) if name == SHARED else next(axes) for name in experts], dim=-1
    )


def route_loss(gates: Tensor, targets: Tensor) -> Tensor:
    """KL(target || g), mean: 0 where gates are the targets."""
    if len(gates) == 0:
        return gates.sum()
    return (torch.xlogy(targets, targets) - torch.xlogy(targets, gates.clamp(min=TINY))).sum(dim=-1).mean()


def consistency_loss(gates: Tensor, agreement: Tensor) -> Tensor:
    """kappa KL(g || uniform) + (1 - kappa) H(g) / log N, mean over samples whose kappa is known (not NaN).

    Our reading of the paper's "consistency-aware expert weighting": where prompt and senses agree (kappa 1) experts
    share the work, where they do not the router has to decide.
    """
    known = ~torch.isnan(agreement)
    gates, kappa = gates[known], agreement[known]
    if len(gates) == 0:
        return gates.sum()
    most = math.log(gates.shape[-1]) if gates.shape[-1] > 1 else 1.0
    entropy = -torch.xlogy(gates, gates.clamp(min=TINY)).sum(dim=-1)
    return (kappa * (most - entropy) + (1.0 - kappa) * entropy / most).mean()
