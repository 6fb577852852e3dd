"""Fitting adapters: the network stays bit for bit as it is, steps are the same each time, and a fit can go on.

The slider recipe for pairs (Gandikota and others 2023): each sample is a changed sound with the amount of its change as
control, so that strengths of many sizes and of both signs are learned at once, and 0 is the network itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic

import torch

from hobnail_plugins.moe_lora.nn.arms import Lora
from hobnail_trainer.adapters.hearing import cross_talk_loss, draw_move
from hobnail_trainer.adapters.losses import losses, total
from hobnail_trainer.adapters.model import B, FitSettings, Given, Known, Lesson
from hobnail_trainer.adapters.routing import Balance
from hobnail_trainer.errors import TrainerError

if TYPE_CHECKING:
    from torch import Tensor, nn

Watch = Callable[[int, Mapping[str, float]], None]
"""Called after each step with its number, from 1, and its figures."""


class ExpertFit(Generic[B]):
    """A fit that stands at some step. :meth:`tensors` goes into a checkpoint, :meth:`restore` goes on from it."""

    def __init__(self, network: nn.Module, adapter: Lora, lesson: Lesson[B], settings: FitSettings) -> None:
        self.network, self.adapter, self._lesson, self._settings = network, adapter, lesson, settings
        self.step_number = 0
        self._balance = Balance.of(len(adapter.settings.experts))
        self._optimiser = torch.optim.AdamW(
            adapter.parameters(), lr=settings.rate, betas=settings.betas, weight_decay=settings.decay
        )

    def step(self, batch: B) -> dict[str, float]:
        """Learn from a batch; its losses by name. Raises TrainerError where one is no number; nothing is learned."""
        lesson, settings = self._lesson, self._settings
        with torch.no_grad():
            known = lesson.know(self.network, batch)
        routing = self.adapter(known.prompt, known.controls.unsqueeze(1))
        given = lesson.loss_of(self.network, batch, self.adapter.adapters(routing))
        parts, balance = losses(given, self.adapter, routing, known, self._balance, lesson.ear)
        every = self.adapter.settings.losses.cross_talk_every
        if lesson.ear is not None and given.clean is not None and self.step_number % every == 0:
            parts["cross_talk"] = self._cross_talk(batch, known, given)
        whole = total(parts, self.adapter.settings.losses)
        trained = list(self.adapter.parameters())
        gradients = torch.autograd.grad(whole, trained, allow_unused=True)
        norm = torch.nn.utils.get_total_norm([each for each in gradients if each is not None])
        if not (torch.isfinite(whole) and torch.isfinite(norm)):
            named = ", ".join(f"{name} {float(part.detach()):.4g}" for name, part in parts.items())
            raise TrainerError(
                f"fit of adapters, step {self.step_number + 1}: the loss is no number ({named}).",
                cure="Go on from the last checkpoint with a lower rate, or look at the batch.",
            )
        for value, gradient in zip(trained, gradients, strict=True):
            value.grad = None if gradient is None else gradient * (settings.clip / norm.clamp(min=settings.clip))
        for group in self._optimiser.param_groups:
            group["lr"] = settings.rate * min(1.0, (self.step_number + 1) / max(1, settings.warm_steps))
        self._optimiser.step()
        self._optimiser.zero_grad()
        self._balance = balance
        self.step_number += 1
        return {name: float(part.detach()) for name, part in parts.items()}

    def tensors(self) -> dict[str, Tensor]:
        """Everything that going on needs, by name; float tensors and a few counts."""
        out = {f"balance.{name}": value for name, value in self._balance.tensors().items()}
        out["step"] = torch.tensor(self.step_number)
        for name, value in self.adapter.named_parameters():
            out[f"adapter.{name}"] = value.detach().clone()
            if state := self._optimiser.state.get(value):
                out |= {f"{key}.{name}": state[key].clone() for key in ("step", "exp_avg", "exp_avg_sq")}
        return out

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on where :meth:`tensors` was taken. Raises TrainerError for a checkpoint of other adapters."""
        named = dict(self.adapter.named_parameters())
        fits = all(
            (kept := tensors.get(f"adapter.{name}")) is not None and kept.shape == value.shape
            for name, value in named.items()
        )
        if not fits or "step" not in tensors:
            raise TrainerError(
                "fit of adapters: the checkpoint holds other adapters.",
                cure="Give the settings that it was begun with, or start anew.",
            )
        for name, value in named.items():
            value.copy_(tensors[f"adapter.{name}"])
            if f"exp_avg.{name}" in tensors:
                self._optimiser.state[value] = {
                    key: tensors[f"{key}.{name}"].clone() for key in ("step", "exp_avg", "exp_avg_sq")
                }
        self._balance = Balance.back({name: tensors[f"balance.{name}"] for name in ("share", "gate", "count")})
        self.step_number = int(tensors["step"])

    def _cross_talk(self, batch: B, known: Known, given: Given) -> Tensor:
        """The same blocks, noise and times with one control of each elsewhere."""
        ear, axes = self._lesson.ear, self.adapter.settings.axes
        assert ear is not None
        assert given.clean is not None
        assert given.t is not None
        chance = torch.Generator().manual_seed(self._settings.seed * 1_000_003 + self.step_number)
        move = draw_move(known.controls, chance)
        routing = self.adapter(known.prompt, move.controls.unsqueeze(1))
        other = self._lesson.loss_of(self.network, batch, self.adapter.adapters(routing))
        assert other.clean is not None
        before, after = ear(given.clean, given.weight), ear(other.clean, given.weight)
        return cross_talk_loss(before, after, move.delta, given.t, axes)


def fit_experts(
    network: nn.Module,
    adapter: Lora,
    feed: Iterator[B],
    lesson: Lesson[B],
    settings: FitSettings,
    *,
    past: Mapping[str, Tensor] | None = None,
    watch: Watch | None = None,
) -> ExpertFit[B]:
    """Fit until ``settings.steps`` and give the fit as it then stands. ``network`` is frozen meanwhile.

    ``past``: tensors of a fit to go on from; ``feed`` must stand where it stood then. Raises TrainerError.
    """
    fit = ExpertFit(network, adapter, lesson, settings)
    if past is not None:
        fit.restore(past)
    with frozen(network):
        while fit.step_number < settings.steps:
            figures = fit.step(next(feed))
            if watch is not None:
                watch(fit.step_number, figures)
    return fit


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """No parameter of ``module`` asks for a gradient inside; afterwards each does as before."""
    before = [(value, value.requires_grad) for value in module.parameters()]
    for value, _ in before:
        value.requires_grad_(False)
    try:
        yield
    finally:
        for value, asked in before:
            value.requires_grad_(asked)
