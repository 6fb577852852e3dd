"""Alignment and probes on the network that they are made for."""

import pytest
import torch

from hobnail_plugins.aht.nn.network import Network, Streams
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.daf.nn.weighting import Daf
from hobnail_plugins.daf.spec import WeightingSettings
from hobnail_plugins.gca.nn.fusion import GatedHeads
from hobnail_plugins.gca.spec import FusionSettings, ResamplerSettings
from hobnail_trainer.alignment import Alignment, AlignmentSpec, ToTeacher, Widths, layer_effects, similarity_by_layer

BATCH, HOPS, DIMS = 4, 12, 16
SPEC = NetworkSpec(
    width=32,
    layers=3,
    heads=2,
    mlp=2,
    history_hops=8,
    vision_hops=8,
    resampler=ResamplerSettings(width=16, heads=2, tokens=1, pixel_tokens=2, window_hops=4),
)
MASK = torch.ones(BATCH, HOPS, dtype=torch.bool)


@pytest.fixture(scope="module")
def network():
    """With weights that are not those of the beginning, when nothing would move."""
    torch.manual_seed(0)
    made = Network(SPEC, lambda size: GatedHeads(size, FusionSettings()), lambda size: Daf(size, WeightingSettings()))
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    return made


def run(network, x):
    """One pass without text, sight and past."""
    streams, first = torch.zeros(BATCH, dtype=torch.int64), torch.full((BATCH,), 100)
    span = SPEC.seen_hops + HOPS + SPEC.resampler.window_hops - 1
    unseen = torch.zeros(BATCH, span, dtype=torch.bool)
    text_seen = torch.zeros(BATCH, SPEC.text_tokens, dtype=torch.bool)
    text, prompt = network.tell(torch.zeros(BATCH, SPEC.text_tokens, SPEC.text_width), text_seen)
    vision = network.see(
        torch.zeros(BATCH, span, SPEC.scene_width), unseen, torch.zeros(BATCH, span, 64, 6), unseen, first
    )
    history = network.remember(torch.zeros(BATCH, 3 + SPEC.history_hops, SPEC.latents), first - SPEC.history_hops)
    past = torch.zeros(BATCH, SPEC.history_hops, dtype=torch.bool)
    seen = torch.zeros(BATCH, vision.keys.shape[2], dtype=torch.bool)
    t = torch.full((BATCH,), 0.5)
    return network(x, t, t, first, streams, Streams(text, text_seen, prompt, vision, seen, history, past))


def test_the_gradient_of_an_alignment_reaches_the_layers_up_to_the_aligned_one_and_no_later(network):
    torch.manual_seed(1)
    alignment = Alignment(
        AlignmentSpec(teacher=ToTeacher(depth=2)), Widths(student=SPEC.width, layers=SPEC.layers, teacher=DIMS)
    )
    found = run(network, torch.randn(BATCH, HOPS, SPEC.latents))
    alignment(found.hidden, torch.randn(BATCH, HOPS, DIMS), MASK).total.backward()
    reached = [
        any(each.grad is not None and bool(each.grad.abs().max() > 0.0) for each in layer.parameters())
        for layer in network.layers
    ]
    network.zero_grad()
    assert reached == [True, True, False]


def test_layers_of_the_network_can_be_probed(network):
    x = torch.randn(BATCH, HOPS, SPEC.latents, generator=torch.Generator().manual_seed(2))
    effects = layer_effects(list(network.layers), lambda: run(network, x).velocity, MASK)
    assert len(effects) == SPEC.layers
    assert all(effect > 1e-3 for effect in effects)
    hidden, strange = run(network, x).hidden, torch.randn(x.shape, generator=torch.Generator().manual_seed(3))
    given, unrelated = (similarity_by_layer(hidden, each, MASK) for each in (x, strange))
    assert all(0.0 <= each.cka <= 1.0 for each in given)
    for layer in range(SPEC.layers):  # what came in is still there; what did not is not
        assert given[layer].cka > unrelated[layer].cka
        assert given[layer].cosine > unrelated[layer].cosine + 0.2
