"""The Godot addon in Godot's own headless server, walking through the courtyard over OSC. (Godot 4 was not run.)"""

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import numpy as np
import pytest
import soundfile

from hobnail.client import Client
from hobnail.launch import ServerProcess
from hobnail.metrics import Metrics

from .building import REPO

GODOT = shutil.which("godot3-server") or shutil.which("godot3")
PROJECT = REPO / "samples/godot/godot3"
TRACE = REPO / "sdk/hobnail/trace/data/courtyard.trace"
EMITTERS = 15
pytestmark = pytest.mark.skipif(GODOT is None, reason="no Godot 3: apt install godot3-server")


class Game:
    """The demo project, its lines as they come."""

    def __init__(self, port, seconds, home):
        options = [f"--x-osc={port}", f"--x-trace={TRACE}", f"--x-seconds={seconds}"]
        self.process = subprocess.Popen(
            [GODOT, "--path", str(PROJECT), *options],
            env={**os.environ, "HOME": str(home), "LANG": "en_US.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = []
        self._reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")))
        self._reader.start()

    def wait_for(self, word, count=1, seconds=80.0):
        """Until so many lines begin with a word."""
        deadline = time.monotonic() + seconds
        while sum(line.startswith(word) for line in self.lines) < count:
            running = self.process.poll() is None and time.monotonic() < deadline
            assert running, "".join(self.lines)
            time.sleep(0.02)

    def end(self):
        """Its exit code, once the scene is over."""
        code = self.process.wait(60)
        self._reader.join()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()


def newest(stream):
    """What the figures are now: those that waited in the socket are old."""
    until = time.monotonic() + 1.0
    found = None
    while time.monotonic() < until or found is None:
        found = stream.read(1.0) or found
    assert isinstance(found, Metrics)
    return found


@pytest.fixture
def options(tmp_path):
    """A server with the OSC door, on a port that stays the same when it is started again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "osc.toml"
    config.write_text(
        f'[serve]\nbridges = ["zmq", "osc"]\n[bridge.osc]\nport = {port}\nquery = false\n', encoding="utf-8"
    )
    return port, ["--sink", "null", "--config", str(config)]


def test_the_courtyard_sounds_as_the_game_walks_through_it(options, tmp_path):
    port, arguments = options
    take = tmp_path / "take.wav"
    with (
        ServerProcess([*arguments, "--record", str(take)]) as server,
        Client(server.control, name="watch") as client,
        client.telemetry("metrics") as figures,
        Game(port, 6, tmp_path) as game,
    ):
        game.wait_for("found")
        time.sleep(1.0)
        during = newest(figures)
        code, lines = game.end(), game.lines
        after = newest(figures)
    assert code == 0, "".join(lines)
    assert not [line for line in lines if line.startswith(("refused", "SCRIPT ERROR", "lost"))], "".join(lines)
    (played,) = [int(found[1]) for line in lines if (found := re.match(r"played (\d+) events", line))]
    assert played >= 10
    assert during.emitters == EMITTERS
    assert after.events == played
    assert after.refused == 0
    assert after.emitters == 0  # the addon takes its emitters away when the scene ends
    sound, _ = soundfile.read(take)
    assert np.abs(sound).max() > 0.01


@pytest.mark.timeout(250)
def test_a_server_that_was_killed_is_found_again(options, tmp_path):
    port, arguments = options
    with Game(port, 240, tmp_path) as game:  # ended as soon as it has said what it should
        with ServerProcess(arguments) as server:
            game.wait_for("found")
            for pid in server.pids:
                os.kill(pid, signal.SIGKILL)
            game.wait_for("lost")
        with (
            ServerProcess(arguments) as server,
            Client(server.control, name="watch") as client,
            client.telemetry("metrics") as figures,
        ):
            game.wait_for("found", count=2)
            assert newest(figures).emitters == EMITTERS


@pytest.mark.parametrize("name", ["osc", "session", "emitter", "listener"])
def test_the_addon_for_godot_4_says_the_same(name):
    """It was not run; so it may differ from the one that is in nothing but the names that Godot 4 changed."""
    three, four = (
        (REPO / f"samples/godot/godot{version}/addons/hobnail/{name}.gd").read_text("utf-8") for version in (3, 4)
    )
    changed = [
        (r"@export_range\((-?\d+)\.0, (\d+)\.0, 0\.1\) var", r"export(float, \1, \2) var"),
        (r"@export_range\((\d+), (\d+)\) var", r"export(int, \1, \2) var"),
        (r"@export var", "export var"),
        (r"(\w+)\.emit\((.*)\)$", lambda found: f'emit_signal("{found[1]}"{", " * bool(found[2])}{found[2]})'),
        (" \\+ OS\\.get_cmdline_user_args\\(\\)", ""),
        ("RefCounted", "Reference"), ("Node3D", "Spatial"), ("Transform3D", "Transform"), ("to_utf8_buffer", "to_utf8"),
        ("TYPE_PACKED_BYTE_ARRAY", "TYPE_RAW_ARRAY"), ("PackedByteArray", "PoolByteArray"), ("TYPE_FLOAT", "TYPE_REAL"),
    ]  # fmt: skip
    for new, old in changed:
        four = re.sub(new, old, four, flags=re.M)
    assert four == three
