"""The formulas, beside the same ones written out in numpy, and what a mask leaves out."""

import math

import numpy as np
import pytest
import torch

from hobnail_trainer.alignment import Moments, cosine_loss, in_time, info_nce
from hobnail_trainer.alignment.losses import masked_mean, pooled, smooth_distance

BATCH, HOPS, DIMS = 3, 12, 5


def drawn(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(0.3, 1.0, shape).astype(np.float32))


def lengths(*counts):
    return torch.arange(HOPS)[None, :] < torch.tensor(counts)[:, None]


MASK = lengths(12, 9, 4)


def plain_in_time(y, mask, gamma, epsilon):
    """Of numpy [batch, hops, dims], clip by clip."""
    out = np.zeros_like(y)
    for row, counted in enumerate(mask):
        inside = y[row][counted]
        sd = np.sqrt(np.square(inside - inside.mean(axis=0)).sum(axis=0) / (len(inside) - 1))
        n = inside.size
        own = np.sqrt((np.square(inside.mean(axis=0)) + sd**2).mean() - inside.mean() ** 2)
        assert own == pytest.approx(inside.std(), rel=2.0 / math.sqrt(n))
        out[row] = (y[row] - gamma * inside.mean(axis=0)) / (sd + epsilon * own + 1e-8)
    return out


def test_the_cosine_loss_is_minus_the_mean_cosine_over_hops_that_count():
    x, y = drawn(BATCH, HOPS, DIMS), drawn(BATCH, HOPS, DIMS, seed=1)
    a, b, counted = x.numpy().astype(float), y.numpy().astype(float), MASK.numpy()
    cosines = (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    assert float(cosine_loss(x, y, MASK)) == pytest.approx(-cosines[counted].mean(), abs=1e-6)


def test_a_student_that_says_what_its_teacher_says_has_the_least_loss_there_is():
    y = drawn(BATCH, HOPS, DIMS)
    assert float(cosine_loss(3.0 * y, y, MASK)) == pytest.approx(-1.0, abs=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.6, 1.0])
def test_normalising_in_time_is_the_formula(gamma):
    y = drawn(BATCH, HOPS, DIMS)
    found = in_time(y, MASK, gamma=gamma, epsilon=0.1, quiet=0.05, least_hops=2)
    expected = plain_in_time(y.numpy().astype(float), MASK.numpy(), gamma, 0.1)
    np.testing.assert_allclose(found.features.numpy(), expected, atol=2e-5)
    assert torch.equal(found.mask, MASK)


def test_whole_normalisation_leaves_mean_zero_and_deviation_one():
    y = 4.0 * drawn(BATCH, HOPS, DIMS) + 7.0
    found = in_time(y, MASK, gamma=1.0, epsilon=0.0, quiet=0.0, least_hops=2).features
    for row, counted in enumerate(MASK):
        inside = found[row][counted]
        np.testing.assert_allclose(inside.mean(dim=0), 0.0, atol=1e-4)
        np.testing.assert_allclose(inside.std(dim=0, unbiased=True), 1.0, atol=1e-4)


def test_what_lies_behind_the_mask_changes_nothing():
    x, y = drawn(BATCH, HOPS, DIMS), drawn(BATCH, HOPS, DIMS, seed=1)
    noisy = torch.where(MASK.unsqueeze(-1), y, torch.full_like(y, 1e4))
    for loss in (cosine_loss, lambda a, b, m: smooth_distance(a, b, m, 0.05)):
        assert float(loss(x, y, MASK)) == float(loss(x, noisy, MASK))
    settings = {"gamma": 0.6, "epsilon": 0.1, "quiet": 0.05, "least_hops": 2}
    one, other = in_time(y, MASK, **settings), in_time(noisy, MASK, **settings)
    assert torch.equal(one.features[MASK], other.features[MASK])
    assert torch.equal(pooled(y, MASK), pooled(noisy, MASK))


def test_clips_that_hardly_move_or_are_too_short_are_left_out():
    y = drawn(3, HOPS, DIMS)
    y[1] = torch.tensor([1.0, -2.0, 0.5, 3.0, 1.0]) + 1e-3 * y[1]
    found = in_time(y, lengths(12, 12, 4), gamma=0.6, epsilon=0.1, quiet=0.05, least_hops=8)
    assert found.mask.any(dim=1).tolist() == [True, False, False]
    assert found.features.isfinite().all()


def test_a_block_of_two_hops_is_normalised_by_its_clips_moments():
    clip = drawn(1, 40, DIMS)
    whole = in_time(clip, torch.ones(1, 40, dtype=torch.bool), gamma=0.6, epsilon=0.1, quiet=0.05, least_hops=8)
    moments = Moments(clip.mean(dim=1), clip.std(dim=1))
    settings = {"gamma": 0.6, "epsilon": 0.1, "quiet": 0.05, "least_hops": 8}
    block = in_time(clip[:, 6:8], torch.ones(1, 2, dtype=torch.bool), **settings, moments=moments)
    np.testing.assert_allclose(block.features, whole.features[:, 6:8], atol=1e-5)
    assert block.mask.all()


def test_the_smooth_distance_is_square_below_beta_and_straight_above():
    x = torch.tensor([[[0.02, 0.0], [1.0, 0.0]]])
    found = smooth_distance(x, torch.zeros_like(x), torch.ones(1, 2, dtype=torch.bool), 0.05)
    assert float(found) == pytest.approx(((0.02**2 / 0.1) / 2 + (1.0 - 0.025) / 2) / 2)


def test_nothing_that_counts_is_a_loss_of_zero():
    nothing = torch.zeros(2, HOPS, dtype=torch.bool)
    assert float(masked_mean(drawn(2, HOPS), nothing)) == 0.0
    assert float(cosine_loss(drawn(2, HOPS, DIMS), drawn(2, HOPS, DIMS), nothing)) == 0.0


def units(*shape, seed):
    return torch.nn.functional.normalize(drawn(*shape, seed=seed), dim=-1)


def test_infonce_is_the_formula():
    a, b = units(6, 4, seed=2), units(6, 4, seed=3)
    scores = (a @ b.T).numpy().astype(float) / 0.2

    def surprise(rows):
        return float(np.mean(np.log(np.exp(rows).sum(axis=1)) - np.diag(rows)))

    found = info_nce(a, b, torch.tensor(0.2), torch.ones(6, dtype=torch.bool))
    assert float(found) == pytest.approx(0.5 * (surprise(scores) + surprise(scores.T)), abs=1e-5)


def test_two_sounds_with_one_text_are_no_opposites():
    texts = units(4, 8, seed=4)
    texts[1] = texts[0]
    sounds = texts.clone()
    keep = torch.ones(4, dtype=torch.bool)
    best = float(info_nce(sounds, texts, torch.tensor(0.01), keep))
    assert best == pytest.approx(0.5 * math.log(2.0), abs=1e-3)  # what cannot be told apart costs what it must, no more
    assert best < float(info_nce(sounds[[2, 1, 0, 3]], texts, torch.tensor(0.01), keep))


def test_rows_without_a_text_have_no_part():
    a, b = units(5, 4, seed=5), units(5, 4, seed=6)
    keep = torch.tensor([True, True, False, True, False])
    whole = torch.ones(3, dtype=torch.bool)
    temperature = torch.tensor(0.1)
    assert float(info_nce(a, b, temperature, keep)) == float(info_nce(a[keep], b[keep], temperature, whole))
    assert float(info_nce(a, b, temperature, torch.tensor([True] + [False] * 4))) == 0.0
