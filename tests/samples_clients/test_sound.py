"""Sound that comes back into an engine: whole, in order, as late as is said; and a server that is killed."""

import os
import signal
import socket
import threading

import numpy as np
import pytest

from hobnail.client import Client
from hobnail.launch import ServerProcess

BLOCK = 512
SAFETY = 4_800
"""Frames held ready, more than games need: a machine that runs tests stops for tens of milliseconds."""


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def listening(probe, emitter, channels=1):
    said = probe.ask("listen", emitter, channels, BLOCK, 48_000, SAFETY)
    assert said["target_frames"] == BLOCK + 256 + SAFETY


def heard(probe, emitter, tmp_path):
    """(what the probe's audio callback was given, how it went)"""
    path = tmp_path / f"{emitter}.f32"
    said = probe.ask("heard", emitter, path)
    return np.fromfile(path, dtype="<f4"), said


class Witness:
    """Listens to the same topic with our own client, from which frame to which sample."""

    def __init__(self, client, emitter):
        self._stream = client.audio(emitter)
        self._stop = threading.Event()
        self._chunks = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            if (chunk := self._stream.read(0.2)) is not None:
                self._chunks.append(chunk)

    def take(self):
        """(session frame of the first sample, samples)"""
        self._stop.set()
        self._thread.join()
        self._stream.close()
        return self._chunks[0].at, np.concatenate([chunk.samples[:, 0] for chunk in self._chunks])


def strike(probe, emitter):
    """An impact that has sounded and ended."""
    ack = probe.ask("event", emitter, "impact", "trigger", "stone", 4.0, 9_600)
    return probe.ask("ended", ack["voice"])


def test_the_callback_gets_what_the_server_made_and_when_it_says(probe, server, tmp_path):
    probe.ask("connect", server.control, probe.kind)
    probe.ask("create", f"{probe.kind}-bell", "metal")
    name = f"{probe.kind}-bell"
    with Client(server.control, name="witness") as client:
        witness = Witness(client, name)
        listening(probe, name)
        onsets = [strike(probe, name)["onset"] for _ in range(3)]
        due_ns = client.local_ns_at(onsets[-1])
        probe.ask("event", name, "impact", "trigger", "stone", 4.0, 24_000)
        sound, how = heard(probe, name, tmp_path)
        first, original = witness.take()
    assert how["allocations"] == 0
    starts = [onset - first for onset in onsets]
    hits = [original[start : start + 4_800] for start in starts]
    assert all(np.abs(hit).max() > 1e-3 for hit in hits)
    places = [find(sound, hit) for hit in hits]
    assert any(place is not None for place in places), how
    if places[-1] is not None:
        played_ns = how["first_ns"] + places[-1] * 1e9 / 48_000
        late_frames = (played_ns - due_ns) * 48_000 / 1e9
        assert late_frames == pytest.approx(how["latency_frames"], abs=960)  # 20 ms


def find(sound, hit):
    """Where a hit stands in a recording, sample by sample; None when it was bent or broken."""
    needle = hit[np.flatnonzero(np.abs(hit) > 1e-4)[0] :][:1_000]
    for start in np.flatnonzero(sound == needle[0]):
        if np.array_equal(sound[start : start + len(needle)], needle):
            return start - (len(hit) - len(hit[np.flatnonzero(np.abs(hit) > 1e-4)[0] :]))
    return None


def test_the_mix_comes_in_two_channels(probe, server, tmp_path):
    probe.ask("connect", server.control, probe.kind)
    probe.ask("create", f"{probe.kind}-left", "wood")
    probe.ask("place", f"{probe.kind}-left", -2, 0, 0)
    listening(probe, "mix", channels=2)
    strike(probe, f"{probe.kind}-left")
    strike(probe, f"{probe.kind}-left")
    sound, _ = heard(probe, "mix", tmp_path)
    left, right = (float(np.square(channel).sum()) for channel in sound.reshape(-1, 2).T)
    assert left > 2 * right > 0


@pytest.mark.timeout(200)
def test_a_server_that_is_killed_is_found_again_with_the_scene_as_it_was(probe, tmp_path):
    ports = {name: free_port() for name in ("control", "audio", "telemetry")}
    options = ["--sink", "null", *(word for name, port in ports.items() for word in (f"--{name}-port", str(port)))]
    with ServerProcess(options) as server:
        probe.ask("connect", server.control, probe.kind)
        probe.ask("create", "bell", "metal")
        listening(probe, "bell")
        strike(probe, "bell")
        for pid in server.pids:
            os.kill(pid, signal.SIGKILL)
        assert probe.ask("wait", "lost") == {"greetings": 1}
    with ServerProcess(options):
        assert probe.ask("wait", "found") == {"greetings": 2}
        assert strike(probe, "bell")["reason"] == "finished"  # nobody made it anew by hand
        strike(probe, "bell")
        sound, how = heard(probe, "bell", tmp_path)
    loud = np.flatnonzero(np.abs(sound) > 1e-3)
    assert how["interruptions"] >= 1  # while there was no server
    assert np.diff(loud).max() > 24_000  # sound before and after
    assert probe.ask("close") == {"closed": True}
