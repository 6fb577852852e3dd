"""Contacts as the hops of a block are told of them."""

import numpy as np

from hobnail_trainer.feed.cues import LATE, LEAST, MISSED, contacts_told

SILENCE = -2.0


def told(onsets, begin, hops, length=4000, loud=None, seed=1):
    level = np.full(length, SILENCE, np.float32) if loud is None else loud
    return contacts_told(onsets, level, begin, hops, SILENCE, np.random.default_rng(seed))


def test_contacts_are_known_late_never_early_and_a_few_are_missed():
    onsets = np.arange(8, 3990, 20)
    found = np.flatnonzero(told(onsets, 0, 4000)[:, 0])
    late = np.array([at - onsets[onsets <= at].max() for at in found])
    assert (np.diff(found) > 0).all()
    assert min(LATE) - 1 <= late.min() <= late.max() <= max(LATE) + 1
    assert np.isin(late, LATE).mean() > 0.85
    assert MISSED / 3 < 1.0 - len(found) / len(onsets) < 3 * MISSED


def test_a_hop_is_known_where_there_is_a_sound_and_nowhere_else():
    cue = told([30], -5, 60, length=50)
    assert cue[:, 1].tolist() == [0.0] * 5 + [1.0] * 50 + [0.0] * 5
    assert cue[:, 0].any()
    assert not told([30], 100, 20, length=50).any()


def test_what_is_louder_was_struck_harder():
    loud = np.full(400, SILENCE, np.float32)
    loud[100:110], loud[300:310] = 2.0, -1.0
    hard = [told([100, 300], 0, 400, 400, loud, seed)[:, 0] for seed in range(20)]
    strong, weak = np.mean([h[90:120].max() for h in hard]), np.mean([h[290:320].max() for h in hard])
    assert strong > 0.8
    assert LEAST < weak < 0.4
