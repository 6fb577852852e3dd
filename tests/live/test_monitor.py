"""Monitor, send and doctor on a running server, as people type them."""

import json
import subprocess
import sys
import threading
import time

import pytest

from hobnail.client import Client
from hobnail.launch import ServerProcess
from hobnail.watching import Seen

from .attackers import eventually


@pytest.fixture(scope="module")
def server():
    with ServerProcess(["--sink", "null"]) as server:
        yield server


def hobnail(*arguments, code=0):
    command = [sys.executable, "-m", "hobnail", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_the_monitor_shows_what_comes_and_why_it_was_refused(server):
    with Client(server.control, name="game") as game, game.telemetry("monitor") as stream:
        game.emitter("feet", wait=True)

        def seen(holds):
            game.event("feet", "footstep")
            one = stream.read(0.2)
            return one if isinstance(one, Seen) and holds(one) else None

        eventually(lambda: seen(lambda one: b"footstep" in one.data and one.client == "game" and one.fault is None))
        game.event("nobody", "footstep")  # refused by the session, later
        assert eventually(lambda: seen(lambda one: one.fault and one.fault.code == "unknown_emitter")).re is not None


def test_events_are_tried_by_hand(server):
    said = hobnail("send", "event", "boots", "footstep", "--material", "gravel", "--times", 2, "--every", 0.05,
                   "--prompt", "leather boots", "--connect", server.control)  # fmt: skip
    assert said.count("finished") == 2
    said = hobnail("send", "event", "sky", "rain", "--hold", 0.3, "--connect", server.control)
    assert "stopped" in said or "finished" in said
    assert "material" in hobnail("send", "event", "boots", "footstep", "--material", "jelly", "--connect",
                                 server.control, code=1)  # fmt: skip


def test_controls_words_frames_and_panic_are_tried_on_a_shared_emitter(server):
    with Client(server.control, name="owner") as owner:
        owner.emitter("barrel", shared=True, wait=True)
        to = ("--connect", server.control)
        assert "taken" in hobnail("send", "control", "barrel", "pitch", "0.7", *to)
        assert "taken" in hobnail("send", "control", "barrel", "pitch", "3", "--plain", *to)
        assert "range" in hobnail("send", "control", "barrel", "pitch", "1.5", *to, code=1)
        assert "taken" in hobnail("send", "prompt", "barrel", "an oak barrel", *to)
        assert "taken" in hobnail("send", "frame", "barrel", "speed_m_s=1.5", "wetness=0.2", *to)
        assert "silent" in hobnail("send", "panic", *to)
        said = hobnail("send", "message", '{"type": "event", "emitter": "barrel", "nam": "impact"}', *to, code=1)
        assert "nam" in said
        assert "Pong" in hobnail("send", "message", '{"type": "ping", "t": 5}', *to)


def test_the_monitor_command_prints_lines_and_json(server):
    stopping = threading.Event()

    def play():
        with Client(server.control, name="band") as band:
            band.emitter("drum", wait=True)
            while not stopping.wait(0.05):
                band.event("drum", "impact")

    player = threading.Thread(target=play)
    player.start()
    try:
        said = hobnail("monitor", "--connect", server.control, "--type", "event", "--count", 3, "--seconds", 60)
        assert said.count("name=impact") == 3
        assert "3 taken" in said
        lines = hobnail("monitor", "--connect", server.control, "--client", "band", "--count", 2, "--seconds", 60,
                        "--json").splitlines()  # fmt: skip
        assert {json.loads(line)["client"] for line in lines} == {"band"}
        found = hobnail("doctor", "--connect", server.control, "--watch", 1)
        assert "messages of band" in found
    finally:
        stopping.set()
        player.join()


def test_wrong_units_are_told_by_the_doctor(server):
    stopping = threading.Event()

    def play():
        with Client(server.control, name="metric") as game:
            game.emitter("cart", wait=True)
            while not stopping.wait(0.03):
                game.features({"cart": {"position_x_m": 250_000.0, "speed_m_s": 400.0}})

    player = threading.Thread(target=play)
    player.start()
    try:
        time.sleep(0.5)
        report = json.loads(hobnail("doctor", "--connect", server.control, "--watch", 2, "--json"))
    finally:
        stopping.set()
        player.join()
    notes = [finding for finding in report["findings"] if finding["check"] == "units of metric"]
    assert len(notes) == 2
    assert all("units_per_metre = 100" in note["cure"] for note in notes)


def test_the_wrong_port_and_no_server_are_one_clear_line(server):
    audio = server.addresses["zmq"]["audio"]
    assert "not the control socket" in hobnail("doctor", "--connect", audio, "--json", code=1)
    assert "audio or telemetry socket" in hobnail("monitor", "--connect", audio, code=1)
    assert "Nothing listens" in hobnail("send", "panic", "--connect", "tcp://127.0.0.1:9", code=1)
