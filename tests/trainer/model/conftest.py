"""A feed of four kinds of sounds, and a preset that is done in a moment."""

from functools import partial

import msgspec
import pytest
import torch

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.teachers import open_teacher
from hobnail_trainer.teachers.encode import encode

from ..sounding_corpus import prepare_sounding_feed, write_sounding_corpus


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return write_sounding_corpus(tmp_path_factory.mktemp("model") / "corpus")


@pytest.fixture(scope="session")
def feed(corpus):
    return prepare_sounding_feed(corpus, corpus.parent / "feed")


@pytest.fixture(scope="session")
def features(feed, corpus):
    """Of an untrained teacher."""
    folder = corpus.parent / "features"
    encode(feed, folder, open_teacher("random"), splits=("train",), corpus=corpus, tell=lambda _: None)
    return folder


@pytest.fixture(scope="session")
def data(feed):
    return Data(open_feed(feed, "train"), open_feed(feed, "validation"))


@pytest.fixture(scope="session")
def short():
    """``tiny``, of six steps."""
    tiny = read_preset("tiny")
    smaller = msgspec.structs.replace(tiny.feed, tokens=64, most=8)
    return msgspec.structs.replace(tiny, steps=6, keep_every=3, judge_every=6, judge_batches=2, feed=smaller)


@pytest.fixture(scope="session")
def base(tmp_path_factory, short, data, host):
    """A checkpoint of ``short``, for stages that go on from one."""
    run = tmp_path_factory.mktemp("base")
    train(run, short, data, partial(assemble, short.network, host), tell=lambda _: None)
    return load(newest(run))


@pytest.fixture(scope="session")
def host():
    return Host.discovered()


@pytest.fixture
def make(short, host):
    return partial(assemble, short.network, host)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def stirred(network):
    """Weights that are not those of the beginning, when nothing would come of what goes in."""
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.1 * torch.randn(value.shape, generator=chance))
    return network
