"""Takes made ahead of time: each is played once, memory is bounded, and what is asked for is made first."""

import numpy as np
import pytest

from hobnail.contracts import EventSpec, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_plugins.aht.takes import Pool, kind_of

STEP = EventSpec(name="footstep", kind="one_shot")


def asks(seed=1, features=(), **controls):
    return VoiceStart(
        voice=1, event=STEP, emitter=Emitter(id="feet"), contact=Contact(), controls={"pitch": 0.5, **controls},
        features=dict(features), seed=seed, fresh=True,
    )  # fmt: skip


def take(value=0.0, frames=1000):
    return np.full(frames, value, np.float32)


def kind(name):
    return kind_of(asks(), name, 0.0)


@pytest.fixture
def pool():
    return Pool(depth=2, limit_bytes=20_000)


def test_what_was_asked_for_is_made_and_each_take_is_played_once(pool):
    assert pool.wish() is None
    assert pool.draw(kind("gravel"), asks()) is None
    seeds = []
    for value in (1.0, 2.0):
        wanted, voice, seed = pool.wish()
        assert (wanted, voice.event) == (kind("gravel"), STEP)
        seeds.append(seed)
        pool.put(wanted, take(value))
    assert pool.wish() is None
    assert [pool.draw(kind("gravel"), asks())[0] for _ in range(2)] == [1.0, 2.0]
    assert pool.draw(kind("gravel"), asks()) is None
    assert (pool.hits, pool.misses, pool.bytes) == (2, 2, 0)
    assert len(set(seeds)) == 2


def test_no_two_takes_have_one_seed(pool):
    seeds = []
    for event in range(50):
        pool.draw(kind("gravel"), asks(seed=event))
        while (wish := pool.wish()) is not None:
            seeds.append(wish[2])
            pool.put(wish[0], take())
    assert len(set(seeds)) == len(seeds) > 50


def test_the_emptiest_kind_comes_first_and_of_those_the_newest(pool):
    for name in ("gravel", "wood", "snow"):
        pool.draw(kind(name), asks())
    made = []
    while (wish := pool.wish()) is not None:
        made.append(wish[0].prompt)
        pool.put(wish[0], take())
    assert made == ["snow", "wood", "gravel", "snow", "wood"]  # five takes of 4,000 bytes: there is no room for more
    assert pool.bytes == 20_000


def test_memory_is_bounded_and_who_was_asked_for_longest_ago_loses(pool):
    for number in range(30):
        pool.draw(kind(f"floor {number}"), asks())
        for _ in range(20):
            if (wish := pool.wish()) is None:
                break
            pool.put(wish[0], take())
            assert pool.bytes <= 20_000
        assert pool.wish() is None, "it comes to rest"
    assert len(pool) == 5
    assert pool.draw(kind("floor 29"), asks()) is not None
    assert pool.draw(kind("floor 1"), asks()) is None


def test_a_take_that_is_larger_than_all_memory_is_not_kept(pool):
    pool.draw(kind("gravel"), asks())
    pool.put(kind("gravel"), take(frames=100_000))
    assert len(pool) == 0


def test_of_sliders_that_moved_takes_are_made_for_what_comes_again(pool):
    moved = [kind_of(asks(pitch=pitch), "gravel", 0.0) for pitch in (0.61, 0.65, 0.7)]
    for kind_of_one in moved:
        pool.draw(kind_of_one, asks())
    assert pool.wish() is None, "each event has a pitch of its own"
    pool.draw(moved[1], asks())
    assert pool.wish()[0] == moved[1]


def test_kinds_are_a_coarse_grid():
    same = kind_of(asks(pitch=0.504, intensity=0.53, features={"speed_m_s": 1.3, "position_x_m": 4.0}), "gravel", 0.02)
    assert same == kind_of(
        asks(pitch=0.5, intensity=0.5, features={"speed_m_s": 1.4, "position_x_m": 9.0}), "gravel", 0.0
    )
    others = [
        kind_of(asks(pitch=0.8, features={"speed_m_s": 1.3}), "gravel", 0.0),
        kind_of(asks(features={"speed_m_s": 30.0}), "gravel", 0.0),
        kind_of(asks(features={"speed_m_s": 1.3, "wetness": 1.0}), "gravel", 0.0),
        kind_of(asks(features={"speed_m_s": 1.3}), "gravel", 0.9),
        kind_of(asks(features={"speed_m_s": 1.3}), "wood", 0.0),
    ]
    assert len({same, *others}) == 6
