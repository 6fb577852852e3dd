"""From a student's hops to a teacher's: only there in training, thrown away afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

from hobnail_trainer.alignment.spec import ToTeacher

if TYPE_CHECKING:
    from torch import Tensor


class MlpProjector(nn.Module):
    """REPA's: three linear layers with SiLU between, each hop by itself."""

    def __init__(self, width: int, hidden: int, dims: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, dims)
        )

    def forward(self, x: Tensor, _mask: Tensor) -> Tensor:
        """[batch, hops, width] -> [batch, hops, dims]."""
        out: Tensor = self.layers(x)
        return out


class ConvProjector(nn.Module):
    """iREPA's: one convolution over time, no nonlinearity. Hops that do not count are silent to it, as is what lies
    before and after the block."""

    def __init__(self, width: int, dims: int, kernel: int, *, causal: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, dims, kernel)
        self.before = kernel - 1 if causal else kernel // 2
        self.after = kernel - 1 - self.before

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """[batch, hops, width], bool [batch, hops] -> [batch, hops, dims]."""
        counted = x * mask.unsqueeze(-1).to(x.dtype)
        out: Tensor = self.conv(functional.pad(counted.transpose(1, 2), (self.before, self.after))).transpose(1, 2)
        return out


def projector(spec: ToTeacher, width: int, dims: int) -> nn.Module:
    """The one that an arm asks for."""
    if spec.arm in ("irepa", "conv_only"):
        return ConvProjector(width, dims, spec.kernel, causal=spec.causal)
    return MlpProjector(width, spec.hidden, dims)
