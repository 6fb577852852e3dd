"""A batch of the feed as tensors, in the network's units, and the streams made from it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch

from hobnail_plugins.aht.nn.memory import Memory
from hobnail_plugins.aht.nn.network import Network, Streams
from hobnail_plugins.aht.spec import LatentScale
from hobnail_trainer.feed.batch import FeedBatch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Blocks:
    """What the network learns from. Shapes as in :class:`hobnail_trainer.feed.batch.FeedBatch`."""

    latents: Tensor  #: in units: (latent - mean) / spread
    weight: Tensor
    history: Tensor  #: in units, 0 where there is none
    history_seen: Tensor
    first: Tensor
    age: Tensor
    text: Tensor
    text_seen: Tensor
    scene: Tensor
    scene_seen: Tensor
    pixels: Tensor
    pixels_seen: Tensor
    cue: Tensor
    lasts: Tensor
    has_vision: Tensor
    horizon: Tensor
    noise: Tensor  #: [batch, streams], true noise levels: text, vision, history
    controls: Tensor


def part_of(blocks: Blocks, rows: slice | Tensor) -> Blocks:
    """Some blocks of a batch."""
    return Blocks(*(getattr(blocks, field.name)[rows] for field in fields(Blocks)))


class Units:
    """Latents to the network's units and back."""

    def __init__(self, scale: LatentScale, device: torch.device | None = None) -> None:
        self.mean = torch.tensor(scale.mean, device=device)
        self.spread = torch.tensor(scale.spread, device=device)
        self.counts = self.spread.square() / self.spread.square().mean()  # an error counts as much as it is heard

    def of(self, latents: Tensor) -> Tensor:
        """Codec's latents [..., dimensions] -> the network's."""
        return (latents - self.mean) / self.spread

    def back(self, latents: Tensor) -> Tensor:
        """The network's -> the codec's."""
        return latents * self.spread + self.mean


def blocks_from(batch: FeedBatch, units: Units, device: torch.device | None = None) -> Blocks:
    """Tensors of a batch."""

    def tensor(array: object) -> Tensor:
        return torch.as_tensor(array, device=device)

    seen = tensor(batch.history_mask)
    history = units.of(tensor(batch.history)) * seen.unsqueeze(-1)
    vague = tensor(batch.told).float() / 4.0
    return Blocks(
        latents=units.of(tensor(batch.latents)),
        weight=tensor(batch.weight),
        history=history,
        history_seen=seen,
        first=tensor(batch.first).long(),
        age=tensor(batch.age),
        text=tensor(batch.text),
        text_seen=tensor(batch.text_mask),
        scene=tensor(batch.scene),
        scene_seen=tensor(batch.scene_mask),
        pixels=tensor(batch.pixels).float(),
        pixels_seen=tensor(batch.pixels_mask),
        cue=tensor(batch.cue),
        lasts=tensor(batch.lasts).long(),
        has_vision=tensor(batch.has_vision),
        horizon=tensor(batch.horizon),
        noise=torch.stack([vague, tensor(batch.vision_noise), tensor(batch.context_noise)], dim=-1),
        controls=tensor(batch.controls),
    )


def streams_of(network: Network, blocks: Blocks) -> Streams:
    """What the blocks may attend to: prompt, vision up to each one's horizon, history as far back as any has one."""
    spec = network.spec
    text, prompt = network.tell(blocks.text, blocks.text_seen)
    seen = blocks.history_seen[:, -spec.history_hops :]
    reach = int(seen.sum(dim=1).max())
    history = network.remember(blocks.history[:, -(reach + spec.history_taps - 1) :], blocks.first - reach)
    vision, vision_seen = _vision(network, blocks)
    return Streams(
        text=text,
        text_seen=blocks.text_seen,
        prompt=prompt,
        vision=vision,
        vision_seen=vision_seen,
        history=history,
        history_seen=seen[:, spec.history_hops - reach :],
        noise=blocks.noise,
        cue=_cue(network, blocks),
        lasts=blocks.lasts if network.spec.told_end else None,
    )


def _cue(network: Network, blocks: Blocks) -> Tensor | None:
    """Contacts from ``cue_past`` before the block on."""
    if not network.spec.cue_hops:
        return None
    back, hops = network.spec.cue_past, blocks.latents.shape[1]
    return blocks.cue[:, blocks.cue.shape[1] - hops - back :]


def _vision(network: Network, blocks: Blocks) -> tuple[Memory, Tensor]:
    """Tokens of the hops from ``seen_hops`` before the block on; only those blocks are computed that see anything."""
    spec = network.spec
    batch = len(blocks.latents)
    window, back = spec.resampler.window_hops, spec.seen_hops
    rows = blocks.has_vision.nonzero().squeeze(-1)
    if rows.numel() == 0 and torch.distributed.is_available() and torch.distributed.is_initialized():
        rows = rows.new_zeros(1)  # unseen like the rest; processes that share weights out must all use them
    hops = back + blocks.latents.shape[1]
    shape = (batch, spec.layers, hops * spec.resampler.tokens, spec.key_heads, spec.head_width)
    if rows.numel() == 0:
        nothing = torch.zeros(batch, spec.layers, 0, spec.key_heads, spec.head_width, device=blocks.latents.device)
        return Memory(nothing, nothing), torch.zeros(batch, 0, dtype=torch.bool, device=rows.device)
    some = network.see(
        blocks.scene[rows],
        blocks.scene_seen[rows],
        blocks.pixels[rows],
        blocks.pixels_seen[rows],
        blocks.first[rows] - back,
    )
    keys, values = (
        torch.zeros(shape, dtype=part.dtype, device=part.device).index_copy(0, rows, part)
        for part in (some.keys, some.values)
    )
    there = blocks.scene_seen | blocks.pixels_seen
    known = torch.stack([there[:, tap : tap + hops] for tap in range(window)]).any(dim=0)
    offset = torch.arange(hops, device=rows.device) - back
    known = known & blocks.has_vision.unsqueeze(1) & (offset < blocks.horizon.unsqueeze(1))
    return Memory(keys, values), known.repeat_interleave(spec.resampler.tokens, dim=1)
