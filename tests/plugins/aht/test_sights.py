"""What many voices see by one call is what each sees alone."""

import numpy as np

from hobnail.audio import HOP_FRAMES
from hobnail.scene import SCENE_FEATURES
from hobnail_plugins.aht.sights import Eyes, tokens_known
from hobnail_plugins.vision import scene

from .bundles import SPEC

IMPULSE = 2


def by_one(told, hops):
    """Scene rows as the vision plug-in makes them of one voice's features, step by step."""
    state, rows, before = scene.begin(-1), [], {}
    for features, count in zip(told, hops, strict=True):
        new = {name: value for name, value in features.items() if before.get(name) != value}
        tick = np.array([[new.get(name, np.nan) for name in SCENE_FEATURES]], np.float32)
        made, state = scene.push(tick, np.array([state.hop * HOP_FRAMES]), count, state)
        rows.append(made)
        before = features
    return np.concatenate(rows)


def test_rows_are_those_of_the_vision_plug_in_for_every_voice():
    chance = np.random.default_rng(3)
    hops = [1, *[2] * 14]
    told = []
    for _voice in range(3):
        features, story = {}, []
        for _ in hops:
            some = chance.choice(SCENE_FEATURES, 4, replace=False)
            features = {**features, **{str(name): float(np.float32(chance.random() * 3)) for name in some}}
            story.append(features)
        told.append(story)
    eyes = Eyes(SPEC, 4)
    slots = np.array([3, 0, 2])
    seen = []
    for step, count in enumerate(hops):
        eyes.look(slots, [story[step] for story in told], count)
        seen.append(eyes.scene[slots, -count:].copy())
    for voice, story in enumerate(told):
        right = by_one(story, hops)
        np.testing.assert_array_equal(np.concatenate([step[voice] for step in seen]), right)
    assert eyes.hop[slots].tolist() == [sum(hops) - 1] * 3
    assert not eyes.scene[1].any()


def test_an_impulse_is_seen_once_though_it_stands_in_the_features():
    eyes, slot = Eyes(SPEC, 1), np.array([0])
    standing = {"impulse_n_s": 4.0}
    for features in (standing, standing, dict(standing)):
        eyes.look(slot, [features], 2)
    assert int((eyes.scene[0, :, IMPULSE] > 0.0).sum()) == 1
    eyes.look(slot, [{"impulse_n_s": 5.0}], 2)
    assert int((eyes.scene[0, :, IMPULSE] > 0.0).sum()) == 2


def test_who_sees_nothing_is_blind_until_something_comes():
    eyes, slot = Eyes(SPEC, 1), np.array([0])
    assert eyes.blind(0, {})
    assert not eyes.blind(0, {"speed_m_s": 1.0})
    eyes.look(slot, [{"speed_m_s": 1.0}], 1)
    assert not eyes.blind(0, {})
    eyes.look(slot, [{}], SPEC.vision_hops)
    assert eyes.blind(0, {})


def test_cues_are_the_contacts_of_the_newest_hops_and_nothing_is_known_of_what_comes():
    eyes, slots = Eyes(SPEC, 3), np.array([2, 0])
    assert eyes.cues(slots, 2, 3) is None
    eyes.look(slots, [{"impulse_n_s": 0.0}, {"speed_m_s": 1.0}], 2)
    eyes.look(slots, [{"impulse_n_s": 4.0}, {"speed_m_s": 1.0}], 1)
    hard = eyes.scene[2, -1, IMPULSE]
    cues = eyes.cues(slots, 2, 3).reshape(2, 2, 3, 2)
    assert hard > 0.5
    np.testing.assert_array_equal(cues[0], [[[0, 1], [hard, 1], [0, 0]], [[hard, 1], [0, 0], [0, 0]]])
    assert not cues[1].any()  # a game that tells no impulses


def test_what_rolls_strikes_once_and_a_blow_stands_out():
    eyes, slot = Eyes(SPEC, 1), np.array([0])
    struck = []
    for impulse in [0.0, 2.0, 2.1, 2.1, 2.1, 4.2, 20.0, 2.0, 2.1, *[0.0] * 20, 2.0]:
        eyes.look(slot, [{"impulse_n_s": impulse}], 2)
        struck.append(bool(eyes.contacts[0, -2:, 0].any()))
    assert np.flatnonzero(struck).tolist() == [1, 6, 29]


def test_a_token_is_known_where_one_hop_of_its_window_is():
    seen = np.array([[False, False, True, False, False, False, False]])
    assert tokens_known(seen, 4, 2).tolist() == [[True, True, True, True, True, True, False, False]]
