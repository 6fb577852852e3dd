"""The fit finds the directions that were planted, and refuses what it cannot be made of."""

import math

import numpy as np
import pytest

from hobnail_plugins.codec.fit import default_weight, fit_linear
from hobnail_plugins.codec.rows import LinearRows
from hobnail_plugins.codec.spec import BAND_VALUES, RATES, SILENT
from hobnail_plugins.codec.tables import tables_to


def planted(hops=4000, partials=1):
    """Features that move along two directions only, but for a little noise; every other hop has a partial."""
    rng = np.random.default_rng(6)
    directions = np.linalg.qr(rng.standard_normal((BAND_VALUES, 2)))[0]
    values = -3.0 + (rng.standard_normal((hops, 2)) * [8.0, 3.0]) @ directions.T
    values += 0.01 * rng.standard_normal(values.shape)
    slots = np.zeros((hops, partials, 2))
    slots[..., 1] = SILENT
    slots[::2, :, 0] = math.log(1000.0) + 0.5 * rng.standard_normal((hops, partials))[::2]
    slots[::2, :, 1] = -3.0
    return np.concatenate([values, slots.reshape(hops, -1)], axis=1).astype(np.float32), directions


def test_two_planted_directions_are_found_with_their_spread():
    features, directions = planted()
    tables = fit_linear([features], kept=2, weight=np.ones(BAND_VALUES, np.float32))
    assert np.abs(directions.T @ tables.basis[:, :2]) == pytest.approx(np.eye(2), abs=0.05)
    assert tables.spread[:2] == pytest.approx([8.0, 3.0], rel=0.05)
    assert tables.spread[2:].max() < 0.02


def test_the_first_latent_has_variance_1_the_others_less_and_partials_lie_between_minus_and_plus_1():
    features, _ = planted()
    rows = LinearRows(fit_linear([features], kept=2))
    latents, _ = rows.encode(features, rows.begin_encoding(), last=True)
    assert latents[:, :2].std(axis=0) == pytest.approx([1.0, (3.0 / 8.0) ** 0.3], rel=0.05)
    assert latents[1::2, 2] == pytest.approx(0.0)
    assert latents[1::2, 3] == pytest.approx(-1.0, abs=1e-5)
    assert latents[::2, 2].std() == pytest.approx(1.0, rel=0.02)
    assert latents[::2, 3] == pytest.approx(1.0, abs=1e-5)


def test_what_lies_along_kept_directions_comes_back():
    features, _ = planted()
    rows = LinearRows(fit_linear([features], kept=2), residual=False)
    latents, _ = rows.encode(features, rows.begin_encoding(), last=True)
    back, _ = rows.decode(latents, rows.begin_decoding(1))
    loud = features[:, :BAND_VALUES] > -12.0
    assert np.abs(back[:, :BAND_VALUES] - features[:, :BAND_VALUES])[loud].max() < 0.15
    assert np.abs(back[:, BAND_VALUES + 1] - features[:, BAND_VALUES + 1]).max() < 1e-4


def test_a_weight_decides_what_is_kept():
    features, directions = planted()
    weight = np.where(np.abs(directions[:, 0]) > 0.05, 0.01, 1.0).astype(np.float32)
    tables = fit_linear([features], kept=1, weight=weight)
    assert abs(tables.basis[:, 0] @ directions[:, 0]) < 0.9
    assert np.array_equal(tables.weight, weight)


def test_treble_counts_less():
    weight = default_weight()
    assert weight.shape == (BAND_VALUES,)
    assert set(weight.tolist()) == {1.0, np.float32(0.7).item()}
    assert weight[0] == 1.0


def test_the_same_features_give_the_same_bytes():
    features, _ = planted()
    assert tables_to(fit_linear([features], kept=2)) == tables_to(fit_linear([features.copy()], kept=2))


def test_too_little_sound_is_refused():
    features, _ = planted(hops=BAND_VALUES - 1)
    with pytest.raises(ValueError, match="expected at least 192"):
        fit_linear([features], kept=2)


def lasting(rate, hops=4000):
    """Features whose third direction, which is not kept, forgets from hop to hop at a known rate."""
    rng = np.random.default_rng(8)
    directions = np.linalg.qr(rng.standard_normal((BAND_VALUES, 3)))[0]
    strengths = rng.standard_normal((hops, 3)) * [8.0, 6.0, 3.0]
    for hop in range(1, hops):
        strengths[hop, 2] = rate * strengths[hop - 1, 2] + math.sqrt(1.0 - rate**2) * strengths[hop, 2]
    values = -3.0 + strengths @ directions.T + 0.01 * rng.standard_normal((hops, BAND_VALUES))
    return values.astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
def test_how_long_a_direction_lasts_is_found(rate):
    tables = fit_linear([lasting(rate)], kept=2, weight=np.ones(BAND_VALUES, np.float32))
    assert tables.shares.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert tables.shares[2] == pytest.approx(np.equal(RATES, rate).astype(float), abs=0.12)


@pytest.mark.parametrize("rate", RATES)
def test_chance_lasts_as_long_as_what_it_stands_for(rate):
    features = lasting(rate)
    tables = fit_linear([features], kept=2, weight=np.ones(BAND_VALUES, np.float32))
    rows = LinearRows(tables)
    back, _ = rows.decode(np.zeros((4000, 2), np.float32), rows.begin_decoding(4))
    drawn = (back - tables.mean) @ tables.basis[:, 2]
    assert drawn.std() == pytest.approx(3.0, rel=0.25)
    assert np.corrcoef(drawn[1:], drawn[:-1])[0, 1] == pytest.approx(rate, abs=0.12)


def test_latents_may_come_in_any_pieces():
    features, _ = planted()
    rows = LinearRows(fit_linear([features], kept=2))
    latents, _ = rows.encode(features[:50], rows.begin_encoding(), last=True)
    whole, _ = rows.decode(latents, rows.begin_decoding(5))
    state, parts = rows.begin_decoding(5), []
    for first in (0, 1, 3, 20):
        last = {0: 1, 1: 3, 3: 20, 20: 50}[first]
        part, state = rows.decode(latents[first:last], state)
        parts.append(part)
    assert np.array_equal(np.concatenate(parts), whole)
