"""A causal Perceiver resampler on the clock of hops: what was seen lately becomes a few tokens for every hop.

Learned latents attend to the media tokens of the last hops and to themselves (Jaegle and others 2021; Alayrac and
others 2022), once for every hop, so that nothing ever summarises eight seconds and no token knows the future.

::

    media of a hop: one token of scene features, ``pixel_tokens`` mixed from the cells of the newest picture
    hop n:          latents look at the media of hops n - window + 1 .. n
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from hobnail_plugins.gca.spec import ResamplerSettings
from hobnail_plugins.nn.norms import Norm

if TYPE_CHECKING:
    from torch import Tensor


class Resampler(nn.Module):
    """Scene rows and pixel cells to tokens of ``out`` channels."""

    def __init__(self, settings: ResamplerSettings, *, scene: int, cells: int, cell: int, out: int) -> None:
        """``scene``: width of a scene row; a picture has ``cells`` cells of ``cell`` numbers."""
        super().__init__()
        width = settings.width
        self.settings = settings
        self.scene = nn.Linear(scene, width)
        self.pixels = nn.Linear(cells * cell, settings.pixel_tokens * width)
        self.kinds = nn.Parameter(0.02 * torch.randn(1 + settings.pixel_tokens, width))
        self.ages = nn.Parameter(0.02 * torch.randn(settings.window_hops, width))
        self.latents = nn.Parameter(0.2 * torch.randn(settings.tokens, width))
        self.layers = nn.ModuleList(_Layer(width, settings.heads) for _ in range(settings.depth))
        self.norm = Norm(width)
        self.leave = nn.Linear(width, out)

    def forward(self, scene: Tensor, scene_seen: Tensor, pixels: Tensor | None, pixels_seen: Tensor | None) -> Tensor:
        """Tokens float [batch, hops, tokens, out] of every hop.

        ``scene`` [batch, window - 1 + hops, scene], ``pixels`` [batch, window - 1 + hops, cells, cell] and what of them
        is there, bool [batch, window - 1 + hops]: the window's earlier hops come first. Without ``pixels`` the same as
        with none seen, and a fifth of the work.
        """
        window = self.settings.window_hops
        media, seen = self.scene(scene).unsqueeze(2) + self.kinds[:1], scene_seen.unsqueeze(2)
        if pixels is not None and pixels_seen is not None:
            cells = self.pixels(pixels.flatten(2)).unflatten(-1, (self.settings.pixel_tokens, -1))
            media = torch.cat([media, cells + self.kinds[1:]], dim=2)
            seen = torch.cat([seen, pixels_seen.unsqueeze(2).expand(-1, -1, self.settings.pixel_tokens)], dim=2)
        batch, span, kinds, width = media.shape
        hops = span - window + 1
        near = torch.stack([media[:, back : back + hops] for back in range(window)], dim=2)
        near = (near + self.ages[:, None, :]).reshape(batch * hops, window * kinds, width)
        near_seen = torch.stack([seen[:, back : back + hops] for back in range(window)], dim=2)
        near_seen = near_seen.reshape(batch * hops, window * kinds)
        latents = self.latents.expand(batch * hops, -1, -1)
        for layer in self.layers:
            latents = layer(latents, near, near_seen)
        out: Tensor = self.leave(self.norm(latents)).view(batch, hops, self.settings.tokens, -1)
        return out


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask, self.tell = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.mix = nn.Linear(width, width)
        self.ask_norm, self.tell_norm, self.mlp_norm = Norm(width), Norm(width), Norm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, latents: Tensor, media: Tensor, seen: Tensor) -> Tensor:
        asked = self.ask_norm(latents)
        told = torch.cat([self.tell_norm(media), asked], dim=1)
        keys, values = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.tell(told).chunk(2, -1))
        queries = self.ask(asked).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        mask = functional.pad(seen, (0, latents.shape[1]), value=True)[:, None, None, :]
        scores = (queries @ keys.transpose(-1, -2)).float() * queries.shape[-1] ** -0.5
        shares = torch.softmax(torch.where(mask, scores, torch.full_like(scores, -1e4)), dim=-1)
        found = (shares.to(values.dtype) @ values).transpose(1, 2).flatten(2)
        latents = latents + self.mix(found)
        out: Tensor = latents + self.mlp(self.mlp_norm(latents))
        return out
