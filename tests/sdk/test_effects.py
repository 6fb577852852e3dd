"""Gain scales; the limiter keeps peaks under its ceiling and leaves the rest alone."""

import numpy as np
import pytest

from hobnail import ConfigError
from hobnail.effects import GainConfig, GainEffect, LimiterConfig, LimiterEffect
from hobnail.testing import check_effect


def run(effect, sound):
    return effect.process(sound, effect.init_state(48_000, sound.shape[1]))[0]


def tone(frames, level, hz=200.0):
    wave = level * np.sin(2.0 * np.pi * hz * np.arange(frames) / 48_000)
    return np.stack([wave, 0.5 * wave], axis=1).astype(np.float32)


def test_gain_is_in_decibels():
    assert np.allclose(run(GainEffect(GainConfig(gain_db=-6.0)), tone(100, 1.0)), tone(100, 1.0) * 0.5012, atol=1e-4)


@pytest.mark.parametrize("effect", [GainEffect(), LimiterEffect(), LimiterEffect(LimiterConfig(lookahead_ms=0.1))])
def test_effects_keep_their_contract(effect):
    check_effect(effect)
    check_effect(effect, channels=1)


@pytest.mark.parametrize("lookahead_ms", [0.1, 1.0, 3.0, 20.0])
def test_no_sample_leaves_above_the_ceiling(lookahead_ms):
    rng = np.random.default_rng(3)
    sound = (rng.standard_normal((20_000, 2)) * np.linspace(0.0, 3.0, 20_000)[:, np.newaxis]).astype(np.float32)
    sound[10_000] = 50.0
    limited = run(LimiterEffect(LimiterConfig(ceiling_db=-6.0, lookahead_ms=lookahead_ms)), sound)
    assert np.abs(limited).max() <= 0.50119 * (1.0 + 1e-6)
    assert np.abs(limited).max() > 0.45  # and it is not simply turned down


def test_what_is_soft_enough_passes_untouched_but_later():
    effect = LimiterEffect()
    sound = tone(4800, 0.5)
    limited = run(effect, sound)
    late = effect.latency_frames
    assert late == 144
    assert np.array_equal(limited[late:], sound[:-late])


def test_both_channels_are_turned_down_alike():
    limited = run(LimiterEffect(), tone(9600, 3.0))
    assert np.allclose(limited[:, 1], 0.5 * limited[:, 0], atol=1e-6)


def test_the_gain_comes_back_at_the_release_rate():
    effect = LimiterEffect(LimiterConfig(ceiling_db=0.0, release_db_s=60.0))
    sound = tone(48_000, 0.1, hz=1000.0)
    sound[0] = 10.0  # needs -20 dB; at 60 dB/s that is gone after a third of a second
    limited = run(effect, sound)
    assert np.abs(limited[7_900:8_100]).max() == pytest.approx(0.1 * 10 ** (-10 / 20), rel=0.05)
    assert np.abs(limited[20_000:]).max() == pytest.approx(0.1, rel=1e-4)


def test_one_sample_that_is_no_number_does_not_poison_what_follows():
    sound = tone(9600, 0.5)
    sound[100, 0] = np.nan
    sound[200, 1] = np.inf
    limited = run(LimiterEffect(), sound)
    assert np.isfinite(limited).all()
    assert np.array_equal(limited[1000:], run(LimiterEffect(), tone(9600, 0.5))[1000:])


def test_a_state_from_elsewhere_is_refused():
    with pytest.raises(ConfigError, match="found state dict"):
        LimiterEffect().process(tone(1, 0.1), {})
