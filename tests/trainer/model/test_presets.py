"""The presets are what they say, counted on the real module without its memory."""

import pytest
import torch

from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.feed.settings import check_settings
from hobnail_trainer.model.preset import read_preset

MILLIONS = {
    "tiny": (0.1, 0.5),
    "small": (1.2, 1.4),
    "embedded": (5.0, 12.0),
    "base": (140.0, 160.0),
    "full": (1450.0, 1550.0),
}


@pytest.mark.parametrize("name", MILLIONS)
def test_a_preset_has_as_many_parameters_as_it_says(name, host):
    preset = read_preset(name)
    check_settings(preset.feed)
    with torch.device("meta"):
        network = assemble(preset.network, host)
    count = sum(value.numel() for value in network.parameters()) / 1e6
    low, high = MILLIONS[name]
    assert low < count < high


@pytest.mark.parametrize("name", MILLIONS)
def test_the_feed_gives_the_history_and_the_sight_that_the_network_looks_at(name):
    preset = read_preset(name)
    spec = preset.network
    assert preset.feed.history == spec.history_hops + spec.history_taps - 1
    assert preset.feed.seen == spec.vision_hops
