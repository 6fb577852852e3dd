"""Attention to the three streams in the form that is exported: sinks are rows, statistics are taken once for all.

The numbers are those of :func:`hobnail_plugins.nn.attention.look`. With the sink as row 0 nothing is joined or copied;
with one key head, queries of all heads and hops are one matrix. Runtimes take four logarithms at once and the rest one
by one, not to the same bit: so none is taken of a row of three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.nn.attention import HIDDEN
from hobnail_plugins.streams import HISTORY

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be looked at, the same in every layer."""

    hidden: tuple[Tensor, ...]  #: by stream, float32 [batch, 1, 1, rows]: added to scores
    count: Tensor  #: int [batch, 1, streams], rows without the sink
    per: Tensor  #: float32 [batch, 1, streams], 1 / log(count)


@dataclass(frozen=True, slots=True)
class Found:
    """What a layer found in its streams."""

    heads: tuple[Tensor, ...]  #: by stream, [batch, hops, heads, width]
    entropy: Tensor  #: float32 [batch, hops, streams]
    variance: Tensor  #: the same shape
    sink: Tensor  #: the same shape


def seen_of(spec: NetworkSpec, seen: Sequence[Tensor]) -> Seen:
    """From ``seen`` bool [batch, rows] of each stream; too little history is none."""
    masks = list(seen)
    history = masks[HISTORY]
    enough = history[:, 1:].sum(dim=1, keepdim=True) >= spec.history_least
    masks[HISTORY] = torch.cat([history[:, :1], history[:, 1:] & enough], dim=1)
    count = torch.stack([mask[:, 1:].sum(dim=1) for mask in masks], dim=-1).unsqueeze(1)
    hidden = tuple(((~mask).float() * HIDDEN)[:, None, None, :] for mask in masks)
    four = functional.pad(count.float().clamp(min=2.0), (0, 1), value=2.0)  # see above
    return Seen(hidden, count, (1.0 / four.log())[..., :-1])


def find(
    spec: NetworkSpec, queries: Sequence[Tensor], rows: Sequence[tuple[Tensor, Tensor]], seen: Seen, *, variance: bool
) -> Found:
    """``queries`` by stream [batch, hops, heads * width]; ``rows`` keys and values [batch, key heads, rows, width]."""
    shape = (*queries[0].shape[:2], spec.heads, spec.head_width)
    heads, rest, lost, spread, logs_of_rest = [], [], [], [], []
    for query, (keys, values), hidden in zip(queries, rows, seen.hidden, strict=True):
        scores = _grouped(query, spec) @ keys.transpose(-1, -2) + hidden
        logs = torch.log_softmax(scores, dim=-1)
        shares = logs.exp()
        heads.append(_ungrouped(shares @ values, shape, spec))
        lost.append((shares * logs).sum(dim=-1, keepdim=True))
        rest.append(shares[..., :1])
        logs_of_rest.append(logs[..., :1])
        if variance:
            spread.append(shares.square().sum(dim=-1, keepdim=True))
    sink = torch.cat(rest, dim=-1)
    kept = (1.0 - sink).clamp(min=1e-6)
    own = kept.log() - (torch.cat(lost, dim=-1) - sink * torch.cat(logs_of_rest, dim=-1)) / kept
    entropy = (_mean(own, shape, spec) * seen.per).clamp(0.0, 1.0)
    varied = torch.zeros_like(entropy)
    if variance:
        many = seen.count.float().clamp(min=2.0)
        square = _mean((torch.cat(spread, dim=-1) - sink.square()) / kept.square(), shape, spec)
        varied = ((square * many - 1.0) / (many - 1.0)).clamp(0.0, 1.0)
    return Found(tuple(heads), entropy, varied, _mean(sink, shape, spec))


def _grouped(query: Tensor, spec: NetworkSpec) -> Tensor:
    """[batch, hops, heads * width] -> [batch, key heads, hops * group, width]."""
    batch, hops, _ = query.shape
    width = spec.head_width
    if spec.key_heads == 1:
        return query.reshape(batch, 1, hops * spec.heads, width)
    split: Tensor = query.reshape(batch, hops, spec.key_heads, -1)
    return split.transpose(1, 2).reshape(batch, spec.key_heads, -1, width)


def _ungrouped(found: Tensor, shape: tuple[int, int, int, int], spec: NetworkSpec) -> Tensor:
    if spec.key_heads == 1:
        return found.reshape(shape)
    batch, hops, _, width = shape
    return found.reshape(batch, spec.key_heads, hops, -1, width).transpose(1, 2).reshape(shape)


def _mean(values: Tensor, shape: tuple[int, int, int, int], spec: NetworkSpec) -> Tensor:
    """Over heads: [batch, key heads, hops * group, streams] -> [batch, hops, streams]."""
    batch, hops, heads, _ = shape
    if spec.key_heads == 1:
        return values.reshape(batch, hops, heads, -1).mean(dim=2)
    return values.reshape(batch, spec.key_heads, hops, heads // spec.key_heads, -1).mean(dim=(1, 3))


def weighed(weights: Tensor, parts: Sequence[Tensor], project: Tensor) -> Tensor:
    """sum over streams of w_m W_m o_m as one product: ``project`` [width, streams * width]."""
    each = [part * weight for part, weight in zip(parts, weights.chunk(len(parts), dim=-1), strict=True)]
    return functional.linear(torch.cat(each, dim=-1), project)
