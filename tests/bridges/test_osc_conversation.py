"""What peers and the OSC bridge say to each other, over real sockets, with python-osc at the other end."""

import time
from itertools import pairwise

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import build_msg

from hobnail.commands import (
    ChangePalette,
    Panic,
    PutEmitter,
    RemoveEmitter,
    SetBusGain,
    SetControl,
    SetFeatures,
    SetListener,
    TriggerEvent,
)
from hobnail.notices import Refused
from hobnail.testing import check_bridge
from hobnail_bridges.osc.encode import encode_bundle, encode_message
from hobnail_bridges.osc.server import OscBridge
from hobnail_bridges.osc.timetags import timetag_at

from .fake_port import AnsweringPort
from .osc_house import FREE_PORTS, wait_until


def bundle(*messages, at: float = IMMEDIATELY) -> bytes:
    builder = OscBundleBuilder(at)
    for address, *args in messages:
        builder.add_content(build_msg(address, args))
    return builder.build().dgram


def test_the_bridge_keeps_its_contract():
    check_bridge(lambda: OscBridge(FREE_PORTS))


def test_ping_is_answered_where_it_came_from(osc):
    first, second = osc.peer(), osc.peer()
    first.send("/hobnail/ping", 1)
    assert second.ask("/hobnail/ping", "b", 0.5) == ("/hobnail/pong", "0.0.0", "b", 0.5)
    assert first.receive() == ("/hobnail/pong", "0.0.0", 1)


def test_an_emitter_is_there_once_it_is_named(osc):
    peer = osc.peer()
    peer.send("/hobnail/feet/pitch", 0.25)
    peer.send("/hobnail/feet/event/click", 0.8, "gravel", "boot")
    peer.settled()
    made, moved, event = osc.port.commands
    assert isinstance(made, PutEmitter)
    assert (made.emitter, made.create, made.settings.shared) == ("feet", True, True)
    assert (moved.emitter, moved.control, moved.value) == ("feet", "pitch", 0.25)
    assert (event.name, event.action) == ("click", "trigger")
    assert event.contact.intensity == pytest.approx(0.8)
    assert (event.contact.material, event.contact.other) == ("gravel", "boot")


@pytest.mark.parametrize(
    ("address", "args", "value"),
    [("pitch", (0.5,), 0.5), ("pitch/raw", (12.0,), 1.0), ("pitch/raw", (0,), 0.5), ("intensity", (True,), 1.0)],
)
def test_controls_normalised_and_in_their_unit(osc, address, args, value):
    peer = osc.peer()
    peer.send(f"/hobnail/feet/{address}", *args)
    peer.settled()
    assert osc.of(SetControl)[0].value == pytest.approx(value)


def test_beyond_the_end_is_clipped_and_told(osc):
    peer = osc.peer()
    address, where, code, text, count = peer.ask("/hobnail/feet/pitch", 1.5)
    assert (address, where, code, count) == ("/hobnail/error", "/hobnail/feet/pitch", "out_of_range", 1)
    assert "clipped" in text
    peer.settled()  # it is told before the command is handed on
    assert osc.of(SetControl)[0].value == 1.0


@pytest.mark.parametrize(
    ("address", "args", "code"),
    [
        ("/hobnail/feet/nothing", (1.0,), "unknown_type"),
        ("/elsewhere", (), "unknown_type"),
        ("/hobnail/feet/pitch", ("x",), "bad_type"),
        ("/hobnail/feet/pitch", (float("nan"),), "not_finite"),
        ("/hobnail/feet/pitch/raw", (float("inf"),), "not_finite"),
        ("/hobnail/feet/position", (1.0,), "missing_field"),
        ("/hobnail/feet/prompt", (5,), "bad_type"),
        ("/hobnail/feet/prompt", ("x" * 600,), "out_of_range"),
        ("/hobnail/feet/palette", (5,), "bad_type"),
        ("/hobnail/feet/palette", (), "bad_type"),
        ("/hobnail/feet/palette", ("",), "out_of_range"),
        ("/hobnail/feet/palette/unload", ("..\\x",), "out_of_range"),
        ("/hobnail/feet/remove", (), "unknown_emitter"),
        ("/hobnail/feet/frame", (b"\0" * 7,), "out_of_range"),
        ("/hobnail/fe@et/pitch", (0.5,), "out_of_range"),
        ("/hobnail/[x/pitch", (0.5,), "malformed"),
        ("/hobnail/listener", (0.0,) * 9, "out_of_range"),
        ("/hobnail/transport/cue", (1.0, "/hobnail/panic/x"), "unknown_type"),
        ("/hobnail/transport/cue", (1.0, "/hobnail/ping"), "unsupported"),
        ("/hobnail/transport/cue", (1.0, "/hobnail/feet/pitch", "x"), "bad_type"),
    ],
)
def test_refusals_tell_where_why_and_the_cure(osc, address, args, code):
    peer = osc.peer()
    told = peer.ask(address, *args)
    assert told[0] == "/hobnail/error"
    assert told[2] == code
    assert told[3].count(".") >= 2  # what is wrong, and the cure
    peer.settled()
    assert not osc.of(SetControl)


def test_a_palette_is_loaded_once_for_all_emitters_and_told_to_who_listens(osc):
    peer = osc.peer()
    for emitter in ("crate", "feet"):
        peer.send(f"/hobnail/{emitter}/pitch", 0.5)
    peer.send("/hobnail/listen", "/hobnail/*/palette//", 0)
    told = peer.ask("/hobnail/*/palette", "boots")
    assert told == ("/hobnail/crate/palette", "boots")
    assert peer.ask("/hobnail/feet/palette/unload", "boots") == ("/hobnail/feet/palette/unload", "boots")
    assert [(command.op, command.palette) for command in osc.of(ChangePalette)] == [
        ("load", "boots"),
        ("unload", "boots"),
    ]


def test_what_the_session_refuses_is_told_to_who_asked(make_osc):
    class Deaf(AnsweringPort):
        def _accept(self, command, voice=None):
            (self._refuse if isinstance(command, SetControl) else super()._accept)(command)

    house = make_osc(Deaf())
    asker, other = house.peer(), house.peer()
    other.settled()
    told = asker.ask("/hobnail/feet/pitch", 0.5)
    assert told[:3] == ("/hobnail/error", "/hobnail/feet/pitch", "unknown_emitter")
    assert other.receive(0.1) == ()


def test_an_emitter_of_another_client_is_driven_when_it_is_shared(make_osc):
    class Taken(AnsweringPort):
        def _accept(self, command, voice=None):
            if isinstance(command, PutEmitter):
                taken = Refused(
                    client=command.client, request=command.request, code="emitter_taken", path="", problem=""
                )
                self.deliver(taken)
            else:
                super()._accept(command, voice)

    house = make_osc(Taken())
    peer = house.peer()
    peer.send("/hobnail/listen", "/hobnail/games-feet/pitch", 0)
    peer.send("/hobnail/games-feet/pitch", 0.25)
    assert peer.receive() == ("/hobnail/games-feet/pitch", 0.25)
    assert house.counters.refused == 0


def test_settings_features_and_the_rest(osc):
    peer = osc.peer()
    for address, *args in (
        ("feet/create", "leather boots"), ("feet/material", "gravel"), ("feet/gain", -6.0), ("feet/pan", -0.5),
        ("feet/position", 1.0, 0.0, 2.0), ("feet/priority", 70.2), ("feet/feature/speed_m_s", 1.5),
        ("feet/frame", 1.0, 2.0), ("bus/main/gain", -3.0), ("listener", 0, 0, 0, 0, 0, -1, 0, 1, 0), ("feet/remove",),
        ("panic",),
    ):  # fmt: skip
        peer.send(f"/hobnail/{address}", *args)
    peer.settled()
    settings = [command.settings for command in osc.of(PutEmitter)]
    assert settings[0].prompt == "leather boots"
    assert settings[1].material == "gravel"
    assert (settings[2].gain_db, settings[3].pan, settings[4].position_m) == (-6.0, -0.5, (1.0, 0.0, 2.0))
    assert settings[5].priority == 70
    assert [features.columns for features in osc.of(SetFeatures)] == [
        ("speed_m_s",),
        ("speed_m_s", "acceleration_m_s2"),
    ]
    assert [len(osc.of(kind)) for kind in (SetBusGain, SetListener, RemoveEmitter, Panic)] == [1, 1, 1, 1]


def test_a_button_that_is_let_go_does_nothing(osc):
    peer = osc.peer()
    for value in (1.0, 0.0, 0, False):
        peer.send("/hobnail/feet/event/click", value)
    peer.send("/hobnail/panic", 0)
    peer.settled()
    assert len(osc.of(TriggerEvent)) == 1
    assert not osc.of(Panic)


def test_what_is_sustained_starts_and_stops(osc):
    peer = osc.peer()
    for address, *args in (("tone",), ("tone", 0.0), ("tone", 0.3, "wood"), ("tone/stop",), ("tone/start", 0.9)):
        peer.send(f"/hobnail/feet/event/{address}", *args)
    peer.settled()
    events = osc.of(TriggerEvent)
    assert [event.action for event in events] == ["start", "stop", "start", "stop", "start"]
    assert [event.contact.intensity for event in events] == [None, None, pytest.approx(0.3), None, pytest.approx(0.9)]
    assert events[2].contact.material == "wood"


def test_stopping_the_transport_ends_what_its_cues_began(osc):
    peer = osc.peer()
    peer.send("/hobnail/transport/cue", 0.0, "/hobnail/feet/event/tone", 0.5)
    peer.send("/hobnail/transport/play")
    wait_until(lambda: osc.of(TriggerEvent))
    peer.send("/hobnail/transport/stop")
    peer.settled()
    assert [event.action for event in osc.of(TriggerEvent)] == ["start", "stop"]


def test_a_pattern_means_every_emitter_that_is_there(osc):
    peer = osc.peer()
    for emitter in ("feet", "door", "bell"):
        peer.send(f"/hobnail/{emitter}/create")
    peer.send("/hobnail/{feet,door}/p?tch", 0.75)
    peer.settled()
    assert [(command.emitter, command.value) for command in osc.of(SetControl)] == [("feet", 0.75), ("door", 0.75)]
    assert peer.ask("/hobnail/nob*/pitch", 0.1)[2] == "unknown_type"


# --- bundles and time ------------------------------------------------------------------------------------------------


def test_a_bundle_is_carried_out_in_order(osc):
    peer = osc.peer()
    peer.raw(bundle(*(("/hobnail/feet/pitch", number / 100) for number in range(100))))
    peer.settled()
    assert [round(command.value * 100) for command in osc.of(SetControl)] == list(range(100))
    assert all(command.at_frame is None for command in osc.of(SetControl))


def test_a_time_tag_is_one_frame_for_the_whole_bundle_and_blocks_nobody(osc):
    peer = osc.peer()
    peer.send("/hobnail/feet/create")
    peer.settled()
    began = time.monotonic()
    at_ns = time.time_ns() + 2_000_000_000
    frame, _ = osc.port.now()
    elements = [encode_message("/hobnail/feet/event/click", 0.5), encode_message("/hobnail/feet/pitch", 0.1)]
    peer.raw(encode_bundle(elements, timetag_at(at_ns)))
    peer.raw(encode_bundle(elements, timetag_at(at_ns + 10_000_000)))
    peer.settled()
    assert time.monotonic() - began < 1.0
    frames = [command.at_frame for command in osc.port.commands[1:]]
    assert frames[0] == frames[1]
    assert frames[2] - frames[0] == 480
    assert abs(frames[0] - (frame + 96_000)) < 48 * 60


def test_a_bundle_too_far_ahead_does_not_happen_at_all(osc):
    peer = osc.peer()
    peer.raw(bundle(("/hobnail/feet/pitch", 0.5), ("/hobnail/feet/pitch", 0.6), at=time.time() + 60))
    assert peer.receive()[2] == "out_of_range"
    peer.settled()
    assert osc.port.commands == ()


@pytest.mark.parametrize("policy", ["deliver", "ignore"])
def test_time_tags_can_be_passed_over(make_osc, policy):
    house = make_osc(timetags=policy)
    peer = house.peer()
    peer.raw(bundle(("/hobnail/feet/pitch", 0.5), at=time.time() + 1))
    peer.settled()
    assert house.of(SetControl)[0].at_frame is None


def test_one_bad_message_of_a_bundle_touches_no_other(osc):
    peer = osc.peer()
    peer.raw(bundle(("/hobnail/feet/pitch", 0.5), ("/hobnail/feet/pitch", "x"), ("/hobnail/feet/pitch", 0.7)))
    assert peer.receive()[2] == "bad_type"
    wait_until(lambda: [round(command.value, 3) for command in osc.of(SetControl)] == [0.5, 0.7])


# --- listening -------------------------------------------------------------------------------------------------------


def test_who_listens_is_told_what_is_and_what_changes(osc):
    mover, listener = osc.peer(), osc.peer()
    mover.send("/hobnail/feet/pitch", 0.75)
    mover.settled()
    wait_until(lambda: mover.ask("/hobnail/feet/pitch") == ("/hobnail/feet/pitch", 0.75))
    assert listener.ask("/hobnail/listen", "/hobnail/*/pitch") == ("/hobnail/feet/pitch", 0.75)
    listener.send("/hobnail/listen", "/hobnail/*/pitch/{raw,str}")
    assert {listener.receive(), listener.receive()} == {
        ("/hobnail/feet/pitch/raw", 6.0),
        ("/hobnail/feet/pitch/str", "6.00 semitones"),
    }
    mover.send("/hobnail/feet/pitch", 0.5)
    told = {listener.receive() for _ in range(3)}
    assert ("/hobnail/feet/pitch", 0.5) in told
    assert ("/hobnail/feet/pitch/str", "0.00 semitones") in told


def test_a_value_is_told_once_and_not_too_often(osc):
    mover, listener = osc.peer(), osc.peer()
    listener.send("/hobnail/listen", "/hobnail/feet/pitch", 10.0)
    listener.settled()
    mover.send("/hobnail/feet/pitch", 0.5)
    for number in range(200):
        mover.send("/hobnail/feet/pitch", number / 199)
    mover.settled()
    began = time.monotonic()
    told = []
    while not told or told[-1] != 1.0:
        told.append(listener.receive()[1])
    assert time.monotonic() - began < 1.0
    assert len(told) <= 5  # the first at once, the newest after 100 ms
    mover.send("/hobnail/feet/pitch", 1.0)
    assert listener.receive(0.3) == ()


def test_at_rate_0_every_change_is_told(osc):
    peer = osc.peer()
    peer.send("/hobnail/listen", "/hobnail/feet/pitch", 0)
    for number in range(100):
        peer.send("/hobnail/feet/pitch", (number + 1) / 100)
    assert [round(peer.receive()[1] * 100) for _ in range(100)] == list(range(1, 101))


def test_who_listens_no_more_is_told_no_more(make_osc):
    house = make_osc(lease_s=1.0)
    mover, listener, silent = house.peer(), house.peer(), house.peer()
    for peer in (listener, silent):
        peer.send("/hobnail/listen", "/hobnail/feet/pitch", 0)
        peer.settled()
    mover.send("/hobnail/feet/pitch", 0.25)
    assert listener.receive()[1] == silent.receive()[1] == 0.25
    listener.send("/hobnail/unlisten", "/hobnail/feet/pitch")
    listener.settled()
    mover.send("/hobnail/feet/pitch", 0.75)
    assert silent.receive()[1] == 0.75
    time.sleep(1.4)  # the lease of who said nothing is over
    mover.send("/hobnail/feet/pitch", 0.5)
    mover.settled()
    assert listener.receive(0.2) == silent.receive(0.2) == ()


def test_events_are_told_with_their_voice(osc):
    peer = osc.peer()
    peer.send("/hobnail/listen", "/hobnail/*/event/*", 0)
    peer.send("/hobnail/feet/event/click")
    assert peer.receive() == ("/hobnail/feet/event/click", 1)


# --- transport -------------------------------------------------------------------------------------------------------


def test_cues_reach_the_session_for_the_same_samples_of_each_pass(osc):
    peer = osc.peer()
    peer.send("/hobnail/transport/cue", 0.0, "/hobnail/feet/event/click", 0.5)
    peer.send("/hobnail/transport/cue", 0.05, "/hobnail/feet/pitch", 0.9)
    peer.send("/hobnail/transport/loop", 0.0, 0.1)
    peer.send("/hobnail/transport/play")
    events = wait_until(lambda: (found := osc.of(TriggerEvent)) and len(found) >= 4 and found)
    peer.send("/hobnail/transport/stop")
    peer.settled()
    controls = osc.of(SetControl)
    frames = [event.at_frame for event in events]
    assert {b - a for a, b in pairwise(frames)} == {4_800}
    assert [control.at_frame - event.at_frame for control, event in zip(controls, events, strict=False)][:3] == [
        2_400
    ] * 3
    assert len({event.seed for event in events}) == 1


def test_transport_can_be_listened_to(osc):
    peer = osc.peer()
    peer.send("/hobnail/listen", "/hobnail/transport/*")
    assert {peer.receive()[0] for _ in range(3)} == {
        f"/hobnail/transport/{word}" for word in ("playing", "position", "cues")
    }
    peer.send("/hobnail/transport/locate", 3.5)
    peer.send("/hobnail/transport/play")
    told = [peer.receive() for _ in range(6)]
    assert ("/hobnail/transport/playing", 1) in told
    positions = [value for address, value in told if address.endswith("position")]
    assert positions == sorted(positions)
    assert positions[0] >= 3.5
    assert positions[-1] < 4.5
