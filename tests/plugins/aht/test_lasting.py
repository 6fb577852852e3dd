"""A one-shot lasts as long as recordings of such words do, another time for each take, and ends there."""

from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from hobnail.audio import HOP_FRAMES
from hobnail_plugins.aht.bundle import read_manifest
from hobnail_plugins.aht.lasting import (
    FARTHEST,
    GOES_ON_HOPS,
    GRACE_HOPS,
    SHORTEST_HOPS,
    foretold_hops,
    lasts_of,
    middle_hops,
)
from hobnail_plugins.aht.manifest import Lasting
from hobnail_plugins.aht.model import ONE_SHOT_HOPS

from .bundles import unpacked
from .playing import begin, engine_of, heard

WIDTH = 128
FADE = 480
LASTING = Lasting(weights=[0.5] + [0.0] * (WIDTH - 1), bias=5.0, spread=0.5)


def test_the_middle_follows_the_words():
    words = np.zeros(WIDTH, np.float32)
    assert middle_hops(LASTING, words) == 32.0
    words[0] = 2.0
    assert middle_hops(LASTING, words) == 64.0


def test_takes_differ_around_the_middle_and_one_take_is_always_the_same():
    words = np.zeros(WIDTH, np.float32)
    words[0] = 2.0
    drawn = np.array([foretold_hops(LASTING, words, seed) for seed in range(400)])
    assert np.array_equal(drawn, [foretold_hops(LASTING, words, seed) for seed in range(400)])
    assert 60 <= np.median(drawn) <= 68
    octaves = np.log2(drawn / 64.0)
    assert octaves.std() == pytest.approx(0.45, abs=0.06), "a half, without its ends"
    assert np.abs(octaves).max() <= 0.5 * FARTHEST + 0.02
    assert foretold_hops(LASTING, -4.0 * words, 1) == SHORTEST_HOPS
    assert foretold_hops(None, words, 1) == 0


def test_a_sustained_voice_is_told_that_it_goes_on_unless_it_hears_of_contacts():
    going = [SimpleNamespace(sustained=True, hops=hops, lasts=0) for hops in (4, 900)]
    assert lasts_of(going, None) == [4 + GOES_ON_HOPS, 900 + GOES_ON_HOPS]
    cue = np.zeros((2, 2, 8), np.float32)
    cue[1, 0, 3] = 1.0  # whether a contact is known, of one hop
    assert lasts_of(going, cue) == [4 + GOES_ON_HOPS, 0]
    cue[1, 0, 3], cue[1, 0, 2] = 0.0, 1.0
    assert lasts_of(going, cue)[1] == 900 + GOES_ON_HOPS
    assert lasts_of([SimpleNamespace(sustained=False, hops=16, lasts=40)], None) == [40]


@pytest.mark.parametrize("middle", [48.0, 100.0, 300.0])
def test_a_voice_ends_where_it_was_told_to_and_fades(tmp_path, middle):
    folder = unpacked(tmp_path)
    free = engine_of(folder)
    first, *rest = heard(free, begin(free, "sound"))
    waits = ONE_SHOT_HOPS * HOP_FRAMES - len(first.samples)  # silence before its attack, left out
    manifest = msgspec.structs.replace(
        read_manifest(folder), lasting=Lasting(weights=[0.0] * WIDTH, bias=float(np.log2(middle)), spread=0.0)
    )
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    engine = engine_of(folder)
    sound = np.concatenate([block.samples for block in heard(engine, begin(engine, "sound"))])
    assert len(sound) == (middle + GRACE_HOPS) * HOP_FRAMES - waits
    whole = np.concatenate([first.samples, *(block.samples for block in rest)])
    np.testing.assert_array_equal(sound[:-FADE], whole[: len(sound) - FADE])
    assert np.abs(sound).max() > 0.01
    assert np.abs(sound[-8:]).max() < np.abs(sound).max() / 100
