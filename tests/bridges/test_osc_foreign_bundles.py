"""Other people's bundles, blobs and ears: liblo as a library (pyliblo3), and SuperCollider's language."""

import os
import shutil
import struct
import subprocess

import pytest

from hobnail.commands import SetControl, SetFeatures, TriggerEvent
from hobnail.scene import SCENE_FEATURES

from .osc_house import wait_until

pytestmark = pytest.mark.timeout(200)

RATE = 48_000
AHEAD_S = 0.5
FRAME = struct.pack(f"<{len(SCENE_FEATURES)}f", *(0.5 for _ in SCENE_FEATURES))


def one_frame_ahead(osc, sent_frame: int) -> None:
    """What lay in a bundle half a second ahead is to happen at one frame, about half a second after it was sent."""
    control, event = osc.of(SetControl)[-1], osc.of(TriggerEvent)[-1]
    assert control.at_frame == event.at_frame
    assert control.value == 0.25
    assert event.contact.material == "wood"
    assert 0 < control.at_frame - sent_frame - AHEAD_S * RATE < 30 * RATE  # how long its sender took is no matter


@pytest.fixture
def liblo(osc):
    """A liblo server of its own, which sends and hears on one port: (module, server, our address, what it heard)."""
    module = pytest.importorskip("pyliblo3", reason="needs the package pyliblo3")
    server = module.Server()
    heard = []
    server.add_method(None, None, lambda path, args, types, source: heard.append((path, list(args), types)))
    yield module, server, module.Address("127.0.0.1", osc.udp), heard
    server.free()


def test_liblo_sends_bundles_and_types_that_we_take(osc, liblo):
    module, server, address, _ = liblo
    before = osc.port.now()[0]
    bundle = module.Bundle(
        module.time() + AHEAD_S,
        module.Message("/hobnail/feet/pitch", 0.25),
        module.Message("/hobnail/feet/event/click", 0.5, "wood"),
    )
    server.send(address, bundle)
    wait_until(lambda: osc.of(TriggerEvent))
    one_frame_ahead(osc, before)
    server.send(address, "/hobnail/feet/frame", ("b", FRAME))
    server.send(address, "/hobnail/feet/pitch/raw", ("d", 6.0))
    server.send(address, "/hobnail/feet/pitch/raw", ("h", -6))
    server.send(address, "/hobnail/ping", ("m", (0, 0x90, 60, 100)), ("t", module.time()), ("c", "a"), ("N", None))
    wait_until(lambda: len(osc.of(SetControl)) == 3)
    assert osc.of(SetFeatures)[0].values == FRAME
    assert [control.value for control in osc.of(SetControl)[1:]] == [0.75, 0.25]
    assert osc.counters.malformed == 0


def test_liblo_hears_values_answers_and_errors_at_the_port_it_sent_from(osc, liblo):
    _, server, address, heard = liblo

    def told(path):
        server.recv(20)
        return [(args, types) for one, args, types in heard if one == path]

    server.send(address, "/hobnail/listen", "/hobnail/*/pitch", 0.0)
    server.send(address, "/hobnail/feet/pitch", 0.5)
    assert ([0.5], "f") in wait_until(lambda: told("/hobnail/feet/pitch"))
    server.send(address, "/hobnail/ping", 7, "seven")
    assert wait_until(lambda: told("/hobnail/pong"))[0][0][1:] == [7, "seven"]
    server.send(address, "/hobnail/feet/pich", 0.5)
    (args, types), *_ = wait_until(lambda: told("/hobnail/error"))
    assert types == "sssi"
    assert args[:2] == ["/hobnail/feet/pich", "unknown_type"]


SCRIPT = """
OSCdef(\\pong, {{ |message| "HEARD %".format(message[2]).postln; 0.exit }}, '/hobnail/pong');
a = NetAddr("127.0.0.1", {port});
a.sendMsg('/hobnail/feet/prompt', 'leather boots');
a.sendMsg('/hobnail/feet/frame', Int8Array[{blob}]);
a.sendBundle({ahead}, ['/hobnail/feet/pitch', 0.25], ['/hobnail/feet/event/click', 0.5, 'wood']);
a.sendMsg('/hobnail/ping', 7);
AppClock.sched(60, {{ 1.exit }});
"""


@pytest.mark.skipif(not shutil.which("sclang"), reason="needs the Debian package supercollider-language")
def test_supercollider_sends_bundles_and_blobs_and_hears_our_answer(osc, tmp_path):
    script = tmp_path / "hobnail.scd"
    blob = ", ".join(str(byte - 256 if byte > 127 else byte) for byte in FRAME)
    script.write_text(SCRIPT.format(port=osc.udp, blob=blob, ahead=AHEAD_S), encoding="utf-8")
    (tmp_path / "run").mkdir(mode=0o700)
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",  # as root it ends at once otherwise
    }
    before = osc.port.now()[0]
    done = subprocess.run(
        ["sclang", str(script)], env=environment, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "HEARD 7" in done.stdout
    one_frame_ahead(osc, before)
    assert osc.of(SetFeatures)[0].values == FRAME
    assert osc.counters.malformed == 0
