"""Attention to the three streams in the form that is exported: sinks are rows, statistics are taken once for all.

The numbers are those of :func:`hobnail_plugins.nn.attention.look`, by fewer operations. Scores of all streams stand
side by side, masked and raised at once; with e_j = exp(s_j) every statistic is a sum of a stream's columns::

    share   e_j / (Z + e_0)          Z: sum of e_j without the sink e_0
    entropy log Z - sum e_j s_j / Z  of the shares without the sink

Queries and keys are normed, so no score comes near what float32 can raise; beyond STEEPEST they are held. With the
sink as row 0 no key is copied; with one key head, queries of all heads and hops are one matrix. Runtimes take four
logarithms at once and the rest one by one, not to the same bit: so none is taken of a row of three, one column is there
twice. What they add up along rows of 129 follows where a row begins in memory, so such sums are products with ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.nn.attention import HIDDEN
from hobnail_plugins.streams import HISTORY, STREAMS

if TYPE_CHECKING:
    from torch import Tensor

STEEPEST: Final = 60.0
"""Largest score, up or down: exp of it is far within float32, and so is a sum of a thousand."""

LEAST_KEPT: Final = 1e-6
"""Of all shares, that those without the sink count as at least: as in ``look``."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be looked at, the same in every layer. Rows of all streams stand side by side."""

    hidden: Tensor  #: float32 [batch, 1, 1, rows]: added to scores
    count: Tensor  #: float32 [batch, 1, streams], rows without the sink
    per: Tensor  #: float32 [batch, 1, streams], 1 / log(count)
    sums: Tensor  #: float32 [rows, 2 * (streams + 1)]: a product with it sums each stream's rows, then has its sink
    own: Tensor  #: float32 [rows, streams + 1], the first half of it
    sizes: tuple[int, ...]  #: rows of each stream


@dataclass(frozen=True, slots=True)
class Found:
    """What a layer found in its streams."""

    heads: tuple[Tensor, ...]  #: by stream, [batch, hops, heads * width]
    entropy: Tensor  #: float32 [batch, hops, streams]
    variance: Tensor  #: the same shape
    sink: Tensor  #: the same shape: share in the sink, mean over heads


def seen_of(spec: NetworkSpec, seen: Sequence[Tensor]) -> Seen:
    """From ``seen`` bool [batch, rows] of each stream; too little history is none."""
    history = seen[HISTORY]
    enough = history.to(torch.float32).sum(dim=1, keepdim=True) > spec.history_least  # the sink is one of them
    masks = [*seen[:HISTORY], history[:, :1], history[:, 1:] & enough, *seen[HISTORY + 1 :]]
    known = torch.cat(masks, dim=1).to(torch.float32)
    sums = torch.cat([piece for stream, mask in enumerate(seen) for piece in _summing(stream, mask.shape[1])])
    own = sums[:, : len(seen) + 1]
    four = (known @ own).unsqueeze(1)
    hidden = ((known - 1.0) * -HIDDEN)[:, None, None, :]
    per = (1.0 / four.clamp(min=2.0).log())[..., :-1]
    return Seen(hidden, four[..., :-1], per, sums, own, tuple(mask.shape[1] for mask in seen))


def _summing(stream: int, rows: int) -> tuple[Tensor, Tensor]:
    """Rows of the matrix that sums: of a stream's sink, and of its others. Column by stream, the first once more."""
    column = torch.zeros(len(STREAMS) + 1)
    column[stream] = 1.0
    if stream == 0:
        column[-1] = 1.0
    none = torch.zeros_like(column)
    return torch.cat([none, column]).unsqueeze(0), torch.cat([column, none]).expand(rows - 1, -1)


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
    ``rests``: scores of sinks that are asked otherwise than row 0, see :func:`rests_of`."""
    shape = (*queries[0].shape[:2], spec.heads, spec.head_width)
    scores: list[Tensor] = []
    for query, (keys, _), apart in zip(queries, rows, rests, strict=True):
        each = _grouped(query, spec) @ keys.transpose(-1, -2)
        scores += [each] if apart is None else [apart, each[..., 1:]]
    joined = torch.cat(scores, dim=-1).clamp(-STEEPEST, STEEPEST) + seen.hidden
    mass = joined.exp()
    own, sinks = (mass @ seen.sums).chunk(2, dim=-1)
    whole = own + sinks
    kept = torch.maximum(own, LEAST_KEPT * whole)
    told = torch.cat([kept.log() - ((mass * joined) @ seen.own) / kept, sinks / whole], dim=-1)
    entropy, sink = _means(told, shape, spec).chunk(2, dim=-1)
    varied = torch.zeros_like(entropy)
    if variance:
        many = seen.count.clamp(min=2.0)
        square, _ = _means(torch.cat([(mass.square() @ seen.own) / kept.square()] * 2, dim=-1), shape, spec).chunk(
            2, -1
        )
        varied = ((square * many - 1.0) / (many - 1.0)).clamp(0.0, 1.0)
    parts = zip(torch.split(mass, list(seen.sizes), dim=-1), rows, whole.chunk(len(rows) + 1, dim=-1)[:-1], strict=True)
    heads = tuple(_ungrouped((part @ values) / sum_, shape, spec) for part, (_, values), sum_ in parts)
    return Found(heads, (entropy * seen.per).clamp(0.0, 1.0), varied, sink)


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


def _means(values: Tensor, shape: tuple[int, int, int, int], spec: NetworkSpec) -> Tensor:
    """Over heads, without the column that is there twice, by one product.

    [batch, key heads, hops * group, 2 * (streams + 1)] -> [batch, hops, 2 * streams].
    """
    batch, hops, heads, _ = shape
    columns = values.shape[-1]
    once = torch.block_diag(*[torch.eye(columns // 2)[:, :-1]] * 2)  # type: ignore[no-untyped-call]  # torch has no types for it
    over = once.repeat(heads, 1) * (1.0 / heads)
    if spec.key_heads > 1:
        values = values.reshape(batch, spec.key_heads, hops, -1).transpose(1, 2)
    means: Tensor = values.reshape(batch, hops, heads * columns) @ over
    return means


def weighed(weights: Tensor, parts: Sequence[Tensor], project: Tensor) -> Tensor:
    """sum over streams of w_m W_m o_m as one product: ``project`` [width, streams * width]."""
    each = [part * weight for part, weight in zip(parts, weights.chunk(len(parts), dim=-1), strict=True)]
    return functional.linear(torch.cat(each, dim=-1), project)
