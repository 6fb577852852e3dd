"""A feed without scenes, a registry of runs of two steps, and a bundle that has learnt nothing."""

import msgspec
import pytest

from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.model.loop import Data
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.reproduce import Registry

from ...plugins.aht.bundles import unpacked
from ..sounding_corpus import prepare_sounding_feed, write_sounding_corpus


@pytest.fixture(scope="session")
def feed(tmp_path_factory):
    root = tmp_path_factory.mktemp("reproduce")
    return prepare_sounding_feed(write_sounding_corpus(root / "corpus"), root / "feed")


@pytest.fixture(scope="session")
def preset():
    small = read_preset("repro")
    fed = msgspec.structs.replace(small.feed, tokens=64, most=4, parts={"recorded": 1.0})
    return msgspec.structs.replace(small, steps=2, judge_every=1, judge_batches=1, keep_every=1, feed=fed)


@pytest.fixture(scope="session")
def registry(feed, preset, tmp_path_factory):
    data = Data(open_feed(feed, "train"), open_feed(feed, "validation"))
    return Registry(tmp_path_factory.mktemp("runs"), preset, data, commit="abc")


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    return unpacked(tmp_path_factory.mktemp("bundle"))
