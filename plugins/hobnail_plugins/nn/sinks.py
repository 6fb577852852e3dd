"""Where attention piles up: four measures of attention sinks, each beside what attention to all alike would give.

==========  ===========================================================================================================
first       P1, mean share of the first token over queries from ``queries_from`` on (Qiu and others 2025)
most        P2, largest mean share of any token; which one, and how often it is that one (cross-attention has no
            privileged first token)
heads       P3, share of heads in which a token's importance, its mean share over the queries that see it, exceeds 0.3
            (Gu and others 2025): of the first token, and of any
above       P4, tokens whose mean share exceeds that of the others by more than eps, and their share in all (the test of
            Mukhin and Khablo)
==========  ===========================================================================================================

A slot that is meant to be a sink is no token: it is left out, and shares are taken of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from torch import Tensor

QUERIES_FROM = 8
IMPORTANT = 0.3
LEAST = 1e-12


class Above(NamedTuple):
    """P4 for one eps."""

    sinks: float  #: how many tokens, mean over samples and heads
    mass: float  #: their share in all attention


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over samples and heads."""

    first: float  #: P1
    most: float  #: P2
    first_heads: float  #: P3, of the first token
    any_heads: float  #: P3, of any
    above: Mapping[str, Above]  #: P4 by eps: "1/k", "2/k", "0.1", "0.3"
    entropy: float  #: of a query, normalised: 0 one token, 1 all alike


@dataclass(frozen=True, slots=True)
class SinkFigures:
    """Of one attention."""

    found: Measures
    uniform: Measures  #: the same measures of attention to all alike
    tokens: float  #: mean number that a query sees
    index: int  #: the token that most often has the largest mean share
    stability: float  #: how often it is that one, over samples and heads
    value_norm: float  #: of the token with the largest share, over the median token's


@dataclass(frozen=True, slots=True)
class _Attention:
    """float64 shares and what is seen, samples without anything left out."""

    shares: Tensor  #: [batch, heads, queries, tokens], sum 1 where a query sees anything
    seen: Tensor  #: bool [batch, queries, tokens]

    def mean(self) -> Tensor:
        """Mean share of a token over the queries that see anything: [batch, heads, tokens]."""
        asking = self.seen.any(dim=-1).sum(dim=-1)
        return self.shares.sum(dim=2) / asking[:, None, None]

    def importance(self) -> Tensor:
        """Mean share of a token over the queries that see it: [batch, heads, tokens]."""
        return self.shares.sum(dim=2) / self.seen.sum(dim=1).clamp(min=1).unsqueeze(1)


def sink_figures(
    shares: Tensor, values: Tensor, seen: Tensor | None = None, *, queries_from: int = QUERIES_FROM
) -> SinkFigures | None:
    """Figures of one attention.

    ``shares`` [batch, heads, queries, tokens], whose sums over tokens may be below 1; ``values`` [batch, tokens, heads
    or fewer, width]; ``seen`` bool [batch, queries, tokens], None: everything. P1 takes queries from ``queries_from``
    on, all of them where there are no more. Samples in which nothing is seen are left out; None when that is all.
    """
    batch, _, queries, tokens = shares.shape
    every = torch.ones(batch, queries, tokens, dtype=torch.bool, device=shares.device)
    mask = every if seen is None else seen.expand(batch, queries, tokens)
    there = mask.flatten(1).any(dim=1)
    if not bool(there.any()):
        return None
    own = shares[there].double() * mask[there].unsqueeze(1)
    attention = _Attention(own / own.sum(dim=-1, keepdim=True).clamp(min=LEAST), mask[there])
    count = mask[there].sum(dim=-1)
    even = (mask[there].double() / count.clamp(min=1).unsqueeze(-1)).unsqueeze(1)
    index = attention.mean().argmax(dim=-1)
    common = int(torch.mode(index.flatten()).values)
    return SinkFigures(
        found=_measures(attention, queries_from),
        uniform=_measures(_Attention(even, mask[there]), queries_from),
        tokens=_mean(count[count > 0]),
        index=common,
        stability=_mean(index == common),
        value_norm=_value_norm(values[there], index, mask[there].any(dim=1)),
    )


def _measures(attention: _Attention, queries_from: int) -> Measures:
    shares, seen = attention.shares, attention.seen
    heads, queries = shares.shape[1:3]
    late = seen[:, queries_from:] if queries > queries_from else seen
    first = _first(seen)[:, None, :, None].expand(-1, heads, -1, 1)
    asked = shares.gather(-1, first).squeeze(-1)[:, :, -late.shape[1] :]
    importance = attention.importance()
    earliest = _first(seen.any(dim=1))[:, None, None].expand(-1, heads, 1)
    return Measures(
        first=_mean(asked.transpose(1, 2)[late.any(dim=-1)]) if bool(late.any()) else 0.0,
        most=_mean(attention.mean().amax(dim=-1)),
        first_heads=_mean(importance.gather(-1, earliest) > IMPORTANT),
        any_heads=_mean(importance.amax(dim=-1) > IMPORTANT),
        above=_above(attention.mean(), seen.any(dim=1)),
        entropy=_entropy(shares, seen.sum(dim=-1)),
    )


def _first(seen: Tensor) -> Tensor:
    """Index of the first token that is seen, along the last axis; 0 where none is."""
    return seen.to(torch.uint8).argmax(dim=-1)


def _above(mean: Tensor, seen: Tensor) -> dict[str, Above]:
    """P4: tokens with a mean share above that of the others by more than eps."""
    count = seen.sum(dim=-1).clamp(min=2)[:, None, None].double()
    others = (mean.sum(dim=-1, keepdim=True) - mean) / (count - 1.0)
    lead = torch.where(seen.unsqueeze(1), mean - others, torch.zeros_like(mean))

    def figures(eps: Tensor) -> Above:
        found = lead > eps
        return Above(_mean(found.sum(dim=-1)), _mean((mean * found).sum(dim=-1)))

    flat = torch.ones_like(count)
    return {
        "1/k": figures(1.0 / count),
        "2/k": figures(2.0 / count),
        "0.1": figures(0.1 * flat),
        "0.3": figures(0.3 * flat),
    }


def _entropy(shares: Tensor, count: Tensor) -> float:
    """Mean over heads and over queries that see two tokens or more; 0 where there are none."""
    own = -(shares * shares.clamp(min=LEAST).log()).sum(dim=-1).mean(dim=1)
    several = count > 1
    return _mean((own / count.clamp(min=2).double().log())[several]) if bool(several.any()) else 0.0


def _value_norm(values: Tensor, index: Tensor, seen: Tensor) -> float:
    """Norm of the values at ``index`` [batch, heads] over the median of those that are seen."""
    norms = values.double().norm(dim=-1).mean(dim=-1)
    medians = torch.stack([row[kept].median() for row, kept in zip(norms, seen, strict=True)])
    return _mean(norms.gather(1, index) / medians.clamp(min=LEAST).unsqueeze(1))


def _mean(values: Tensor) -> float:
    return values.detach().double().mean().item()


def share_outside(gates: Sequence[Tensor], low: float = 0.05, high: float = 0.95) -> tuple[float, float]:
    """Shares of gates below ``low`` and above ``high``: how sparse they are, and how saturated."""
    every = torch.cat([gate.flatten() for gate in gates])
    return _mean(every < low), _mean(every > high)
