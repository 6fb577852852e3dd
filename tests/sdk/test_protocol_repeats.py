"""A frame message whose head was seen before is decoded as if it had not been, whatever became of its bytes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail.protocol import FrameMessage, decode_client, encode
from hobnail.protocol.codec import _client, _decode, check_client
from hobnail.protocol.repeats import FrameHeads
from hobnail.scene import SCENE_FEATURES

EMITTERS = ("crate", "dada", "boots/left")
ROWS = np.linspace(-3, 3, len(EMITTERS) * len(SCENE_FEATURES), dtype="<f4").tobytes()


def frame(seq=None, rows=ROWS, **fields):
    return FrameMessage(v=1, seq=seq, emitters=EMITTERS, data=rows, **fields)


def type_last(data):
    """As our C++ client writes it."""
    opening = b"\xa4type\xa5frame"
    assert data[1:].startswith(opening)
    return data[:1] + data[1 + len(opening) :] + opening


def slowly(data):
    """What decoding without a memory says: the message, or the code and path of its fault."""
    try:
        message = _decode(_client, data)
        check_client(message)
    except MessageError as error:
        return error.code, error.path
    return message


def quickly(data):
    try:
        return decode_client(data)
    except MessageError as error:
        return error.code, error.path


def remembering(*told):
    heads = FrameHeads()
    for data in told:
        heads.note(data, slowly(data))
    return heads


@pytest.mark.parametrize("written", [encode, lambda message: type_last(encode(message))])
@pytest.mark.parametrize("seq", [None, 0, 127, 128, 255, 65_536, (1 << 63) - 1])
def test_only_the_numbers_are_read_anew(written, seq):
    heads = remembering(written(frame(seq=1)))
    rows = (np.frombuffer(ROWS, "<f4") + np.float32(1)).tobytes()
    assert heads.read(written(frame(seq=seq, rows=rows))) == frame(seq=seq, rows=rows)


def test_numbers_that_are_refused_are_refused_with_their_place():
    heads = remembering(encode(frame()))
    rows = np.frombuffer(ROWS, "<f4").copy()
    rows[len(SCENE_FEATURES) + 2] = np.inf
    with pytest.raises(MessageError) as caught:
        heads.read(encode(frame(rows=rows.tobytes())))
    assert caught.value.path == "$.data[1][2]"
    rows[len(SCENE_FEATURES) + 2] = np.nan
    assert heads.read(encode(frame(rows=rows.tobytes()))) is not None


@pytest.mark.parametrize(
    "other",
    [
        frame(id=3),
        frame(at=48_000),
        frame(columns=SCENE_FEATURES),
        FrameMessage(v=1, emitters=EMITTERS[:2], data=ROWS[: -4 * len(SCENE_FEATURES)]),
        FrameMessage(v=1, values={"crate": {"speed_m_s": 1.0}}),
        FrameMessage(v=1, emitters=("crate", "data", "boots/left"), data=ROWS),
    ],
)
def test_other_frames_are_left_to_the_decoder(other):
    assert remembering(encode(frame())).read(encode(other)) is None


def test_it_forgets_the_oldest():
    heads = remembering(*(encode(FrameMessage(v=1, emitters=(f"e{n}",), data=ROWS[:48])) for n in range(600)))
    assert heads.read(encode(FrameMessage(v=1, emitters=("e0",), data=ROWS[:48]))) is None
    assert heads.read(encode(FrameMessage(v=1, emitters=("e599",), data=ROWS[:48]))) is not None


GOOD = [encode(frame()), encode(frame(seq=300)), type_last(encode(frame(seq=7))), encode(frame(columns=SCENE_FEATURES))]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # neither says anything on a busy machine
@given(st.sampled_from(GOOD), st.data())
def test_whatever_became_of_its_bytes_it_is_decoded_as_without_a_memory(good, data):
    for one in GOOD:
        assert quickly(one) == slowly(one)
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(bad) - 1) | st.integers(0, 40))
        match data.draw(st.sampled_from(["set", "cut", "put"])):
            case "set":
                bad[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del bad[at]
            case _:
                bad[at:at] = data.draw(st.binary(min_size=1, max_size=9))
    assert quickly(bytes(bad)) == slowly(bytes(bad))
