"""Pairs with 14 bits, registered parameters, MPE zones, reserved controllers, and learning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.midimap import Source, reserved
from hobnail_bridges.midi.codec import ChannelPressure, ControlChange, KeyPressure, PitchBend
from hobnail_bridges.midi.controllers import Controllers, Move, Parameter, bend_position
from hobnail_bridges.midi.learn import Learned, Learner, NotThatOne
from hobnail_bridges.midi.mpe import Zones


def cc(controllers, number, value, channel=1):
    return controllers.take(ControlChange(channel, number, value))


def parameter(controllers, number, high, low=None, channel=1):
    """Set a registered parameter; the last one that was told."""
    cc(controllers, 101, number >> 7, channel)
    cc(controllers, 100, number & 127, channel)
    _, told = cc(controllers, 6, high, channel)
    if low is not None:
        _, told = cc(controllers, 38, low, channel)
    return told


def test_a_controller_stands_between_0_and_1():
    controllers = Controllers()
    assert cc(controllers, 7, 0)[0] == [Move(Source("cc", 1, 7), 0.0)]
    assert cc(controllers, 7, 127, channel=16)[0] == [Move(Source("cc", 16, 7), 1.0)]
    assert controllers.take(ChannelPressure(2, 127))[0] == [Move(Source("pressure", 2), 1.0)]
    assert controllers.take(KeyPressure(2, 60, 127))[0] == [Move(Source("key_pressure", 2, 60), 1.0)]


@pytest.mark.parametrize(("value", "position"), [(-8192, 0.0), (0, 0.5), (8191, 1.0)])
def test_a_bend_wheel_is_exact_at_its_ends_and_at_rest(value, position):
    assert bend_position(value) == position
    assert Controllers().take(PitchBend(3, value))[0] == [Move(Source("bend", 3), position)]


@given(st.lists(st.integers(0, 16383), min_size=1, max_size=30), st.integers(0, 31))
def test_a_pair_is_exact_with_its_low_half_and_never_far_off(values, number):
    controllers = Controllers()
    for value in values:
        for move in cc(controllers, number, value >> 7)[0]:
            if move.source.kind == "cc14":
                assert abs(move.value - value / 16383) <= 1 / 128
        fine = cc(controllers, number + 32, value & 127)[0][-1]
        assert fine == Move(Source("cc14", 1, number), value / 16383)


def test_a_controller_that_never_sends_a_low_half_is_no_pair():
    controllers = Controllers()
    kinds = {move.source.kind for value in range(128) for move in cc(controllers, 7, value)[0]}
    assert kinds == {"cc"}


def test_a_registered_parameter_has_14_bits_and_none_is_none():
    controllers = Controllers()
    assert parameter(controllers, 0, 12, 50) == Parameter(1, 0, 12 << 7 | 50)
    cc(controllers, 101, 127)
    cc(controllers, 100, 127)
    assert cc(controllers, 6, 64) == ([], None)


def test_an_unregistered_parameter_is_a_source():
    controllers = Controllers()
    cc(controllers, 99, 2)
    cc(controllers, 98, 3)
    assert cc(controllers, 6, 127)[0] == [Move(Source("nrpn", 1, 2 << 7 | 3), (127 << 7) / 16383)]
    assert cc(controllers, 38, 127)[0][0].value == 1.0


@pytest.mark.parametrize("number", [0, 32, 64, 6, 38, 96, 97, 98, 99, 100, 101, 120, 121, 123, 127])
def test_reserved_controllers_say_why(number):
    assert reserved(Source("cc", 1, number))
    told = Learner().feed([Move(Source("cc", 1, number), 0.0), Move(Source("cc", 1, number), 1.0)])
    assert isinstance(told, NotThatOne)


def test_74_is_reserved_only_with_mpe():
    assert reserved(Source("cc", 1, 74)) == ""
    assert "MPE" in reserved(Source("cc", 1, 74), mpe=True)


def learned(messages, **options):
    controllers, learner = Controllers(), Learner(**options)
    for message in messages:
        told = learner.feed(controllers.take(message)[0])
        if isinstance(told, Learned):
            return told.source
    return None


def test_the_knob_that_is_turned_is_learned_and_the_one_that_jitters_is_not():
    jitter = [ControlChange(1, 20, 64 + step % 2) for step in range(40)]
    turn = [ControlChange(2, 21, 10 + step) for step in range(10)]
    assert learned(jitter) is None
    assert learned([message for pair in zip(jitter, turn, strict=False) for message in pair]) == Source("cc", 2, 21)


def test_a_pad_that_jumps_and_a_wheel_are_learned():
    assert learned([ControlChange(1, 50, 127), ControlChange(1, 50, 0)]) == Source("cc", 1, 50)
    assert learned([PitchBend(4, 0), PitchBend(4, 3000), PitchBend(4, 8191)]) == Source("bend", 4)


def test_both_halves_of_a_pair_are_learned_as_one():
    sweep = [half for value in range(0, 4000, 150) for half in
             (ControlChange(1, 3, value >> 7), ControlChange(1, 35, value & 127))]  # fmt: skip
    assert learned(sweep) == Source("cc14", 1, 3)


def test_an_instrument_configures_its_zone():
    zones = Zones()
    assert not zones.on
    assert zones.take(parameter(Controllers(), 6, 15))
    assert (list(zones.members("lower")), zones.on) == (list(range(2, 17)), True)
    assert (zones.zone_of(2), zones.zone_of(1), zones.mastered_by(1)) == ("lower", None, "lower")
    assert zones.take(parameter(Controllers(), 6, 7, channel=16))
    assert (list(zones.members("lower")), list(zones.members("upper"))) == (list(range(2, 9)), list(range(9, 16)))
    assert zones.take(parameter(Controllers(), 6, 0))
    assert zones.zone_of(2) is None
    assert not zones.take(parameter(Controllers(), 6, 5, channel=3))  # no master channel


def test_bend_ranges_are_those_of_the_standard_until_told():
    zones = Zones(lower=15, plain_semitones=2.0)
    assert (zones.semitones(2), zones.semitones(1)) == (48.0, 2.0)
    zones.take(parameter(Controllers(), 0, 24, channel=5))
    assert [zones.semitones(channel) for channel in (2, 5, 16)] == [24.0] * 3  # of all members
    plain = Zones(plain_semitones=7.0)
    assert plain.semitones(3) == 7.0
    plain.take(parameter(Controllers(), 0, 12, 50, channel=3))
    assert plain.semitones(3) == 12.5


def test_with_mpe_off_nobody_configures_zones():
    zones = Zones(fixed=True)
    assert not zones.take(parameter(Controllers(), 6, 15))
    assert not zones.on
