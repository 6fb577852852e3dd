"""A film before the engine: what its voices see of it, how far ahead, and what they made of it."""

import numpy as np
import pytest

from hobnail.audio import HOP_FRAMES
from hobnail.contracts import SeeingEngine
from hobnail_plugins.aht.remembering import Ahead, see
from hobnail_plugins.aht.watching import Contacts, Watching
from hobnail_plugins.vision.film import PICTURE_FRAMES, FilmSight, even
from hobnail_plugins.vision.pixels import pixel_cells

from .playing import begin, engine_of, go_on


def pictures_of(count, seed=0, side=24):
    """Something bright that jumps about."""
    dice = np.random.default_rng(seed)
    pictures = np.full((count, side, side, 3), 40, np.uint8)
    for picture, (x, y) in zip(pictures, dice.integers(0, side - 8, (count, 2)), strict=True):
        picture[y : y + 8, x : x + 8] = (230, 200, 90)
    return pictures


@pytest.fixture(scope="module")
def engine(bundle):
    return engine_of(bundle)


def shown(engine, pictures):
    engine.show(pictures, np.arange(len(pictures)) * PICTURE_FRAMES)
    return engine


def one_shot(engine, at_frame=0):
    return begin(engine, "impact", at_frame=at_frame).block.samples


def test_cells_of_a_film_are_those_that_training_has_of_the_same_pictures():
    pictures = pictures_of(30)
    film = FilmSight(pictures, np.arange(30) * PICTURE_FRAMES)
    cells, there = film.at(np.arange(94) * HOP_FRAMES)
    assert there.all()
    np.testing.assert_allclose(cells, pixel_cells(pictures, rate_hz=30.0, hops=94), atol=1e-3)  # they are float16


def test_before_and_after_a_film_nothing_is_seen():
    film = FilmSight(pictures_of(30), 9_600 + np.arange(30) * PICTURE_FRAMES)
    _, there = film.at(np.array([0, 9_599, 9_600, 57_599, 57_600]))
    assert there.tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("rate_hz", [24, 25, 50, 60])
def test_a_film_of_another_rate_changes_as_much_as_one_of_thirty(rate_hz):
    def ramp(hz):
        at = np.arange(hz) / hz
        return np.rint(60 + 120 * at)[:, None, None, None].astype(np.uint8) * np.ones((1, 16, 16, 3), np.uint8)

    other = FilmSight(ramp(rate_hz), np.round(np.arange(rate_hz) * 48_000 / rate_hz).astype(np.int64))
    right, _ = FilmSight(ramp(30), np.arange(30) * PICTURE_FRAMES).at(np.arange(4, 80) * HOP_FRAMES)
    found, _ = other.at(np.arange(4, 80) * HOP_FRAMES)
    assert abs(found[..., 3].mean() / right[..., 3].mean() - 1.0) < 0.1


def test_pictures_between_pictures_lie_between_them():
    two = np.stack([np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 200, np.uint8)])
    assert even(two, np.array([0, 100]), np.array([0, 25, 50, 100]))[:, 0, 0, 0].tolist() == [0, 50, 100, 200]


def test_voices_hear_differently_what_they_see_differently(engine):
    assert isinstance(engine, SeeingEngine)
    one, other = (one_shot(shown(engine, pictures_of(40, seed))) for seed in (1, 2))
    assert not np.array_equal(one, other)
    assert np.array_equal(one, one_shot(shown(engine, pictures_of(40, 1))))


def test_who_does_not_know_when_a_voice_sounds_sees_nothing(engine):
    blind, other = (one_shot(shown(engine, pictures_of(40, seed)), None) for seed in (1, 2))
    assert np.array_equal(blind, other)
    assert not np.array_equal(blind, one_shot(engine))


def test_a_voice_sees_what_is_shown_while_it_sounds(engine):
    pictures = pictures_of(80)
    later = pictures.copy()
    later[:30] = 40  # another beginning
    assert not np.array_equal(one_shot(shown(engine, pictures)), one_shot(shown(engine, later)))
    late = 60 * PICTURE_FRAMES  # a second later than that
    assert np.array_equal(one_shot(shown(engine, pictures), late), one_shot(shown(engine, later), late))


def test_how_far_a_voice_looks_ahead_is_a_setting(engine, bundle):
    pictures = pictures_of(60)
    changed = pictures.copy()
    changed[30:] = 40
    at = 30 * PICTURE_FRAMES - HOP_FRAMES  # it comes with the voice's second hop
    without = engine_of(bundle, vision_lead_ms=0.0)
    assert np.array_equal(*(one_shot(shown(without, film), at) for film in (pictures, changed)))
    assert not np.array_equal(*(one_shot(shown(engine, film), at) for film in (pictures, changed)))


def test_attention_is_noted_with_its_time(engine):
    shown(engine, pictures_of(90))
    one_shot(engine, 9_600)
    step = begin(engine, "rain", seed=2, at_frame=19_200)
    for _ in range(3):
        (step,) = go_on(engine, [step])
    noted = engine.attention()
    steps = [[19_200, 2048], *([19_200 + 1024 * n, 1024] for n in range(2, 5))]
    assert noted[:, :2].tolist() == [[9_600, 64 * HOP_FRAMES], *steps]
    np.testing.assert_allclose(noted[:, 2:].sum(axis=1), 1.0, atol=1e-3)
    assert (noted[:, 3] > 0.0).all()


def test_looking_twice_is_as_good_as_once(engine):
    shown(engine, pictures_of(60))
    step = begin(engine, "rain", at_frame=0)
    model = step.state.part.model
    slab, slot = model.slab(sustained=True), np.array([step.state.part.voice.seat.slot])
    ahead = model.watching.ahead(2, 0)
    rows = slab.rows["vision"]
    taken = []
    for _ in range(2):
        see(model._graphs, slab, slot, [2], [{}], ahead)
        taken.append((rows.keys[:, slot[0]].copy(), rows.seen[slot[0]].copy()))
    assert np.array_equal(taken[0][0], taken[1][0])
    assert np.array_equal(taken[0][1], taken[1][1])


def test_a_lead_is_whole_hops_and_never_longer_than_the_block():
    watching = Watching.of(pictures_of(2), np.array([0, 1_600]), lead_ms=80.0)
    assert [watching.ahead(hops, 0)[1:] for hops in (2, 8, 64)] == [(2, 0), (8, 0), (8, 0)]
    assert [watching.ahead(hops, 4)[1:] for hops in (2, 8, 64)] == [(2, 4), (4, 4), (4, 4)]
    assert isinstance(watching.ahead(2, 4), Ahead)


def test_contacts_of_a_film_are_told_once_to_the_hop_that_first_knows_them_and_not_before():
    film, taps = FilmSight(pictures_of(60), np.arange(60) * PICTURE_FRAMES), 3
    contacts = Contacts(np.array([10 * HOP_FRAMES - 5]), np.array([1.0], np.float32))
    causal, early = Watching(film, 0, contacts), Watching(film, 8, contacts)
    begun = np.array([0, -1])

    def newest(watching, made):
        cues = watching.cues(begun, np.array([made, made]), 2, taps, 4).reshape(2, 2, taps, -1)
        assert not cues[1].any()  # who does not know when it sounds
        return np.flatnonzero(cues[0, :, -1, 0]) + made, cues[0, :, :, 1]

    hops, known = newest(causal, 10)
    assert hops.tolist() == []
    assert known.tolist() == [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]  # nothing of the block itself
    assert causal.cues(begun, np.array([11, 11]), 2, taps, 4).reshape(2, 2, taps, -1)[0, 0, 1, 0] == 1.0
    hops, known = newest(early, 6)
    assert hops.tolist() == [6]  # four hops before its time
    assert (known == 1.0).all()
