"""KAD and FD against formulas written out, and against distributions whose distance is known."""

import numpy as np
import pytest

from hobnail_trainer.errors import JudgeError
from hobnail_trainer.judges import embed_set, frechet, kad


def cloud(seed, count, shift=0.0, dimensions=8):
    points = np.random.default_rng(seed).standard_normal((count, dimensions))
    points[:, 0] += shift
    return points


def slow_kad(x, y, gx, gy):
    """Pair by pair, as the definition reads."""
    width = np.median([np.linalg.norm(x[i] - x[j]) for i in range(len(x)) for j in range(i)])

    def mean(a, b, ga, gb):
        values = [
            np.exp(-(np.linalg.norm(p - q) ** 2) / (2 * width**2))
            for p, g in zip(a, ga, strict=True)
            for q, h in zip(b, gb, strict=True)
            if g != h
        ]
        return np.mean(values)

    return 100 * (mean(x, x, gx, gx) + mean(y, y, gy, gy) - 2 * mean(x, y, gx, gy))


def test_kad_is_the_mean_over_pairs():
    x, y = cloud(1, 12), cloud(2, 9, shift=1.0)
    assert kad(x, y).value == pytest.approx(slow_kad(x, y, range(12), range(100, 109)))
    gx, gy = [*"aabbbccddeff"], [*"aagghhiid"]
    assert kad(x, y, reference_groups=gx, judged_groups=gy).value == pytest.approx(slow_kad(x, y, gx, gy))


def test_the_interval_is_that_of_leaving_out_each_group():
    x, y = cloud(1, 10), cloud(2, 8, shift=1.0)
    gx, gy = [*"aabbccddee"], [*"affgghhi"]
    found = kad(x, y, reference_groups=gx, judged_groups=gy)
    width = np.median([np.linalg.norm(x[i] - x[j]) for i in range(len(x)) for j in range(i)])
    changes = []
    for group in sorted({*gx, *gy}):
        kept = [np.array([g != group for g in groups]) for groups in (gx, gy)]
        groups = [[g for g in names if g != group] for names in (gx, gy)]
        changes.append(value_at(x[kept[0]], y[kept[1]], *groups, width) - found.value)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.sqrt(np.sum(np.square(changes))))


def value_at(x, y, gx, gy, width):
    def mean(a, b, ga, gb):
        kernel = np.exp(-(np.linalg.norm(a[:, None] - b[None], axis=2) ** 2) / (2 * width**2))
        return kernel[np.array(ga)[:, None] != np.array(gb)[None]].mean()

    return 100 * (mean(x, x, gx, gx) + mean(y, y, gy, gy) - 2 * mean(x, y, gx, gy))


@pytest.mark.parametrize("count", [30, 120])
def test_kad_of_one_distribution_is_zero_on_average_whatever_the_size(count):
    found = [kad(cloud(seed, 60), cloud(1000 + seed, count)).value for seed in range(60)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(60)
    assert min(found) < 0.0 < max(found)


def test_kad_grows_with_the_shift():
    found = [kad(cloud(1, 150), cloud(2, 150, shift=shift)).value for shift in (0.0, 0.5, 1.0, 2.0)]
    assert found == sorted(found)
    assert found[-1] > 10 * abs(found[0])


def test_takes_of_one_recording_raise_kad_unless_they_are_grouped():
    plain, grouped = [], []
    names = [(side, number) for side in "xy" for number in np.repeat(range(30), 4)]
    for seed in range(30):
        sets = [np.repeat(cloud(seed + offset, 30), 4, axis=0) for offset in (0, 500)]
        x, y = (points + 0.3 * cloud(seed + 900, 120) for points in sets)
        plain.append(kad(x, y).value)
        grouped.append(kad(x, y, reference_groups=names[:120], judged_groups=names[120:]).value)
    assert np.mean(plain) > 1.0
    assert abs(np.mean(grouped)) < 0.4 * np.mean(plain)


def test_a_codecs_own_originals_lower_kad_unless_they_are_grouped():
    x = cloud(1, 100)
    y = x + 0.01 * cloud(2, 100)
    assert kad(x, y).value < -0.5
    assert abs(kad(x, y, reference_groups=range(100), judged_groups=range(100)).value) < 0.2


def test_frechet_is_the_formula():
    x, y = cloud(1, 400, dimensions=5), 1.5 * cloud(2, 300, shift=2.0, dimensions=5)
    one, two = np.cov(x.T), np.cov(y.T)
    roots = np.sqrt(np.linalg.eigvals(one @ two).real).sum()
    expected = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(one) + np.trace(two) - 2 * roots
    found = frechet(x, y)
    assert found.value == pytest.approx(expected)
    assert found[1:] == (400, 300, 5)
    assert frechet(x, x).value == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("distance", [kad, frechet])
@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (cloud(1, 1), cloud(2, 9), r"reference set has the shape \[1, 8\]"),
        (cloud(1, 9), np.zeros(4), r"judged set has the shape \[4\]"),
        (cloud(1, 9), np.full((9, 8), np.nan), "judged set holds values that are not finite"),
        (cloud(1, 9), cloud(2, 9, dimensions=7), "8 and 7 dimensions"),
    ],
)
def test_sets_that_cannot_be_compared_are_refused(distance, x, y, words):
    with pytest.raises(JudgeError, match=words):
        distance(x, y)


def test_groups_must_name_every_sound_and_be_three():
    x, y = cloud(1, 6), cloud(2, 6)
    with pytest.raises(JudgeError, match="2 groups for 6 sounds of the reference set"):
        kad(x, y, reference_groups=["a", "b"])
    with pytest.raises(JudgeError, match="judged set has 2 groups"):
        kad(x, y, judged_groups=[*"aaabbb"])
    with pytest.raises(JudgeError, match="Most sounds of the reference set are the same"):
        kad(np.ones((6, 3)), y[:, :3])


class Ear:
    """A judge that counts how often it is asked: level and length."""

    name, rate_hz, dimensions = "ear", 48_000, 2

    def __init__(self):
        self.asked = 0

    def embed(self, samples):
        self.asked += 1
        return np.array([np.abs(samples).mean(), samples.size], np.float32)

    def embed_many(self, sounds):
        return np.stack([self.embed(samples) for samples in sounds])


def test_a_store_spares_the_judge_a_second_hearing(tmp_path):
    ear = Ear()
    sounds = [np.full(10 + number, 0.1, np.float32) for number in range(3)]
    first = embed_set(ear, sounds, store=tmp_path)
    assert embed_set(ear, sounds, store=tmp_path).tolist() == first.tolist() == embed_set(Ear(), sounds).tolist()
    assert ear.asked == 3
    next(tmp_path.rglob("*.npy")).write_bytes(b"cut off")
    assert embed_set(ear, sounds, store=tmp_path).tolist() == first.tolist()
    assert ear.asked == 4
    assert embed_set(ear, [], store=tmp_path).shape == (0, 2)
