"""The router in torch: the same numbers as :mod:`hobnail_plugins.moe_lora.router`, which has the formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.moe_lora.router import RIVAL, slope_kinds
from hobnail_plugins.moe_lora.spec import SHARED, AdapterSettings
from hobnail_plugins.nn.norms import normed

if TYPE_CHECKING:
    from torch import Tensor


class Router(nn.Module):
    """Prompt and controls to gates and strengths. Gates begin alike for every prompt."""

    kinds: Tensor

    def __init__(self, width: int, settings: AdapterSettings) -> None:
        super().__init__()
        self.experts, self.odd = settings.experts, settings.odd
        kinds = torch.from_numpy(slope_kinds(settings.experts, odd=settings.odd))
        self.register_buffer("kinds", kinds, persistent=False)
        self.enter = nn.Linear(width, settings.router_width)
        self.leave = nn.Linear(settings.router_width, kinds.shape[0] * (1 + kinds.shape[1]))
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, prompt: Tensor, controls: Tensor) -> tuple[Tensor, Tensor]:
        """``prompt`` [batch, width], ``controls`` [batch, hops or 1, axes] -> gates and strengths, float32 [batch,
        hops or 1, experts]."""
        with torch.autocast(prompt.device.type, enabled=False):
            controls = controls.float()
            made = self.leave(functional.silu(self.enter(normed(prompt.float()))))
            offsets, raw = made.unflatten(-1, (len(self.experts), -1)).tensor_split([1], dim=-1)
            slopes = torch.where(self.kinds > 0, functional.softplus(raw), torch.tanh(raw))
            slopes = torch.where(self.kinds < 0, -functional.softplus(raw + RIVAL), slopes)
            sides = controls.abs() if self.odd else torch.cat([controls, -controls], dim=-1).clamp(min=0.0)
            logits = offsets.transpose(1, 2) + sides @ slopes.transpose(1, 2)
            relative = torch.exp(logits - logits.amax(dim=-1, keepdim=True))
            moves = self._moves(controls)
            return torch.softmax(logits, dim=-1), relative * moves

    def _moves(self, controls: Tensor) -> Tensor:
        columns = iter(controls.unbind(dim=-1))
        largest = controls.abs().amax(dim=-1)
        return torch.stack([largest if name == SHARED else next(columns) for name in self.experts], dim=-1)
