"""A tiny model that knows four kinds of sounds, and a folder of recordings of a fifth."""

from functools import partial

import msgspec
import numpy as np
import pytest
import soundfile
import torch

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.text.encoder import words_encoder
from hobnail_trainer.cli.codec import built_codec
from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.preset import read_preset

from ..sounding_corpus import prepare_sounding_feed, write_sounding_corpus

RATE_HZ = 48_000


def squeak(take, seconds=0.25):
    """A short rising whistle, unlike anything that the model heard."""
    chance = np.random.default_rng(take)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = 2.0 * np.pi * (chance.uniform(1500, 1700) * t + chance.uniform(1500, 2500) * t * t)
    return (0.3 * np.sin(phase) * np.exp(-t / 0.08)).astype(np.float32)


def write_squeaks(folder, count=10):
    folder.mkdir(parents=True, exist_ok=True)
    for take in range(count):
        soundfile.write(folder / f"rubber_squeak_{take:02d}.wav", squeak(take), RATE_HZ, subtype="PCM_16")
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """Folder of a run of forty steps."""
    root = tmp_path_factory.mktemp("adapt")
    feed = prepare_sounding_feed(write_sounding_corpus(root / "corpus"), root / "feed")
    tiny = read_preset("tiny")
    small = msgspec.structs.replace(tiny.feed, tokens=128, most=8, odds={8: 0.5, 16: 0.5})
    preset = msgspec.structs.replace(tiny, steps=40, judge_every=40, keep_every=40, judge_batches=1, feed=small)
    data = Data(open_feed(feed, "train"), open_feed(feed, "validation"))
    make = partial(assemble, preset.network, Host.discovered())
    train(root / "run", preset, data, make, tell=lambda _: None)
    return root / "run"


@pytest.fixture(scope="session")
def codec():
    return built_codec("linear", None)


@pytest.fixture(scope="session")
def words():
    return words_encoder()


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
