"""The average of the weights, which is what is judged and shipped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import nn

from hobnail_trainer.model.shards import dealt, own

if TYPE_CHECKING:
    from torch import Tensor


class Average:
    """Exponential moving average of a module's parameters; young averages forget faster.

    Of parameters that are shared out it holds this process's part.
    """

    def __init__(self, module: nn.Module, memory: float) -> None:
        self.memory = memory
        self.values = {name: own(value.detach()).clone() for name, value in module.named_parameters()}

    @torch.no_grad()
    def follow(self, module: nn.Module, step: int) -> None:
        """Move towards the module's weights after its ``step``-th step, counted from 1."""
        kept = min(self.memory, step / (step + 10.0))
        current = [own(value.detach()) for _, value in module.named_parameters()]
        torch._foreach_lerp_(list(self.values.values()), current, 1.0 - kept)

    @torch.no_grad()
    def into(self, module: nn.Module) -> None:
        """Write the average into a module of the same shape."""
        for name, value in module.named_parameters():
            own(value).copy_(self.values[name])

    @contextmanager
    def lent(self, module: nn.Module) -> Iterator[None]:
        """While it lasts, the module has the average for weights."""
        mine = {name: own(value.detach()).clone() for name, value in module.named_parameters()}
        self.into(module)
        try:
            yield
        finally:
            with torch.no_grad():
                for name, value in module.named_parameters():
                    own(value).copy_(mine[name])

    @torch.no_grad()
    def load(self, module: nn.Module, values: dict[str, Tensor]) -> None:
        """Go on from stored values, whole ones; ``module`` says how they are shared out."""
        for name, like in module.named_parameters():
            self.values[name].copy_(own(dealt(values[name], like)))
