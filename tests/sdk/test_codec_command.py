"""``hobnail codec``: what goes in comes out at its own rate, and what cannot be used is told in one line."""

import sys

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from hobnail import CodecError, HobnailError, MissingExtraError, PluginError
from hobnail.cli.codec import command


def run(*arguments):
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if isinstance(done.exception, HobnailError):
        raise done.exception
    return done


@pytest.fixture
def knock(tmp_path):
    def write(rate_hz=48_000, channels=1, seconds=0.3):
        time_s = np.arange(int(seconds * rate_hz))[:, None] / rate_hz
        noise = np.random.default_rng(1).standard_normal((len(time_s), channels))
        path = tmp_path / f"knock_{rate_hz}_{channels}.wav"
        soundfile.write(path, 0.2 * noise * np.exp(-12.0 * time_s), rate_hz, subtype="FLOAT")
        return path

    return write


def test_list_names_the_codec_that_ships():
    done = run("list")
    assert done.exit_code == 0
    assert "linear" in done.output
    assert "93.75" in done.output


@pytest.mark.parametrize(("rate_hz", "channels"), [(48_000, 1), (44_100, 2), (96_000, 1), (8_000, 3)])
def test_a_round_trip_gives_mono_sound_of_the_same_length_at_the_same_rate(knock, tmp_path, rate_hz, channels):
    source, target = knock(rate_hz, channels), tmp_path / "out.wav"
    done = run("roundtrip", source, target)
    assert done.exit_code == 0, done.output
    before, after = soundfile.info(source), soundfile.info(target)
    assert (after.samplerate, after.channels) == (rate_hz, 1)
    assert abs(after.frames - before.frames) <= 1
    levels = [
        np.sqrt(np.mean(np.square(soundfile.read(path, always_2d=True)[0].mean(axis=1)))) for path in (source, target)
    ]
    assert levels[1] == pytest.approx(levels[0], rel=0.4)  # half of the noise at 96 kHz lies above all bands


def test_a_round_trip_says_what_it_did(knock, tmp_path):
    told = run("roundtrip", knock(), tmp_path / "out.wav").output
    assert "29 latents of 32 numbers (93.75 a second)" in told
    assert "follows its latents by 8.0 ms" in told
    assert "times faster than real time" in told


def test_the_same_seed_writes_the_same_bytes(knock, tmp_path):
    source = knock()
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        run("roundtrip", source, tmp_path / f"{name}.wav", "--seed", seed)
    sounds = {name: (tmp_path / f"{name}.wav").read_bytes() for name in "abc"}
    assert sounds["a"] == sounds["b"]
    assert sounds["a"] != sounds["c"]


def test_encode_and_decode_are_the_two_halves_of_a_round_trip(knock, tmp_path):
    run("encode", knock(), tmp_path / "latents.npy")
    latents = np.load(tmp_path / "latents.npy")
    assert (latents.shape, latents.dtype) == ((29, 32), np.float32)
    run("decode", tmp_path / "latents.npy", tmp_path / "halves.wav", "--seed", 5)
    run("roundtrip", knock(), tmp_path / "whole.wav", "--seed", 5)
    halves, whole = (soundfile.read(tmp_path / f"{name}.wav")[0] for name in ("halves", "whole"))
    assert np.array_equal(halves[: len(whole)], whole)
    assert sorted(path.name for path in tmp_path.glob("*.part")) == []


def test_a_table_of_the_configuration_is_obeyed(knock, tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text("[component.linear]\nresidual = false\n", encoding="utf-8")
    run("roundtrip", knock(), tmp_path / "rough.wav")
    run("roundtrip", knock(), tmp_path / "smooth.wav", "--config", config)
    assert (tmp_path / "rough.wav").read_bytes() != (tmp_path / "smooth.wav").read_bytes()


def test_a_file_that_is_no_sound_is_refused(tmp_path):
    (tmp_path / "text.wav").write_text("not a sound", encoding="utf-8")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 48_000)
    for name, problem in (("text.wav", "cannot be read"), ("none.wav", "cannot be read"), ("empty.wav", "no sound")):
        with pytest.raises(CodecError, match=rf"{name}: .*{problem}"):
            run("roundtrip", tmp_path / name, tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()


def test_sound_at_another_rate_needs_the_resampler(monkeypatch, knock, tmp_path):
    monkeypatch.setitem(sys.modules, "soxr", None)
    with pytest.raises(MissingExtraError, match=r'44100 Hz.*pip install "hobnail\['):
        run("roundtrip", knock(44_100), tmp_path / "out.wav")
    assert run("roundtrip", knock(48_000), tmp_path / "out.wav").exit_code == 0


def test_an_unknown_codec_is_refused_with_those_there_are(knock, tmp_path):
    with pytest.raises(PluginError, match="linear"):
        run("roundtrip", knock(), tmp_path / "out.wav", "--codec", "liner")


@pytest.mark.parametrize("array", [np.zeros((2, 31), np.float32), np.zeros((2, 32)), np.float32(1.0)])
def test_latents_of_another_codec_are_refused(tmp_path, array):
    np.save(tmp_path / "latents.npy", array)
    with pytest.raises(CodecError, match=r"expected float32 \[rows, 32\]"):
        run("decode", tmp_path / "latents.npy", tmp_path / "out.wav")


def test_a_file_of_latents_that_was_cut_off_is_refused(tmp_path):
    np.save(tmp_path / "latents.npy", np.zeros((20, 32), np.float32))
    (tmp_path / "latents.npy").write_bytes((tmp_path / "latents.npy").read_bytes()[:500])
    with pytest.raises(CodecError, match="cannot be read as an array"):
        run("decode", tmp_path / "latents.npy", tmp_path / "out.wav")
