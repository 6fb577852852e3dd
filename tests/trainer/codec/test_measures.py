"""Each measure on signals whose truth is known."""

import numpy as np
import pytest

from hobnail_trainer.codec.ladder.bands import BandScale
from hobnail_trainer.codec.measures import (
    attack_of,
    compare_attacks,
    compare_partials,
    level_error_db,
    log_mel_l1,
    modulation_difference,
    modulation_spectrum,
    pre_echo_db,
    ringing_partials,
)
from hobnail_trainer.codec.measures.modulation import STEPS_HZ

RATE_HZ = 48_000
MODES = ((523.3, 0.5, 0.8), (1310.0, 0.3, 0.5), (2747.0, 0.2, 0.3))  #: Hz, amplitude, seconds to fall by 60 dB


def bell(modes=MODES, seconds=1.2, pitch=1.0, decay=1.0):
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    ring = sum(a * np.sin(2 * np.pi * hz * pitch * t) * 10.0 ** (-3.0 * t / (t60 * decay)) for hz, a, t60 in modes)
    return (ring + 1e-4 * np.random.default_rng(1).standard_normal(t.size)).astype(np.float32)


def noise(frames=32_768, seed=2, level=0.2):
    return np.random.default_rng(seed).normal(0.0, level, frames).astype(np.float32)


def late_click(at, frames=9600):
    samples = np.zeros(frames, np.float32)
    samples[at : at + 2400] = np.exp(-np.arange(2400) / 400.0)
    return samples


def test_the_three_strongest_partials_are_found_with_their_decay():
    found = ringing_partials(bell())
    assert [round(each.hz) for each in found] == [523, 1310, 2747]
    assert [each.decay_s for each in found] == pytest.approx([0.8, 0.5, 0.3], rel=0.03)


def test_a_sound_is_no_different_from_itself():
    errors = compare_partials(ringing_partials(bell()), bell(), bell())
    assert [(each.hz, each.decay) for each in errors] == [(0.0, 0.0)] * 3


@pytest.mark.parametrize("pitch", [0.98, 1.005, 1.03])
def test_a_change_of_pitch_is_the_error_of_frequency(pitch):
    errors = compare_partials(ringing_partials(bell()), bell(), bell(pitch=pitch))
    assert [each.hz for each in errors] == pytest.approx([abs(pitch - 1.0)] * 3, abs=3e-4)


@pytest.mark.parametrize("decay", [0.8, 1.3])
def test_a_change_of_decay_is_the_error_of_decay(decay):
    errors = compare_partials(ringing_partials(bell()), bell(), bell(decay=decay))
    assert [each.decay for each in errors] == pytest.approx([abs(decay - 1.0)] * 3, abs=0.04)


def test_a_partial_that_is_gone_is_wrong_by_a_semitone():
    errors = compare_partials(ringing_partials(bell()), bell(), bell(MODES[:2]))
    assert errors[2].hz == pytest.approx(2.0 ** (1 / 12) - 1.0)
    assert errors[0].hz < 1e-4


def test_noise_does_not_ring():
    assert ringing_partials(noise(60_000)) == ()


def test_a_steady_tone_has_no_decay():
    t = np.arange(60_000) / RATE_HZ
    (only,) = ringing_partials((0.5 * np.sin(2 * np.pi * 700.0 * t)).astype(np.float32))
    assert only.hz == pytest.approx(700.0, rel=1e-4)
    assert only.decay_s is None


@pytest.mark.parametrize("late_ms", [-4.0, 0.0, 0.25, 3.0])
def test_a_delay_is_the_error_of_the_attack(late_ms):
    recording, other = late_click(4800), late_click(4800 + round(late_ms * 48))
    late, rise = compare_attacks(attack_of(recording), other)
    assert late == pytest.approx(abs(late_ms), abs=0.3)
    assert rise <= 0.5


def test_the_rise_is_from_a_tenth_to_nine_tenths():
    carrier = np.sign(np.sin(np.arange(9600)))
    ramp = np.clip((np.arange(9600) - 2400) / 960.0, 0.0, 1.0)  # 20 ms
    attack = attack_of((carrier * ramp).astype(np.float32))
    assert attack.rise_ms == pytest.approx(16.0, abs=1.5)
    assert attack.at_frame == pytest.approx(2400 + 480, abs=72)


def test_silence_has_no_attack_and_is_as_late_as_can_be():
    assert attack_of(np.zeros(4800, np.float32)) is None
    assert compare_attacks(attack_of(late_click(4800)), np.zeros(9600, np.float32))[0] == 30.0


@pytest.mark.parametrize("level_db", [-60.0, -40.0, -10.0])
def test_what_comes_before_the_attack_is_measured_against_it(level_db):
    sound = np.zeros(4800, np.float32)
    sound[2000:3000] = 0.5
    sound[1760:2000] = 0.5 * 10.0 ** (level_db / 20.0)
    sound[:1760] = 0.5  # longer ago than 5 ms: not counted
    assert pre_echo_db(sound, at_frame=2000) == pytest.approx(level_db, abs=0.1)


def test_digital_silence_before_the_attack_is_the_least():
    assert pre_echo_db(late_click(2000), at_frame=2000) == pytest.approx(-120.0)


def test_twice_the_amplitude_is_six_decibels():
    assert level_error_db(noise(), 2.0 * noise()) == pytest.approx(6.02, abs=0.01)


def test_log_mel_distance_is_in_nepers_of_amplitude():
    scale = BandScale()
    assert log_mel_l1(scale, scale.log_powers(noise()), noise()) == 0.0
    assert log_mel_l1(scale, scale.log_powers(noise()), noise() * np.float32(np.exp(0.1))) == pytest.approx(
        0.1, abs=1e-3
    )


@pytest.mark.parametrize(("rate_hz", "depth"), [(6.0, 0.8), (20.0, 0.5), (120.0, 0.3)])
def test_the_depth_of_a_known_modulation_is_measured(rate_hz, depth):
    t = np.arange(32_768) / RATE_HZ
    tone = np.sin(2 * np.pi * 4000.0 * t) * (1.0 + depth * np.cos(2 * np.pi * rate_hz * t))
    found = modulation_spectrum(tone.astype(np.float32))
    band, step = int(found.power.argmax()), int(np.searchsorted(STEPS_HZ, rate_hz)) - 1
    assert found.depth[band, step] == pytest.approx(0.5 * depth**2, rel=0.25)


def test_gain_is_no_modulation():
    distance, bias = modulation_difference(modulation_spectrum(noise()), modulation_spectrum(0.1 * noise()))
    assert (distance, bias) == pytest.approx((0.0, 0.0), abs=1e-3)


def test_a_smoother_sound_has_a_negative_bias_and_another_take_hardly_any():
    crackle = noise() * (np.random.default_rng(5).random(32_768 // 256 + 1) < 0.2).repeat(256)[:32_768]
    recording = modulation_spectrum(crackle.astype(np.float32))
    distance, bias = modulation_difference(recording, modulation_spectrum(noise(seed=9)))
    assert bias < -3.0
    assert distance > 3.0
    _, other_take = modulation_difference(modulation_spectrum(noise()), modulation_spectrum(noise(seed=8)))
    assert abs(other_take) < 0.7
