"""What a batch leaves out because nobody in it has it is not missed."""

from dataclasses import replace

import pytest
import torch

from hobnail_trainer.feed.feed import Feed
from hobnail_trainer.model.blocks import Units, blocks_from, streams_of
from hobnail_trainer.model.loop import scale_of


@pytest.fixture
def batch(short, data):
    units = Units(scale_of(data.train))
    return blocks_from(next(Feed(data.train, short.feed, seed=1)), units)


def velocity(network, blocks, streams):
    x, t = torch.zeros_like(blocks.latents), torch.full((len(blocks.latents),), 0.5)
    return network(x, t, t, blocks.first, blocks.age, streams).velocity


@pytest.mark.parametrize("kept", [0, 5])
def test_history_is_read_as_far_back_as_any_block_has_one(make, batch, kept):
    torch.manual_seed(1)
    network = make()
    torch.nn.init.normal_(network.leave.weight)
    seen = torch.zeros_like(batch.history_seen)
    if kept:
        seen[::2, -kept:] = True
    blocks = replace(batch, history_seen=seen)
    short = streams_of(network, blocks)
    reach = network.spec.history_hops
    whole = replace(
        short, history=network.remember(blocks.history, blocks.first - reach), history_seen=seen[:, -reach:]
    )
    assert short.history.keys.shape[2] == kept
    assert torch.allclose(velocity(network, blocks, short), velocity(network, blocks, whole), atol=1e-5)
