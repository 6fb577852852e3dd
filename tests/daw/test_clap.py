"""The CLAP in a host of our own (tests/daw/cpp/clap_host.cpp): scanned, played, saved and loaded."""

import json
import os
import subprocess

import numpy as np
import pytest

from hobnail.client import Client

from . import building
from .playing import note_seed, rendered, timeline

NOTES = [(4_800, 72, 100, 4_800), (9_000, 36, 90, 100), (24_000, 44, 80, 9_600), (30_001, 79, 127, 10)]
FRAMES = 60_000
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def host(plugin, server, tmp_path):
    """Plays notes; what the host was told, and what it heard: float32 [frames, 2]."""

    def play(notes=(), address=server.control, **wish):
        target = tmp_path / "sound"
        words = [f"{key}={value}" for key, value in {"path": plugin.clap, "out": target, **wish}.items()]
        words += [f"note={':'.join(map(str, note))}" for note in notes]
        done = subprocess.run(
            [str(building.clap_host()), *words],
            env={**os.environ, "HOBNAIL_ADDRESS": address},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
        return json.loads(done.stdout), np.fromfile(target, "<f4").reshape(-1, 2)

    return play


def test_a_scan_tells_what_it_is_and_takes_no_second(host):
    said, sound = host(frames=4_800, address="tcp://127.0.0.1:9")
    assert said["id"] == "hobnail.instrument"
    assert "instrument" in said["features"]
    assert said["scan_s"] < 1.0
    assert said["parameters"]["surface"] == [0.0, "by the prompt"]
    assert not sound.any()


@pytest.mark.parametrize("block", [64, 256, 1_000, 48_000])
@pytest.mark.parametrize("dialect", ["note", "midi"])
def test_a_bounce_is_what_hobnail_render_makes_of_the_same_notes(host, tmp_path, block, dialect):
    latency = block + 1_536
    said, sound = host(NOTES, block=block, dialect=dialect, frames=FRAMES + latency)
    assert (said["latency"], said["restarts"]) == (latency, 0)
    assert not sound[:latency].any()
    wanted = rendered(timeline(NOTES, FRAMES), tmp_path)
    np.testing.assert_array_equal(sound[latency : latency + FRAMES], wanted)


def test_a_take_goes_by_its_place_in_the_song(host, tmp_path):
    place = 96_000
    said, sound = host(NOTES[:1], song_frame=place, frames=24_000)
    wanted = rendered(timeline(NOTES[:1], 24_000, places={4_800: place + 4_800}), tmp_path)
    latency = said["latency"]
    np.testing.assert_array_equal(sound[latency:24_000], wanted[: 24_000 - latency])
    assert note_seed(0, 72, place + 4_800) != note_seed(0, 72, 4_800)


def test_the_projects_state_comes_back(host, tmp_path):
    said, sound = host(NOTES[:1], set="surface:3", frames=24_000, save=tmp_path / "state")
    word = said["parameters"]["surface"]
    assert word[0] == 3.0
    again, heard = host(NOTES[:1], frames=24_000, load=tmp_path / "state")
    assert again["parameters"]["surface"] == word
    np.testing.assert_array_equal(heard, sound)
    fresh, other = host(NOTES[:1], frames=24_000)
    assert fresh["parameters"]["surface"] != word
    assert not np.array_equal(other, sound)


def test_live_it_sounds_with_the_latency_that_it_reports(host):
    notes = [(96_000 + 24_000 * step, 72, 100, 4_800) for step in range(4)]
    said, sound = host(notes, way="live", block=256, frames=210_000)
    late = [
        int(np.flatnonzero(np.abs(sound[frame + said["latency"] - 480 :, 0]) > 1e-3)[0]) - 480 for frame, *_ in notes
    ]
    print("late against what is reported:", late)
    assert min(map(abs, late)) <= 256  # docs/plugin.md has the figures of a quiet machine
    assert max(late) < 4_800


def test_the_server_knows_where_the_hosts_playhead_is(host, server):
    """Live, the client's timeline lies so on session frames that a note sounds where the song has it."""
    song, note = 480_000, 60_000
    with (
        Client(server.control, name="watcher") as client,
        client.telemetry("metrics") as figures,
        client.telemetry("voices") as voices,
    ):
        host([(note, 72, 100, 4_800)], way="live", song_frame=song, frames=96_000)
        snapshots = list(iter(lambda: figures.read(timeout_s=0.0), None))
        ended = list(iter(lambda: voices.read(timeout_s=0.0), None))
    lines = [line for each in snapshots for line in each.timelines if line.who.startswith("daw") and line.playing]
    assert {line.tempo_bpm for line in lines} == {120.0}
    line, at = lines[-1], ended[-1].at
    place = line.position_s * 48_000 + at - line.frame
    assert abs(place - (song + note)) <= 2 * 96  # told anew beyond 2 ms, as the two clocks drift
