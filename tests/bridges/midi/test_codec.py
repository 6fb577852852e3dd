"""MIDI bytes become messages and back, whatever the bytes."""

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail_bridges.midi import codec

CHANNEL = st.integers(1, 16)
SEVEN = st.integers(0, 127)
MESSAGES = st.one_of(
    st.builds(codec.NoteOn, CHANNEL, SEVEN, st.integers(1, 127)),
    st.builds(codec.NoteOff, CHANNEL, SEVEN, SEVEN),
    st.builds(codec.KeyPressure, CHANNEL, SEVEN, SEVEN),
    st.builds(codec.ControlChange, CHANNEL, SEVEN, SEVEN),
    st.builds(codec.ProgramChange, CHANNEL, SEVEN),
    st.builds(codec.ChannelPressure, CHANNEL, SEVEN),
    st.builds(codec.PitchBend, CHANNEL, st.integers(-8192, 8191)),
    st.builds(codec.SongPosition, st.integers(0, 16383)),
    st.builds(codec.RealTime, st.sampled_from(["clock", "start", "continue", "stop"])),
)


@given(MESSAGES)
def test_a_message_survives_its_bytes(message):
    assert codec.decode(codec.encode(message)) == message


@given(st.binary(max_size=12))
def test_whatever_the_bytes_there_is_a_message_or_nothing_or_a_clear_error(data):
    try:
        message = codec.decode(data)
    except MessageError:
        return
    if message is not None and not isinstance(message, codec.NoteOff):  # note-on of velocity 0 is one too
        assert codec.encode(message) == data


@given(MESSAGES)
def test_a_foreign_library_reads_our_bytes_alike(message):
    theirs = mido.Message.from_bytes(codec.encode(message))
    if hasattr(message, "channel"):
        assert theirs.channel == message.channel - 1
    if isinstance(message, codec.PitchBend):
        assert theirs.pitch == message.value
    if isinstance(message, codec.SongPosition):
        assert theirs.pos == message.sixteenths
    assert bytes(theirs.bytes()) == codec.encode(message)


def test_a_note_on_of_velocity_0_is_a_note_off():
    assert codec.decode(b"\x92\x3c\x00") == codec.NoteOff(3, 60)


@pytest.mark.parametrize("data", [b"\xfe", b"\xff", b"\xf0\x7e\xf7", b"\xf6", b"\xf1\x10"])
def test_what_means_nothing_here_is_nothing(data):
    assert codec.decode(data) is None


@pytest.mark.parametrize("data", [b"", b"\x3c\x40", b"\x90\x3c", b"\x90\x3c\x40\x00", b"\xb0\x80\x00", b"\xf2\x00"])
def test_broken_bytes_are_refused(data):
    with pytest.raises(MessageError, match="no MIDI message"):
        codec.decode(data)
