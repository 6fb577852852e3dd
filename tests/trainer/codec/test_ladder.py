"""Rungs keep what they promise to keep."""

import numpy as np
import pytest

from hobnail.errors import CodecError
from hobnail_trainer.codec.ladder import RECORDING, YARDSTICK, codec_rung, fit_components, reference_rungs
from hobnail_trainer.codec.ladder.bands import BandScale
from hobnail_trainer.codec.ladder.components import through_components
from hobnail_trainer.codec.ladder.components_codec import RUNGS, ComponentsCodec
from hobnail_trainer.codec.ladder.plain import griffin_lim, true_bands, true_magnitudes
from hobnail_trainer.codec.ladder.stft import sound_of, spectra
from hobnail_trainer.errors import TrainerError

from ..tiny_corpus import noise
from .conftest import PlainCodec


@pytest.fixture(scope="module")
def scale():
    return BandScale()


@pytest.fixture(scope="module")
def fitted(scale):
    return fit_components(scale, [noise(seed, 20_000) * np.linspace(0.1, 3.0, 20_000) for seed in range(8)])


@pytest.fixture(scope="module")
def rungs(scale, fitted):
    return {rung.id: rung for rung in reference_rungs(scale, fitted)}


def level_db(samples):
    return 10.0 * np.log10(np.square(samples, dtype=np.float64).mean())


@pytest.mark.parametrize("frames", [1, 255, 256, 257, 5000])
def test_every_rung_gives_as_many_frames_as_it_got(rungs, frames):
    sound = noise(1, frames)
    for rung in rungs.values():
        given = rung.render(sound, 3)
        assert given.shape == (frames,), rung.id
        assert given.dtype == np.float32, rung.id
        assert np.isfinite(given).all(), rung.id


def test_the_recording_comes_first_and_the_yardstick_is_there(rungs):
    assert next(iter(rungs)) == RECORDING
    assert YARDSTICK in rungs
    assert rungs["pca-24"].dimensions == 24
    assert rungs["pca-24"].latents_hz == 93.75


def test_the_same_seed_gives_the_same_sound_and_another_seed_another(rungs):
    sound = noise(1, 8000)
    for name in ("magnitudes-512", "pca-32", "noise"):
        render = rungs[name].render
        assert np.array_equal(render(sound, 3), render(sound, 3))
        assert not np.array_equal(render(sound, 3), render(sound, 4))


@pytest.mark.parametrize("name", ["magnitudes-2048", "magnitudes-512", "mel-96", "pca-96", "noise"])
def test_the_level_of_noise_is_kept(rungs, name):
    sound = noise(4, 96_000)
    assert level_db(rungs[name].render(sound, 1)) == pytest.approx(level_db(sound), abs=1.0)


def test_opus_is_in_step_with_the_sound(rungs):
    t = np.arange(48_000) / 48_000
    sweep = (0.5 * np.sin(2 * np.pi * (200.0 * t + 900.0 * t * t))).astype(np.float32)
    given = rungs["opus-40"].render(sweep, 1)
    together = np.fft.irfft(np.fft.rfft(given) * np.conj(np.fft.rfft(sweep)))
    assert abs((together.argmax() + 24_000) % 48_000 - 24_000) <= 4
    assert together.max() > 0.9 * np.square(sweep).sum()


@pytest.mark.parametrize(("size", "hop"), [(1024, 256), (512, 128), (2048, 512)])
def test_spectra_hold_the_whole_sound(size, hop):
    sound = noise(5, 10_000)
    assert np.allclose(sound_of(spectra(sound, size, hop), size, hop, sound.size), sound, atol=1e-6)


def test_phases_that_were_found_fit_the_magnitudes_better_than_chance():
    sound = noise(6, 16_000)
    wanted = np.abs(spectra(sound, 1024, 256))

    def wrong(other):
        return np.linalg.norm(np.abs(spectra(other, 1024, 256)) - wanted) / np.linalg.norm(wanted)

    assert wrong(griffin_lim(sound, 1)) < 0.3 * wrong(true_magnitudes(sound, 1, size=1024, hop=256))


def test_all_components_are_the_bands_themselves(scale, fitted):
    sound = noise(7, 9000)
    whole = through_components(scale, fitted, 192, sound, 3)
    assert np.allclose(whole, true_bands(scale, sound, 3), atol=2e-3)


def test_too_little_to_fit_to_is_told(scale):
    with pytest.raises(TrainerError, match="frames to fit 192 components"):
        fit_components(scale, [noise(1, 2000)])


@pytest.mark.parametrize("rate_hz", [48_000, 24_000])
def test_a_codec_at_any_rate_is_a_rung(rate_hz):
    rung = codec_rung(PlainCodec(rate_hz))
    tone = np.sin(np.arange(4801) * 0.05).astype(np.float32)
    given = rung.render(tone, 1)
    assert given.shape == tone.shape
    assert np.allclose(given[200:-200], tone[200:-200], atol=0.01)
    assert (rung.id, rung.dimensions, rung.latents_hz, rung.lag_ms) == ("plain", 100, rate_hz / 100, 0.0)


def test_a_rung_as_a_codec_keeps_what_the_rung_keeps(scale, fitted):
    sound = noise(8, 20 * 512)
    codec = ComponentsCodec(fitted, 32)
    latents, _ = codec.encode(sound, codec.begin_encoding(), last=True)
    decoded, _ = codec.decode(latents, codec.begin_decoding(3), last=True)
    rung = through_components(scale, fitted, 32, sound, 3)
    assert latents.shape == (20, 32)
    assert latents.dtype == decoded.dtype == np.float32
    assert decoded.shape == sound.shape
    assert level_db(decoded) == pytest.approx(level_db(rung), abs=0.5)
    with pytest.raises(CodecError, match="last=True"):
        codec.encode(sound, None)
    with pytest.raises(CodecError, match="last=True"):
        codec.decode(latents, 3)


def test_latents_of_a_rung_spread_as_those_of_the_codec_do(scale, fitted):
    codec = ComponentsCodec(fitted, 24)
    sounds = [noise(seed, 20_000) * np.linspace(0.1, 3.0, 20_000, dtype=np.float32) for seed in range(8)]
    rows = np.concatenate([codec.encode(sound, None, last=True)[0] for sound in sounds])
    expected = (fitted.spread[:24] / fitted.spread[0]) ** 0.3
    assert rows.std(axis=0) == pytest.approx(expected, rel=0.15)
    assert set(RUNGS) == {"pca-24", "pca-32", "pca-48", "pca-96"}
