"""From nothing, a minute of the tiny preset learns what words mean."""

import time
from dataclasses import replace
from functools import partial

import msgspec
import torch

from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.model.blocks import Units
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.held_out import held_out_blocks, mean_loss
from hobnail_trainer.model.loop import scale_of, train
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.preset import read_preset

CLEARLY = 0.9
"""Held-out loss, of what it is with words dealt to others."""
LONGEST_S = 60.0
"""Of the processor: what a machine does beside it does not count."""


def test_tiny_learns_from_nothing_to_need_its_words(tmp_path, feed, data, host):
    tiny = read_preset("tiny")
    quiet = msgspec.structs.replace(tiny.feed, odds={8: 0.5, 16: 0.5}, tokens=384, history_null=0.5)
    preset = msgspec.structs.replace(tiny, steps=80, judge_every=80, keep_every=80, feed=quiet)
    make = partial(assemble, preset.network, host)
    units = Units(scale_of(data.train))
    blocks = held_out_blocks(preset, data.held_out, units)
    fresh = mean_loss(make(), preset, blocks, units)

    began = time.process_time()
    train(tmp_path, preset, data, make, tell=lambda _: None)
    assert time.process_time() - began < LONGEST_S

    network = make()
    restore_weights(network, load(newest(tmp_path)).part("average"))
    right = mean_loss(network, preset, blocks, units)
    wrong = mean_loss(network, preset, [dealt(each) for each in blocks], units)
    assert right < 0.6 * fresh
    assert right < CLEARLY * wrong


def dealt(blocks):
    """The same blocks with others' words, by a shift of half the batch, so that most are of another kind."""
    order = torch.roll(torch.arange(len(blocks.text)), len(blocks.text) // 2)
    return replace(blocks, text=blocks.text[order], text_seen=blocks.text_seen[order])
