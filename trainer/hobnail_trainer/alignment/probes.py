"""Where to align: which layers resemble a teacher already, and which layers make the velocity what it is.

They need not be the same layers. AG-REPA (2603.01006, its abstract) found that the most similar ones are not the ones
that drive the velocity field, and chooses by switching layers off. Both measures here are in our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import torch
from torch import nn

from hobnail_trainer.errors import TeacherError

if TYPE_CHECKING:
    from torch import Tensor

Foreign: TypeAlias = Any
"""What a stranger's layer returns."""

RIDGE = 1e-2  #: of the linear map, times the mean variance of what it maps from


class LayerSimilarity(NamedTuple):
    """How much of the teacher is in a layer."""

    cka: float  #: linear centred kernel alignment (Kornblith and others 2019), 0..1, blind to rotations
    cosine: float  #: mean cosine of the best linear map's answers on clips that it was not fitted to, about 0..1


@torch.no_grad()
def similarity_by_layer(hidden: Sequence[Tensor], target: Tensor, mask: Tensor) -> list[LayerSimilarity]:
    """Of each layer's output [batch, hops, width] to features [batch, hops, dims] at the same hops.

    The map is fitted to every other clip of the batch, centred, and asked about the rest. Raises TeacherError for fewer
    than two clips with hops that count.
    """
    rows = torch.nonzero(mask.any(dim=1)).flatten()
    if len(rows) < 2:
        raise TeacherError("fewer than two clips have hops that count.", cure="Give a larger batch.")
    learnt = torch.zeros_like(mask)
    learnt[rows[::2]] = mask[rows[::2]]
    asked = mask & ~learnt
    return [_similarity(each.float(), target.float(), mask, learnt, asked) for each in hidden]


@torch.no_grad()
def layer_effects(
    layers: Sequence[nn.Module], velocity: Callable[[], Tensor], mask: Tensor, *, gate: float = 0.0
) -> list[float]:
    """How far the velocity moves when what a layer adds is scaled by ``gate``: |v' - v| / |v| over hops that count.

    ``velocity``: one pass of the network that ``layers`` are part of, [batch, hops, latents], on the same input each
    time. A layer must return what it was given plus something, alone or as the first of a tuple.
    """
    whole = velocity().float()[mask]
    size = whole.norm().clamp(min=1e-12)
    effects = []
    for layer in layers:
        with gated(layer, gate):
            effects.append(float((velocity().float()[mask] - whole).norm() / size))
    return effects


@contextmanager
def gated(layer: nn.Module, gate: float) -> Iterator[None]:
    """Inside, what a layer adds to its first argument counts ``gate`` times: at 0 the layer is left out."""

    def change(_module: nn.Module, given: tuple[Any, ...], out: Foreign) -> Foreign:
        before, after = given[0], out[0] if isinstance(out, tuple) else out
        mixed = before + gate * (after - before)
        return (mixed, *out[1:]) if isinstance(out, tuple) else mixed

    hook = layer.register_forward_hook(change)
    try:
        yield
    finally:
        hook.remove()


def _similarity(x: Tensor, y: Tensor, mask: Tensor, learnt: Tensor, asked: Tensor) -> LayerSimilarity:
    return LayerSimilarity(_cka(x[mask], y[mask]), _mapped_cosine(x[learnt], y[learnt], x[asked], y[asked]))


def _cka(x: Tensor, y: Tensor) -> float:
    """Of [rows, numbers] each."""
    x, y = x - x.mean(dim=0), y - y.mean(dim=0)
    shared = (x.T @ y).square().sum()
    own = (x.T @ x).norm() * (y.T @ y).norm()
    return float(shared / own.clamp(min=1e-12))


def _mapped_cosine(x: Tensor, y: Tensor, x_asked: Tensor, y_asked: Tensor) -> float:
    centre, middle = x.mean(dim=0), y.mean(dim=0)
    inside = (x - centre).double()
    gram = inside.T @ inside
    ridge = RIDGE * gram.diagonal().mean().clamp(min=1e-12) * torch.eye(len(gram), dtype=gram.dtype)
    weights = torch.linalg.solve(gram + ridge, inside.T @ (y - middle).double())
    found = (x_asked - centre).double() @ weights
    return float(torch.cosine_similarity(found, (y_asked - middle).double(), dim=-1).mean())
