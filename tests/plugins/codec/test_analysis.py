"""What the encoder measures: bands, lines, and the slots that follow them."""

import math

import numpy as np
import pytest

from hobnail_plugins.codec.analysis import Analysis, Meters
from hobnail_plugins.codec.bands import band_meters, mel_filters
from hobnail_plugins.codec.noise import bits, key
from hobnail_plugins.codec.peaks import WINDOW, PeakFinder
from hobnail_plugins.codec.spec import BAND_VALUES, BANDS, EPSILON, SILENT

RATE_HZ = 48_000


def tone(hz, seconds, level=0.3, decay=0.0):
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return level * np.sin(2.0 * np.pi * hz * time_s) * np.exp(-decay * time_s)


def hiss(seconds, level):
    return level * np.random.default_rng(3).standard_normal(int(seconds * RATE_HZ))


def slots_of(sound, partials=3):
    """Hz and level, [hops, partials] each; Hz is 0 where there is none."""
    features = Analysis(Meters(), partials).feed(sound.astype(np.float32), last=True)
    slots = features[:, BAND_VALUES:].reshape(len(features), partials, 2)
    there = slots[..., 1] > SILENT
    return np.where(there, np.exp(slots[..., 0]), 0.0), slots[..., 1]


def test_every_band_weighs_to_one_and_peaks_where_it_says():
    weights, centres_hz = mel_filters()
    assert weights.shape == (513, BANDS)
    assert np.allclose(weights.sum(axis=0), 1.0)
    assert (np.diff(centres_hz) > 0.0).all()
    middles = (weights * np.arange(513)[:, None]).sum(axis=0) * RATE_HZ / 1024
    assert np.abs(middles - centres_hz)[centres_hz > 300.0].max() < 47.0


def test_white_noise_of_variance_1_has_power_1_in_every_band():
    rng = np.random.default_rng(1)
    for meter in band_meters():
        noise = rng.standard_normal((2000, meter.size)).astype(np.float32)
        powers = np.mean([meter.bin_powers(frame) for frame in noise], axis=0)
        assert np.abs(meter.values(powers)).max() < 0.15


def test_the_two_meters_share_the_bands_between_them():
    low, high = band_meters()
    assert low.size == 2 * high.size
    values = [meter.values(np.zeros(meter.size // 2 + 1)) for meter in (low, high)]
    assert sum(map(len, values)) == BANDS
    assert np.allclose(np.concatenate(values), math.log(EPSILON**2))


@pytest.mark.parametrize("hz", [101.0, 440.0, 1234.5, 7000.0])
def test_a_line_is_found_to_a_thousandth_with_its_level(hz):
    sound = (tone(hz, 0.1, level=0.2)[:WINDOW] + hiss(0.1, 0.001)[:WINDOW]).astype(np.float32)
    (peaks,) = PeakFinder().find(sound[None], absent=[0], prominence=4.0)
    assert math.exp(peaks.log_hz[0]) == pytest.approx(hz, rel=2e-3)
    assert math.exp(peaks.log_amplitude[0]) == pytest.approx(0.2, rel=0.03)


def test_noise_has_no_lines():
    hz, _ = slots_of(hiss(3.0, 0.1))
    assert not hz.any()


@pytest.mark.parametrize("chunk", [1, 511, 512, 513])
def test_any_cutting_measures_the_same_bits(chunk):
    sound = (tone(900.0, 0.15, decay=9.0) + hiss(0.15, 0.01)).astype(np.float32)
    whole = Analysis(Meters(), 3).feed(sound, last=True)
    analysis = Analysis(Meters(), 3)
    parts = [analysis.feed(sound[at : at + chunk], last=at + chunk >= len(sound)) for at in range(0, len(sound), chunk)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(whole) == -(-len(sound) // 512)


def test_a_slot_keeps_its_partial_as_it_moves():
    time_s = np.arange(RATE_HZ) / RATE_HZ
    gliding = 0.3 * np.sin(2.0 * np.pi * (500.0 * time_s + 200.0 * time_s**2))  # 500 to 900 Hz
    hz, _ = slots_of(gliding + tone(3000.0, 1.0, level=0.1) + hiss(1.0, 0.0003), 2)
    assert hz[2:80, 0] == pytest.approx(500.0 + 400.0 * (np.arange(2, 80) + 0.5) * 512 / RATE_HZ, rel=0.02)
    assert hz[2:80, 1] == pytest.approx(3000.0, rel=0.01)


def test_a_slot_changes_its_partial_only_through_silence():
    sound = np.concatenate([tone(500.0, 0.5), tone(2000.0, 0.5)]) + hiss(1.0, 0.0003)
    hz, _ = slots_of(sound, 1)
    changes = [(before, after) for before, after in zip(hz[:-1, 0], hz[1:, 0], strict=True) if before and after]
    assert max(abs(math.log(after / before)) for before, after in changes) < 0.04
    assert {round(value, -2) for value in hz[:, 0]} == {0.0, 500.0, 2000.0}


def test_a_much_stronger_line_takes_the_place_of_the_weakest():
    late = np.concatenate([np.zeros(RATE_HZ // 2), tone(2000.0, 0.5, level=0.5)])
    hz, _ = slots_of(tone(500.0, 1.0, level=0.01) + late + hiss(1.0, 0.00003), 1)
    assert hz[20, 0] == pytest.approx(500.0, rel=0.01)
    assert hz[-10, 0] == pytest.approx(2000.0, rel=0.01)


def test_a_blip_shorter_than_four_hops_is_no_partial():
    sound = np.zeros(RATE_HZ // 2)
    sound[10_000:10_700] = tone(1500.0, 1.0)[:700]
    hz, _ = slots_of(sound + hiss(0.5, 0.001))
    assert not hz.any()


def test_what_a_partial_sounds_is_taken_out_of_the_bands():
    sound = (tone(1000.0, 0.5) + hiss(0.5, 0.003)).astype(np.float32)
    with_partials = Analysis(Meters(), 1).feed(sound, last=True)[20, :BAND_VALUES]
    without = Analysis(Meters(), 0).feed(sound, last=True)[20, :BAND_VALUES]
    noise_only = Analysis(Meters(), 0).feed(hiss(0.5, 0.003).astype(np.float32), last=True)[20, :BAND_VALUES]
    assert without.max() > noise_only.max() + 8.0
    assert with_partials.max() < noise_only.max() + 2.0


def test_chance_depends_on_the_index_alone():
    of_key = key(2**64 - 1, 7)
    assert np.array_equal(bits(of_key, 0, 100)[40:60], bits(of_key, 40, 20))
    assert not np.array_equal(bits(of_key, 0, 10), bits(key(1, 7), 0, 10))
