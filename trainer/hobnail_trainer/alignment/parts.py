"""The three alignments as modules. Their weights are projectors; a student's or a teacher's are never among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_trainer.alignment.losses import Moments, cosine_loss, in_time, info_nce, pooled, smooth_distance
from hobnail_trainer.alignment.projectors import projector
from hobnail_trainer.alignment.spec import ToItself, ToTeacher, ToText, Widths, depths_of

if TYPE_CHECKING:
    from torch import Tensor


class TeacherPart(nn.Module):
    """REPA, iREPA and the arms between them."""

    def __init__(self, spec: ToTeacher, widths: Widths) -> None:
        super().__init__()
        self.spec = spec
        self.projectors = nn.ModuleList(projector(spec, widths.student, widths.teacher) for _ in depths_of(spec))

    def forward(self, hidden: Sequence[Tensor], target: Tensor, mask: Tensor, moments: Moments | None = None) -> Tensor:
        """``hidden``: each layer's output [batch, hops, width]; ``target`` [batch, hops, dims]. A mean over layers."""
        spec, counted, target = self.spec, mask, target.detach()
        if spec.arm in ("irepa", "norm_only"):
            target, counted = in_time(
                target,
                mask,
                gamma=spec.gamma,
                epsilon=spec.epsilon,
                quiet=spec.quiet,
                least_hops=spec.least_hops,
                moments=moments,
            )
        losses = [
            cosine_loss(project(hidden[depth - 1], mask), target, counted)
            for depth, project in zip(depths_of(spec), self.projectors, strict=True)
        ]
        return torch.stack(losses).mean()


class ItselfPart(nn.Module):
    """SRA. The head is the authors' (two linear layers, SiLU); the target is brought to a root mean square of 1 hop by
    hop, which theirs is not, so that the loss does not depend on how large a student's hidden states grow."""

    def __init__(self, spec: ToItself, widths: Widths) -> None:
        super().__init__()
        self.spec = spec
        width = widths.student
        self.head = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, hidden: Sequence[Tensor], averaged: Sequence[Tensor], mask: Tensor) -> Tensor:
        """``averaged``: the averaged model's layers, of the same blocks at :func:`lower_noise`."""
        target = averaged[self.spec.later - 1].detach().float()
        target = target / target.square().mean(dim=-1, keepdim=True).sqrt().clamp(min=1e-6)
        return smooth_distance(self.head(hidden[self.spec.depth - 1]), target, mask, self.spec.beta)


class TextPart(nn.Module):
    """InfoNCE; its temperature is learned and kept between the spec's bounds."""

    def __init__(self, spec: ToText, widths: Widths) -> None:
        super().__init__()
        self.spec = spec
        self.sound = nn.Linear(widths.student, spec.width)
        self.words = nn.Linear(widths.text, spec.width)
        self.log_temperature = nn.Parameter(torch.tensor(math.log(spec.temperature)))

    @property
    def temperature(self) -> Tensor:
        """Between the bounds; outside of them no gradient would bring it back, so it is held just inside."""
        low, high = math.log(self.spec.lowest), math.log(self.spec.highest)
        with torch.no_grad():
            self.log_temperature.clamp_(low, high)
        return self.log_temperature.exp()

    def forward(self, hidden: Sequence[Tensor], text: Tensor, mask: Tensor, told: Tensor | None = None) -> Tensor:
        """``text`` [batch, text width], not learned through; ``told``: bool [batch], rows that have a text."""
        sounds = functional.normalize(self.sound(pooled(hidden[self.spec.depth - 1], mask)).float(), dim=-1)
        texts = functional.normalize(self.words(text.detach()).float(), dim=-1)
        keep = mask.any(dim=1) if told is None else mask.any(dim=1) & told
        return info_nce(sounds, texts, self.temperature, keep)


def lower_noise(t: Tensor, lower: float, drawn: Tensor) -> Tensor:
    """Noise levels for the averaged model, [batch]: t less up to ``lower``, not below 0. ``drawn`` [batch], 0..1."""
    return (t - lower * drawn).clamp(min=0.0)
