"""Attention that says how sure it was: what was found, the shares' entropy and variance, and the sink's share.

Keys and values may have fewer heads than queries (Ainslie and others 2023): every group of query heads reads one.
Queries and keys are normed head by head (Henry and others 2020), so that entropies of different layers compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from hobnail_plugins.nn.norms import normed

if TYPE_CHECKING:
    from torch import Tensor

HIDDEN = -1e4
"""Added to the score of what may not be seen: its exponential is exactly 0 beside anything else."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Keys and values of one stream in one layer."""

    keys: Tensor  #: [batch, tokens, key heads, width]
    values: Tensor  #: the same shape
    seen: Tensor  #: bool [batch, tokens], or [batch, hops, tokens] where hops see different tokens


@dataclass(frozen=True, slots=True)
class Sink:
    """A slot that is always there: where attention rests when there is nothing to look at."""

    key: Tensor  #: [key heads, width]
    value: Tensor  #: [key heads, width]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a query found in a stream, and how. Statistics are float32 means over heads, the sink left out."""

    heads: Tensor  #: [batch, hops, heads, width]
    entropy: Tensor  #: [batch, hops], of the shares over the log of how many there are: 0 one token, 1 all alike
    variance: Tensor  #: [batch, hops], of the shares over that of a single token, 0..1
    sink: Tensor  #: [batch, hops], share that rested in the sink
    count: Tensor  #: int [batch, hops], tokens that could be seen
    shares: Tensor  #: float32 [batch, heads, hops, tokens + 1], the last one the sink's


def look(queries: Tensor, rows: Rows, sink: Sink, *, variance: bool = False, still: Tensor | None = None) -> Looked:
    """Attend with ``queries`` [batch, hops, heads, width] (normed and scaled already).

    ``variance``: whether that statistic is wanted; it is 0 otherwise. ``still``: the queries before they were turned to
    their place on the clock, for the sink alone, which has no place; None: the sink meets them turned.
    """
    batch, hops, heads, width = queries.shape
    key_heads = rows.keys.shape[2]
    group = heads // key_heads
    grouped = _grouped(queries, key_heads)
    values = _beside(rows.values, sink.value)
    seen = rows.seen if rows.seen.dim() == 3 else rows.seen.unsqueeze(1)
    hidden = (~seen).to(torch.float32) * HIDDEN
    scores = (grouped @ rows.keys.permute(0, 2, 3, 1)).view(batch, heads, hops, -1) + hidden.unsqueeze(1)
    resting = grouped if still is None else _grouped(still, key_heads)
    resting = (resting @ sink.key.to(resting.dtype).unsqueeze(-1)).view(batch, heads, hops, 1)
    logs = torch.log_softmax(torch.cat([scores, resting], dim=-1), dim=-1, dtype=torch.float32)
    shares = logs.exp()
    found = shares.to(values.dtype).view(batch, key_heads, group * hops, -1) @ values
    found = found.view(batch, heads, hops, width).transpose(1, 2)
    count = seen.sum(dim=-1).expand(batch, hops)
    log_rest = logs[..., -1]
    rest = log_rest.exp()
    entropy = _entropy((shares * logs).sum(dim=-1) - rest * log_rest, rest, count)
    spread = _variance(shares[..., :-1], rest, count) if variance else torch.zeros_like(entropy)
    return Looked(found, entropy, spread, rest.mean(dim=1), count, shares)


def _grouped(queries: Tensor, key_heads: int) -> Tensor:
    """[batch, hops, heads, width] -> [batch, key heads, heads of a group * hops, width]."""
    batch, hops, heads, width = queries.shape
    grouped = queries.view(batch, hops, key_heads, heads // key_heads, width).permute(0, 2, 3, 1, 4)
    return grouped.reshape(batch, key_heads, -1, width)


def _beside(rows: Tensor, slot: Tensor) -> Tensor:
    """[batch, tokens, heads, width] and a slot [heads, width] -> [batch, heads, tokens + 1, width]."""
    last = slot.to(rows.dtype)[None, :, None, :].expand(len(rows), -1, -1, -1)
    return torch.cat([rows.transpose(1, 2), last], dim=2)


def _entropy(weighted: Tensor, rest: Tensor, count: Tensor) -> Tensor:
    """Of the shares without the sink, over log k, mean over heads: float32 [batch, hops]; ``weighted``: sum p log p.

    With P = 1 - rest and q = p / P: -sum q log q = log P - (sum p log p) / P.
    """
    kept = (1.0 - rest).clamp(min=1e-6)
    own = kept.log() - weighted / kept
    return (own.mean(dim=1) / count.float().clamp(min=2.0).log()).clamp(0.0, 1.0)


def _variance(shares: Tensor, rest: Tensor, count: Tensor) -> Tensor:
    """Var_j(q) = mean q^2 - 1/k^2, over (k - 1) / k^2, that of a single token.

    Mean over heads: float32 [batch, hops].
    """
    kept = (1.0 - rest).clamp(min=1e-6)
    square = (shares.square().sum(dim=-1) / kept.square()).mean(dim=1)
    many = count.float().clamp(min=2.0)
    return ((square * many - 1.0) / (many - 1.0)).clamp(0.0, 1.0)


def attend_all(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Every hop of a block attends to all of it: [batch, hops, heads, width] each, and the same out."""
    shares = shares_of_all(queries, keys).to(values.dtype)
    out: Tensor = (shares @ values.transpose(1, 2)).transpose(1, 2)
    return out


def shares_of_all(queries: Tensor, keys: Tensor) -> Tensor:
    """How :func:`attend_all` attends: float32 [batch, heads, hops, hops], sum 1 along the last axis."""
    scores = queries.transpose(1, 2) @ keys.permute(0, 2, 3, 1)
    return torch.softmax(scores, dim=-1, dtype=torch.float32)


def normed_heads(x: Tensor, heads: int, gain: Tensor) -> Tensor:
    """[batch, tokens, heads * width] -> [batch, tokens, heads, width], each head normed, times its ``gain``."""
    return normed(torch.unflatten(x, -1, (heads, -1))) * gain.to(x.dtype)
