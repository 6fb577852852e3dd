"""hobnail top beside a real server: what sounds is on its page, and the server does not mind."""

import os
import subprocess
import sys

import pytest

from hobnail.client import Client
from hobnail.launch import ServerProcess
from hobnail_native import neural_supported

from .attackers import CALM_S, GRAVEL, eventually, figures, heard
from .playing import NEURAL, serving


@pytest.fixture(scope="module")
def server():
    with ServerProcess(["--sink", "null"]) as server:
        yield server


def top(*arguments, code=0, columns=80):
    """``columns``: of the terminal."""
    command = [sys.executable, "-m", "hobnail", "top", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"COLUMNS": str(columns)}
    )
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


@pytest.mark.parametrize("engine", [NEURAL])
def test_it_looks_into_the_network_also_where_that_is_played_natively(engine, tmp_path):
    with serving(engine, tmp_path) as server, Client(server.control, name="watched") as client:
        client.emitter("watched-crate", material="wood", wait=True)
        client.event("watched-crate", "scrape", action="start", contact=GRAVEL, wait=True)
        client.frame(["watched-crate"], [[2.0]], columns=["speed_m_s"])

        def looked_into():
            now = figures(client)
            return now if now.sounding and now.sounding[0].figures else None

        now = eventually(looked_into)
        assert now.engines["aht"]["native"] == neural_supported()
        told = now.sounding[0].figures
        for share in ("gate", "gca_sink_text", "gca_sink_vision", "gca_sink_history"):
            assert 0.0 <= told[share] <= 1.0, share
        assert sum(value for name, value in told.items() if name.startswith("daf_weights_")) == pytest.approx(
            1.0, abs=0.01
        )
        assert {"gate", "gca_sink_text", "daf_weights_text", "daf_entropy_text"} <= now.engines["aht"].keys()
        address = server.addresses["zmq"]["telemetry"]

        def page():  # a voice that is played by rule for a while has no inside
            text = top("--connect", address, "--once", "--seconds", "1", columns=140).stdout
            return text if "in sinks" in text else ""

        shown = eventually(page, CALM_S)
        for word in ("watched-crate", "aht", "text", "gate"):
            assert word in shown, shown


def test_where_no_server_is_it_says_so_and_what_to_do():
    said = top("--connect", "tcp://127.0.0.1:9", "--once", "--seconds", "0.3", code=1).stderr
    assert "--connect" in said
    assert "not an address" in top("--connect", "nonsense", "--once", code=1).stderr


def test_one_key_alone_is_refused(tmp_path):
    assert "--own-key" in top("--server-key", str(tmp_path / "server.key"), "--once", code=2).stderr
