"""The spectrograms are what the networks were taught with, computed here a second time by the definitions."""

import cmath
import math

import numpy as np
import pytest

from hobnail_trainer.judges.mel import aisfx_spectrogram, mel_triangles, yamnet_spectrogram


def spectrum_at(frame, window, fft):
    """Magnitudes by the sum that defines the transform."""
    shaped = [sample * weight for sample, weight in zip(frame, window, strict=True)]
    return [
        abs(sum(value * cmath.exp(-2j * math.pi * k * n / fft) for n, value in enumerate(shaped)))
        for k in range(fft // 2 + 1)
    ]


def band(spectrum, number, bands, fft, rate, low, high):
    """Weights and sum of one triangle."""

    def mel(hz):
        return 2595.0 * math.log10(1.0 + hz / 700.0)

    step = (mel(high) - mel(low)) / (bands + 1)
    centre = mel(low) + (number + 1) * step
    weights = [max(0.0, 1.0 - abs(mel(k * rate / fft) - centre) / step) if k else 0.0 for k in range(len(spectrum))]
    return sum(w * s for w, s in zip(weights, spectrum, strict=True)), sum(weights)


def test_yamnets_spectrogram_is_that_of_the_definition():
    samples = np.random.default_rng(1).standard_normal(400 + 2 * 160).astype(np.float32) * 0.1
    found = yamnet_spectrogram(samples)
    assert found.shape == (3, 64)
    window = [0.5 - 0.5 * math.cos(2 * math.pi * n / 400) for n in range(400)]
    spectrum = spectrum_at([float(value) for value in samples[160:560]], window, 512)
    for number in (0, 31, 63):
        value, _ = band(spectrum, number, 64, 512, 16_000, 125.0, 7500.0)
        assert found[1, number] == pytest.approx(math.log(value + 0.001), abs=1e-4)


def test_aisfxs_spectrogram_is_that_of_the_definition():
    samples = np.random.default_rng(2).standard_normal(3000).astype(np.float32) * 0.1
    found = aisfx_spectrogram(samples)
    assert found.shape == (3, 96)
    window = [0.5 - 0.5 * math.cos(2 * math.pi * n / 2047) for n in range(2048)]
    padded = np.pad(samples, 1024)[1024 : 1024 + 2048]
    power = np.abs(np.fft.fft(padded * np.array(window)))[:1025] ** 2
    for number in (0, 40, 95):
        value, weight = band(list(power), number, 96, 2048, 44_100, 0.0, 22_050.0)
        assert found[1, number] == pytest.approx(math.log10(1.0 + 10_000.0 * value / weight), abs=1e-4)


def test_silence_is_zero_for_aisfx_and_the_floor_for_yamnet():
    assert aisfx_spectrogram(np.zeros(1, np.float32)).shape == (1, 96)
    assert not aisfx_spectrogram(np.zeros(5000, np.float32)).any()
    assert yamnet_spectrogram(np.zeros(400, np.float32)) == pytest.approx(math.log(0.001))


@pytest.mark.parametrize("hz", [200.0, 1000.0, 6000.0])
def test_a_tone_is_loudest_in_its_band(hz):
    tone = np.sin(2 * np.pi * hz * np.arange(16_000) / 16_000).astype(np.float32)
    weights = mel_triangles(64, 512, 16_000, low_hz=125.0, high_hz=7500.0)
    loudest = int(yamnet_spectrogram(tone).mean(axis=0).argmax())
    near = weights[:, loudest].nonzero()[0] * 16_000 / 512
    assert near.min() - 32 <= hz <= near.max() + 32
