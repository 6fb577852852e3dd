"""The formulas, without weights. ``mask``: bool [batch, hops], true where a hop counts; what does not count has no part
in any mean, and no gradient.

- REPA (Yu and others 2024, 2410.06940): -mean of cos(h(x), y) over hops that count
- iREPA's normalisation (Singh and others 2025, 2512.10794): y <- (y - gamma mean_T y) / (sd_T y + epsilon), per clip
  and number, sd unbiased and blind to gamma. Here over hops that count, epsilon relative to the clip, and clips that
  hardly move left out: there, noise would be blown up to full size.
- SRA (Jiang and others 2025, 2505.02831): smooth L1
- InfoNCE (van den Oord and others 2018), symmetric as in CLIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

TINY = 1e-8


class Moments(NamedTuple):
    """Of a whole clip's features over time, float32 [batch, numbers] each."""

    mean: Tensor
    sd: Tensor  #: unbiased


class Normalised(NamedTuple):
    """Features over time, and what is left of the mask: none of a clip that was left out."""

    features: Tensor  #: float32 [batch, hops, numbers]
    mask: Tensor


def cosine_loss(found: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """-mean cosine of [batch, hops, numbers] over hops that count; 0 when none does."""
    cosines = functional.cosine_similarity(found.float(), target.float(), dim=-1, eps=TINY)
    return -masked_mean(cosines, mask)


def smooth_distance(found: Tensor, target: Tensor, mask: Tensor, beta: float) -> Tensor:
    """Mean smooth L1 distance over hops that count: d^2 / (2 beta) below ``beta``, d - beta / 2 above."""
    distance = functional.smooth_l1_loss(found.float(), target.float(), reduction="none", beta=beta)
    return masked_mean(distance.mean(dim=-1), mask)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of [batch, hops] over hops that count, each hop counting the same; 0 when none does."""
    kept = torch.where(mask, values, torch.zeros_like(values))
    return kept.sum() / mask.sum().clamp(min=1)


def pooled(features: Tensor, mask: Tensor) -> Tensor:
    """Means over hops that count, float32 [batch, numbers]; 0 of a row in which none does."""
    share = mask.unsqueeze(-1).float()
    return (features.float() * share).sum(dim=1) / share.sum(dim=1).clamp(min=1.0)


def in_time(
    target: Tensor,
    mask: Tensor,
    *,
    gamma: float,
    epsilon: float,
    quiet: float,
    least_hops: int,
    moments: Moments | None = None,
) -> Normalised:
    """iREPA's normalisation of [batch, hops, numbers]. ``moments``: of the clips that the blocks are cut from, taken
    instead of the blocks' own; a block of two hops has none worth the name."""
    target, share = target.float(), mask.unsqueeze(-1).float()
    count = share.sum(dim=1)
    if moments is None:
        mean = pooled(target, mask)
        variance = ((target - mean.unsqueeze(1)).square() * share).sum(dim=1) / (count - 1.0).clamp(min=1.0)
        sd, enough = variance.sqrt(), count.squeeze(-1) >= least_hops
    else:
        mean, sd = moments.mean.float(), moments.sd.float()
        enough = count.squeeze(-1) >= 1
    size = (mean.square() + sd.square()).mean(dim=-1)
    spread = (size - mean.mean(dim=-1).square()).clamp(min=0.0).sqrt()  # of all numbers of the clip
    moving = sd.square().mean(dim=-1).sqrt() > quiet * size.sqrt()
    scale = sd + epsilon * spread.unsqueeze(-1) + TINY
    features = (target - gamma * mean.unsqueeze(1)) / scale.unsqueeze(1)
    return Normalised(features, mask & (enough & moving).unsqueeze(-1))


def info_nce(found: Tensor, wanted: Tensor, temperature: Tensor, keep: Tensor) -> Tensor:
    """Symmetric InfoNCE of [batch, numbers] against [batch, numbers], both of length 1; ``keep``: bool [batch].

    Rows that want the same share the answer between them: two takes of one sound with one text are no opposites. 0 when
    fewer than two rows are kept.
    """
    found, wanted = found[keep], wanted[keep]
    if len(found) < 2:
        return (found.sum() + wanted.sum() + temperature.sum()) * 0.0
    same = (wanted.detach() @ wanted.detach().T > 1.0 - 1e-5).float()
    same.fill_diagonal_(1.0)
    answer = same / same.sum(dim=1, keepdim=True)
    scores = found @ wanted.T / temperature
    forward, backward = (functional.cross_entropy(each, answer) for each in (scores, scores.T))
    return 0.5 * (forward + backward)
