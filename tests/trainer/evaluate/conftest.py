"""A corpus, its feed, and a checkpoint of a network that has learnt nothing."""

from functools import partial

import msgspec
import pytest
import torch

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.cli.codec import built_codec
from hobnail_trainer.evaluate import choose_held, open_maker
from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.preset import read_preset

from ..sounding_corpus import prepare_sounding_feed, write_sounding_corpus


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return write_sounding_corpus(tmp_path_factory.mktemp("evaluate") / "corpus", train=8, validation=6)


@pytest.fixture(scope="session")
def feed(corpus):
    return prepare_sounding_feed(corpus, corpus.parent / "feed")


@pytest.fixture(scope="session")
def held(corpus, feed):
    return choose_held(corpus, feed, clips=24, seed=1)


@pytest.fixture(scope="session")
def maker(corpus, feed):
    torch.set_num_threads(1)
    tiny = read_preset("tiny")
    smaller = msgspec.structs.replace(tiny.feed, tokens=64, most=8)
    preset = msgspec.structs.replace(tiny, steps=2, judge_batches=1, feed=smaller)
    data = Data(open_feed(feed, "train"), open_feed(feed, "validation"))
    run = corpus.parent / "run"
    train(run, preset, data, partial(assemble, preset.network, Host.discovered()), tell=lambda _: None)
    return open_maker(run, built_codec("linear", None))
