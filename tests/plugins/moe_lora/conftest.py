"""A small network whose every weight matters, its streams, and palettes for it."""

import dataclasses

import numpy as np
import pytest
import torch

from hobnail_plugins.aht.nn.memory import Memory
from hobnail_plugins.aht.nn.network import Network, Streams
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.daf.nn.weighting import Daf
from hobnail_plugins.daf.spec import WeightingSettings
from hobnail_plugins.gca.nn.fusion import GatedHeads
from hobnail_plugins.gca.spec import FusionSettings, ResamplerSettings
from hobnail_plugins.moe_lora.nn.arms import Lora, MoeLora
from hobnail_plugins.moe_lora.nn.pack import digest_of, palette_of
from hobnail_plugins.moe_lora.spec import AdapterSettings, LoraSettings

SPEC = NetworkSpec(
    latents=6,
    width=16,
    layers=2,
    heads=2,
    mlp=2,
    text_width=8,
    history_hops=8,
    vision_hops=8,
    resampler=ResamplerSettings(width=16, heads=2, tokens=1, pixel_tokens=2, window_hops=4),
)
BATCH, HOPS = 3, 4


def random_network(seed=1):
    torch.manual_seed(seed)
    network = Network(
        SPEC, lambda size: GatedHeads(size, FusionSettings()), lambda size: Daf(size, WeightingSettings())
    )
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(torch.randn(value.shape) / max(1, value.shape[-1] if value.ndim > 1 else 4) ** 0.5)
    return network.eval()


def random_adapter(arm="moe_lora", seed=2, **settings):
    """Factors and router as training might leave them: nothing is 0."""
    torch.manual_seed(seed)
    kind, table = (MoeLora, AdapterSettings) if arm == "moe_lora" else (Lora, LoraSettings)
    adapter = kind(SPEC, table(**settings))
    with torch.no_grad():
        for up in adapter.bank.up.values():
            up.normal_(0.0, 0.3)
        if arm == "moe_lora":
            adapter.router.leave.weight.normal_(0.0, 0.5)
            adapter.router.leave.bias.normal_(0.0, 0.5)
    return adapter


def run(network, adapters=None, batch=BATCH, seed=3):
    """One pass over fixed blocks: velocity, float32 [batch, HOPS, latents], and the prompts."""
    chance = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=chance)

    with torch.no_grad():
        seen = torch.ones(batch, 5, dtype=torch.bool)
        text, prompt = network.tell(draw(batch, 5, SPEC.text_width), seen)
        first = torch.full((batch,), 20)
        history = network.remember(draw(batch, 8 + SPEC.history_taps - 1, SPEC.latents), first - 8)
        nothing = torch.zeros(batch, SPEC.layers, 0, SPEC.key_heads, SPEC.head_width)
        streams = Streams(
            text=text,
            text_seen=seen,
            prompt=prompt,
            vision=Memory(nothing, nothing),
            vision_seen=torch.zeros(batch, 0, dtype=torch.bool),
            history=history,
            history_seen=torch.ones(batch, 8, dtype=torch.bool),
        )
        t = torch.full((batch,), 0.6)
        x = draw(batch, HOPS, SPEC.latents)
        given = network(x, t, t, first, torch.full((batch,), 12), streams, adapters=adapters)
    return given.velocity, prompt


def changed(palette, **changes):
    """The palette with something else in one expert: ``at=(place, layer)``, ``down=``, ``up=``, or any field of it."""
    expert = palette.experts[0]
    if (at := changes.pop("at", None)) is not None:
        pair = expert.pairs.get(at, expert.pairs["self_q", 0])._replace(**changes)
        expert = dataclasses.replace(expert, pairs={**expert.pairs, at: pair})
    else:
        expert = dataclasses.replace(expert, **changes)
    return dataclasses.replace(palette, experts=(expert, *palette.experts[1:]))


@pytest.fixture(scope="session")
def network():
    return random_network()


@pytest.fixture(scope="session")
def base(network):
    return digest_of(network)


@pytest.fixture(scope="session")
def palette(base):
    return palette_of(random_adapter(), name="boots", base=base, licence="cc0")


@pytest.fixture(scope="session")
def one_axis(base):
    return palette_of(random_adapter("lora", experts=("mud",), rank=2), name="mud", base=base)


def weights_of(network):
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


def same(one, other):
    """Whether two palettes hold the same numbers, bit for bit."""
    pairs = [
        (pair, two.pairs[where])
        for first, two in zip(one.experts, other.experts, strict=True)
        for where, pair in first.pairs.items()
    ]
    equal = all(np.array_equal(a, b) for left, right in pairs for a, b in zip(left, right, strict=True))
    routers = [each.router for each in (one, other)]
    if None in routers:
        return equal and routers == [None, None]
    fields = [field.name for field in dataclasses.fields(routers[0])]
    return equal and all(np.array_equal(*(getattr(each, name) for each in routers)) for name in fields)
