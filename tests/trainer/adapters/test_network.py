"""On the real network: how far prompt and senses agree, and adapters that learn to move what it says."""

import math
from dataclasses import dataclass, replace
from itertools import count

import pytest
import torch

from hobnail_plugins.aht.nn.memory import Memory
from hobnail_plugins.aht.nn.network import Network, Streams
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.daf.nn.weighting import Daf
from hobnail_plugins.daf.spec import WeightingSettings
from hobnail_plugins.gca.nn.fusion import GatedHeads
from hobnail_plugins.gca.spec import FusionSettings, ResamplerSettings
from hobnail_plugins.moe_lora.nn.arms import MoeLora
from hobnail_plugins.moe_lora.spec import AdapterSettings
from hobnail_plugins.nn.attention import Sink, look
from hobnail_trainer.adapters.agreement import agreement
from hobnail_trainer.adapters.fit import fit_experts
from hobnail_trainer.adapters.model import FitSettings, Given, Known, Lesson

SPEC = NetworkSpec(
    latents=6,
    width=16,
    layers=2,
    heads=4,
    key_heads=2,
    mlp=2,
    text_width=8,
    history_hops=8,
    vision_hops=8,
    resampler=ResamplerSettings(width=16, heads=2, tokens=1, pixel_tokens=2, window_hops=4),
)
BATCH, HOPS, TOKENS = 8, 4, 5
SEEN = torch.ones(BATCH, TOKENS, dtype=torch.bool)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    made = Network(SPEC, lambda size: GatedHeads(size, FusionSettings()), lambda size: Daf(size, WeightingSettings()))
    with torch.no_grad():
        for value in made.parameters():
            value.copy_(torch.randn(value.shape) / max(1, value.shape[-1] if value.ndim > 1 else 4) ** 0.5)
        for layer in made.layers:
            for projection in layer.streams:
                projection.weight.copy_(layer.streams[0].weight)
    return made.eval()


def memory(values):
    return Memory(values, values)


def streams(text, vision, history):
    return Streams(memory(text), SEEN, torch.zeros(BATCH, SPEC.width), memory(vision), SEEN, memory(history), SEEN)


def values(seed):
    chance = torch.Generator().manual_seed(seed)
    return torch.randn(BATCH, SPEC.layers, TOKENS, SPEC.key_heads, SPEC.head_width, generator=chance)


def test_streams_that_say_the_same_agree_and_those_that_say_the_opposite_do_not(network):
    text = values(1)
    assert torch.allclose(agreement(network, streams(text, text, text)), torch.ones(BATCH), atol=1e-5)
    assert not agreement(network, streams(text, -text, -text)).any()
    assert torch.allclose(agreement(network, streams(text, text, -text)), torch.zeros(BATCH), atol=1e-5)
    unlike = agreement(network, streams(text, values(2), values(3)))
    assert ((unlike >= 0.0) & (unlike < 0.9)).all()


def test_agreement_is_the_cosine_of_what_even_attention_would_add(network):
    there = streams(values(1), values(2), values(3))
    wanted = torch.zeros(BATCH)
    for index, layer in enumerate(network.layers):
        added = []
        for each, project in zip((there.text, there.vision, there.history), layer.streams, strict=True):
            nothing = torch.zeros(SPEC.key_heads, SPEC.head_width)
            even = torch.zeros(BATCH, 1, SPEC.heads, SPEC.head_width)
            found = look(even, each.rows(SEEN)[index], Sink(nothing, nothing)).heads
            added.append(project(found.flatten(2))[:, 0])
        for sense in added[1:]:
            wanted += torch.cosine_similarity(added[0], sense, dim=-1).detach() / (2 * SPEC.layers)
    assert torch.allclose(agreement(network, there), wanted.clamp(min=0.0), atol=1e-5)
    assert wanted.max() > 0.05


def test_senses_that_are_not_there_do_not_count_and_alone_nothing_agrees(network):
    text = values(1)
    both = streams(text, text, -text)
    nothing = torch.zeros_like(SEEN)
    assert torch.allclose(agreement(network, replace(both, history_seen=nothing)), torch.ones(BATCH), atol=1e-5)
    few = torch.arange(TOKENS) < SPEC.history_least - 1
    assert torch.allclose(agreement(network, replace(both, history_seen=few.expand(BATCH, -1))), torch.ones(BATCH))
    assert agreement(network, replace(both, text_seen=nothing)).isnan().all()
    assert agreement(network, replace(both, vision_seen=nothing, history_seen=nothing)).isnan().all()


def test_rows_that_are_not_seen_do_not_matter(network):
    text, vision = values(1), values(2)
    seen = (torch.arange(TOKENS) < 3).expand(BATCH, -1)
    spoiled = vision.clone()
    spoiled[:, :, 3:] = 1e3
    one, other = (replace(streams(text, each, text), vision_seen=seen) for each in (vision, spoiled))
    assert torch.equal(agreement(network, one), agreement(network, other))
    per_hop = replace(one, vision_seen=seen.unsqueeze(1).expand(-1, HOPS, -1))
    assert torch.equal(agreement(network, per_hop), agreement(network, one))


@dataclass(frozen=True)
class Blocks:
    clean: torch.Tensor
    noise: torch.Tensor
    t: torch.Tensor
    text: torch.Tensor
    history: torch.Tensor
    controls: torch.Tensor


def blocks(number):
    """Sounds that a control moved: each latent's own offset, as far as the control says."""
    chance = torch.Generator().manual_seed(number)

    def draw(*shape):
        return torch.randn(*shape, generator=chance)

    controls = torch.zeros(BATCH, 3)
    controls[torch.arange(BATCH), torch.arange(BATCH) % 3] = torch.rand(BATCH, generator=chance) * 2.0 - 1.0
    offsets = torch.tensor([[2.0, 2.0, 0, 0, 0, 0], [0, 0, 2.0, 2.0, 0, 0], [0, 0, 0, 0, 2.0, 2.0]])
    clean = 0.1 * draw(BATCH, HOPS, SPEC.latents) + (controls @ offsets).unsqueeze(1)
    text, history = draw(BATCH, TOKENS, SPEC.text_width), draw(BATCH, TOKENS + 3, SPEC.latents)
    return Blocks(clean, draw(*clean.shape), torch.rand(BATCH, generator=chance), text, history, controls)


def around(network, batch):
    text, prompt = network.tell(batch.text, SEEN)
    history = network.remember(batch.history, torch.full((BATCH,), 10))
    nothing = memory(values(0)[:, :, :0])
    return Streams(text, SEEN, prompt, nothing, SEEN[:, :0], history, SEEN)


def know(network, batch):
    there = around(network, batch)
    return Known(there.prompt, batch.controls, agreement(network, there))


def loss_of(network, batch, adapters):
    t = batch.t[:, None, None]
    x = (1.0 - t) * batch.clean + t * batch.noise
    at = torch.full((BATCH,), 15)
    made = network(x, batch.t, batch.t, at, at, around(network, batch), adapters=adapters).velocity
    return Given((made - (batch.noise - batch.clean)).square().mean())


def held_out(network, adapter=None):
    losses = []
    with torch.no_grad():
        for number in range(1000, 1010):
            batch = blocks(number)
            known = know(network, batch)
            live = None if adapter is None else adapter.adapters(adapter(known.prompt, known.controls.unsqueeze(1)))
            losses.append(loss_of(network, batch, live).loss.item())
    return sum(losses) / len(losses)


def test_adapters_on_every_place_lower_the_flow_loss_of_sounds_that_were_not_learned_from(network):
    torch.manual_seed(3)
    adapter = MoeLora(SPEC, AdapterSettings())
    seen = []
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    plain = held_out(network)
    fit_experts(
        network,
        adapter,
        (blocks(number) for number in count()),
        Lesson(know, loss_of),
        FitSettings(steps=80, rate=1e-2),
        watch=lambda _, figures: seen.append(figures),
    )
    assert held_out(network, adapter) < 0.85 * plain
    assert all(math.isfinite(each["consistency"]) for each in seen)
    assert all(torch.equal(value, before[name]) for name, value in network.named_parameters())
    assert all(up.detach().abs().sum() > 0.0 for up in adapter.bank.up.values())
