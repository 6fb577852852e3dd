"""What is told straight to the hops of a block."""

import numpy as np

from hobnail_plugins.vision.spec import SCENE_WIDTH, VALUES
from hobnail_plugins.vision.squash import IMPULSE
from hobnail_trainer.feed.cues import LATE_HOPS, MISSED, cues, seen_contacts


def rows(hops, contacts):
    made = np.zeros((hops, SCENE_WIDTH), np.float32)
    made[:, 0], made[:, VALUES:] = 0.5, 1.0
    made[contacts, IMPULSE] = 0.6
    return made


def test_known_rows_are_told_as_they_are_and_hidden_ones_not_at_all():
    scene, chance = np.stack([rows(12, [3]), rows(12, [3])]), np.random.default_rng(0)
    known = np.zeros((2, 12), np.bool_)
    known[0, :8] = True
    told = cues(scene, known, known, chance)
    np.testing.assert_array_equal(told[0, :8], scene[0, :8])
    assert not told[0, 8:].any()
    assert not told[1].any()


def test_of_pictures_alone_only_contacts_are_told_near_where_they_were():
    contacts = np.arange(5, 4000, 20)
    seen = np.ones(4000, np.bool_)
    seen[:100] = False
    told = seen_contacts(rows(4000, contacts), seen, np.random.default_rng(1))
    found = np.flatnonzero(told[:, IMPULSE])
    assert not told[:100].any()
    assert (told[100:, VALUES + IMPULSE] == 1.0).all()
    assert (np.delete(told, (IMPULSE, VALUES + IMPULSE), axis=1) == 0.0).all()
    assert all(np.abs(contacts - at).min() <= LATE_HOPS for at in found)
    missed = 1.0 - len(found) / (contacts >= 100).sum()
    assert MISSED / 2 < missed < 2 * MISSED
