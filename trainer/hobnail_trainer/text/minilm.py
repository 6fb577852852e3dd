"""all-MiniLM-L6-v2 (Wang and others 2020; Reimers and Gurevych 2019): a small BERT, for inference only.

A sentence is the mean of the last layer's states over its pieces, [CLS] and [SEP] among them, at length one.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from hobnail_plugins.text.bert import pieces_of, split_words
from hobnail_trainer.errors import TextError

HEADS: Final = 12
WIDTH: Final = 384
LONGEST: Final = 256  #: pieces of a sentence, the model's own limit
EPSILON: Final = 1e-12

_COPY: Final = "Remove it and fetch it again: hobnail-train text fetch."


@dataclass(frozen=True, slots=True, eq=False)
class MiniLM:
    """Weights and vocabulary, ready to use."""

    tensors: dict[str, Tensor]
    layers: int
    pieces: list[str]  #: by number
    numbers: dict[str, int]

    def tokens(self, text: str) -> list[int]:
        """Numbers of the pieces of a text, between [CLS] and [SEP]; a word that cannot be cut is [UNK]."""
        words = [pieces_of(word, self.numbers) or ["[UNK]"] for word in split_words(text)]
        inner = [self.numbers[piece] for word in words for piece in word][: LONGEST - 2]
        return [self.numbers["[CLS]"], *inner, self.numbers["[SEP]"]]

    def states(self, tokens: Tensor, real: Tensor) -> Tensor:
        """The last layer, float32 [batch, pieces, 384], of numbers [batch, pieces]; ``real`` bool: no filling."""
        seen = None if bool(real.all()) else real[:, None, None, :]
        get = self.tensors
        place = get["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        kind = get["embeddings.token_type_embeddings.weight"][0]
        states = self._norm(get["embeddings.word_embeddings.weight"][tokens] + place + kind, "embeddings.LayerNorm")
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}"
            query, key, value = (
                self._linear(states, f"{name}.attention.self.{part}").view(*tokens.shape, HEADS, -1).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
            mixed = self._linear(mixed.transpose(1, 2).flatten(2), f"{name}.attention.output.dense")
            states = self._norm(states + mixed, f"{name}.attention.output.LayerNorm")
            inner = functional.gelu(self._linear(states, f"{name}.intermediate.dense"))
            states = self._norm(states + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return states

    def sentences(self, texts: Sequence[str], *, batch: int = 64) -> Tensor:
        """Unit vectors, float32 [texts, 384]."""
        rows = [self.tokens(text) for text in texts]
        found = torch.cat([self._pooled(rows[at : at + batch]) for at in range(0, len(rows), batch)])
        return functional.normalize(found, dim=-1)

    def alone(self, numbers: Sequence[Sequence[int]], *, batch: int = 512) -> Tensor:
        """Each row of pieces by itself between [CLS] and [SEP], pooled but not at length one: float32 [rows, 384]."""
        first, last = self.numbers["[CLS]"], self.numbers["[SEP]"]
        rows = [[first, *row, last] for row in numbers]
        return torch.cat([self._pooled(rows[at : at + batch]) for at in range(0, len(rows), batch)])

    def _pooled(self, rows: list[list[int]]) -> Tensor:
        longest = max(len(row) for row in rows)
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        real = torch.tensor([[True] * len(row) + [False] * (longest - len(row)) for row in rows])
        with torch.inference_mode():
            states = self.states(tokens, real)
            return (states * real[..., None]).sum(1) / real.sum(1, keepdim=True)

    def _linear(self, states: Tensor, name: str) -> Tensor:
        return functional.linear(states, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"])

    def _norm(self, states: Tensor, name: str) -> Tensor:
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return functional.layer_norm(states, (WIDTH,), weight, bias, EPSILON)


def minilm_from(weights: bytes, vocabulary: bytes) -> MiniLM:
    """The model from the bytes of its model.safetensors and vocab.txt. Raises TextError."""
    try:
        pieces = vocabulary.decode().splitlines()
    except UnicodeDecodeError as error:
        raise TextError(f"vocab.txt: not UTF-8: {error}.", cure=_COPY) from error
    tensors = safetensors_from(weights, "model.safetensors")
    layers = sum(f"encoder.layer.{layer}.output.dense.weight" in tensors for layer in range(len(tensors)))
    wanted = _shapes(len(pieces), layers)
    for name, shape in wanted.items():
        found = list(tensors[name].shape) if name in tensors else "nothing"
        if found != shape:
            raise TextError(f"model.safetensors: {name} is {found}, expected {shape}.", cure=_COPY)
    return MiniLM(tensors, layers, pieces, {piece: number for number, piece in enumerate(pieces)})


def safetensors_from(data: bytes, source: str) -> dict[str, Tensor]:
    """The float32 tensors of a safetensors file. Raises TextError naming ``source``.

    The format: uint64 length of the header, little-endian; the header, JSON of each tensor's dtype, shape and place
    among the bytes that follow.
    """
    try:
        length = struct.unpack_from("<Q", data)[0]
        header: dict[str, Any] = json.loads(data[8 : 8 + length])
        header.pop("__metadata__", None)
        found, whole = {}, 8 + length + max(entry["data_offsets"][1] for entry in header.values())
        if len(data) != whole:
            raise TextError(f"{source}: found {len(data)} bytes, its header tells of {whole}.", cure=_COPY)
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            if entry["dtype"] != "F32":
                continue
            part = torch.frombuffer(bytearray(data[8 + length + begin : 8 + length + end]), dtype=torch.float32)
            found[name] = part.reshape(entry["shape"])
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise TextError(f"{source}: not a whole safetensors file: {error}.", cure=_COPY) from error
    return found


def _shapes(pieces: int, layers: int) -> dict[str, list[int]]:
    """Every tensor that is read, and its shape."""
    found = {
        "embeddings.word_embeddings.weight": [pieces, WIDTH],
        "embeddings.position_embeddings.weight": [512, WIDTH],
        "embeddings.token_type_embeddings.weight": [2, WIDTH],
        "embeddings.LayerNorm.weight": [WIDTH],
        "embeddings.LayerNorm.bias": [WIDTH],
    }
    linears = {
        "attention.self.query": (WIDTH, WIDTH),
        "attention.self.key": (WIDTH, WIDTH),
        "attention.self.value": (WIDTH, WIDTH),
        "attention.output.dense": (WIDTH, WIDTH),
        "intermediate.dense": (4 * WIDTH, WIDTH),
        "output.dense": (WIDTH, 4 * WIDTH),
    }
    for layer in range(layers):
        for name, (outputs, inputs) in linears.items():
            found[f"encoder.layer.{layer}.{name}.weight"] = [outputs, inputs]
            found[f"encoder.layer.{layer}.{name}.bias"] = [outputs]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            found[f"encoder.layer.{layer}.{name}.weight"] = [WIDTH]
            found[f"encoder.layer.{layer}.{name}.bias"] = [WIDTH]
    return found
