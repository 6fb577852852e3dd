"""Each change achieves the value that it records, on sounds whose attributes are known, and leaves the rest alone."""

from itertools import pairwise

import numpy as np
import pytest

from hobnail_trainer.corpus.attributes import measure
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.pairs import balanced, resampled_pitch, shifted_pitch, struck
from hobnail_trainer.pairs.force import ATTACK_OCTAVES_PER_DB, CENTROID_OCTAVES_PER_DB
from hobnail_trainer.pairs.frames import samples_of, spectra_of
from hobnail_trainer.pairs.texture import parts_of

from .signals import RATE, blow, sung


def semitones_between(before, after):
    return 12 * np.log2(measure(after).f0_hz / measure(before).f0_hz)


@pytest.mark.parametrize("semitones", [-12.0, -5.0, 0.0, 0.5, 7.0, 12.0])
@pytest.mark.parametrize("change", [resampled_pitch, shifted_pitch])
def test_the_pitch_moves_by_so_many_semitones(change, semitones):
    tone = sung()
    assert semitones_between(tone, change(tone, semitones)) == pytest.approx(semitones, abs=0.2)


@pytest.mark.parametrize("f0_hz", [70.0, 600.0])
def test_low_and_high_voices_are_shifted_alike(f0_hz):
    tone = sung(f0_hz)
    assert semitones_between(tone, shifted_pitch(tone, 7.0, f0_hz=f0_hz)) == pytest.approx(7.0, abs=0.2)


@pytest.mark.parametrize("semitones", [-12.0, 0.3, 12.0])
def test_a_shift_keeps_the_length_and_the_loudness(semitones):
    tone = sung(seconds=0.7001)
    moved = shifted_pitch(tone, semitones)
    assert moved.shape == tone.shape
    assert moved.dtype == np.float32
    assert measure(moved).loudness_lufs == pytest.approx(measure(tone).loudness_lufs, abs=0.05)


@pytest.mark.parametrize("semitones", [-12.0, 12.0])
def test_a_shifted_tone_stays_a_tone(semitones):
    tone = sung()
    assert measure(shifted_pitch(tone, semitones)).hnr_db > 20.0


def test_resampling_changes_the_length_with_the_pitch():
    hit = blow()
    assert resampled_pitch(hit, 12.0).size == pytest.approx(hit.size / 2, abs=1)
    assert resampled_pitch(hit, -12.0).size == pytest.approx(hit.size * 2, abs=1)


def test_an_onset_in_a_shifted_sound_stays_where_it_was():
    sound = np.concatenate([np.zeros(RATE // 2, np.float32), sung(seconds=0.5)]) + 1e-3 * sung(110.0)
    sound[RATE // 2 : RATE // 2 + 96] += 0.8 * np.hanning(96).astype(np.float32)
    moved = shifted_pitch(sound, 5.0, onset_frames=(0, RATE // 2))
    assert abs(int(np.abs(moved).argmax()) - RATE // 2) < RATE // 100
    before = moved[RATE // 2 - 2400 : RATE // 2 - 480]  # 50 to 10 ms before
    assert np.abs(before).max() < 0.1 * np.abs(moved).max()


def test_harder_blows_are_louder_brighter_and_quicker_and_softer_ones_the_reverse():
    hit = blow(attack_s=0.02)
    steps = [measure(struck(hit, intensity).samples) for intensity in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    for before, after in pairwise(steps):
        assert after.loudness_lufs > before.loudness_lufs
        assert after.centroid_hz > before.centroid_hz
    assert steps[-1].attack_ms < steps[0].attack_ms


@pytest.mark.parametrize("intensity", [-1.0, -0.3, 0.4, 1.0])
def test_level_brightness_and_attack_change_by_what_is_recorded(intensity):
    hit = blow(attack_s=0.02)
    before, done = measure(hit), struck(hit, intensity)
    after = measure(done.samples)
    assert done.level_db == pytest.approx(12.0 * intensity)
    assert after.loudness_lufs - before.loudness_lufs == pytest.approx(done.level_db, abs=0.05)
    octaves = np.log2(after.centroid_hz / before.centroid_hz)
    assert octaves == pytest.approx(CENTROID_OCTAVES_PER_DB * done.level_db, abs=0.06)
    assert np.sign(done.tilt_db_per_octave) == np.sign(intensity)
    assert done.attack_ms_ratio == pytest.approx(2 ** (ATTACK_OCTAVES_PER_DB * done.level_db))


def test_an_attack_too_short_to_shape_is_left_and_said_to_be():
    time = np.arange(RATE // 4) / RATE
    click = (0.3 * np.cos(2 * np.pi * 3000 * time) * np.exp(-time / 0.05)).astype(np.float32)
    assert struck(click, 1.0).attack_ms_ratio == 1.0


@pytest.mark.parametrize("intensity", [-1.0, 1.0])
def test_nothing_sounds_before_a_blow_that_was_struck_harder_or_softer(intensity):
    hit = np.concatenate([np.zeros(4800, np.float32), blow(attack_s=0.001, lead_s=0.0)])
    after = struck(hit, intensity).samples
    assert np.abs(after[:4700]).max() < 1e-4 * np.abs(after).max()


def test_texture_moves_the_harmonic_part_against_the_noise():
    sound = sung(noise=0.7)
    ratios = [measure(balanced(sound, texture)).hnr_db for texture in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    assert all(after > before for before, after in pairwise(ratios))
    assert ratios[-1] - ratios[0] > 6.0


@pytest.mark.parametrize("texture", [-1.0, 0.5, 1.0])
def test_texture_leaves_pitch_loudness_brightness_and_length(texture):
    sound = sung(noise=0.3)
    before, after = measure(sound), measure(balanced(sound, texture))
    assert balanced(sound, texture).shape == sound.shape
    assert after.loudness_lufs == pytest.approx(before.loudness_lufs, abs=0.05)
    assert np.log2(after.centroid_hz / before.centroid_hz) == pytest.approx(0.0, abs=0.05)
    assert 12 * np.log2(after.f0_hz / before.f0_hz) == pytest.approx(0.0, abs=0.2)


def test_texture_0_is_the_sound_itself():
    sound = sung(noise=0.7)
    assert np.abs(balanced(sound, 0.0) - sound).max() < 1e-3


def test_no_part_sounds_before_the_blow_that_it_was_cut_from():
    ring = sung(700.0, noise=1.0) * np.exp(-np.arange(RATE) / 8000.0).astype(np.float32)
    hit = np.concatenate([np.zeros(9600, np.float32), ring[1200:]])
    after = balanced(hit, 1.0)
    assert np.abs(after[: 9600 - 640]).max() < 1e-3 * np.abs(after).max()


def test_the_pulses_of_a_low_wave_are_not_cut_up_by_the_guard_against_echoes():
    time = np.arange(RATE) / RATE
    pulses = sum(np.cos(2 * np.pi * 80.0 * order * time) for order in range(1, 16)) / 15.0
    hiss = np.random.default_rng(1).standard_normal(RATE) * (0.02 + np.abs(pulses))
    low_pass = np.hanning(97) / np.hanning(97).sum()  # nothing is left above 2 kHz
    sound = np.convolve(0.3 * pulses + 0.03 * hiss, low_pass, mode="same").astype(np.float32)
    spectrum = np.abs(np.fft.rfft(balanced(sound, 1.0) * np.hanning(RATE)))  # a bin is a hertz
    assert spectrum[12_000:].max() < 1e-5 * spectrum.max()


def test_the_parts_add_up_to_the_sound():
    sound = sung(noise=0.7)
    parts = parts_of(sound)
    assert np.abs(parts.partials + parts.blows + parts.rest - sound).max() < 1e-6


@pytest.mark.parametrize("frames", [960, 2047, 2048, 2049, 10_000])
def test_spectra_go_back_to_the_samples(frames):
    sound = np.random.default_rng(3).standard_normal(frames).astype(np.float32)
    assert np.abs(samples_of(spectra_of(sound, 2048), 2048, frames) - sound).max() < 1e-4


CHANGES = {
    "resampled": lambda samples: resampled_pitch(samples, 3.0),
    "shifted": lambda samples: shifted_pitch(samples, 3.0),
    "struck": lambda samples: struck(samples, 0.5),
    "balanced": lambda samples: balanced(samples, 0.5),
}
UNUSABLE = {
    "silence": (np.zeros(4800, np.float32), "silent, or DC"),
    "DC": (np.full(4800, 0.5, np.float32), "silent, or DC"),
    "one sample": (np.ones(1, np.float32), "1 frames, expected 960"),
    "nothing": (np.zeros(0, np.float32), "0 frames, expected 960"),
    "two channels": (np.zeros((4800, 2), np.float32), "one channel"),
    "not a number": (np.full(4800, np.nan, np.float32), "not finite"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("sound", UNUSABLE)
def test_what_cannot_be_changed_is_refused_with_its_reason(change, sound):
    samples, reason = UNUSABLE[sound]
    with pytest.raises(CorpusError, match=reason):
        CHANGES[change](samples)


def test_a_pure_tone_has_no_noise_to_balance():
    with pytest.raises(CorpusError, match="partials and rest"):
        balanced(sung(), 0.5)


@pytest.mark.parametrize("value", [-1.01, 1.01, float("nan")])
def test_amounts_beyond_the_span_are_refused(value):
    with pytest.raises(CorpusError, match="intensity"):
        struck(blow(), value)
    with pytest.raises(CorpusError, match="texture"):
        balanced(sung(noise=0.7), value)
