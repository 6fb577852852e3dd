"""A real server over OSC: what is sent is heard, to the sample, and alike at every pass."""

import time

import numpy as np
import pytest
import soundfile

from hobnail.launch import ServerProcess
from hobnail_bridges.osc.encode import encode_bundle, encode_message
from hobnail_bridges.osc.timetags import timetag_at

from .osc_house import OscPeer, wait_until

pytestmark = pytest.mark.timeout(300)

CONFIG = '[serve]\nbridges = ["osc"]\n[bridge.osc]\nport = 0\nquery_port = 0\n'
RATE = 48_000


@pytest.fixture
def heard(tmp_path):
    """Runs a server, lets a test speak to it, gives what was recorded: ``heard(lambda peer: ...)``."""

    def record(speak):
        config, take = tmp_path / "osc.toml", tmp_path / "take.wav"
        config.write_text(CONFIG, encoding="utf-8")
        arguments = ["--sink", "null", "--record", str(take), "--config", str(config)]
        with ServerProcess(arguments) as server:
            peer = OscPeer(int(server.addresses["osc"]["udp"].rsplit(":", 1)[1]))
            try:
                speak(peer)
            finally:
                peer.socket.close()
        return soundfile.read(take, dtype="float32")[0][:, 0]

    return record


def onsets(sound, gap: int = 9_600) -> list[int]:
    """Where sound begins after at least ``gap`` frames of silence."""
    loud = np.flatnonzero(np.abs(sound) > 1e-4)
    return [int(loud[0]), *(int(at) for at in loud[1:][np.diff(loud) > gap])] if len(loud) else []


def test_time_tags_are_heard_where_they_say(heard):
    def speak(peer):
        peer.send("/hobnail/feet/material", "wood")
        peer.settled()
        at_ns = time.time_ns() + 1_500_000_000
        for step in range(3):
            event = encode_message("/hobnail/feet/event/footstep", 0.5)
            peer.raw(encode_bundle([event], timetag_at(at_ns + step * 1_000_000_000)))
        peer.settled()
        time.sleep(5.0)

    first, second, third = onsets(heard(speak))
    assert abs(second - first - RATE) <= 48  # takes differ; their first audible sample comes within a millisecond
    assert abs(third - second - RATE) <= 48


def test_every_pass_of_a_loop_sounds_alike(heard):
    def speak(peer):
        peer.send("/hobnail/feet/material", "wood")
        peer.send("/hobnail/transport/cue", 0.25, "/hobnail/feet/pitch", 0.6)
        peer.send("/hobnail/transport/cue", 0.5, "/hobnail/feet/event/footstep", 0.7)
        peer.send("/hobnail/transport/loop", 0.0, 1.5)
        peer.send("/hobnail/transport/play")
        wait_until(lambda: peer.ask("/hobnail/transport/playing")[1:] == (1,), 20)
        time.sleep(5.5)
        peer.send("/hobnail/transport/stop")
        peer.settled()

    sound = heard(speak)
    starts = onsets(sound)
    assert len(starts) >= 3
    assert set(np.diff(starts)) == {72_000}
    passes = [sound[start : start + 24_000] for start in starts[:3]]
    assert np.abs(passes[0]).max() > 0.01
    assert np.array_equal(passes[0], passes[1])
    assert np.array_equal(passes[1], passes[2])
