"""The adaptive hybrid transformer: from a noised block and what surrounds it to the block's velocity.

Rectified flow (Liu, Gong and Liu 2022): x_t = (1 - t) x_0 + t e; the network gives the mean velocity over [r, t], so
that x_r = x_t - (t - r) u (Geng and others 2025). With r = t that is the velocity itself, e - x_0. Latents come in the
network's units: (latent - mean) / spread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from hobnail_plugins.aht.nn.conditioning import Conditioning, Cue, Ending, Place
from hobnail_plugins.aht.nn.layer import Around, Layer, LayerReport
from hobnail_plugins.aht.nn.memory import KeysAndValues, Memory, Remember, See, Tell
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.nn.adapted import Adapters
from hobnail_plugins.nn.contracts import PartSize, Steering
from hobnail_plugins.nn.norms import Norm
from hobnail_plugins.nn.rotary import frequencies, turns

if TYPE_CHECKING:
    from torch import Tensor

MakePart = Callable[[PartSize], nn.Module]


@dataclass(frozen=True, slots=True)
class Streams:
    """What a block may attend to."""

    text: Memory
    text_seen: Tensor  #: bool [batch, tokens]
    prompt: Tensor  #: [batch, width], the prompt as a whole
    vision: Memory
    vision_seen: Tensor  #: bool [batch, tokens] or [batch, hops, tokens]
    history: Memory
    history_seen: Tensor  #: bool [batch, tokens]
    noise: Tensor | None = None  #: float32 [batch, streams], true noise levels for the oracle
    cue: Tensor | None = None  #: [batch, cue_past + hops, CUE_WIDTH]; None: nothing is known
    lasts: Tensor | None = None  #: int [batch], hops from a voice's first to its sound's end, 0 where unknown


@dataclass(frozen=True, slots=True)
class Velocity:
    """What the network gives for a block."""

    velocity: Tensor  #: float32 [batch, hops, latents]
    reports: tuple[LayerReport, ...]
    hidden: tuple[Tensor, ...]  #: [batch, hops, width] after each layer


class Network(nn.Module):
    """All of it. ``tell``, ``see`` and ``remember`` make memories; calling it takes one step of generation."""

    rates: Tensor

    def __init__(self, spec: NetworkSpec, make_fusion: MakePart, make_weighting: MakePart) -> None:
        super().__init__()
        self.spec = spec
        sizes = [PartSize(spec.width, spec.heads, layer=layer, layers=spec.layers) for layer in range(spec.layers)]
        self.tell, self.see, self.remember = Tell(spec), See(spec), Remember(spec)
        self.conditioning = Conditioning(spec.width, spec.layers)
        self.enter = nn.Linear(spec.latents, spec.width)
        self.place = Place(spec.width)
        self.cue = Cue(spec.cue_hops, spec.width) if spec.cue_hops else None
        self.ending = Ending(spec.width) if spec.told_end else None
        self.layers = nn.ModuleList(
            Layer(spec, index, make_fusion(size), make_weighting(size)) for index, size in enumerate(sizes)
        )
        self.norm = Norm(spec.width)
        self.leave = nn.Linear(spec.width, spec.latents)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        self.register_buffer("rates", frequencies(spec.head_width), persistent=False)

    def forward(  # noqa: PLR0913 - each is an input of the exported graph, or a group of them
        self,
        x: Tensor,
        t: Tensor,
        r: Tensor,
        first: Tensor,
        age: Tensor,
        streams: Streams,
        *,
        steering: Steering | None = None,
        adapters: Adapters | None = None,
    ) -> Velocity:
        """One pass.

        ``x`` [batch, hops, latents]; ``t``, ``r`` float [batch]; ``first`` int [batch], the block's first hop on the
        clock; ``age`` int [batch], hops since the voice began.
        """
        hops = x.shape[1]
        modulation = self.conditioning(t, r, age, hops, streams.prompt)
        order = torch.arange(hops, device=x.device)
        cos, sin = turns(first.unsqueeze(1) + order, self.rates)
        around = Around(cos, sin, self._present(streams, hops), steering, adapters, streams.noise)
        memories = (streams.text, streams.vision, streams.history)
        seen = (streams.text_seen, streams.vision_seen, self._enough(streams.history_seen))
        makers = cast("tuple[KeysAndValues, ...]", (self.tell.memory, self.see.memory, self.remember.memory))
        ages = age.unsqueeze(1) + order
        hidden, reports, held = self.enter(x) + self.place(ages), [], []
        if self.cue is not None and streams.cue is not None:
            hidden = hidden + self.cue(streams.cue)
        if self.ending is not None and streams.lasts is not None:
            hidden = hidden + self.ending(streams.lasts, ages)
        rows = zip(*(memory.rows(mask) for memory, mask in zip(memories, seen, strict=True)), strict=True)
        shifts = modulation.unbind(1)
        for index, (layer, of_streams) in enumerate(zip(self.layers, rows, strict=False)):  # a critic has fewer
            sinks = [maker.sink(index) for maker in makers]
            arguments = (hidden, shifts[index], of_streams, sinks, around)
            if self.spec.recompute and self.training:
                hidden, report = checkpoint(layer, *arguments, use_reentrant=False)
            else:
                hidden, report = layer(*arguments)
            reports.append(report)
            held.append(hidden)
        velocity = self.leave(self.norm(hidden)).float()
        return Velocity(velocity, tuple(reports), tuple(held))

    def _enough(self, seen: Tensor) -> Tensor:
        """Too little history is none: with fewer hops than ``history_least`` no row is seen."""
        return seen & (seen.sum(dim=-1, keepdim=True) >= self.spec.history_least)

    def _present(self, streams: Streams, hops: int) -> Tensor:
        """bool [batch, 1 or hops, streams]."""
        vision = streams.vision_seen.any(dim=-1)
        vision = vision if vision.dim() == 2 else vision.unsqueeze(1)
        text = streams.text_seen.any(dim=-1).unsqueeze(1).expand_as(vision)
        history = self._enough(streams.history_seen).any(dim=-1).unsqueeze(1).expand_as(vision)
        return torch.stack([text, vision, history], dim=-1)
