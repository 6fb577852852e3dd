"""Decoding, trimming and measuring: against sounds whose values are known."""

import numpy as np
import pytest

from hobnail_trainer.corpus.attributes import attack_ms, loudness_lufs, measure, onset_frames
from hobnail_trainer.corpus.fingerprint import SAME, difference, fingerprint, likenesses
from hobnail_trainer.corpus.pitch import measure_pitch
from hobnail_trainer.corpus.sound import UndecodableError, clipped_fraction, decode, mixed_down, without_dc
from hobnail_trainer.corpus.trim import trimmed

RATE = 48_000


def sine(hz, seconds=1.0, level=0.1):
    return (level * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def noise(seed=1, seconds=1.0, level=0.1):
    return (level * np.random.default_rng(seed).standard_normal(int(seconds * RATE))).astype(np.float32)


def test_loudness_is_that_of_the_standard():
    assert loudness_lufs(sine(997.0, 2.0, 1.0)) == pytest.approx(-3.01, abs=0.05)  # BS.1770-4, one channel
    assert loudness_lufs(sine(997.0, 2.0, 0.1)) == pytest.approx(-23.01, abs=0.05)


def test_a_short_sound_is_as_loud_as_its_energy_in_400_ms():
    whole, part = loudness_lufs(sine(997.0, 0.4)), loudness_lufs(sine(997.0, 0.1))
    assert whole - part == pytest.approx(6.0, abs=0.3)


@pytest.mark.parametrize("hz", [61.0, 220.0, 440.0, 1234.5, 2000.0])
def test_the_pitch_of_a_tone_with_overtones_is_found(hz):
    tone = sum(sine(hz * harmonic, level=0.1 / harmonic) for harmonic in (1, 2, 3))
    pitch = measure_pitch(tone)
    assert pitch.f0_hz == pytest.approx(hz, rel=0.003)
    assert pitch.voicing == 1.0


def test_the_harmonic_to_noise_ratio_is_that_of_the_mix():
    mix = sine(440.0, level=0.1) + noise(level=0.1 / np.sqrt(2))  # equal powers: 0 dB
    assert measure_pitch(mix).hnr_db == pytest.approx(0.0, abs=1.5)


def test_noise_has_no_pitch_and_is_flat():
    attributes = measure(noise())
    assert attributes.f0_hz is None
    assert attributes.voicing < 0.02
    assert attributes.flatness == pytest.approx(np.exp(-0.5772), abs=0.02)  # of exponentially distributed power
    assert measure(sine(1000.0)).flatness < 0.01


def test_centroid_and_crest_of_a_tone():
    attributes = measure(sine(3000.0))
    assert attributes.centroid_hz == pytest.approx(3000.0, rel=0.01)
    assert attributes.crest_db == pytest.approx(3.01, abs=0.02)
    assert attributes.peak_dbfs == pytest.approx(-20.0, abs=0.02)


@pytest.mark.parametrize("rise_ms", [5.0, 50.0, 200.0])
def test_the_attack_of_a_ramp_is_eight_tenths_of_it(rise_ms):
    ramp = np.clip(np.arange(RATE) / RATE * 1000.0 / rise_ms, 0.0, 1.0).astype(np.float32)
    assert attack_ms(sine(2000.0) * ramp) == pytest.approx(0.8 * rise_ms, abs=2.0)


def test_onsets_are_found_where_hits_are():
    samples = np.zeros(2 * RATE, np.float32)
    places = (0, 20_000, 48_000, 77_777)
    for seed, at in enumerate(places):
        samples[at : at + 4800] += noise(seed, 0.1) * np.exp(-np.arange(4800) / 900).astype(np.float32)
    found = onset_frames(samples)
    assert len(found) == len(places)
    assert max(abs(one - other) for one, other in zip(found, places, strict=True)) <= 480  # 10 ms


def test_steady_noise_has_one_onset():
    assert onset_frames(noise(seconds=2.0)) == (0,)


def test_trimming_keeps_two_milliseconds_before_the_onset():
    samples = np.concatenate([np.zeros(9600, np.float32), sine(1000.0, 0.1), np.zeros(9600, np.float32)])
    cut = trimmed(samples)
    assert np.argmax(np.abs(cut) > 1e-3) == pytest.approx(96, abs=24)
    assert cut.size < 4800 + 96 + 480
    assert trimmed(np.zeros(100, np.float32)).size == 0
    assert trimmed(np.zeros(0, np.float32)).size == 0


def test_dc_is_taken_off():
    assert abs(float(without_dc(sine(1000.0) + 0.3).mean())) < 1e-6


def test_channels_in_opposite_phase_are_not_cancelled():
    tone = sine(500.0)
    assert np.abs(mixed_down(np.stack([tone, -tone], axis=1))).max() > 0.09
    assert mixed_down(np.stack([tone, tone], axis=1)) == pytest.approx(tone)


def test_one_sample_at_full_scale_is_not_clipping():
    samples = sine(500.0)[:, None].copy()
    samples[100] = 1.0
    assert clipped_fraction(samples) == 0.0
    assert clipped_fraction(np.clip(sine(500.0, level=3.0), -1, 1)[:, None]) > 0.5


def test_a_44_1_khz_file_comes_to_48_khz_in_pitch(making):
    time = np.arange(44_100) / 44_100
    decoded = decode(making.encoded(0.1 * np.sin(2 * np.pi * 1000.0 * time)))
    assert decoded.samples.size == RATE
    assert measure_pitch(decoded.samples).f0_hz == pytest.approx(1000.0, rel=1e-3)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"\0" * 1000, b"OggS" + b"\xff" * 200])
def test_bytes_that_are_no_sound_are_refused(data):
    with pytest.raises(UndecodableError):
        decode(data)


def test_a_copy_is_found_through_gain_rate_and_lossy_coding(making):
    take = making.hit(5, decay_s=0.08)
    kinds = (making.encoded(take), making.encoded(0.3 * take, "OGG"))
    first, second = (trimmed(decode(data).samples) for data in kinds)
    assert difference(fingerprint(first), fingerprint(second)) < SAME
    (pair,) = likenesses([fingerprint(first), fingerprint(second)], [first.size, second.size])
    assert pair.is_copy


def test_another_take_of_the_same_noise_is_no_copy(making):
    takes = [trimmed(decode(making.encoded(making.hit(seed, decay_s=0.08))).samples) for seed in range(6)]
    assert likenesses([fingerprint(take) for take in takes], [take.size for take in takes]) == []


def test_a_sound_with_another_mixed_in_is_related_but_no_copy(making):
    alone = making.hit(7, decay_s=0.15, seconds=0.5)
    mixed = alone + 0.35 * making.hit(8, decay_s=0.15, seconds=0.5)
    takes = [trimmed(decode(making.encoded(take)).samples) for take in (alone, mixed)]
    (pair,) = likenesses([fingerprint(take) for take in takes], [take.size for take in takes])
    assert not pair.is_copy
