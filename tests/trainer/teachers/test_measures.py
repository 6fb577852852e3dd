"""The three numbers about structure, beside formulas written out, and the probe beside its chances."""

import numpy as np
import pytest

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers import structure
from hobnail_trainer.teachers.probe import Labelled, pooled, probe, probe_within
from hobnail_trainer.teachers.structure import of_clip


def test_structure_is_the_formulas():
    features = np.cumsum(np.random.default_rng(0).normal(size=(40, 6)), axis=0).astype(np.float32)
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    hops = range(40)
    near = {d: np.mean([units[t] @ units[t + d] for t in hops if t + d < 40]) for d in range(1, 9)}
    far = np.mean([units[t] @ units[s] for t in hops for s in hops if s - t >= 6])
    slope = np.polyfit(list(near), list(near.values()), 1)[0]
    contrast = np.sqrt(np.mean([np.sum((u - units.mean(axis=0)) ** 2) for u in units]))
    assert of_clip(features) == pytest.approx((near[1] - far, -slope, contrast), abs=1e-6)


def test_structure_knows_the_extremes():
    constant = np.ones((50, 4), np.float32)
    assert of_clip(constant) == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)
    noise = np.random.default_rng(1).normal(size=(400, 64)).astype(np.float32)
    lds, cds, rmsc = of_clip(noise)
    assert abs(lds) < 0.02
    assert abs(cds) < 0.005
    assert rmsc == pytest.approx(1.0, abs=0.01)
    steps = np.repeat(np.eye(8, dtype=np.float32), 10, axis=0)
    assert of_clip(steps)[0] > 0.8


def test_each_clip_counts_the_same_and_short_ones_not_at_all():
    rough, smooth = (np.random.default_rng(2).normal(size=(n, 8)).astype(np.float32) for n in (30, 300))
    smooth = np.cumsum(smooth, axis=0)
    both = structure([rough, smooth, rough[:10]])
    assert both.clips == 2
    assert both.lds == pytest.approx((of_clip(rough)[0] + of_clip(smooth)[0]) / 2.0)
    with pytest.raises(TeacherError, match="no clip has 16 hops"):
        structure([rough[:10]])


def labelled(seed, families, spread):
    """Three categories, families about their category's middle, four takes each."""
    middles = 2.0 * np.random.default_rng(0).normal(size=(3, 10))
    chance = np.random.default_rng(seed)
    rows, labels, names = [], [], []
    for number in range(families):
        category = number % 3
        centre = middles[category] + spread * chance.normal(size=10)
        for _ in range(4):
            rows.append(centre + 0.1 * chance.normal(size=10))
            labels.append("abc"[category])
            names.append(f"{seed}/{number}")
    return Labelled(np.array(rows, np.float32), np.array(labels), np.array(names))


def test_the_probe_finds_what_is_there_and_labels_in_disorder_find_nothing():
    found = probe(labelled(1, 60, 0.5), labelled(2, 30, 0.5))
    assert found.accuracy > 0.9
    assert found.low <= found.accuracy <= found.high
    assert found.balanced > 0.9
    assert found.majority == pytest.approx(1 / 3, abs=0.01)
    assert found.permuted < 0.6
    assert (found.clips, found.categories) == (120, 3)


def test_families_held_out_in_turn_are_asked_about_all():
    found = probe_within(labelled(1, 60, 0.5))
    assert found.clips == 240
    assert found.accuracy > 0.9
    assert found.permuted < 0.6
    own = labelled(1, 60, 0.5)  # where only the family can be told, nothing may be read off
    chance = np.random.default_rng(5)
    middles = {name: chance.normal(size=10) for name in np.unique(own.families)}
    rows = np.array([middles[name] for name in own.families], np.float32)
    assert probe_within(own._replace(pooled=rows)).accuracy < 0.5


def test_the_probe_finds_nothing_where_nothing_is():
    chance = np.random.default_rng(3)
    learnt, asked = labelled(1, 60, 0.5), labelled(2, 60, 0.5)
    empty = [each._replace(pooled=chance.normal(size=each.pooled.shape).astype(np.float32)) for each in (learnt, asked)]
    assert probe(*empty).accuracy < 0.45


def test_takes_of_one_family_do_not_narrow_the_interval():
    few = probe(labelled(1, 60, 2.0), labelled(2, 12, 2.0))
    many = labelled(2, 12, 2.0)
    many = Labelled(*(np.concatenate([part] * 5) for part in many))
    again = probe(labelled(1, 60, 2.0), many)
    assert again.high - again.low == pytest.approx(few.high - few.low, abs=0.05)


def test_categories_that_were_never_learnt_are_not_asked_about():
    asked = labelled(2, 30, 0.5)
    strange = asked._replace(labels=np.where(asked.labels == "c", "d", asked.labels))
    assert probe(labelled(1, 60, 0.5), strange).clips == 80


def test_pooling_is_mean_and_deviation():
    features = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    assert np.allclose(pooled(features), np.concatenate([features.mean(axis=0), features.std(axis=0)]))
