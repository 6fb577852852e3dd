"""The device sink plays what it is given, and says which of package, library and card is missing."""

import os
import subprocess
import sys
import threading
import types

import numpy as np
import pytest

from hobnail import MissingExtraError, SinkError
from hobnail.sinks import DeviceConfig, DeviceSink
from hobnail_native import FrameRing


def tone(frames):
    wave = 0.5 * np.sin(2.0 * np.pi * 440.0 * np.arange(frames) / 48_000)
    return np.stack([wave, -wave], axis=1).astype(np.float32)


class Card:
    """A sound card whose driver calls when the test says so; the module stands where sounddevice would."""

    class PortAudioError(Exception):
        pass

    def __init__(self, outputs=2, fault=None):
        self.outputs, self.fault, self.callback, self.latency = outputs, fault, None, 0.01
        self.stopped = self.closed = False

    def module(self):
        module = types.ModuleType("sounddevice")
        module.PortAudioError = self.PortAudioError
        module.OutputStream = self.stream
        module.query_devices = lambda: [{"name": f"card {n}", "max_output_channels": 2} for n in range(self.outputs)]
        return module

    def stream(self, *, callback, **_):
        if self.fault:
            raise self.PortAudioError(self.fault)
        self.callback = callback
        return self

    def start(self):
        pass

    def stop(self):
        self.stopped = True

    def close(self):
        self.closed = True

    def ask(self, frames):
        out = np.full((frames, 2), 9.0, np.float32)
        self.callback(out, frames, None, None)
        return out


@pytest.fixture
def card(monkeypatch):
    def install(**kind):
        card = Card(**kind)
        monkeypatch.setitem(sys.modules, "sounddevice", card.module())
        return card

    return install


def test_the_card_hears_what_was_written_and_silence_where_nothing_was(card):
    there = card()
    sink = DeviceSink()
    sink.open(48_000, 2)
    sink.write(tone(100))
    heard = there.ask(128)
    assert np.array_equal(heard[:100], tone(100))
    assert not heard[100:].any()
    assert sink.underrun_frames == 28
    sink.close()
    assert there.closed


def test_the_card_reads_a_ring_that_someone_else_fills(card):
    there = card()
    ring = FrameRing(2, 1024)
    sink = DeviceSink()
    sink.attach(ring)
    sink.open(48_000, 2)
    ring.write(tone(64))
    assert sink.ring is ring
    assert np.array_equal(there.ask(64), tone(64))


def test_the_end_of_the_sound_is_played_before_the_card_is_let_go(card):
    there = card()
    sink = DeviceSink()
    sink.open(48_000, 2)
    sink.write(tone(100))
    closing = threading.Thread(target=sink.close)
    closing.start()
    assert not there.closed
    assert np.array_equal(there.ask(100), tone(100))
    closing.join(5.0)
    assert there.stopped
    assert there.closed


NULL_DEVICE = """
import sys
import numpy as np
try:
    import sounddevice
except (ImportError, OSError) as error:
    print(error)
    sys.exit(77)
from hobnail.sinks import DeviceSink
sink = DeviceSink()
sink.open(48_000, 2)
for _ in range(100):
    sink.write(np.full((480, 2), 0.1, np.float32))
sink.close()
print(sink.ring.readable, sink.ring.overruns)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the null device that stands in for a card is ALSA's")
def test_portaudio_itself_takes_a_second_of_sound(tmp_path):
    (tmp_path / "asound.conf").write_text("pcm.!default { type null }\nctl.!default { type null }\n", encoding="utf-8")
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}
    command = [sys.executable, "-c", NULL_DEVICE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 77:
        pytest.skip(f"hobnail[device] is not installed here: {done.stdout.strip()}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "0"]


def test_a_card_that_stops_taking_is_noticed(card, monkeypatch):
    card()
    sink = DeviceSink(DeviceConfig(ring_frames=256))
    sink.open(48_000, 2)
    ticks = iter(range(100))
    monkeypatch.setattr("hobnail.sinks.device.time", types.SimpleNamespace(monotonic=lambda: next(ticks), sleep=id))
    with pytest.raises(SinkError, match="taken nothing for a second"):
        sink.write(tone(1024))


def test_a_missing_package_a_missing_library_and_a_missing_card_each_say_so(card, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingExtraError, match=r'pip install "hobnail\[device\]"'):
        DeviceSink().open(48_000, 2)
    card(outputs=0, fault="Error querying device -1")
    with pytest.raises(SinkError, match=r"no sound card.*sink = \"null\""):
        DeviceSink().open(48_000, 2)
    card(outputs=2, fault="Invalid sample rate")
    with pytest.raises(SinkError, match=r"device 'USB' cannot be opened at 48000 Hz: Invalid.*card 0; card 1"):
        DeviceSink(DeviceConfig(device="USB")).open(48_000, 2)


def test_a_missing_portaudio_library_says_how_to_get_it(tmp_path, monkeypatch):
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(SinkError, match=r"PortAudio library is not installed.*apt install libportaudio2"):
        DeviceSink().open(48_000, 2)
