"""DAWs' own messages: translated as their documentation says, and over the wire."""

import socket
import threading

import pytest
from pythonosc.osc_message import OscMessage as ForeignMessage
from pythonosc.osc_message_builder import build_msg

from hobnail.commands import PutEmitter, SetControl, TriggerEvent
from hobnail_bridges.osc.packets import OscMessage
from hobnail_bridges.osc.presets.ableton import AbletonPreset
from hobnail_bridges.osc.presets.ardour import ArdourPreset
from hobnail_bridges.osc.presets.reaper import ReaperPreset, marker
from hobnail_bridges.osc.presets.settings import AbletonSettings, ArdourSettings, ReaperSettings

from .osc_house import wait_until


def told(preset, address, *args):
    """What a message means: [(address below /hobnail, *arguments)]; None: it is none of the DAW's."""
    meant = preset.incoming(OscMessage(address, args))
    return None if meant is None else [(one.address.removeprefix("/hobnail/"), *one.args) for one in meant]


def sent(preset, address, *values):
    return [(message.address, *message.params) for message in map(ForeignMessage, preset.outgoing(address, values))]


REAPER = ReaperPreset(ReaperSettings(emitters=("feet", "door"), first_track=3, fx=2, feedback="127.0.0.1:8000"))


@pytest.mark.parametrize(
    ("address", "args", "meant"),
    [
        ("/play", (1.0,), [("transport/play", 1.0)]),
        ("/play", (0.0,), []),
        ("/stop", (1.0,), [("transport/stop", 1.0)]),
        ("/time", (12.5,), [("transport/chase", 12.5)]),
        ("/tempo/raw", (133.0,), [("transport/tempo", 133.0)]),
        ("/track/3/fx/2/fxparam/1/value", (0.25,), [("feet/pitch", 0.25)]),
        ("/track/4/fx/2/fxparam/3/value", (0.5,), [("door/texture", 0.5)]),
        ("/track/4/fx/1/fxparam/3/value", (0.5,), []),
        ("/track/4/fx/2/fxparam/9/value", (0.5,), []),
        ("/track/9/fx/2/fxparam/1/value", (0.5,), []),
        ("/track/3/volume/db", (-6.0,), [("feet/gain", -6.0)]),
        ("/track/3/pan", (0.0,), [("feet/pan", -1.0)]),
        ("/track/3/vu", (0.3,), []),
        ("/beat/str", ("1.1.00",), []),
        ("/lastmarker/name", ("feet:footstep 0.7 gravel",), [("feet/event/footstep", 0.7, "gravel")]),
        ("/lastmarker/name", ("Verse",), []),
        ("/somebody/else", (), None),
    ],
)
def test_reaper(address, args, meant):
    assert told(REAPER, address, *args) == meant


def test_reaper_repeats_between_its_loop_points():
    assert told(REAPER, "/loop/start/time", 1.0) == []
    assert told(REAPER, "/loop/end/time", 3.0) == []
    assert told(REAPER, "/repeat", 1.0) == [("transport/loop", 1.0, 3.0)]
    assert told(REAPER, "/loop/end/time", 4.0) == [("transport/loop", 1.0, 4.0)]
    assert told(REAPER, "/repeat", 0.0) == [("transport/loop", 0.0, 0.0)]


def test_reaper_is_told_in_its_own_counting():
    assert sent(REAPER, "/hobnail/door/intensity", 0.5) == [("/track/4/fx/2/fxparam/2/value", 0.5)]
    assert sent(REAPER, "/hobnail/bell/intensity", 0.5) == []
    assert sent(REAPER, "/hobnail/transport/playing", 1) == []


@pytest.mark.parametrize("name", ["", "x", ":", "feet:", ":step", "12"])
def test_other_markers_mean_nothing(name):
    assert marker(name) == []


def test_ableton_counts_from_0_and_uses_the_parameters_own_range():
    live = AbletonPreset(AbletonSettings(emitters=("feet",), first_track=2, device=1))
    assert told(live, "/live/device/get/parameter/value", 2, 1, 1, 0.5) == [("feet/pitch", 0.5)]
    told(live, "/live/device/get/parameters/min", 2, 1, 0.0, -12.0, 0.0, 0.0)
    told(live, "/live/device/get/parameters/max", 2, 1, 1.0, 12.0, 127.0, 1.0)
    assert told(live, "/live/device/get/parameter/value", 2, 1, 1, 6.0) == [("feet/pitch", 0.75)]
    assert told(live, "/live/device/get/parameter/value", 2, 1, 0, 1.0) == []  # the device's switch
    assert told(live, "/live/device/get/parameter/value", 1, 1, 1, 1.0) == []
    assert sent(live, "/hobnail/feet/intensity", 0.5) == [("/live/device/set/parameter/value", 2, 1, 2, 63.5)]


def test_abletons_beats_become_seconds():
    live = AbletonPreset(AbletonSettings())
    assert told(live, "/live/song/get/tempo", 90.0) == [("transport/tempo", 90.0)]
    assert told(live, "/live/song/get/current_song_time", 3.0) == [("transport/chase", 2.0)]
    assert told(live, "/live/song/get/is_playing", True) == [("transport/play", 1.0)]
    assert told(live, "/live/song/get/loop_start", 3.0) == [("transport/loop", 0.0, 0.0)]
    told(live, "/live/song/get/loop_length", 6.0)
    assert told(live, "/live/song/get/loop", 1) == [("transport/loop", 2.0, 6.0)]
    assert told(live, "/live/error", "x") == []


def test_ardours_faders():
    ardour = ArdourPreset(ArdourSettings(faders=("feet/intensity", "door/pitch")))
    assert told(ardour, "/strip/fader", 2, 0.25) == [("door/pitch", 0.25)]
    assert told(ardour, "/strip/fader", 3, 0.25) == []
    assert told(ardour, "/position/samples", "96000") == [("transport/chase", 2.0)]
    assert told(ardour, "/transport_play", 1) == [("transport/play", 1.0)]
    assert told(ardour, "/transport_play", 0) == []
    assert told(ardour, "/heartbeat", 1.0) == []
    assert sent(ardour, "/hobnail/feet/intensity", 0.75) == [("/strip/fader", 1, 0.75)]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (ReaperSettings, {"feedback": "here"}),
        (AbletonSettings, {"address": "127.0.0.1:0"}),
        (ArdourSettings, {"faders": ("feet",)}),
    ],
)
def test_wrong_settings_are_refused(kind, wrong):
    with pytest.raises(ValueError, match="Expected"):
        kind(**wrong)


def test_reaper_over_the_wire_moves_and_follows_without_an_echo(make_osc):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reaper:
        reaper.bind(("127.0.0.1", 0))
        reaper.settimeout(3)
        place = f"127.0.0.1:{reaper.getsockname()[1]}"
        house = make_osc(reaper=ReaperSettings(emitters=("feet",), feedback=place))
        reaper.sendto(build_msg("/track/1/fx/1/fxparam/1/value", [0.25]).dgram, ("127.0.0.1", house.udp))
        reaper.sendto(build_msg("/track/1/volume/db", [-3.0]).dgram, ("127.0.0.1", house.udp))
        reaper.sendto(build_msg("/lastmarker/name", ["feet:click 0.5"]).dgram, ("127.0.0.1", house.udp))
        wait_until(lambda: house.of(TriggerEvent))
        assert house.of(SetControl)[0].value == 0.25
        assert house.of(PutEmitter)[1].settings.gain_db == -3.0
        house.peer().send("/hobnail/feet/pitch", 0.75)
        followed = ForeignMessage(reaper.recv(2000))
        assert (followed.address, followed.params) == ("/track/1/fx/1/fxparam/1/value", [0.75])


class LiveLike(threading.Thread):
    """Answers as AbletonOSC does: values when somebody starts to listen, always to one port at the sender's address."""

    def __init__(self, reply_port: int) -> None:
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.heard: list[tuple] = []
        self.stopping = False
        self._reply = ("127.0.0.1", reply_port)

    def tell(self, address, *args):
        self.socket.sendto(build_msg(address, list(args)).dgram, self._reply)

    def run(self):
        while not self.stopping:
            try:
                message = ForeignMessage(self.socket.recv(2000))
            except TimeoutError:
                continue
            self.heard.append((message.address, *message.params))
            match message.address:
                case "/live/test":
                    self.tell("/live/test", "ok")
                case "/live/device/start_listen/parameter/value":
                    self.tell("/live/device/get/parameter/value", *message.params, 0.5)
        self.socket.close()


def test_ableton_is_asked_once_it_is_there_and_answers_at_its_own_port(make_osc):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        reply_port = probe.getsockname()[1]
    live = LiveLike(reply_port)
    place = f"127.0.0.1:{live.socket.getsockname()[1]}"
    settings = AbletonSettings(
        emitters=("feet",), controls=("pitch", "intensity"), address=place, reply_port=reply_port
    )
    house = make_osc(ableton=settings)
    live.start()
    try:
        wait_until(lambda: {moved.control for moved in house.of(SetControl)} == {"pitch", "intensity"})
        live.tell("/live/device/get/parameter/value", 0, 0, 1, 0.875)
        wait_until(lambda: house.of(SetControl)[-1].value == 0.875)
        house.peer().send("/hobnail/feet/pitch", 0.25)
        wait_until(lambda: ("/live/device/set/parameter/value", 0, 0, 1, 0.25) in live.heard)
    finally:
        live.stopping = True
        live.join()
