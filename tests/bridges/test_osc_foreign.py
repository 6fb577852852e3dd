"""Other people's programs at the other end: liblo's oscsend and oscdump, and Pure Data."""

import shutil
import subprocess

import pytest

from hobnail.commands import PutEmitter, SetControl, TriggerEvent

from .osc_house import wait_until

liblo = pytest.mark.skipif(
    not (shutil.which("oscsend") and shutil.which("oscdump")), reason="needs the Debian package liblo-tools"
)
pure_data = pytest.mark.skipif(not shutil.which("pd"), reason="needs the Debian package puredata-core")


def run(*command, timeout=60):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@liblo
@pytest.mark.parametrize("place", ["osc.udp://127.0.0.1:{udp}", "osc.tcp://127.0.0.1:{tcp}"])
def test_oscsend_over_udp_and_tcp(osc, place):
    url = place.format(udp=osc.udp, tcp=osc.tcp)
    run("oscsend", url, "/hobnail/feet/pitch", "f", "0.25")
    run("oscsend", url, "/hobnail/feet/pitch/raw", "d", "6")
    run("oscsend", url, "/hobnail/feet/event/click", "fs", ".5", "wood")
    run("oscsend", url, "/hobnail/feet/event/click", "T")
    run("oscsend", url, "/hobnail/feet/prompt", "s", "leather boots")
    wait_until(lambda: len(osc.of(PutEmitter)) == 2)
    assert [command.value for command in osc.of(SetControl)] == [0.25, 0.75]
    assert [event.contact.material for event in osc.of(TriggerEvent)] == ["wood", None]
    assert osc.of(PutEmitter)[1].settings.prompt == "leather boots"
    assert osc.counters.malformed == 0


@liblo
def test_oscdump_reads_what_we_send_to_a_daw(make_osc):
    """oscdump stands where Reaper would: whatever we send must be OSC for liblo, which is strict."""
    from hobnail_bridges.osc.presets.settings import ReaperSettings

    dump = subprocess.Popen(["oscdump", "-L", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    dump.kill()  # it cannot tell its own port, so a free one is found here
    dump.communicate()
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dump = subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        house = make_osc(reaper=ReaperSettings(emitters=("feet",), feedback=f"127.0.0.1:{port}"))
        peer = house.peer()

        def heard():
            peer.send("/hobnail/feet/intensity", 0.25)
            peer.send("/hobnail/feet/intensity", 0.75)
            peer.settled()
            return select_line(dump, 0.2)

        line = wait_until(heard, 20.0)
        assert "/track/1/fx/1/fxparam/2/value f 0.75" in line or "/track/1/fx/1/fxparam/2/value f 0.25" in line
    finally:
        dump.kill()
        dump.communicate()


def select_line(process, timeout_s):
    import select

    return process.stdout.readline() if select.select([process.stdout], [], [], timeout_s)[0] else ""


PATCH = """#N canvas 0 0 450 300 10;
#X obj 10 10 loadbang;
#X obj 10 40 t b b b;
#X msg 200 70 connect 127.0.0.1 {port};
#X msg 100 70 0.25;
#X msg 10 70 1 \\, wood;
#X obj 100 100 oscformat hobnail feet pitch;
#X obj 10 100 oscformat hobnail feet event click;
#X obj 10 130 list prepend send;
#X obj 10 160 list trim;
#X obj 10 190 netsend -u -b;
#X obj 10 220 delay 300;
#X msg 10 250 \\; pd quit;
#X connect 0 0 1 0;
#X connect 1 2 2 0;
#X connect 1 1 3 0;
#X connect 1 0 4 0;
#X connect 1 0 10 0;
#X connect 2 0 9 0;
#X connect 3 0 5 0;
#X connect 4 0 6 0;
#X connect 5 0 7 0;
#X connect 6 0 7 0;
#X connect 7 0 8 0;
#X connect 8 0 9 0;
#X connect 10 0 11 0;
"""


@pure_data
def test_a_pure_data_patch_moves_and_plays(osc, tmp_path):
    patch = tmp_path / "hobnail.pd"
    patch.write_text(PATCH.format(port=osc.udp), encoding="utf-8")
    run("pd", "-nogui", "-noaudio", "-nomidi", "-stderr", "-nrt", str(patch))
    wait_until(lambda: osc.of(SetControl) and osc.of(TriggerEvent))
    assert osc.of(SetControl)[0].value == 0.25
    assert osc.of(TriggerEvent)[0].contact.intensity == 1.0
