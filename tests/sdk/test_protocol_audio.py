"""Sound in three frames."""

from contextlib import suppress

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail.protocol.audio import AudioChunk, decode_audio, encode_audio, name_of, topic_of

HEADER = {"at": 0, "rate": 48_000, "channels": 2, "frames": 3, "format": "f32le"}


def test_a_chunk_comes_back_as_it_was():
    samples = np.arange(6, dtype=np.float32).reshape(3, 2)
    parts = encode_audio("mix", AudioChunk(at=7, rate=48_000, samples=samples))
    chunk = decode_audio(parts)
    assert parts[0] == b"pcm/mix"
    assert (chunk.at, chunk.rate) == (7, 48_000)
    np.testing.assert_array_equal(chunk.samples, samples)


def test_a_strided_array_is_sent_in_order():
    samples = np.arange(12, dtype=np.float32).reshape(6, 2)[::2]
    np.testing.assert_array_equal(
        decode_audio(encode_audio("a", AudioChunk(at=0, rate=48_000, samples=samples))).samples, samples
    )


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([b"pcm/mix"], "malformed"),
        ([b"pcm/mix", b"\xc1", b""], "malformed"),
        ([b"pcm/mix", msgpack.packb({**HEADER, "channels": "2"}), bytes(24)], "bad_type"),
        ([b"pcm/mix", msgpack.packb({**HEADER, "format": "s16"}), bytes(24)], "out_of_range"),
        ([b"pcm/mix", msgpack.packb({**HEADER, "channels": 0}), b""], "out_of_range"),
        ([b"pcm/mix", msgpack.packb({**HEADER, "at": -1}), bytes(24)], "out_of_range"),
        ([b"pcm/mix", msgpack.packb(HEADER), bytes(23)], "out_of_range"),
    ],
)
def test_a_broken_chunk_is_a_message_error(parts, code):
    with pytest.raises(MessageError) as raised:
        decode_audio(parts)
    assert raised.value.code == code


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_frames_give_a_chunk_or_a_message_error(parts):
    with suppress(MessageError):
        assert len(decode_audio(parts).samples) >= 0


@pytest.mark.parametrize("topic", [b"", b"pcm", b"pcm/", b"other/mix", b"pcm/\xff"])
def test_what_is_no_audio_topic_has_no_name(topic):
    assert name_of(topic) is None


def test_a_topic_and_its_name_belong_together():
    assert name_of(topic_of("barrel 1")) == "barrel 1"
