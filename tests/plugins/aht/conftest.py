"""A tiny network that has forgotten its zeros, and what surrounds a block of it."""

import gc
from dataclasses import dataclass

import pytest
import torch

from hobnail.host import Host
from hobnail_plugins.aht.model import Model
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.nn.network import Streams
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.spec import NetworkSpec, PartChoice
from hobnail_plugins.gca.spec import ResamplerSettings

from .bundles import unpacked
from .playing import engine_of

torch.set_num_threads(1)

SIZES = {
    "latents": 6,
    "width": 32,
    "layers": 2,
    "heads": 4,
    "key_heads": 2,
    "mlp": 2,
    "text_width": 10,
    "text_tokens": 5,
    "scene_width": 4,
    "cells": 3,
    "cell_width": 2,
    "history_hops": 12,
    "vision_hops": 8,
    "resampler": ResamplerSettings(width=16, heads=2, tokens=2, pixel_tokens=2, window_hops=3),
}
HOPS, PAST, WORDS = 5, 9, 4
SPAN = SIZES["vision_hops"] + HOPS
WINDOW = 3


@dataclass(frozen=True)
class Given:
    """Raw inputs of a batch; the clock says ``first`` at the block's first hop."""

    x: torch.Tensor
    t: torch.Tensor
    r: torch.Tensor
    first: torch.Tensor
    text: torch.Tensor
    text_seen: torch.Tensor
    scene: torch.Tensor
    scene_seen: torch.Tensor
    pixels: torch.Tensor
    pixels_seen: torch.Tensor
    latents: torch.Tensor
    history_seen: torch.Tensor

    def only(self, sample):
        return Given(**{name: getattr(self, name)[sample : sample + 1] for name in self.__dataclass_fields__})


class Tiny:
    """Builds networks and their inputs."""

    hops, past, window = HOPS, PAST, WINDOW

    def spec(self, fusion="gca_g1", weighting="daf", **changed):
        parts = {
            place: choice if isinstance(choice, PartChoice) else PartChoice(id=choice)
            for place, choice in (("fusion", fusion), ("weighting", weighting))
        }
        return NetworkSpec(**(SIZES | parts | changed))

    def network(self, *arms, zeros=False, host=None, **changed):
        """``zeros``: as it begins. Otherwise what begins at zero or closed is moved, so that everything has a say."""
        torch.manual_seed(0)
        network = assemble(self.spec(*arms, **changed), host or Host.discovered(only=["gca", "daf"]))
        if not zeros:
            with torch.no_grad():
                for name, parameter in network.named_parameters():
                    parameter.add_(0.15 * torch.randn_like(parameter))
                    if name.endswith("fusion.gate.bias"):
                        parameter.add_(3.0)
        return network.eval()

    def given(self, batch=3):
        torch.manual_seed(1)
        return Given(
            x=torch.randn(batch, HOPS, 6),
            t=torch.rand(batch),
            r=torch.zeros(batch),
            first=torch.arange(batch) * 7 + 100,
            text=torch.randn(batch, WORDS, 10),
            text_seen=torch.arange(WORDS) < torch.tensor([[4], [1], [0]])[:batch],
            scene=torch.randn(batch, SPAN - 1, 4),
            scene_seen=torch.rand(batch, SPAN - 1) > 0.1,
            pixels=torch.randn(batch, SPAN - 1, 3, 2),
            pixels_seen=torch.rand(batch, SPAN - 1) > 0.5,
            latents=torch.randn(batch, 3 + PAST, 6),
            history_seen=torch.arange(PAST) >= torch.tensor([[0], [3], [6]])[:batch],
        )

    def streams(self, network, given, **changed):
        """Memories of all three streams; a hop sees what was seen up to it."""
        tokens = network.spec.resampler.tokens
        seen_hops = SPAN - WINDOW  # that tokens are made for: some before the block, then its own
        text, prompt = network.tell(given.text, given.text_seen)
        start = given.first - (seen_hops - HOPS)
        hop_of = torch.arange(seen_hops).repeat_interleave(tokens) - (seen_hops - HOPS)
        values = {
            "text": text,
            "text_seen": given.text_seen,
            "prompt": prompt,
            "vision": network.see(given.scene, given.scene_seen, given.pixels, given.pixels_seen, start),
            "vision_seen": (hop_of <= torch.arange(HOPS)[:, None]).expand(len(given.x), -1, -1),
            "history": network.remember(given.latents, given.first - PAST),
            "history_seen": given.history_seen,
        }
        return Streams(**(values | changed))

    @torch.no_grad()
    def step(self, network, given, steering=None, **changed):
        streams = self.streams(network, given, **changed)
        age = torch.full_like(given.first, 50)
        return network(given.x, given.t, given.r, given.first, age, streams, steering=steering)


@pytest.fixture(scope="session")
def tiny():
    return Tiny()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """The folder of a whole bundle."""
    return unpacked(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture(scope="module")
def loaded(bundle):
    return Model.load(AhtConfig(bundle=str(bundle), voices=8))


@pytest.fixture
def model(loaded):
    """Real graphs; no voice of an earlier test is left."""
    gc.collect()
    assert loaded.slab(sustained=True).taken == 0
    return loaded


@pytest.fixture(scope="module")
def whole_engine(bundle):
    return engine_of(bundle)


@pytest.fixture
def engine(whole_engine):
    """A prepared engine; no voice of an earlier test is left."""
    gc.collect()
    return whole_engine
