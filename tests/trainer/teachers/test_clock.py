"""A teacher's moments are the latents' moments, to less than half a hop."""

import numpy as np
import pytest
import torch

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.codec.spec import LinearConfig
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers import HOPS_HZ, Shuffled, hop_features, open_teacher, to_hops
from hobnail_trainer.teachers.own.teacher import Spectra, random_teacher

from . import layouts

HOPS = 240


def bursts(hops=HOPS, seed=3):
    """Noise in bursts of 60 to 500 ms at random moments, with pauses of digital silence."""
    chance = np.random.default_rng(seed)
    samples, at = np.zeros(hops * HOP_FRAMES, np.float32), 4000
    while at < len(samples) - 30_000:
        length = int(chance.integers(2880, 24_000))
        samples[at : at + length] = chance.normal(0.0, 0.2, length)
        at += length + int(chance.integers(4000, 24_000))
    return samples


def loudness(samples):
    """RMS of each hop."""
    return np.sqrt(np.square(samples.reshape(-1, HOP_FRAMES)).mean(axis=1))


def energy(features, silence):
    """How far features are from what is said of silence of the same length, [hops]."""
    return np.linalg.norm(features - silence, axis=1)


def lag_hops(late, reference, width=8, most=24):
    """By how many hops one curve is late, to a fraction: the peak of their cross-correlation, by a parabola. Both are
    smoothed first, or a teacher that hears bursts two hops longer at both ends would have a flat peak."""
    a, b = (smoothed(each, width) for each in (late, reference))
    a, b = a - a.mean(), b - b.mean()
    found = np.array([(np.roll(b, lag) * a)[most:-most].sum() for lag in range(-most, most + 1)])
    top = int(found.argmax())
    assert 0 < top < 2 * most
    before, peak, after = found[top - 1 : top + 2]
    return top - most + 0.5 * (before - after) / (before - 2.0 * peak + after)


def smoothed(curve, hops):
    """A triangle over a curve, centred; what a frame half as long can know of it."""
    weights = np.maximum(0.0, 1.0 - np.abs(np.arange(-hops, hops + 1)) / hops)
    return np.convolve(curve, weights / weights.sum(), "same")


def test_frames_of_its_own_clock_stay_as_they_are():
    features = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    assert np.array_equal(to_hops(features, 9), features)
    assert np.array_equal(to_hops(features, 11)[8:], np.repeat(features[-1:], 3, axis=0))
    assert np.array_equal(to_hops(features, 4), features[:4])


def test_a_teacher_twice_as_fast_is_averaged_in_pairs():
    features = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    found = to_hops(features, 10, rate_hz=2.0 * HOPS_HZ)
    np.testing.assert_allclose(found, features.reshape(10, 2, 3).mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("rate_hz", [100.0, 125.0, 187.5, 1000.0])
def test_averaging_keeps_means_and_straight_lines(rate_hz):
    frames = int(HOPS / HOPS_HZ * rate_hz)
    middles = (np.arange(frames) + 0.5) / rate_hz
    found = to_hops(np.stack([middles, np.ones(frames)], axis=1).astype(np.float32), HOPS, rate_hz=rate_hz)
    expected = (np.arange(HOPS) + 0.5) / HOPS_HZ
    inside = slice(2, HOPS - 2)
    assert np.abs(found[inside, 0] - expected[inside]).max() < 0.26 / rate_hz  # a hop is no whole number of frames
    np.testing.assert_allclose(found[:, 1], 1.0, atol=1e-6)


@pytest.mark.parametrize(("rate_hz", "centre_s"), [(25.0, 0.015), (6.25, 0.0875), (50.0, None), (12.5, 0.04)])
def test_a_slower_teacher_is_drawn_in_straight_lines_between_its_moments(rate_hz, centre_s):
    frames = int(HOPS / HOPS_HZ * rate_hz)
    first = 0.5 / rate_hz if centre_s is None else centre_s
    moments = (first + np.arange(frames) / rate_hz)[:, None].astype(np.float32)
    found = to_hops(moments, HOPS, rate_hz=rate_hz, centre_s=centre_s)[:, 0]
    expected = np.clip((np.arange(HOPS) + 0.5) / HOPS_HZ, moments[0, 0], moments[-1, 0])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_one_frame_is_said_all_the_time_and_none_is_refused():
    one = np.array([[1.0, 2.0]], np.float32)
    for rate_hz in (5.0, HOPS_HZ, 300.0):
        assert np.allclose(to_hops(one, 3, rate_hz=rate_hz), one)
    with pytest.raises(TeacherError, match="at least one frame"):
        to_hops(np.zeros((0, 2), np.float32), 3)


def test_a_wrong_moment_of_the_first_frame_would_be_seen():
    """The measure that the next test stands on: half a hop more or less is told."""
    reference = loudness(bursts())
    for late in (-1.5, -0.5, 0.5, 1.5):
        shifted = to_hops(reference[:, None].astype(np.float32), HOPS, centre_s=(0.5 + late) / HOPS_HZ)
        assert lag_hops(shifted[:, 0], reference) == pytest.approx(late, abs=0.15)


def lag_of(teacher, seconds):
    """Mean lag of a teacher's energy behind the loudness, over three sounds."""
    width, lags = max(8, round(HOPS_HZ / teacher.rate_hz)), []
    for seed in (3, 4, 5):
        samples = bursts(round(seconds * HOPS_HZ), seed)
        found, silence = hop_features(teacher, samples), hop_features(teacher, np.zeros_like(samples))
        assert found.shape == (len(samples) // HOP_FRAMES, teacher.dims)
        lags.append(lag_hops(energy(found, silence), loudness(samples), width))
    return np.mean(lags)


@pytest.mark.parametrize("kind", ["spectra", "random", "own", "atst", "dasheng"])
def test_every_teacher_hears_things_when_they_happen(kind, fitted, foreign):
    teacher = {"spectra": Spectra(), "random": random_teacher(fitted[0]), "own": fitted[0]}.get(kind)
    assert abs(lag_of(teacher or open_teacher(f"{kind}:{foreign[kind]}"), 20.0)) < 0.5


def test_beats_hears_things_when_they_happen_though_its_frames_last_fifteen_hops(tmp_path):
    """With patches weighed alike over time, and without what mixes columns: made-up weights lean to one side."""
    made_up = layouts.beats_checkpoint()
    model, name = made_up["model"], "patch_embedding.weight"
    model["encoder.pos_conv.0.weight_g"] *= 1e-9
    model[name] = model[name].mean(dim=2, keepdim=True).expand_as(model[name]).contiguous()
    torch.save(made_up, tmp_path / "beats.pt")
    assert abs(lag_of(open_teacher(f"beats:{tmp_path / 'beats.pt'}"), 20.0)) < 0.5


def test_the_latents_of_the_codec_happen_when_the_teachers_features_do():
    codec = linear_codec(LinearConfig())
    codec.prepare()

    def latents(samples):
        return codec.encode(samples, codec.begin_encoding(), last=True)[0][:HOPS]

    samples = bursts()
    silence = np.zeros_like(samples)
    curves = [energy(hear(samples), hear(silence)) for hear in (latents, lambda each: hop_features(Spectra(), each))]
    assert abs(lag_hops(*curves)) < 0.5


def test_a_shuffled_teacher_is_wrong_about_when():
    samples, teacher = bursts(), Spectra()
    silence, loud = hop_features(teacher, np.zeros_like(samples)), loudness(samples)
    right, wrong = hop_features(teacher, samples), hop_features(Shuffled(teacher), samples)
    assert np.corrcoef(energy(right, silence), loud)[0, 1] > 0.8
    assert abs(np.corrcoef(energy(wrong, silence), loud)[0, 1]) < 0.3


def test_hops_beyond_the_end_are_silence_that_the_teacher_hears():
    samples = bursts()[: 40 * HOP_FRAMES + 100]
    found = hop_features(Spectra(), samples, 50)
    assert found.shape == (50, 128)
    assert np.ptp(found[45:], axis=0).max() < 1e-6
    assert len(hop_features(Spectra(), samples)) == 41


def test_the_hop_clock_is_that_of_the_latents():
    assert HOPS_HZ == RATE_HZ / HOP_FRAMES == 93.75
