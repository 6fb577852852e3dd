"""The analysis works on many hops at once and gives the bits of one that takes them one by one."""

import numpy as np
import pytest

from hobnail_plugins.codec.analysis import Analysis, Meters
from hobnail_plugins.codec.rows import LinearRows
from hobnail_plugins.codec.tables import packaged_tables

from .hop_by_hop import plain_features

T = np.arange(24_000)


def swept(chance):
    """A line that glides and decays in noise."""
    glide = np.sin(T * chance.uniform(0.0105, 1.5) * (1.0 + T * chance.uniform(-1.0, 1.0) / 48_000))
    return 0.5 * glide * np.exp(-T * chance.uniform(0.0, 1e-3)) + chance.standard_normal(
        T.size
    ) * 10 ** -chance.uniform(1.0, 6.0)


SOUNDS = {
    "silence": np.zeros(3000),
    "one sample": np.ones(1),
    "a click": np.eye(1, 9000, 1234)[0],
    "a level": np.full(9000, 0.4),
    "a square": 0.5 * np.sign(np.sin(T / 50.0)),
    "lines near the lowest bin": 0.3 * np.sin(T * 0.0107) + 0.1 * np.sin(T * 0.03),
    "many lines": sum(0.1 * np.sin(T * step) for step in (0.0105, 0.0107, 0.05, 0.3, 0.9, 1.5)),
    "one long line": 0.2 * np.sin(np.arange(70_000) * 0.1),  # more hops than are measured at once
    **{f"swept {seed}": swept(np.random.default_rng(seed)) for seed in range(6)},
}


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("partials", [0, 3])
def test_many_hops_at_once_have_the_bits_of_one_by_one(name, partials):
    sound = SOUNDS[name].astype(np.float32)
    fast = Analysis(Meters(), partials).feed(sound, last=True)
    assert np.array_equal(fast.view(np.uint32), plain_features(sound, partials).view(np.uint32))


def test_rows_encoded_together_have_the_bits_of_each_alone():
    rows = LinearRows(packaged_tables())
    features = Analysis(Meters(), rows.partials).feed(SOUNDS["swept 1"].astype(np.float32), last=True)
    together, _ = rows.encode(features, None, last=True)
    alone = [rows.encode(features[at : at + 1], None, last=True)[0] for at in range(len(features))]
    assert np.array_equal(together.view(np.uint32), np.concatenate(alone).view(np.uint32))
