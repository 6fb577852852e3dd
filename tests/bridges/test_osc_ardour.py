"""A real DAW: Ardour without a window, over its own OSC surface. Its faders move controls, and controls its faders."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from hobnail.commands import SetControl
from hobnail_bridges.osc.presets.settings import ArdourSettings

from .osc_house import wait_until

HEADLESS = sorted(glob.glob("/usr/lib/ardour*/hardour-*"))
LUA = sorted(glob.glob("/usr/bin/ardour*-lua"))
SERVER = f"hobnail{os.getpid()}"
OSC_PORT = 3819
PATIENCE_S = 90.0

pytestmark = [
    pytest.mark.skipif(
        not (HEADLESS and LUA and shutil.which("jackd")), reason="needs the Debian packages ardour and jackd2"
    ),
    pytest.mark.timeout(300),
]

MAKE = """
AudioEngine:set_backend("None (Dummy)", "", "")
s = create_session("{folder}", "hobnail", 48000)
s:new_audio_track(1, 2, nil, 2, "foley", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
s:save_state("")
close_session()
quit()
"""


def environment(home: Path) -> dict[str, str]:
    """What Ardour's own start script sets."""
    library = str(Path(HEADLESS[0]).parent)
    name = Path(library).name
    return {
        **os.environ,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": library,
        "ARDOUR_DATA_PATH": f"/usr/share/{name}",
        "ARDOUR_CONFIG_PATH": f"/etc/{name}",
        "ARDOUR_DLL_PATH": library,
        "VAMP_PATH": f"{library}/vamp",
        "JACK_DEFAULT_SERVER": SERVER,
    }


class Surface:
    """A second surface, by python-osc: what Ardour itself says of its faders."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.faders: dict[int, float] = {}
        self.send("/set_surface", 0, 159, 2, 3, 0, 0, 0)

    def send(self, address, *args):
        self.socket.sendto(build_msg(address, list(args)).dgram, ("127.0.0.1", OSC_PORT))

    def fader(self, strip: int) -> float | None:
        """Where a fader stands, as far as it was told."""
        try:
            while True:
                message = OscMessage(self.socket.recv(4096))
                if message.address == "/strip/fader":
                    self.faders[int(message.params[0])] = float(message.params[1])
        except OSError:
            return self.faders.get(strip)


@pytest.fixture(scope="module")
def ardour(tmp_path_factory):
    """Ardour with a session of two tracks, and nobody's sound card."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", OSC_PORT))
        except OSError:
            pytest.skip("another Ardour runs here")
    folder = tmp_path_factory.mktemp("ardour")
    home = folder / "home"
    home.mkdir()
    script = folder / "make.lua"
    script.write_text(MAKE.format(folder=folder / "session"), encoding="utf-8")
    environ = environment(home)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([LUA[0], str(script)], env=environ, timeout=PATIENCE_S, check=True, **quiet)
    session = folder / "session" / "hobnail.ardour"
    assert session.is_file()
    text = session.read_text(encoding="utf-8")
    off = '<Protocol name="Open Sound Control (OSC)" active="0"/>'
    assert off in text
    session.write_text(text.replace(off, off.replace('"0"', '"1"')), encoding="utf-8")
    jack = subprocess.Popen(
        ["jackd", "-n", SERVER, "--no-realtime", "-d", "dummy", "-r", "48000", "-p", "1024"], env=environ, **quiet
    )
    daw = None
    try:
        time.sleep(1.0)
        daw = subprocess.Popen([HEADLESS[0], str(session.parent), "hobnail"], env=environ, **quiet)
        yield daw
    finally:
        for process in filter(None, (daw, jack)):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def test_ardour_and_hobnail_follow_each_other(ardour, make_osc):
    house = make_osc(ardour=ArdourSettings(faders=("foley/intensity", "foley/pitch")))
    wait_until(lambda: house.of(SetControl) or ardour.poll() is not None, PATIENCE_S)  # it was greeted and tells
    assert ardour.poll() is None, "Ardour ended"
    surface = Surface()
    try:
        surface.send("/strip/fader", 2, 0.25)
        wait_until(lambda: any(m.control == "pitch" and abs(m.value - 0.25) < 0.01 for m in house.of(SetControl)), 30.0)
        house.peer().send("/hobnail/foley/intensity", 0.625)
        wait_until(lambda: abs((surface.fader(1) or 0.0) - 0.625) < 0.01, 30.0)
        peer = house.peer()
        surface.send("/transport_play", 1.0)
        wait_until(lambda: peer.ask("/hobnail/transport/playing")[1:] == (1,), 30.0)
        first = peer.ask("/hobnail/transport/position")[1]
        wait_until(lambda: peer.ask("/hobnail/transport/position")[1] > first + 0.2, 30.0)
        surface.send("/transport_stop", 1.0)
        wait_until(lambda: peer.ask("/hobnail/transport/playing")[1:] == (0,), 30.0)
    finally:
        surface.socket.close()
