"""Weighting arms: how much text, vision and audio history count in each layer, for each hop.

H is the normalised entropy of a stream's attention (see :class:`hobnail_plugins.nn.attention.Looked`).

==============  =====================================================================================
equal           the same for every stream that is there
learned_static  softmax(b), learned once
magnitude       softmax(log RMS of what the stream gave / tau): louder counts more
daf_literal     softmax(-H / tau), tau fixed: the paper's entropy, nothing learned
daf             softmax((b - H + G_dyn) / tau): calibrated, b and tau learned (Mukhin and Khablo's, made to work)
variance        as ``daf`` with the shares' variance in place of 1 - H
oracle          as ``learned_static``, less what noise it is told: a bound, for measuring only
==============  =====================================================================================

Streams that are absent have weight 0. A stream with one token has no entropy: a learned constant stands for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.daf.spec import WeightingSettings
from hobnail_plugins.nn.contracts import Evidence, PartSize, Steering, Weighed

if TYPE_CHECKING:
    from torch import Tensor

ABSENT = -1e4
"""Logit of a stream that is not there."""


class _Weighting(nn.Module):
    """What all arms share: from logits to weights."""

    def __init__(self, size: PartSize, settings: WeightingSettings) -> None:
        super().__init__()
        self.settings = settings

    def logits(self, evidence: Evidence) -> Tensor:
        """float32 [batch, hops, streams]; absent streams are masked later."""
        raise TypeError(f"{type(self).__name__} does not say how it weighs")

    def forward(self, evidence: Evidence, steering: Steering | None = None) -> Weighed:
        """Weights that sum to 1 over what is present; over everything where nothing is."""
        logits = self.logits(evidence)
        if steering is not None:
            hold = steering.hold.unsqueeze(1)  # as written, what is the same in every layer is computed once
            logits = logits * (1.0 - hold) + hold * steering.prior.unsqueeze(1)
        present = evidence.present | ~evidence.present.any(dim=-1, keepdim=True)
        weights = torch.softmax(torch.where(present, logits, ABSENT), dim=-1)
        if steering is not None:
            share = steering.overriding.unsqueeze(1)
            weights = weights * (1.0 - share) + share * steering.override.unsqueeze(1)
        return Weighed(weights, logits)


class Equal(_Weighting):
    """The same for every stream."""

    def logits(self, evidence: Evidence) -> Tensor:
        """All 0."""
        return torch.zeros_like(evidence.entropy)


class LearnedStatic(_Weighting):
    """One learned logit a stream."""

    def __init__(self, size: PartSize, settings: WeightingSettings) -> None:
        super().__init__(size, settings)
        self.bias = nn.Parameter(torch.zeros(size.streams))

    def logits(self, evidence: Evidence) -> Tensor:
        """The same everywhere."""
        return self.bias.float().expand_as(evidence.entropy)


class Magnitude(_Weighting):
    """A heuristic rival: what is louder counts more."""

    def logits(self, evidence: Evidence) -> Tensor:
        """log RMS over a fixed temperature."""
        return evidence.magnitude.clamp(min=1e-6).log() / self.settings.temperature


class DafLiteral(_Weighting):
    """softmax(-H / tau) without anything learned. A single token has entropy 0, as the formula says."""

    def logits(self, evidence: Evidence) -> Tensor:
        """-H / tau."""
        return -evidence.entropy / self.settings.temperature


class Daf(_Weighting):
    """Calibrated: learned bias of each stream, learned temperature, G_dyn, and a constant for single tokens."""

    def __init__(self, size: PartSize, settings: WeightingSettings) -> None:
        super().__init__(size, settings)
        self.bias = nn.Parameter(torch.zeros(size.streams))
        self.single = nn.Parameter(torch.full((size.streams,), 0.5))
        self.warmth = nn.Parameter(torch.tensor(math.log(math.expm1(settings.temperature))))

    def logits(self, evidence: Evidence) -> Tensor:
        """(b - doubt + G_dyn) / tau, tau = softplus(warmth) held between coldest and warmest."""
        doubt = torch.where(evidence.count > 1, self._doubt(evidence), self.single.float())
        temperature = functional.softplus(self.warmth.float()).clamp(self.settings.coldest, self.settings.warmest)
        return (self.bias.float() - doubt + evidence.dynamic) / temperature

    def _doubt(self, evidence: Evidence) -> Tensor:
        return evidence.entropy


class Variance(Daf):
    """1 - variance of the shares in place of their entropy: our reading of the paper's "variance-aware" score."""

    wants_variance = True

    def _doubt(self, evidence: Evidence) -> Tensor:
        return 1.0 - evidence.variance


class Oracle(LearnedStatic):
    """Knows how noisy each stream really is."""

    def __init__(self, size: PartSize, settings: WeightingSettings) -> None:
        super().__init__(size, settings)
        self.trust = nn.Parameter(torch.zeros(size.streams))

    def logits(self, evidence: Evidence) -> Tensor:
        """b - softplus(g) * noise / tau; without noise levels, b."""
        still = super().logits(evidence)
        if evidence.noise is None:
            return still
        return still - functional.softplus(self.trust.float()) * evidence.noise.unsqueeze(1) / self.settings.temperature
