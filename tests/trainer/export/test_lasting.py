"""Words say how long a recording lasts, as far as they do."""

from types import SimpleNamespace

import numpy as np
import pytest

from hobnail_plugins.aht.lasting import middle_hops
from hobnail_trainer.errors import FeedError
from hobnail_trainer.export.lasting import lasting_of
from hobnail_trainer.feed.model import Words
from hobnail_trainer.feed.store import open_feed

WORDS = ("tap", "gong")


def a_store(hops_of):
    """Sixty families of three, each a tap or a gong; ``hops_of(kind, chance)``."""
    chance = np.random.default_rng(1)
    rows = np.zeros((2, 12, 128), np.float16)
    rows[0, 0, 0], rows[1, 0, 1] = 1.0, 1.0
    entries = [
        SimpleNamespace(
            family=f"{WORDS[number % 2]}-{number}",
            hops=hops_of(number % 2, chance),
            words=Words(exact=WORDS[number % 2], category=WORDS[number % 2], vague="it"),
        )
        for number in range(60)
        for _ in range(3)
    ]
    texts = SimpleNamespace(rows=rows, tokens=np.array([1, 1]), places={word: at for at, word in enumerate(WORDS)})
    part = SimpleNamespace(index=SimpleNamespace(entries=entries))
    return SimpleNamespace(folder="feed", split="train", parts={"recorded": part}, texts=texts), rows


def test_it_finds_what_words_tell_and_how_far_the_rest_lies_apart():
    store, rows = a_store(lambda kind, chance: round((16, 128)[kind] * 2 ** (0.25 * chance.standard_normal())))
    found = lasting_of(store)
    middles = [middle_hops(found.lasting, row[0].astype(np.float32)) for row in rows]
    assert middles[0] == pytest.approx(16.0, rel=0.15)
    assert middles[1] == pytest.approx(128.0, rel=0.15)
    assert found.lasting.spread == pytest.approx(0.25, abs=0.04)
    assert found.explained > 0.95


def test_where_words_tell_nothing_it_says_so():
    store, rows = a_store(lambda _, chance: round(64 * 2 ** (0.5 * chance.standard_normal())))
    found = lasting_of(store)
    assert found.explained < 0.1
    assert middle_hops(found.lasting, rows[0, 0].astype(np.float32)) == pytest.approx(64.0, rel=0.2)
    assert found.lasting.spread == pytest.approx(0.5, abs=0.08)


def test_a_bundle_of_a_network_that_is_told_carries_it(small, feed):
    lasting = small.bundle.manifest.lasting
    assert lasting == lasting_of(open_feed(feed, "train")).lasting
    assert len(lasting.weights) == 128


def test_without_words_it_is_refused(feed):
    store = SimpleNamespace(folder="feed", split="train", parts={}, texts=None)
    with pytest.raises(FeedError, match="no recordings with words"):
        lasting_of(store)
