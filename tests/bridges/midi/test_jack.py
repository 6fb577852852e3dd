"""Through a real driver: JACK with its dummy sound card, a foreign instrument, a real server."""

import os
import shutil
import subprocess
import sys
import time

import mido
import pytest

from hobnail.client import Client
from hobnail.launch import ServerProcess
from hobnail_bridges.midi.map_file import map_at
from hobnail_bridges.midi.ports import SystemInputs
from hobnail_bridges.midi.spec_text import shown

JACK = shutil.which("jackd")
pytestmark = pytest.mark.skipif(JACK is None, reason="jackd is not installed (Debian: jackd2)")


@pytest.fixture(scope="module")
def jack(tmp_path_factory):
    """A JACK server of our own."""
    name = f"hobnail-test-{os.getpid()}"
    before = os.environ.get("JACK_DEFAULT_SERVER")
    os.environ["JACK_DEFAULT_SERVER"] = name
    os.environ["JACK_NO_START_SERVER"] = "1"
    log = tmp_path_factory.mktemp("jack") / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [JACK, "--no-realtime", "-n", name, "-d", "dummy", "-r", "48000", "-p", "256"], stdout=file, stderr=file
        )
    try:
        deadline = time.monotonic() + 20
        while subprocess.run(["jack_lsp"], capture_output=True, check=False).returncode:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)
        os.environ.pop("JACK_NO_START_SERVER")
        if before is None:
            del os.environ["JACK_DEFAULT_SERVER"]
        else:
            os.environ["JACK_DEFAULT_SERVER"] = before


@pytest.fixture
def instrument(jack):
    """A foreign program's output: mido's own, by JACK."""
    port = mido.Backend("mido.backends.rtmidi/UNIX_JACK").open_output("out", virtual=True, client_name="Instrument")
    yield port
    port.close()


def plug(into, timeout_s=20.0):
    """Connect the instrument to a port, once that is there."""
    deadline = time.monotonic() + timeout_s
    while subprocess.run(["jack_connect", "Instrument:out", into], capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, f"{into} does not come"
        time.sleep(0.05)


def test_a_key_on_a_foreign_instrument_sounds_in_a_real_server(instrument, tmp_path):
    config = tmp_path / "hobnail.toml"
    config.write_text(
        '[serve]\nbridges = ["zmq", "midi"]\n[bridge.midi]\nbackend = "UNIX_JACK"\nvirtual = "in"\n'
        f'map_file = "{(tmp_path / "map.toml").as_posix()}"\n'
    )
    with ServerProcess(["--config", str(config), "--sink", "null"]) as server:
        assert server.addresses["midi"] == {"input": "in (UNIX_JACK, virtual)"}
        with Client(server.control, name="witness") as client, client.audio("midi.footstep") as sound:
            plug("Hobnail:in")
            deadline = time.monotonic() + 30
            peak = 0.0
            while peak == 0.0 and time.monotonic() < deadline:  # a subscription takes a moment
                instrument.send(mido.Message("note_on", channel=0, note=36, velocity=100))
                chunk = sound.read(timeout_s=0.5)
                peak = 0.0 if chunk is None else float(abs(chunk.samples).max())
    assert peak > 1e-3


def test_learning_from_a_foreign_instrument_writes_the_map(instrument, tmp_path):
    command = [sys.executable, "-m", "hobnail", "midi", "learn", "pitch", "--emitter", "feet", "--pickup"]
    command += ["--backend", "UNIX_JACK", "--virtual", "learn", "--file", "map.toml"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    plug("Hobnail:learn")
    for number in (64, 33, 1):  # the pedal is refused; 1 and 33 are one controller of 14 bits
        instrument.send(mido.Message("control_change", channel=2, control=number, value=0))
    value = 0
    while process.poll() is None and value < 16_000:
        value += 400
        instrument.send(mido.Message("control_change", channel=2, control=64, value=127))
        instrument.send(mido.Message("control_change", channel=2, control=1, value=value >> 7))
        instrument.send(mido.Message("control_change", channel=2, control=33, value=value & 127))
        time.sleep(0.02)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "sustain pedal" in said
    assert [shown(binding) for binding in map_at(tmp_path / "map.toml").control] == [
        "cc14 1 channel 3 -> pitch of feet pickup"
    ]


def test_inputs_are_listed_and_another_program_that_plays_is_found(instrument):
    (jack,) = [driver for driver in SystemInputs().drivers() if driver.backend == "UNIX_JACK"]
    assert jack.problem == ""
    assert jack.inputs == ("Instrument:out",)
