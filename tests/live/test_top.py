"""hobnail top beside a real server: what sounds is on its page, and the server does not mind."""

import subprocess
import sys

import pytest

from hobnail.client import Client
from hobnail.launch import ServerProcess

from .attackers import GRAVEL, eventually, figures, heard


@pytest.fixture(scope="module")
def server():
    with ServerProcess(["--sink", "null"]) as server:
        yield server


def top(*arguments, code=0):
    command = [sys.executable, "-m", "hobnail", "top", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_it_shows_what_sounds_how_late_and_by_which_engine(server, tmp_path):
    with Client(server.control, name="watched") as client:
        client.emitter("watched-sky", wait=True)
        client.event("watched-sky", "rain", action="start", wait=True)
        client.emitter("watched-feet", wait=True)
        heard(client, "watched-feet")
        snapshot = eventually(lambda: next((now for now in [figures(client)] if now.sounding), None))
        (rain,) = snapshot.sounding
        assert (rain.emitter, rain.event, rain.engine, rain.voices) == ("watched-sky", "rain", "procedural", 1)
        assert -100.0 < rain.level_db < 0.0
        assert snapshot.hop.count > 0
        assert snapshot.event_latency.count == 1
        client.event("watched-feet", "footstep", contact=GRAVEL)
        text = top("--connect", server.addresses["zmq"]["telemetry"], "--once", "--seconds", "1").stdout
        for word in ("watched-sky", "rain", "procedural", "hop p99", "clients 1", "transport"):
            assert word in text, word
        picture = tmp_path / "top.svg"
        top("--connect", server.addresses["zmq"]["telemetry"], "--svg", str(picture), "--seconds", "1")
        assert "watched-sky" in picture.read_text(encoding="utf-8")


def test_where_no_server_is_it_says_so_and_what_to_do():
    said = top("--connect", "tcp://127.0.0.1:9", "--once", "--seconds", "0.3", code=1).stderr
    assert "--connect" in said
    assert "not an address" in top("--connect", "nonsense", "--once", code=1).stderr


def test_one_key_alone_is_refused(tmp_path):
    assert "--own-key" in top("--server-key", str(tmp_path / "server.key"), "--once", code=2).stderr
