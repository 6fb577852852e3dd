"""Adversarial post-training: what a few passes make is taught to be taken for what the codec made of recordings.

A critic (the network's own first layers and a head, Sauer and others 2024) hears a block with noise on it, knows all
that the generator was told, and gives each hop a score. Recording and imitation of the same words are set against each
other (relativistic pairing: Jolicoeur-Martineau 2018; for few-step audio and with words dealt to others as the critic's
second task: Novack and others 2025):

- critic: softplus(D(made) - D(real)) + softplus(D(real, others' words) - D(real))
- generator: softplus(D(real) - D(made)), and to stay near the velocities it came with at flow times that it does not
  play at.

What is judged is a clean block as the engine makes it: after the first pass, x_1 = e, or after the second, which
begins where the first ended. The first pass of a second has no gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import torch
from torch import nn
from torch.nn.functional import silu, softplus

from hobnail_plugins.aht.flow_times import flow_times
from hobnail_plugins.aht.nn.network import Network, Streams, Velocity
from hobnail_trainer.model.blocks import Blocks, Units, part_of, streams_of
from hobnail_trainer.model.checkpoint import Checkpoint, RunState
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.stages import beside, stage_preset, weighted
from hobnail_trainer.model.velocity import Draw, between, counted

if TYPE_CHECKING:
    from torch import Tensor

STAGE = "adversarial"


class AdversarialSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is post-trained."""

    steps: int = 1000
    rate: float = 1e-4
    passes: int = 2  #: that a block is played with
    tokens: int = 1024  #: hops of a batch
    layers: int = 4  #: of the critic
    near: float = 0.25  #: share of a batch that keeps the network near the velocities it came with
    weight: float = 1.0  #: of the critic's opinion, against that
    noise: float = -0.7  #: mean of the normal whose sigmoid is the share of noise that the critic hears through
    threads: int | None = None  #: None: as the base run


class Critic(nn.Module):
    """Scores of hops."""

    def __init__(self, network: Network, layers: int) -> None:
        super().__init__()
        width = network.spec.width
        network.layers = network.layers[:layers]
        self.network, self.middle = network, layers // 2
        self.inner = nn.Conv1d(2 * width, width, 5, padding=2)
        self.outer = nn.Conv1d(width, 1, 1)

    def forward(self, x: Tensor, t: Tensor, blocks: Blocks, streams: Streams) -> Tensor:
        """[batch, hops] of ``x`` [batch, hops, latents] that is noise to the share ``t`` [batch]."""
        hidden = self.network(x, t, t, blocks.first, blocks.age, streams).hidden
        both = torch.cat([hidden[self.middle - 1], hidden[-1]], dim=-1).transpose(1, 2)
        scores: Tensor = self.outer(silu(self.inner(both))).squeeze(1)
        return scores.float()


class Made(NamedTuple):
    """What the generator gave for a batch."""

    clean: Tensor  #: [blocks that are judged, hops, latents]
    near: Tensor  #: loss of the others


class AdversarialLearner(nn.Module):
    """Blocks to both players' losses in one total: neither's gradient reaches the other's parameters."""

    def __init__(self, network: Network, base: Network, critic: Critic, settings: AdversarialSettings) -> None:
        super().__init__()
        self.network, self.critic, self.settings = network, critic, settings
        self.base = base.requires_grad_(False).eval()
        self.beside = critic  #: what checkpoints hold besides the network

    def forward(self, blocks: Blocks, units: Units, drawn: Draw) -> dict[str, Tensor]:
        """``total`` with its gradient; ``generator``, ``critic``, ``words``, ``near`` and ``told`` (how often the
        critic knows which is the recording) without."""
        batch = len(blocks.latents)
        near = min(batch - 1, round(batch * self.settings.near))
        made = self._made(blocks, units, drawn, near)
        judged = part_of(blocks, slice(near, batch))
        noise, share = self._blur(judged, drawn, near)
        heard = made.clean.detach().requires_grad_()
        streams = streams_of(self.critic.network, judged)
        real = self.critic(_mixed(judged.latents, noise, share), share, judged, streams)
        fake = self.critic(_mixed(heard, noise, share), share, judged, streams)
        others = dealt_words(judged)
        wrong = self.critic(
            _mixed(judged.latents, noise, share), share, others, streams_of(self.critic.network, others)
        )
        counts = judged.weight / judged.weight.sum().clamp(min=1e-6)
        generator = (softplus(real - fake) * counts).sum()
        (wish,) = torch.autograd.grad(generator, heard, retain_graph=True)
        critic = (softplus(fake - real) * counts).sum()
        words = (softplus(wrong - real) * counts).sum()
        total = self.settings.weight * (made.clean * wish).sum() + made.near + critic + words
        told = ((real > fake).float() * counts).sum()
        figures = {"generator": generator, "critic": critic, "words": words, "near": made.near, "told": told}
        return {"total": total, **{name: value.detach() for name, value in figures.items()}}

    def _made(self, blocks: Blocks, units: Units, drawn: Draw, near: int) -> Made:
        """The first ``near`` blocks at any flow time; of the others, a third after one pass, the rest after all."""
        batch = len(blocks.latents)
        times = flow_times(self.settings.passes, instant=True)
        t = drawn.t.clone()
        t[near:] = 1.0
        x = between(blocks.latents, Draw(drawn.noise, t, drawn.uniform))
        streams = streams_of(self.network, blocks)
        late = slice(near + (batch - near) // 3, batch)
        with torch.no_grad():
            for upper, lower in pairwise(times[:-1]):
                some = part_of(blocks, late)
                moved = self._velocity(self.network, x[late], torch.full_like(t[late], upper), some)
                x = torch.cat([x[: late.start], x[late] - (upper - lower) * moved])
            t[late] = times[-2]
            wanted = self._velocity(self.base, x[:near], t[:near], part_of(blocks, slice(0, near))) if near else None
        given: Velocity = self.network(x, t, t, blocks.first, blocks.age, streams)
        clean = x[near:] - t[near:, None, None] * given.velocity[near:]
        loss = x.new_zeros(())
        if wanted is not None:
            loss = counted(given.velocity[:near] - wanted, blocks.weight[:near], units)
        return Made(clean, loss)

    def _velocity(self, network: Network, x: Tensor, t: Tensor, blocks: Blocks) -> Tensor:
        given: Velocity = network(x, t, t, blocks.first, blocks.age, streams_of(network, blocks))
        return given.velocity

    def _blur(self, judged: Blocks, drawn: Draw, near: int) -> tuple[Tensor, Tensor]:
        """Noise, the same for both, and its share: by the chance of the batch."""
        normal = torch.special.ndtri(drawn.uniform[near:, 0].clamp(1e-4, 1.0 - 1e-4))
        others = drawn.noise.flip(0)[: len(judged.latents)]
        noise = others.flip(1)  # backwards: no block is heard through what it was made of
        return noise, torch.sigmoid(self.settings.noise + normal)


def dealt_words(blocks: Blocks) -> Blocks:
    """The same with the words of the block before."""
    return replace(blocks, text=blocks.text.roll(1, 0), text_seen=blocks.text_seen.roll(1, 0))


def _mixed(clean: Tensor, noise: Tensor, share: Tensor) -> Tensor:
    share = share[:, None, None]
    return (1.0 - share) * clean + share * noise


def post_train(
    base: Checkpoint,
    run: Path,
    data: Data,
    make: Callable[[], Network],
    settings: AdversarialSettings,
    *,
    tell: Callable[[str], None],
    past: Checkpoint | None = None,
) -> RunState:
    """Post-train the averaged weights of ``base``, whose guidance is folded in, into a run of its own.

    ``past``: a checkpoint of this run to go on from. Raises TrainerError.
    """
    preset = stage_preset(
        base.state.preset, steps=settings.steps, rate=settings.rate, threads=settings.threads, number=2
    )
    preset = msgspec.structs.replace(preset, feed=msgspec.structs.replace(preset.feed, tokens=settings.tokens))

    def learner_of(network: Network) -> AdversarialLearner:
        critic = Critic(beside(weighted(make, base), preset), settings.layers)
        if past is not None:
            restore_weights(critic, past.part("projector"))
        return AdversarialLearner(network, beside(weighted(make, base), preset), critic, settings)

    return train(
        run,
        preset,
        data,
        lambda: weighted(make, base),
        tell=tell,
        past=past,
        scale=base.state.scale,
        learner_of=learner_of,
        stage=STAGE,
    )
