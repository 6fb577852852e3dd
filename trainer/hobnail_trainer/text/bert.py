"""A BERT encoder (Devlin and others 2019) that runs the published weights of MiniLM: only as much as distilling needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

LAYERS: Final = 6
HEADS: Final = 12
EPSILON: Final = 1e-12


@torch.no_grad()
def sentence(weights: Mapping[str, Tensor], tokens: Tensor) -> Tensor:
    """Mean over the outputs of ``tokens`` int [batch, n], without padding: float32 [batch, 384]."""
    places = torch.arange(tokens.shape[1])
    hidden = (
        weights["embeddings.word_embeddings.weight"][tokens]
        + weights["embeddings.position_embeddings.weight"][places]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    hidden = _norm(weights, "embeddings.LayerNorm", hidden)
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        parts = [_linear(weights, f"{name}.attention.self.{part}", hidden) for part in ("query", "key", "value")]
        query, key, value = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in parts)  # type: ignore[no-untyped-call]  # torch has no types for it
        found = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        mixed = _linear(weights, f"{name}.attention.output.dense", found)
        hidden = _norm(weights, f"{name}.attention.output.LayerNorm", hidden + mixed)
        inner = functional.gelu(_linear(weights, f"{name}.intermediate.dense", hidden))
        hidden = _norm(weights, f"{name}.output.LayerNorm", hidden + _linear(weights, f"{name}.output.dense", inner))
    return hidden.mean(dim=1)


def _linear(weights: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _norm(weights: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], EPSILON)
