"""What MIDI does to a session: events from keys, controls from knobs, one note's expression from MPE."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.commands import ClientLeft, PutEmitter, SetControl, TriggerEvent
from hobnail.contracts import ControlSpec, EngineSpec, EventSpec
from hobnail.errors import MessageError
from hobnail.midimap import Binding, NoteRule, default_bindings, default_rules, merged
from hobnail.testing import FakePort
from hobnail_bridges.midi.codec import ChannelPressure, ControlChange, NoteOff, NoteOn, PitchBend, RealTime, decode
from hobnail_bridges.midi.mapping import engine_of
from hobnail_bridges.midi.mpe import Zones
from hobnail_bridges.midi.player import Now, Player

ENGINE = EngineSpec(
    id="fake",
    help="",
    events=(
        EventSpec(name="footstep", kind="one_shot"),
        EventSpec(name="impact", kind="one_shot"),
        EventSpec(name="scrape", kind="sustained"),
    ),
    materials=("stone",),
    controls=("pitch", "texture"),
)
CONTROLS = (
    ControlSpec(id="pitch", unit="semitones", minimum=-12, maximum=12, default=0),
    ControlSpec(id="texture", unit="", minimum=-1, maximum=1, default=0),
    ControlSpec(id="intensity", unit="dB", minimum=-18, maximum=18, default=0),
)
INFO = FakePort(engines=(ENGINE,), controls=CONTROLS).info
NOW = Now(frame=48_000, ns=1_000_000_000)


def player(rules=None, bindings=None, zones=None):
    return Player(
        7,
        INFO,
        default_rules(engine_of(INFO, "")) if rules is None else rules,
        default_bindings({control.id for control in INFO.controls}) if bindings is None else bindings,
        zones or Zones(),
    )


def play(made, *messages, now=NOW):
    return [command for message in messages for command in made.take(message, now)]


def test_each_event_has_a_pad_and_its_own_emitter():
    made = player()
    names = {command.emitter for command in made.emitters()}
    assert names == {"midi.footstep", "midi.impact", "midi.scrape", "midi"}
    assert all(command.settings.shared and command.client == 7 for command in made.emitters())
    (event,) = play(made, NoteOn(10, 37, 127))
    assert (event.emitter, event.name, event.action) == ("midi.impact", "impact", "trigger")
    assert (event.client, event.received_ns, event.at_frame) == (7, NOW.ns, None)


@pytest.mark.parametrize(("velocity", "intensity"), [(1, 0.2), (64, 0.5), (127, 0.8)])
def test_velocity_becomes_intensity(velocity, intensity):
    made = player(rules=(NoteRule(softest=0.2, hardest=0.8, material="stone"),))
    (event,) = play(made, NoteOn(1, 60, velocity))
    assert event.contact.intensity == pytest.approx(intensity)
    assert event.contact.material == "stone"


def test_keys_from_60_play_in_semitones_and_the_wheel_counts_too():
    made = player()
    (event,) = play(made, NoteOn(1, 72, 100))
    assert event.controls == {"pitch": 0.5}
    (event,) = play(made, NoteOn(1, 78, 100))
    assert event.controls == {"pitch": 0.75}
    (control,) = play(made, PitchBend(1, 8191))
    assert (control.control, control.value) == ("pitch", pytest.approx(0.5 + 2 / 24))
    (event,) = play(made, NoteOn(1, 72, 100))
    assert event.controls == {"pitch": pytest.approx(0.5 + 2 / 24)}


def test_a_sustained_event_lasts_as_long_as_its_keys_and_the_pedal():
    made = player(rules=(NoteRule(event="scrape"),))
    (start,) = play(made, NoteOn(1, 50, 90))
    assert start.action == "start"
    play(made, NoteOn(1, 51, 90), ControlChange(1, 64, 127))
    assert play(made, NoteOff(1, 50), NoteOff(1, 51)) == []
    (stop,) = play(made, ControlChange(1, 64, 0))
    assert (stop.emitter, stop.name, stop.action) == ("midi", "scrape", "stop")
    play(made, NoteOn(1, 50, 90), NoteOn(1, 51, 90))
    assert play(made, NoteOff(1, 50)) == []
    assert [command.action for command in play(made, NoteOff(1, 51))] == ["stop"]


@pytest.mark.parametrize("number", [120, 123, 126])
def test_all_notes_off_ends_what_is_held(number):
    made = player(rules=(NoteRule(event="scrape"),))
    play(made, NoteOn(1, 50, 90), ControlChange(1, 64, 127))
    assert play(made, ControlChange(2, number, 0)) == []  # another channel
    assert [command.action for command in play(made, ControlChange(1, number, 0))] == ["stop"]
    assert play(made, NoteOff(1, 50), ControlChange(1, 64, 0)) == []


def test_keys_that_no_rule_has_make_nothing():
    assert play(player(rules=(NoteRule(low=10, high=20, channel=3),)), NoteOn(3, 21, 9), NoteOn(2, 15, 9)) == []


def test_default_controllers_move_their_controls():
    made = player()
    (wheel,) = play(made, ControlChange(1, 1, 127))
    assert (wheel.control, wheel.value, wheel.emitter) == ("texture", 1.0, None)
    (pressure,) = play(made, ChannelPressure(1, 0))
    assert (pressure.control, pressure.value) == ("intensity", 0.0)


def test_own_bindings_take_the_place_of_defaults_on_the_same_source():
    own = Binding(control="pitch", number=1, emitter="barrel", low=0.8, high=0.2)
    made = player(bindings=merged((own,), default_bindings({control.id for control in INFO.controls})))
    (command,) = play(made, ControlChange(1, 1, 127))
    assert (command.control, command.emitter, command.value) == ("pitch", "barrel", pytest.approx(0.2))
    assert [command.control for command in play(made, ControlChange(1, 11, 5))] == ["intensity"]


def test_soft_takeover_waits_until_the_knob_passes_the_value():
    jump = Binding(control="texture", number=20)
    soft = Binding(control="texture", number=21, takeover="pickup")
    made = player(bindings=(jump, soft))
    assert play(made, ControlChange(1, 21, 0), ControlChange(1, 21, 30)) == []  # the control stands at 0.5
    assert [c.value for c in play(made, ControlChange(1, 21, 80))] == [80 / 127]  # passed it
    assert [c.value for c in play(made, ControlChange(1, 21, 90))] == [90 / 127]  # and holds it
    play(made, ControlChange(1, 20, 10))  # the other knob takes it away
    assert play(made, ControlChange(1, 21, 91)) == []
    assert [c.value for c in play(made, ControlChange(1, 21, 11))] == [11 / 127]


@given(st.lists(st.integers(0, 127), min_size=1, max_size=60))
def test_soft_takeover_never_jumps_further_than_the_hand_moved(positions):
    made = player(bindings=(Binding(control="texture", number=21, takeover="pickup"),))
    stands, before = 0.5, None
    for position in positions:
        for command in play(made, ControlChange(1, 21, position)):
            reach = 1.5 / 127 if before is None else max(1.5, abs(position - before)) / 127
            assert abs(command.value - stands) <= reach + 1e-9
            stands = command.value
        before = position


def test_a_control_that_the_session_has_not_is_let_be():
    assert play(player(bindings=(Binding(control="mood", number=20),)), ControlChange(1, 20, 5)) == []


def test_reserved_controllers_cannot_be_bound():
    with pytest.raises(msgspec.ValidationError, match="sustain pedal"):
        msgspec.convert({"control": "pitch", "number": 64}, Binding)


def mpe(messages, rule=None):
    made = player(rules=(rule or NoteRule(event="footstep", centre=60),), zones=Zones(lower=15))
    return made, play(made, *messages)


def test_each_note_of_an_mpe_zone_has_its_own_emitter_and_pitch():
    _, commands = mpe([NoteOn(2, 60, 100), NoteOn(3, 66, 100)])
    assert [c.emitter for c in commands if isinstance(c, PutEmitter)] == ["midi.2", "midi.3"]
    assert [(c.emitter, c.value) for c in commands if isinstance(c, SetControl)] == [("midi.2", 0.5), ("midi.3", 0.75)]
    assert [c.emitter for c in commands if isinstance(c, TriggerEvent)] == ["midi.2", "midi.3"]


def test_bend_and_pressure_of_one_note_move_no_other():
    made, _ = mpe([NoteOn(2, 60, 100), NoteOn(3, 60, 100)])
    (bend,) = play(made, PitchBend(3, 1024))  # an eighth of 48 semitones
    assert (bend.emitter, bend.control, bend.value) == ("midi.3", "pitch", pytest.approx(0.5 + 6 / 24, abs=1e-3))
    (pressure,) = play(made, ChannelPressure(2, 127))
    assert (pressure.emitter, pressure.control, pressure.value) == ("midi.2", "intensity", 1.0)
    (third,) = play(made, ControlChange(2, 74, 0))
    assert (third.emitter, third.control, third.value) == ("midi.2", "texture", 0.0)


def test_the_masters_wheel_moves_all_notes_of_the_zone():
    made, _ = mpe([NoteOn(2, 60, 100), NoteOn(3, 66, 100)])
    commands = play(made, PitchBend(1, 8191))  # two semitones
    found = {(c.emitter, round(c.value, 4)) for c in commands}
    assert found == {("midi.2", round(0.5 + 2 / 24, 4)), ("midi.3", round(0.75 + 2 / 24, 4))}


def test_the_masters_pedal_and_notes_off_hold_for_the_zone():
    made, _ = mpe([NoteOn(2, 60, 100), ControlChange(1, 64, 127), NoteOff(2, 60)], rule=NoteRule(event="scrape"))
    assert [(c.emitter, c.action) for c in play(made, ControlChange(1, 64, 0))] == [("midi.2", "stop")]


def test_notes_wait_for_the_grid_while_the_clock_plays():
    made = player(rules=(NoteRule(quantise=1.0),))
    made.take(RealTime("start"), Now(0, 0))
    for tick in range(48):
        made.take(RealTime("clock"), Now(0, tick * 20_833_333))
    now = Now(frame=50_000, ns=1_100_000_000)
    (event,) = play(made, NoteOn(1, 60, 100), now=now)
    assert event.at_frame == pytest.approx(50_000 + 0.4 * 48_000, abs=2)
    made.take(RealTime("stop"), now)
    assert play(made, NoteOn(1, 60, 100), now=now)[0].at_frame is None


def test_leaving_ends_everything():
    assert player().leave() == [ClientLeft(client=7)]


@given(st.lists(st.binary(min_size=1, max_size=3), max_size=80))
def test_whatever_comes_commands_are_sane(packets):
    made = player(zones=Zones(lower=7, upper=7))
    for data in packets:
        try:
            message = decode(bytes((data[0] | 0x80, *(byte & 0x7F for byte in data[1:]))))
        except MessageError:
            continue
        for command in made.take(message, NOW) if message is not None else []:
            if isinstance(command, SetControl):
                assert 0.0 <= command.value <= 1.0
            if isinstance(command, TriggerEvent):
                assert all(0.0 <= value <= 1.0 for value in command.controls.values())
