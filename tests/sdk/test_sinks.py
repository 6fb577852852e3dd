"""Sinks deliver, or say what is in the way; no half file ever stands under a file's own name."""

import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from hobnail import SinkError
from hobnail.sinks import CallbackSink, NullSink, WavConfig, WavSink
from hobnail.testing import check_sink


def tone(frames, level=0.5):
    wave = level * np.sin(2.0 * np.pi * 440.0 * np.arange(frames) / 48_000)
    return np.stack([wave, -wave], axis=1).astype(np.float32)


def written(path, sound, **config):
    sink = WavSink(WavConfig(path=str(path), **config))
    sink.open(48_000, 2)
    for start in range(0, len(sound), 100):
        sink.write(sound[start : start + 100])
    sink.close()
    return soundfile.read(path, dtype="float32", always_2d=True)


@pytest.mark.parametrize(
    ("name", "samples", "error"),
    [
        ("a.wav", "pcm24", 2**-23),
        ("a.wav", "pcm16", 2**-15),
        ("a.wav", "float", 0.0),
        ("A.WAV", "pcm24", 2**-23),
        ("a.flac", "pcm24", 2**-23),
        ("a.flac", "pcm16", 2**-15),
    ],
)
def test_a_file_holds_what_was_written(tmp_path, name, samples, error):
    sound = tone(1050)
    back, rate = written(tmp_path / name, sound, samples=samples)
    assert rate == 48_000
    assert back.shape == sound.shape
    assert np.abs(back - sound).max() <= error


def test_what_is_too_loud_is_clipped_and_does_not_wrap(tmp_path):
    back, _ = written(tmp_path / "loud.wav", tone(1000, level=2.0))
    assert back.max() > 0.99
    assert np.abs(np.diff(back[:, 0])).max() < 0.2  # a wrap would jump by 2


def test_the_file_appears_only_on_close(tmp_path):
    target = tmp_path / "take.wav"
    target.write_bytes(b"an older take")
    sink = WavSink(WavConfig(path=str(target)))
    sink.open(48_000, 2)
    sink.write(tone(512))
    assert target.read_bytes() == b"an older take"
    sink.close()
    assert len(soundfile.read(target)[0]) == 512
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]


def test_two_sinks_with_one_target_do_not_disturb_each_other(tmp_path):
    sinks = [WavSink(WavConfig(path=str(tmp_path / "take.wav"))) for _ in range(2)]
    for sink in sinks:
        sink.open(48_000, 2)
    for sink, frames in zip(sinks, (100, 200), strict=True):
        sink.write(tone(frames))
        sink.close()
    assert len(soundfile.read(tmp_path / "take.wav")[0]) == 200


@pytest.mark.parametrize(
    ("name", "samples", "message"),
    [
        ("take.mp3", "pcm24", r"take.mp3: found ending '.mp3', expected one of .wav, .flac"),
        ("take", "pcm24", "found ending ''"),
        ("take.flac", "float", "FLAC cannot store float"),
        ("no/such/place/take.wav", "pcm24", r"take.wav: cannot be created: .*existing directory"),
        ("folder.wav", "pcm24", "is a directory"),
    ],
)
def test_a_place_that_will_not_do_is_named_before_anything_sounds(tmp_path, name, samples, message):
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(SinkError, match=message):
        WavSink(WavConfig(path=str(tmp_path / name), samples=samples)).open(48_000, 2)


@pytest.mark.skipif(os.name != "posix", reason="a file-size limit stands in for a full disk; only POSIX has one")
@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_a_full_disk_keeps_what_came_before_and_says_where(tmp_path, ending):
    code = f"""
import resource, sys, numpy as np
from hobnail import SinkError
from hobnail.sinks import WavConfig, WavSink
sink = WavSink(WavConfig(path=r"{tmp_path}/take.{ending}"))
sink.open(48000, 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
noise = np.random.default_rng(0).uniform(-1, 1, (4800, 2)).astype(np.float32)
try:
    for _ in range(100):
        sink.write(noise)
except SinkError as error:
    print(error)
    sink.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    (part,) = tmp_path.iterdir()
    assert "writing failed" in done.stdout
    assert str(part) in done.stdout
    assert "Free some space" in done.stdout
    if ending == "wav":
        assert len(soundfile.read(part)[0]) > 24_000


def test_a_wav_stops_at_four_gigabytes_with_a_clear_error(tmp_path):
    sink = WavSink(WavConfig(path=str(tmp_path / "long.wav")))
    sink.open(48_000, 2)
    sink.write(tone(100))
    sink._room_frames = 50  # as after four hours
    with pytest.raises(SinkError, match=r"holds 4 GiB.*\.flac"):
        sink.write(tone(100))
    sink.close()
    assert not (tmp_path / "long.wav").exists()


def test_a_block_of_the_wrong_shape_ends_the_sink_with_an_error(tmp_path):
    sink = WavSink(WavConfig(path=str(tmp_path / "take.wav")))
    sink.open(48_000, 2)
    with pytest.raises(SinkError, match="writing failed"):
        sink.write(np.zeros((10, 3), np.float32))


def test_a_sink_that_is_not_open_says_so(tmp_path):
    with pytest.raises(SinkError, match="not open"):
        WavSink(WavConfig(path=str(tmp_path / "take.wav"))).write(tone(1))


def test_a_callback_gets_every_block():
    got = []
    sink = CallbackSink(got.append)
    sink.open(48_000, 2)
    sink.write(tone(64))
    sink.close()
    assert np.array_equal(got[0], tone(64))


def test_a_callback_that_raises_ends_its_sink_with_its_name():
    def picky(block):
        raise KeyError("loudness")

    with pytest.raises(SinkError, match=r"picky.*KeyError: 'loudness'"):
        CallbackSink(picky).write(tone(1))


@pytest.mark.parametrize("make", [NullSink, lambda: CallbackSink(lambda block: None)])
def test_our_sinks_keep_their_contract(make):
    check_sink(make)


def test_the_file_sink_keeps_its_contract(tmp_path):
    check_sink(lambda: WavSink(WavConfig(path=str(tmp_path / "take.wav"))))
