"""Implicit control tokens: a control is one more token of the prompt. The rival of adapters in tables 2 and 6.

A control at 0 has no token, so without controls the network is told what it always was. For comparisons only: no bundle
carries them, since a prompt's rows would have to be made anew whenever a slider moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


class ControlTokens(nn.Module):
    """A learned token an axis: where it lies at 0, and where its control moves it."""

    def __init__(self, text_width: int, axes: int) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(axes, text_width))
        self.direction = nn.Parameter(0.1 * torch.randn(axes, text_width))

    def forward(self, text: Tensor, seen: Tensor, controls: Tensor) -> tuple[Tensor, Tensor]:
        """``text`` [batch, tokens, text width], ``seen`` bool [batch, tokens], ``controls`` [batch, axes], -1..1 -> the
        same with a token an axis behind them, seen where the control is not 0."""
        tokens = self.place + controls.unsqueeze(-1) * self.direction
        return torch.cat([text, tokens.to(text.dtype)], dim=1), torch.cat([seen, controls != 0.0], dim=1)
