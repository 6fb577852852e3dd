"""Attention to the three streams in the form that is exported: sinks are rows, statistics are taken once for all.

The numbers are those of :func:`hobnail_plugins.nn.attention.look`. With the sink as row 0 nothing is joined or copied;
with one key head, queries of all heads and hops are one matrix. Runtimes take four logarithms at once and the rest one
by one, not to the same bit: so none is taken of a row of three, one column is there twice. What they add up along rows
of 129 follows where a row begins in memory, so such sums are products with ones.
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
    ones: tuple[
        Tensor, ...
    ]  #: by stream, float32 [rows, streams + 1]: a product with it is a sum in the stream's column


@dataclass(frozen=True, slots=True)
class Found:
    """What a layer found in its streams."""

    heads: tuple[Tensor, ...]  #: by stream, [batch, hops, heads * width]
    entropy: Tensor  #: float32 [batch, hops, streams]
    variance: Tensor  #: the same shape
    sink: Tensor  #: float32 [batch, hops, heads * (streams + 1)], head by head; the last stream is the first once more


def seen_of(spec: NetworkSpec, seen: Sequence[Tensor]) -> Seen:
    """From ``seen`` bool [batch, rows] of each stream; too little history is none."""
    masks, counts = list(seen), [mask.sum(dim=1, keepdim=True) - 1 for mask in seen]
    enough = counts[HISTORY] >= spec.history_least
    masks[HISTORY] = torch.cat([seen[HISTORY][:, :1], seen[HISTORY][:, 1:] & enough], dim=1)
    counts[HISTORY] = counts[HISTORY] * enough
    count = torch.cat(counts, dim=1).unsqueeze(1)
    hidden = tuple(torch.where(mask, 0.0, HIDDEN)[:, None, None, :] for mask in masks)
    four = functional.pad(count.float().clamp(min=2.0), (0, 1), value=2.0)  # see above
    columns = torch.eye(len(masks), len(masks) + 1)
    columns[0, -1] = 1.0  # once more: four columns
    ones = tuple(column.expand(mask.shape[1], -1) for column, mask in zip(columns, masks, strict=True))
    return Seen(hidden, count, (1.0 / four.log())[..., :-1], ones)


def find(
    spec: NetworkSpec,
    queries: Sequence[Tensor],
    rows: Sequence[tuple[Tensor, Tensor]],
    rests: Sequence[Tensor | None],
    seen: Seen,
    *,
    variance: bool,
) -> Found:
    """``queries`` by stream [batch, hops, heads * width]; ``rows`` keys and values [batch, key heads, rows, width];
    ``rests``: scores of sinks that are asked otherwise than row 0, see :func:`rest_of`."""
    shape = (*queries[0].shape[:2], spec.heads, spec.head_width)
    heads, sinks, lost, spread = [], [], [], []
    for query, (keys, values), apart, hidden, ones in zip(queries, rows, rests, seen.hidden, seen.ones, strict=True):
        scores = _grouped(query, spec) @ keys.transpose(-1, -2)
        if apart is not None:
            scores = torch.cat([apart, scores[..., 1:]], dim=-1)
        logs = torch.log_softmax(scores + hidden, dim=-1)
        shares = logs.exp()
        heads.append(_ungrouped(shares @ values, shape, spec))
        lost.append((shares * logs) @ ones)
        sinks.append(shares[..., :1])
        if variance:
            spread.append(shares.square() @ ones)
    sink = torch.cat([*sinks, sinks[0]], dim=-1)
    kept = (1.0 - sink).clamp(min=1e-6)
    own = kept.log() - (_added(lost) - sink * sink.clamp(min=1e-30).log()) / kept
    streams = len(queries)
    entropy = (_mean(own, shape, spec)[..., :streams] * seen.per).clamp(0.0, 1.0)
    varied = torch.zeros_like(entropy)
    if variance:
        many = seen.count.float().clamp(min=2.0)
        square = _mean((_added(spread) - sink.square()) / kept.square(), shape, spec)
        varied = ((square[..., :streams] * many - 1.0) / (many - 1.0)).clamp(0.0, 1.0)
    return Found(tuple(heads), entropy, varied, _headwise(sink, shape, spec))


def rests_of(spec: NetworkSpec, still: Tensor, keys: Tensor) -> tuple[Tensor, ...]:
    """Scores of sinks asked with queries that were not turned: of each, [batch, key heads, hops * group, 1].

    ``still`` [batch, hops, heads * width], normed; ``keys`` from :func:`sinks_asked`.
    """
    batch, hops, _ = still.shape
    sinks = keys.shape[1] // spec.heads
    scores = still @ keys
    if spec.key_heads == 1:
        scores = scores.reshape(batch, 1, hops * spec.heads, sinks)
    else:
        split = scores.reshape(batch, hops, spec.key_heads, -1).transpose(1, 2)
        scores = split.reshape(batch, spec.key_heads, -1, sinks)
    return torch.split(scores, 1, dim=-1)


def sinks_asked(spec: NetworkSpec, gains: Sequence[Tensor], keys: Sequence[Tensor]) -> Tensor:
    """Sinks as a matrix for :func:`rests_of`: [heads * width, heads * sinks], each head's own block of it.

    ``gains`` of the queries [heads, width], ``keys`` [key heads, width].
    """
    group = spec.heads // spec.key_heads
    each = torch.stack(
        [gain * key.repeat_interleave(group, dim=0) for gain, key in zip(gains, keys, strict=True)], dim=-1
    )
    whole: Tensor = torch.block_diag(*each)  # type: ignore[no-untyped-call]  # torch has no types for it
    return whole


def _added(parts: Sequence[Tensor]) -> Tensor:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def _grouped(query: Tensor, spec: NetworkSpec) -> Tensor:
    """[batch, hops, heads * width] -> [batch, key heads, hops * group, width]."""
    batch, hops, _ = query.shape
    width = spec.head_width
    if spec.key_heads == 1:
        return query.reshape(batch, 1, hops * spec.heads, width)
    split: Tensor = query.reshape(batch, hops, spec.key_heads, -1)
    return split.transpose(1, 2).reshape(batch, spec.key_heads, -1, width)


def _ungrouped(found: Tensor, shape: tuple[int, int, int, int], spec: NetworkSpec) -> Tensor:
    """[batch, key heads, hops * group, width] -> [batch, hops, heads * width]."""
    batch, hops, heads, width = shape
    if spec.key_heads == 1:
        return found.reshape(batch, hops, heads * width)
    return found.reshape(batch, spec.key_heads, hops, -1, width).transpose(1, 2).reshape(batch, hops, heads * width)


def _mean(values: Tensor, shape: tuple[int, int, int, int], spec: NetworkSpec) -> Tensor:
    """Over heads: [batch, key heads, hops * group, streams] -> [batch, hops, streams]."""
    batch, hops, heads, _ = shape
    if spec.key_heads == 1:
        return values.reshape(batch, hops, heads, -1).mean(dim=2)
    return values.reshape(batch, spec.key_heads, hops, heads // spec.key_heads, -1).mean(dim=(1, 3))


def _headwise(values: Tensor, shape: tuple[int, int, int, int], spec: NetworkSpec) -> Tensor:
    """[batch, key heads, hops * group, streams] -> [batch, hops, heads * streams]."""
    batch, hops, heads, _ = shape
    streams = values.shape[-1]
    if spec.key_heads == 1:
        return values.reshape(batch, hops, heads * streams)
    return values.reshape(batch, spec.key_heads, hops, -1).transpose(1, 2).reshape(batch, hops, heads * streams)


def weighed(weights: Tensor, parts: Sequence[Tensor], project: Tensor) -> Tensor:
    """sum over streams of w_m W_m o_m as one product: ``project`` [width, streams * width]."""
    each = [part * weight for part, weight in zip(parts, weights.chunk(len(parts), dim=-1), strict=True)]
    return functional.linear(torch.cat(each, dim=-1), project)
