"""The network of BEATs: its names are those of the published files.

Post-norm layers with DeepNorm's scaling (residuals times (2 layers)^(1/4)); positions enter by a grouped convolution
before the first layer and by a table of relative distances in each, which all layers share and whose effect a gate
computed from the query scales (Chi and others 2022, as in WavLM).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec
import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

BANDS: Final = 128
TABLE: Final = "encoder.relative.weight"
_FIRST: Final = "encoder.layers.0.self_attn.relative_attention_bias.weight"


class BeatsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The part of ``cfg`` that the network needs, by upstream's names; other keys are left alone."""

    input_patch_size: int
    embed_dim: int = 512
    conv_bias: bool = False
    encoder_layers: int = 12
    encoder_embed_dim: int = 768
    encoder_ffn_embed_dim: int = 3072
    encoder_attention_heads: int = 12
    activation_fn: str = "gelu"
    layer_norm_first: bool = False
    deep_norm: bool = False
    conv_pos: int = 128
    conv_pos_groups: int = 16
    relative_position_embedding: bool = False
    num_buckets: int = 320
    max_distance: int = 1280
    gru_rel_pos: bool = False


class Beats(nn.Module):
    """Spectra to patches."""

    def __init__(self, settings: BeatsSettings) -> None:
        super().__init__()
        self.settings = settings
        size, narrow, width = settings.input_patch_size, settings.embed_dim, settings.encoder_embed_dim
        self.patch_embedding = nn.Conv2d(1, narrow, size, size, bias=settings.conv_bias)
        self.layer_norm = nn.LayerNorm(narrow)
        if narrow != width:
            self.post_extract_proj = nn.Linear(narrow, width)
        self.encoder = Encoder(settings)

    def forward(self, spectra: Tensor) -> Tensor:
        """[batch, spectra, 128] -> [batch, columns times rows, width], the rows of a column one after the other."""
        x = self.layer_norm(self.patch_embedding(spectra[:, None]).flatten(2).transpose(1, 2))
        if self.settings.embed_dim != self.settings.encoder_embed_dim:
            x = self.post_extract_proj(x)
        out: Tensor = self.encoder(x)
        return out


class Encoder(nn.Module):
    """Layers, and what tells them where patches are."""

    def __init__(self, settings: BeatsSettings) -> None:
        super().__init__()
        width, self.settings = settings.encoder_embed_dim, settings
        self.pos_conv = nn.Conv1d(
            width, width, settings.conv_pos, padding=settings.conv_pos // 2, groups=settings.conv_pos_groups
        )
        self.layer_norm = nn.LayerNorm(width)
        self.relative = nn.Embedding(settings.num_buckets, settings.encoder_attention_heads)
        self.layers = nn.ModuleList(Layer(settings) for _ in range(settings.encoder_layers))

    def forward(self, x: Tensor) -> Tensor:
        """[batch, patches, width] -> the same."""
        around = functional.gelu(self.pos_conv(x.transpose(1, 2))[..., : x.shape[1]]).transpose(1, 2)
        x = self.layer_norm(x + around)
        bias = self.relative(self._buckets(x.shape[1])).permute(2, 0, 1)
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def _buckets(self, patches: int) -> Tensor:
        """int [patches, patches]: half of the table for what comes later; near distances one by one, far ones by their
        logarithm, none beyond ``max_distance``."""
        half = self.settings.num_buckets // 2
        near = half // 2
        place = torch.arange(patches)
        away = place[None, :] - place[:, None]
        distance = away.abs()
        far = torch.log(distance.clamp(min=1).float() / near) / math.log(self.settings.max_distance / near)
        far = (near + far * (half - near)).long().clamp(max=half - 1)
        return (away > 0).long() * half + torch.where(distance < near, distance, far)


class Layer(nn.Module):
    """Attention and MLP, each added and then normalised."""

    def __init__(self, settings: BeatsSettings) -> None:
        super().__init__()
        width = settings.encoder_embed_dim
        self.self_attn = Attention(settings)
        self.self_attn_layer_norm, self.final_layer_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, settings.encoder_ffn_embed_dim)
        self.fc2 = nn.Linear(settings.encoder_ffn_embed_dim, width)
        self.kept = (2.0 * settings.encoder_layers) ** 0.25 if settings.deep_norm else 1.0

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """[batch, patches, width], bias [heads, patches, patches] -> [batch, patches, width]."""
        x = self.self_attn_layer_norm(self.kept * x + self.self_attn(x, bias))
        out: Tensor = self.final_layer_norm(self.kept * x + self.fc2(functional.gelu(self.fc1(x))))
        return out


class Attention(nn.Module):
    """Every patch to every patch, with a gated bias by distance."""

    def __init__(self, settings: BeatsSettings) -> None:
        super().__init__()
        width, self.heads = settings.encoder_embed_dim, settings.encoder_attention_heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))
        self.gated = settings.gru_rel_pos
        if self.gated:
            self.grep_linear = nn.Linear(width // self.heads, 8)
            self.grep_a = nn.Parameter(torch.ones(1, self.heads, 1, 1))

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """[batch, patches, width] -> the same."""
        query, key, value = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        mask = bias[None]
        if self.gated:
            first, second = self.grep_linear(query).unflatten(-1, (2, 4)).sum(dim=-1).sigmoid().chunk(2, dim=-1)
            mask = (first * (second * self.grep_a - 1.0) + 2.0) * mask
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask.expand(len(x), -1, -1, -1))
        out: Tensor = self.out_proj(found.transpose(1, 2).flatten(2))
        return out


def plain_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of a published file by the names above: the weight-normalised convolution becomes a plain one, and the
    table of distances, which stands in every layer, is kept once."""
    found = {name: value for name, value in tensors.items() if "relative_attention_bias" not in name}
    if _FIRST in tensors:
        found[TABLE] = tensors[_FIRST]
    root = "encoder.pos_conv."
    for gain, direction in (
        ("weight_g", "weight_v"),
        ("parametrizations.weight.original0", "parametrizations.weight.original1"),
    ):
        if f"{root}0.{gain}" in found and f"{root}0.{direction}" in found:
            length, way = found.pop(f"{root}0.{gain}"), found.pop(f"{root}0.{direction}")
            found[f"{root}weight"] = length * way / way.norm(dim=(0, 1), keepdim=True)
    if f"{root}0.bias" in found:
        found[f"{root}bias"] = found.pop(f"{root}0.bias")
    return found
