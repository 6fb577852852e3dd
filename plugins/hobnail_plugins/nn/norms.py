"""Norms that hold from step to step: one with a gain, one without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-5


def normed(x: Tensor) -> Tensor:
    """``x`` with mean 0 and variance 1 along the last axis (Ba, Kiros and Hinton 2016), without gain and bias."""
    return functional.layer_norm(x, x.shape[-1:], eps=EPSILON)


class Norm(nn.Module):
    """Layer norm with a learned gain along the last axis."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """[..., width] -> [..., width]."""
        return functional.layer_norm(x, x.shape[-1:], self.gain, eps=EPSILON)
