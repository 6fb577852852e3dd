"""The OSC codec: what other programs write is read, what breaks others is refused, and soon."""

import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle import OscBundle as ForeignBundle
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage as ForeignMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from hobnail.errors import MessageError
from hobnail_bridges.osc.config import OscConfig
from hobnail_bridges.osc.decode import MAX_DEPTH, MAX_MESSAGES, MAX_PACKET_BYTES, decode
from hobnail_bridges.osc.desk import Desk
from hobnail_bridges.osc.encode import MAX_SENT_BYTES, encode_bundle, encode_message
from hobnail_bridges.osc.framing import LengthPrefix, Slip, framing_for
from hobnail_bridges.osc.packets import IMMEDIATELY, OscBundle, OscMessage, messages_of
from hobnail_bridges.osc.presets.settings import ReaperSettings
from hobnail_native import monotonic_ns

from .fake_port import AnsweringPort

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
INTS = st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
ADDRESSES = st.lists(st.text("abcXYZ019_-.", min_size=1, max_size=8), min_size=1, max_size=5).map(
    lambda parts: "/" + "/".join(parts)
)
ARGUMENTS = st.lists(FLOATS | INTS | TEXTS, max_size=8)
MESSAGES = st.tuples(ADDRESSES, ARGUMENTS)


def refusal(data: bytes) -> MessageError:
    with pytest.raises(MessageError) as caught:
        decode(data)
    assert caught.value.cure
    return caught.value


def bundle(*elements: bytes, timetag: int = IMMEDIATELY) -> bytes:
    return encode_bundle(elements, timetag)


A = encode_message("/a")


@given(MESSAGES)
def test_what_is_encoded_is_decoded_again(message):
    address, args = message
    assert decode(encode_message(address, *args)) == OscMessage(address, tuple(args))


@given(MESSAGES)
def test_python_osc_reads_what_we_write(message):
    address, args = message
    foreign = ForeignMessage(encode_message(address, *args))
    assert (foreign.address, foreign.params) == (address, args)


@given(MESSAGES, st.booleans(), st.binary(min_size=1, max_size=20))
def test_we_read_what_python_osc_writes(message, flag, blob):
    address, args = message
    builder = OscMessageBuilder(address)
    for arg in (*args, flag, blob, None):
        builder.add_arg(arg)
    builder.add_arg(2.5, builder.ARG_TYPE_DOUBLE)
    builder.add_arg(2**40, builder.ARG_TYPE_INT64)
    read = decode(builder.build().dgram)
    assert read == OscMessage(address, (*args, flag, blob, None, 2.5, 2**40))


@given(st.lists(MESSAGES, max_size=5), st.integers(2, 2**64 - 1))
def test_bundles_in_bundles_keep_their_order_and_their_time(messages, timetag):
    inner = bundle(*(encode_message(address, *args) for address, args in messages))
    outer = decode(bundle(A, inner, A, timetag=timetag))
    told = list(messages_of(outer))
    assert [tag for tag, _ in told] == [timetag] * (len(messages) + 2)
    assert [message.address for _, message in told] == ["/a", *(address for address, _ in messages), "/a"]


def test_a_bundle_that_python_osc_builds_is_read():
    builder = OscBundleBuilder(1_700_000_000.5)
    message = OscMessageBuilder("/x")
    message.add_arg(7)
    builder.add_content(message.build())
    read = decode(builder.build().dgram)
    assert isinstance(read, OscBundle)
    assert read.elements == (OscMessage("/x", (7,)),)
    assert read.timetag / 2**32 == pytest.approx(1_700_000_000.5 + 2_208_988_800, abs=1e-6)
    assert len(ForeignBundle(bundle(A, A)).content(0).params) == 0


# --- packets that hang, crash or corrupt python-osc ------------------------------------------------------------------


def test_an_element_of_negative_size_ends_at_once():
    data = b"#bundle\0" + struct.pack(">Qi", 1, -4)
    began = time.perf_counter()
    assert refusal(data).code == "malformed"
    assert time.perf_counter() - began < 0.5


def test_bundles_nested_a_thousand_deep_are_refused():
    data = A
    for _ in range(1500):
        data = bundle(data)
    assert "nested" in refusal(data).problem


def test_bundles_may_be_nested_eight_deep():
    data = A
    for _ in range(MAX_DEPTH):
        data = bundle(data)
    assert list(messages_of(decode(data))) == [(IMMEDIATELY, OscMessage("/a"))]
    refusal(bundle(data))


@pytest.mark.parametrize("size", [1000, 0, 3, -1, 2**31 - 4])
def test_an_element_with_a_wrong_size_is_refused(size):
    assert refusal(b"#bundle\0" + struct.pack(">Qi", 1, size) + A + A).code == "malformed"


def test_a_text_that_is_not_utf8_is_refused():
    assert "UTF-8" in refusal(b"/a\0\0,s\0\0\xff\xfe\0\0").problem


@pytest.mark.parametrize(("tags", "expected"), [(b",cif", ("A", 7, 0.25)), (b",Sif", ("A", 7, 0.25))])
def test_rare_tags_do_not_shift_what_follows(tags, expected):
    first = b"\0\0\0A" if tags[1:2] == b"c" else b"A\0\0\0"
    data = b"/a\0\0" + tags + b"\0" * (8 - len(tags)) + first + struct.pack(">if", 7, 0.25)
    assert decode(data) == OscMessage("/a", expected)


@pytest.mark.parametrize("tag", [b"x", b"[", b"]", b"\x01", b"\xc3"])
def test_unknown_tags_are_refused(tag):
    assert refusal(b"/a\0\0," + tag + b"\0\0" + b"\0" * 8).code in ("bad_type", "malformed")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"/",
        b"/a\0",
        b"/abc",  # the address does not end
        b"abc\0",
        b"#bundle\0",
        b"#bundlx\0" + b"\0" * 8,
        b"/a\0\0,i\0\0",  # the argument is missing
        b"/a\0\0,s\0\0abcd",  # the text does not end
        b"/a\0\0,b\0\0\0\0\0\x10abcd",
        b"/a\0\0,b\0\0\xff\xff\xff\xff",
        b"/a\0\0,b\0\0\0\0\0\x05abcd",
        b"/a\0\0,i\0\0\0\0\0\1\0\0\0\0",  # bytes after the end
        b"/a b\0\0\0\0,\0\0\0",
        b"/\xc3\xa4\0,\0\0\0",
        b"/a\0\0\0\0\0\0",
        b"/" + b"a" * 300 + b"\0\0\0",
    ],
)
def test_broken_packets_are_refused(data):
    refusal(data)


def test_a_message_without_tags_has_no_arguments():
    assert decode(b"/a\0\0") == OscMessage("/a")


def test_too_much_is_refused():
    assert refusal(b"/a\0\0" * (MAX_PACKET_BYTES // 4 + 1)).code == "too_large"
    assert refusal(bundle(*[A] * (MAX_MESSAGES + 1))).code == "too_large"
    assert refusal(b"/a\0\0," + b"T" * 259 + b"\0\0\0\0").code == "too_large"


def test_an_inner_bundle_cannot_come_before_its_outer_one():
    early, late = bundle(A, timetag=1000), bundle(A, timetag=3000)
    assert refusal(bundle(early, timetag=2000)).code == "malformed"
    assert [tag for tag, _ in messages_of(decode(bundle(late, A, timetag=2000)))] == [3000, 2000]


@settings(max_examples=400)
@given(st.binary(max_size=200) | st.binary(max_size=120).map(lambda data: b"#bundle\0" + b"\0" * 7 + b"\1" + data))
def test_whatever_the_bytes_the_answer_is_a_packet_or_a_refusal(data):
    try:
        told = list(messages_of(decode(data)))
    except MessageError as error:
        told = [error.cure, error.problem]
    assert all(told)
    assert len(told) <= MAX_MESSAGES


WORDS = st.sampled_from(
    ["hobnail", "feet", "*", "", "pitch", "raw", "str", "event", "click", "tone", "stop", "[a-z]*", "{feet,x}",
     "create", "remove", "transport", "cue", "loop", "play", "listen", "panic", "frame", "position", "gain", "bus"]
)  # fmt: skip
WISHES = st.tuples(
    st.lists(WORDS, min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts)),
    st.lists(st.floats(width=32) | INTS | TEXTS | st.just("/hobnail/feet/pitch"), max_size=4),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WISHES | st.binary(max_size=40), max_size=20))
def test_the_desk_stands_whatever_is_wished(wishes):
    port = AnsweringPort()
    desk = Desk(port, OscConfig(reaper=ReaperSettings()), monotonic_ns, time.time_ns)
    told = []
    for wish in wishes:
        data = wish if isinstance(wish, bytes) else encode_message(wish[0], *wish[1])
        desk.take(data, "peer", told.append, monotonic_ns())
        for notice in port.wait_notices(0.0):
            desk.notice(notice)
        desk.tick()
    assert all(len(packet) <= MAX_SENT_BYTES for packet in told)
    assert len(desk.stage.mirror) <= len(wishes)


# --- what is sent ----------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=2000), max_size=3))
def test_what_is_sent_fits_into_reapers_buffer(texts):
    data = encode_message("/hobnail/error", *texts)
    assert len(data) <= MAX_SENT_BYTES
    assert ForeignMessage(data).address == "/hobnail/error"


def test_only_i_f_and_s_are_sent_and_numbers_are_held_at_the_ends():
    read = decode(encode_message("/a", True, 2**40, 1e300, float("nan"), float("-inf"), "x\0y"))
    assert read.args[:2] == (1, 2**31 - 1)
    assert read.args[2] == pytest.approx(3.4028e38, rel=1e-3)
    assert read.args[3:] == (0.0, pytest.approx(-3.4028e38, rel=1e-3), "xy")


# --- streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framing", [Slip, LengthPrefix])
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.integers(1, 9))
def test_packets_survive_a_stream_however_it_is_cut(framing, packets, step):
    stream = b"".join(framing().wrap(packet) for packet in packets)
    reader = framing()
    read = [packet for at in range(0, len(stream), step) for packet in reader.feed(stream[at : at + step])]
    assert read == packets


@pytest.mark.parametrize("framing", [Slip, LengthPrefix])
def test_the_first_byte_tells_the_framing(framing):
    assert isinstance(framing_for(framing().wrap(A)[0]), framing)


def test_a_stream_that_is_neither_is_refused():
    with pytest.raises(MessageError):
        framing_for(ord("G"))
    with pytest.raises(MessageError):
        LengthPrefix().feed(b"\x7f\xff\xff\xff")
    with pytest.raises(MessageError):
        Slip().feed(b"\xc0" + b"a" * 200_000)


def test_a_broken_escape_spoils_only_its_packet():
    assert Slip().feed(b"\xc0ab\xdbcd\xc0\xc0/a\0\0\xc0") == [b"ab", b"/a\0\0"]
