"""What latents of the linear codec will sound like, without decoding them: level, centroid, partials against noise.

Band powers follow from a latent by the codec's own tables, so the three are differentiable, and a generator can be
drawn to what was asked of it. Each belongs to a control: pitch moves the centroid, intensity the level, texture the
share of partials. What the latents leave out is not counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import nn

from hobnail.audio import RATE_HZ
from hobnail_plugins.codec.bands import mel_filters
from hobnail_plugins.codec.rows import SCALE
from hobnail_plugins.codec.spec import BANDS, EPSILON, FRAMES_PER_HOP
from hobnail_plugins.codec.tables import LinearTables

if TYPE_CHECKING:
    from torch import Tensor

MEASURES: Final = ("centroid, octaves", "level, dB", "partials over noise, dB")
"""In the order of the controls pitch, intensity, texture."""

FLOOR: Final = EPSILON**2
LEAST: Final = 1e-2
"""Of the whole power: what partials, and noise, count as at least, so that their ratio lies within 20 dB of even."""

LOUDEST: Final = 4.0
"""Natural log of the power that a band may have at most: what is predicted from pure noise may say anything."""


class Ear(nn.Module):
    """Latents to attributes."""

    mean: Tensor
    components: Tensor
    centres_hz: Tensor
    shares: Tensor
    partial_mean: Tensor
    partial_spread: Tensor

    def __init__(self, tables: LinearTables) -> None:
        super().__init__()
        self.kept, self.partials = tables.kept, tables.partials
        unit = tables.spread[: self.kept] ** (1.0 - SCALE) * tables.spread[0] ** SCALE
        components = (tables.basis[:, : self.kept] * unit / tables.weight[:, None]).T
        _, centres = mel_filters()
        edges = np.concatenate([[centres[0]], 0.5 * (centres[1:] + centres[:-1]), [centres[-1]]])
        self.register_buffer("mean", torch.from_numpy(tables.mean.copy()), persistent=False)
        self.register_buffer("components", torch.from_numpy(components.astype(np.float32)), persistent=False)
        self.register_buffer("centres_hz", torch.from_numpy(centres.astype(np.float32)), persistent=False)
        self.register_buffer(
            "shares", torch.from_numpy((np.diff(edges) * 2.0 / RATE_HZ).astype(np.float32)), persistent=False
        )
        self.register_buffer("partial_mean", torch.from_numpy(tables.partial_mean.copy()), persistent=False)
        self.register_buffer("partial_spread", torch.from_numpy(tables.partial_spread.copy()), persistent=False)

    def powers(self, latents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``latents`` [..., dimensions], in the codec's units -> power of each band [..., BANDS], the mean square of
        what it adds to the sound; power of each partial [..., partials]; their frequencies in Hz. float32."""
        with torch.autocast(latents.device.type, enabled=False):
            latents = latents.float()
            values = self.mean + latents[..., : self.kept] @ self.components
            power = (values.clamp(max=LOUDEST).exp() - FLOOR).clamp(min=0.0)
            bands = power.view(*power.shape[:-1], FRAMES_PER_HOP, BANDS).mean(dim=-2) * self.shares
            slots = latents[..., self.kept :].reshape(*latents.shape[:-1], self.partials, 2)
            logs = slots * self.partial_spread + self.partial_mean
            loud = 0.5 * (2.0 * logs[..., 1]).clamp(max=LOUDEST).exp()
            return bands, loud, logs[..., 0].clamp(max=11.0).exp()

    def forward(self, latents: Tensor, weight: Tensor | None = None) -> Tensor:
        """``latents`` [batch, hops, dimensions], ``weight`` [batch, hops] -> attributes of each block, float32
        [batch, 3], as :data:`MEASURES`. Powers are means over hops; silence has the level of the codec's floor."""
        bands, loud, hz = self.powers(latents)
        counted = torch.ones(latents.shape[:2], device=latents.device) if weight is None else weight.float()
        counted = (counted / counted.sum(dim=1, keepdim=True).clamp(min=1e-6)).unsqueeze(-1)
        bands, partials = bands * counted, loud * counted
        noise, lines = bands.sum(dim=(1, 2)), partials.sum(dim=(1, 2))
        moment = (bands * self.centres_hz).sum(dim=(1, 2)) + (partials * hz).sum(dim=(1, 2))
        total = noise + lines + FLOOR
        centre = (moment + FLOOR * 1000.0) / total  # silence lies at 1 kHz
        level = 10.0 * torch.log10(total)
        least = LEAST * total
        ratio = 10.0 * torch.log10((lines + least) / (noise + least))
        return torch.stack([torch.log2(centre), level, ratio], dim=-1)
