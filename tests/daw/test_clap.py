"""The CLAP in a host of our own (tests/daw/cpp/clap_host.cpp): scanned, played, saved and loaded."""

import json
import os
import signal
import subprocess
import threading
from contextlib import contextmanager

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


# --- presets --------------------------------------------------------------------------------------------------------

OWN = "# wet steps\nname = Wet boots\nprompt1 = rubber boots, wet\nsurface = tile\npitch = -2.5\n"


@pytest.fixture
def own_presets(tmp_path, monkeypatch):
    """The folder of a user's own presets."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "data/hobnail/presets"
    folder.mkdir(parents=True)
    return folder


def test_a_host_finds_the_presets_and_those_of_the_user(host, own_presets):
    (own_presets / "wet.hobnail").write_text(OWN, encoding="utf-8")
    said, _ = host(frames=512)
    shipped = [preset for preset in said["presets"] if preset.startswith("1|")]
    assert len(shipped) == 9
    assert shipped[1] == "1|Leather boots on gravel|1|clap:hobnail.instrument|leather boots"
    assert [preset for preset in said["presets"] if preset not in shipped] == [
        "0|Wet boots||clap:hobnail.instrument|rubber boots, wet"
    ]


def test_a_preset_sets_parameters_and_words(host, tmp_path):
    said, sound = host(NOTES[:1], preset="1:1", frames=24_000)
    assert said["parameters"]["surface"][1] == "gravel"
    wanted = rendered(timeline(NOTES[:1], 24_000, surface="gravel", prompt="leather boots"), tmp_path)
    np.testing.assert_array_equal(sound[said["latency"] : 24_000], wanted[: 24_000 - said["latency"]])


def test_a_preset_of_the_users_own_sets_parameters_and_words(host, own_presets, tmp_path):
    path = own_presets / "wet.hobnail"
    path.write_text(OWN, encoding="utf-8")
    said, sound = host(NOTES[:1], preset=f"0:{path}", frames=24_000, save=tmp_path / "state")
    assert said["parameters"]["surface"][1] == "tile"
    assert said["parameters"]["pitch"][0] == -2.5
    assert b"rubber boots, wet" in (tmp_path / "state").read_bytes()
    controls = {"pitch": (-2.5 + 12) / 24}
    wanted = rendered(
        timeline(NOTES[:1], 24_000, surface="tile", prompt="rubber boots, wet", controls=controls), tmp_path
    )
    np.testing.assert_array_equal(sound[said["latency"] : 24_000], wanted[: 24_000 - said["latency"]])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("pitch = 99", "pitch cannot be '99'"),
        ("surface = jelly", "surface cannot be 'jelly'"),
        ("address = tcp://10.0.0.1:9710", "a preset has no 'address'"),
        ("loud", "no '=' stands here"),
    ],
)
def test_a_preset_with_a_fault_names_its_line_and_changes_nothing(plugin, tmp_path, line, fault):
    path = tmp_path / "faulty.hobnail"
    path.write_text(f"surface = tile\n{line}\n", encoding="utf-8")
    command = [str(building.clap_host()), f"path={plugin.clap}", f"preset=0:{path}", "frames=0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert f"preset: line 2: {fault}" in done.stderr
    assert done.returncode == 2


# --- words of new instruments ---------------------------------------------------------------------------------------


def test_new_instruments_begin_with_the_users_own_words_and_projects_keep_theirs(host, own_presets, tmp_path):
    words = own_presets.parent / "plugin.txt"
    words.write_text("prompt1 = an oak barrel\nprompt2 = wet gravel\n", encoding="utf-8")
    host(frames=512, save=tmp_path / "state")
    assert b"an oak barrel" in (tmp_path / "state").read_bytes()
    words.write_text("prompt1 = a tin can\n", encoding="utf-8")
    host(frames=512, load=tmp_path / "state", save=tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "state").read_bytes()


def test_a_file_of_words_with_a_fault_is_not_used(host, own_presets, tmp_path):
    (own_presets.parent / "plugin.txt").write_text("prompt1 = an oak barrel\nprompt9 = no\n", encoding="utf-8")
    host(frames=512, save=tmp_path / "state")
    assert b"oak" not in (tmp_path / "state").read_bytes()


# --- live -----------------------------------------------------------------------------------------------------------


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


@contextmanager
def held_up(server, seconds):
    """A server that gets no time at first, as on a machine that does much else."""
    for pid in server.pids:
        os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(seconds, lambda: [os.kill(pid, signal.SIGCONT) for pid in server.pids])
    timer.start()
    try:
        yield
    finally:
        timer.join()


def test_a_bounce_waits_for_a_server_that_does_not_answer_yet(host, server, tmp_path):
    with held_up(server, 6.0):  # longer than a live client waits before it looks for another server
        said, sound = host(NOTES, frames=FRAMES)
    latency = said["latency"]
    wanted = rendered(timeline(NOTES, FRAMES), tmp_path)
    np.testing.assert_array_equal(sound[latency:FRAMES], wanted[: FRAMES - latency])


def test_a_bounce_without_a_server_beeps_and_is_not_silent(host):
    said, sound = host(NOTES, address="tcp://127.0.0.1:9", frames=FRAMES, set="gain:-60")
    assert said["parameters"]["status"][1].startswith("no bounce")
    first = NOTES[0][0] // 512 * 512  # the block in which something was to sound
    assert not sound[:first].any()
    for begin in range(first, FRAMES - 24_000, 24_000):  # twice a second, whatever the gain
        assert np.abs(sound[begin : begin + 4_800]).max() == pytest.approx(0.25, abs=0.01)
        assert np.abs(sound[begin + 4_800 : begin + 24_000]).max() < 1e-9
