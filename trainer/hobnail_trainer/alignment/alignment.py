"""All alignments of a preset in one module: hidden states in, one loss out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import nn

from hobnail_trainer.alignment.losses import Moments
from hobnail_trainer.alignment.parts import ItselfPart, TeacherPart, TextPart
from hobnail_trainer.alignment.spec import AlignmentSpec, Widths, check
from hobnail_trainer.errors import TeacherError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Beside:
    """What a batch has besides hidden states; what is None is not there."""

    moments: Moments | None = None  #: of the teacher's features over the whole clips
    heard: Tensor | None = None  #: bool [batch] or [batch, hops], where there is a target; None: everywhere
    averaged: Sequence[Tensor] | None = None  #: hidden states of the averaged model at lower noise
    text: Tensor | None = None  #: [batch, text width], pooled
    told: Tensor | None = None  #: bool [batch], rows that have a text; None: all


@dataclass(frozen=True, slots=True)
class AlignmentLoss:
    """``total`` is the weighted sum; ``parts`` hold each part's own loss, by the name of its table, before weighing."""

    total: Tensor
    parts: dict[str, Tensor] = field(default_factory=dict)


class Alignment(nn.Module):
    """Built from a spec and sizes; its weights belong into the optimiser and the checkpoint, never into a bundle."""

    def __init__(self, spec: AlignmentSpec, widths: Widths) -> None:
        """Raises TeacherError for layers or sizes that are not there."""
        super().__init__()
        check(spec, widths)
        self.spec, self.widths = spec, widths
        self.teacher = TeacherPart(spec.teacher, widths) if spec.teacher else None
        self.itself = ItselfPart(spec.itself, widths) if spec.itself else None
        self.text = TextPart(spec.text, widths) if spec.text else None

    def active(self, step: int) -> frozenset[str]:
        """The parts that are on at a step: "teacher", "itself", "text". A trainer needs not fetch what others want."""
        on = (("teacher", self.spec.teacher), ("itself", self.spec.itself), ("text", self.spec.text))
        return frozenset(name for name, part in on if part and (not part.stop_step or step < part.stop_step))

    def forward(
        self,
        hidden: Sequence[Tensor],
        target: Tensor | None,
        mask: Tensor,
        *,
        step: int = 0,
        beside: Beside | None = None,
    ) -> AlignmentLoss:
        """``hidden``: each layer's output [batch, hops, width], layer 1 first; ``target``: a teacher's features of the
        clean sound [batch, hops, dims], or None; ``mask``: bool [batch, hops], hops that count.

        Parts that are off, or whose input is not there, are not in ``parts`` and add nothing; their weights stay in the
        graph, so that distributed training finds a (zero) gradient for each. Raises TeacherError for wrong shapes.
        """
        beside = beside or Beside()
        self._check(hidden, target, mask)
        on = self.active(step)
        parts: dict[str, Tensor] = {}
        if self.teacher and "teacher" in on and target is not None:
            heard = mask if beside.heard is None else beside.heard
            rows = mask & (heard if heard.dim() == mask.dim() else heard.unsqueeze(-1))
            parts["teacher"] = self.teacher(hidden, target, rows, beside.moments)
        if self.itself and "itself" in on and beside.averaged is not None:
            parts["itself"] = self.itself(hidden, beside.averaged, mask)
        if self.text and "text" in on and beside.text is not None:
            parts["text"] = self.text(hidden, beside.text, mask, beside.told)
        total = torch.zeros((), device=hidden[0].device)
        for name, module in self.named_children():
            if name in parts:
                total = total + getattr(self.spec, name).weight * parts[name]
            else:
                total = total + 0.0 * torch.stack([weight.sum().float() for weight in module.parameters()]).sum()
        return AlignmentLoss(total, parts)

    def _check(self, hidden: Sequence[Tensor], target: Tensor | None, mask: Tensor) -> None:
        expected = (*mask.shape, self.widths.student)
        if len(hidden) != self.widths.layers or any(tuple(each.shape) != expected for each in hidden):
            raise TeacherError(
                f"{len(hidden)} hidden states, the first of shape {list(hidden[0].shape) if hidden else []}; expected "
                f"{self.widths.layers} of {list(expected)}.",
                cure="Give each layer's output, and a mask [batch, hops].",
            )
        if target is not None and self.spec.teacher and tuple(target.shape) != (*mask.shape, self.widths.teacher):
            raise TeacherError(
                f"the target has the shape {list(target.shape)}, expected {[*mask.shape, self.widths.teacher]}.",
                cure="Encode with the teacher that the run was started with: hobnail-train teacher encode.",
            )
