"""Whole voices from the network, block after block, with everything that passes from one to the next in the open.

A voice is told what is known of it (words, sights), begins at a hop of the clock, and is made in blocks of any sizes.
After each block its clean latents are remembered as rows, four latents to a row, and the next block attends to them;
nothing else passes on. Noise is given for the whole voice, so it is the same whatever the blocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import torch

from hobnail_plugins.aht.flow_times import flow_times
from hobnail_plugins.aht.nn.flow import Field, descend, guided
from hobnail_plugins.aht.nn.memory import Memory
from hobnail_plugins.aht.nn.network import Network, Streams
from hobnail_plugins.nn.adapted import Adapters

if TYPE_CHECKING:
    from torch import Tensor

CHANCE_SEED: Final = 0x5EED


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a batch of voices. A sight that is None: nothing is seen."""

    text: Tensor  #: [batch, tokens, text width]
    text_seen: Tensor  #: bool [batch, tokens]
    scene: Tensor | None = None  #: [batch, vision hops + hops of the voice, scene width]
    pixels: Tensor | None = None  #: [batch, vision hops + hops of the voice, cells, cell width]
    sight_seen: Tensor | None = None  #: bool [batch, vision hops + hops of the voice]
    cue: Tensor | None = None  #: [batch, vision hops + hops of the voice, CUE_WIDTH], contacts
    lasts: Tensor | None = None  #: int [batch], hops to each sound's end, 0 where unknown

    def nothing(self) -> Told:
        """The same voices without words and sights, for guidance."""
        return Told(self.text, torch.zeros_like(self.text_seen))

    def of(self, rows: slice) -> Told:
        """Some of the voices."""
        parts = (self.scene, self.pixels, self.sight_seen, self.cue, self.lasts)
        return Told(self.text[rows], self.text_seen[rows], *(None if part is None else part[rows] for part in parts))


@dataclass(frozen=True, slots=True)
class Known:
    """What was told, as memories."""

    text: Memory
    text_seen: Tensor
    prompt: Tensor
    vision: Memory  #: of the hops from ``seen_hops`` before the voice to its end
    vision_seen: Tensor  #: bool [batch, tokens]
    cue: Tensor | None = None
    lasts: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What a batch of voices remembers between two blocks."""

    recent: Tensor  #: [batch, taps - 1, latents], the newest clean latents in units, 0 before the voice began
    history: Memory  #: rows of the newest ``history_hops`` hops
    seen: Tensor  #: bool [batch, history_hops]
    hop: int  #: hops that were made


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a block is made of noise."""

    passes: int = 8
    guidance: float = 1.0
    instant: bool = True  #: the network knows velocities only, as before distillation
    horizon: int | None = None  #: hops of each block whose sight is known; None: all, as of a film


def known(network: Network, told: Told, first: int = 0) -> Known:
    """Memories of what was told of voices that begin at the hop ``first`` of the clock."""
    spec = network.spec
    text, prompt = network.tell(told.text, told.text_seen)
    batch = len(told.text)
    if told.scene is None or told.pixels is None or told.sight_seen is None:
        nothing = text.keys.new_zeros(batch, spec.layers, 0, spec.key_heads, spec.head_width)
        unseen = torch.zeros(batch, 0, dtype=torch.bool, device=told.text.device)
        return Known(text, told.text_seen, prompt, Memory(nothing, nothing), unseen, told.cue, told.lasts)
    begin = torch.full((batch,), first - spec.seen_hops, device=told.text.device)
    vision = network.see(told.scene, told.sight_seen, told.pixels, told.sight_seen, begin)
    window = spec.resampler.window_hops
    seen = told.sight_seen.unfold(1, window, 1).any(dim=-1)
    seen = seen.repeat_interleave(spec.resampler.tokens, dim=1)
    return Known(text, told.text_seen, prompt, vision, seen, told.cue, told.lasts)


def begun(network: Network, batch: int, device: torch.device | None = None) -> Past:
    """Voices that have not sounded yet."""
    spec = network.spec
    rows = torch.zeros(batch, spec.layers, spec.history_hops, spec.key_heads, spec.head_width, device=device)
    return Past(
        recent=torch.zeros(batch, spec.history_taps - 1, spec.latents, device=device),
        history=Memory(rows, rows),
        seen=torch.zeros(batch, spec.history_hops, dtype=torch.bool, device=device),
        hop=0,
    )


def remembered(network: Network, past: Past, latents: Tensor, first: int = 0) -> Past:
    """The past with a block of clean latents, in units, [batch, hops, latents]; the voice began at hop ``first``."""
    kept, hops = network.spec.history_hops, latents.shape[1]
    taps = torch.cat([past.recent, latents], dim=1)
    rows = network.remember(taps, torch.full((len(latents),), first + past.hop, device=latents.device))
    keys = torch.cat([past.history.keys, rows.keys.to(past.history.keys.dtype)], dim=2)[:, :, -kept:]
    values = torch.cat([past.history.values, rows.values.to(past.history.values.dtype)], dim=2)[:, :, -kept:]
    seen = torch.cat([past.seen, past.seen.new_ones(len(latents), hops)], dim=1)[:, -kept:]
    recent = taps[:, taps.shape[1] - past.recent.shape[1] :]
    return Past(recent, Memory(keys, values), seen, past.hop + hops)


def block(  # noqa: PLR0913 - what a step of generation depends on
    network: Network,
    told: Known,
    untold: Known | None,
    past: Past,
    noise: Tensor,
    sampling: Sampling,
    *,
    first: int = 0,
    adapters: Adapters | None = None,
) -> Tensor:
    """The next block, in units, from ``noise`` [batch, hops, latents]; ``untold`` is needed for guidance only."""
    now = torch.full((len(noise),), past.hop, device=noise.device)

    def field_of(what: Known) -> Field:
        streams = streams_at(network, what, past, noise.shape[1], sampling.horizon)

        def field(x: Tensor, t: Tensor, r: Tensor) -> Tensor:
            velocity: Tensor = network(x, t, r, first + now, now, streams, adapters=adapters).velocity
            return velocity

        return field

    field = field_of(told) if untold is None else guided(field_of(told), field_of(untold), sampling.guidance)
    times = flow_times(sampling.passes, instant=sampling.instant)
    return descend(field, noise, times, instant=sampling.instant)


@torch.no_grad()
def generate_blocks(  # noqa: PLR0913 - what a voice depends on
    network: Network,
    told: Told,
    noise: Tensor,
    *,
    hops_per_block: int | Sequence[int],
    passes: int = 8,
    guidance: float = 1.0,
    instant: bool = True,
    horizon: int | None = None,
    first: int = 0,
    adapters: Adapters | None = None,
) -> Tensor:
    """Whole voices, in units, [batch, hops, latents], from ``noise`` of that shape.

    ``hops_per_block``: of every block, or of each in turn, the last one for all that follow. ``horizon``: hops of each
    block whose sight is known when it is made: 0 live, None film.
    """
    sampling = Sampling(passes, guidance, instant, horizon)
    knows = known(network, told, first)
    free = known(network, told.nothing(), first) if guidance != 1.0 else None
    past, made = begun(network, len(noise), noise.device), []
    for begin, end in plan(noise.shape[1], hops_per_block):
        latents = block(network, knows, free, past, noise[:, begin:end], sampling, first=first, adapters=adapters)
        past = remembered(network, past, latents, first)
        made.append(latents)
    return torch.cat(made, dim=1)


def plan(hops: int, hops_per_block: int | Sequence[int]) -> list[tuple[int, int]]:
    """Where the blocks of a voice begin and end."""
    sizes = [hops_per_block] if isinstance(hops_per_block, int) else list(hops_per_block)
    edges = [0]
    while edges[-1] < hops:
        edges.append(min(hops, edges[-1] + sizes[min(len(edges) - 1, len(sizes) - 1)]))
    return list(pairwise(edges))


def noise_for(names: Sequence[str], hops: int, latents: int, seed: int) -> Tensor:
    """Noise of each voice by its name, float32 [voices, hops, latents]: the same in whatever company and order."""

    rows = []
    for name in names:
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        chance = torch.Generator().manual_seed(int.from_bytes(digest[:7], "little") ^ CHANCE_SEED)
        rows.append(torch.randn(hops, latents, generator=chance))
    return torch.stack(rows)


def streams_at(network: Network, what: Known, past: Past, hops: int, horizon: int | None) -> Streams:
    """What a block of so many hops may attend to."""
    each, back = network.spec.resampler.tokens, network.spec.seen_hops
    vision, seen = what.vision, what.vision_seen
    if seen.shape[1]:
        span = slice(past.hop * each, (past.hop + back + hops) * each)
        vision = Memory(vision.keys[:, :, span], vision.values[:, :, span])
        far = (back + (hops if horizon is None else min(horizon, hops))) * each
        seen = seen[:, span] & (torch.arange(seen[:, span].shape[1], device=seen.device) < far)
    return Streams(
        text=what.text,
        text_seen=what.text_seen,
        prompt=what.prompt,
        vision=vision,
        vision_seen=seen,
        history=past.history,
        history_seen=past.seen,
        cue=None if what.cue is None else _cue(network, what.cue, past.hop, hops, horizon),
        lasts=what.lasts,
    )


def _cue(network: Network, cue: Tensor, hop: int, hops: int, horizon: int | None) -> Tensor:
    """Rows for a block at ``hop`` of the voice; those behind the horizon are 0."""
    begin = network.spec.vision_hops + hop - network.spec.cue_past
    rows = cue[:, begin : begin + network.spec.cue_past + hops]
    far = network.spec.cue_past + (hops if horizon is None else min(horizon, hops))
    return rows * (torch.arange(rows.shape[1], device=rows.device) < far).unsqueeze(-1)
