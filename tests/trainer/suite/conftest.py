"""A corpus of four kinds of sounds, a bundle that has learnt nothing, and everything that the suite says of it."""

import pytest

from hobnail_trainer.suite import Inputs, Sizes, choose_clips, open_player, run_suite

from ...plugins.aht.bundles import unpacked
from ..codec.conftest import BandJudge
from ..sounding_corpus import write_sounding_corpus

SMALL = Sizes(
    clips=12,
    train_clips=40,
    pairs=4,
    settings=4,
    takes=2,
    prompts=2,
    events=2,
    voices=1,
    drift_voices=1,
    drift_s=3.0,
    degraded=10,
    ask_degraded=4,
)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return write_sounding_corpus(tmp_path_factory.mktemp("suite") / "corpus", train=12, validation=6, test=6)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    return unpacked(tmp_path_factory.mktemp("tiny-bundle"))


@pytest.fixture(scope="session")
def listening(corpus):
    return choose_clips(corpus, clips=SMALL.clips, train_clips=SMALL.train_clips, seed=1)


@pytest.fixture(scope="session")
def player(bundle, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return open_player(bundle)


@pytest.fixture(scope="session")
def built(bundle, player, listening, tmp_path_factory):
    inputs = Inputs(
        bundle=bundle,
        player=player,
        listening=listening,
        judges=(BandJudge(),),
        store=tmp_path_factory.mktemp("store"),
        sizes=SMALL,
        commit="abc",
    )
    return run_suite(inputs, tell=lambda _: None)
