"""Sound in shared memory: who asks is told where, and finds there what packets bring."""

from multiprocessing.shared_memory import SharedMemory

import msgspec
import numpy as np
import pytest

from hobnail.commands import SetTap
from hobnail.protocol.audio import SharedHeader, decode_audio
from hobnail_bridges.zmq import audio

from .fake_port import AnsweringPort

SOUND = np.random.default_rng(1).standard_normal((256, 1)).astype(np.float32)


def told(ears, timeout_s=3.0):
    assert ears.poll(timeout_s * 1000), "nothing came"
    topic, header = ears.recv_multipart()
    return topic, msgspec.msgpack.decode(header, type=SharedHeader)


def attached(header):
    """The memory, without Python taking it for its own (its tracker would remove it)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("multiprocessing.resource_tracker.register", lambda *_: None)
        return SharedMemory(name=header.memory)


def until_of(memory):
    return int.from_bytes(memory.buf[72:80], "little", signed=True)


def test_who_asks_is_told_where_the_sound_is_and_finds_it_there(house, eventually):
    ears = house.subscribe("audio", b"shm/barrel")
    topic, header = told(ears)
    assert (topic, header.rate, header.channels) == (b"shm/barrel", 48_000, 1)
    memory = attached(header)
    try:
        eventually(lambda: house.port.taps == {0: "barrel"})
        house.port.deliver_sound(0, SOUND)
        eventually(lambda: until_of(memory) == 256)
        found = np.frombuffer(memory.buf, "<f4", 256, 128).copy()
        np.testing.assert_array_equal(found, SOUND[:, 0])
        assert told(ears)[1] == header  # again and again, and no packets between
    finally:
        memory.close()


def test_packets_of_the_same_emitter_come_beside_it(house, eventually):
    shared, packets = house.subscribe("audio", b"shm/barrel"), house.subscribe("audio", b"pcm/barrel")
    told(shared)
    eventually(lambda: sorted(house.port.taps.items()) == [(0, "barrel"), (1, "barrel")])
    for tap in (0, 1):
        house.port.deliver_sound(tap, SOUND)
    assert packets.poll(3000)
    np.testing.assert_array_equal(decode_audio(packets.recv_multipart()).samples, SOUND)


def test_the_last_listener_takes_the_memory_away(house, eventually):
    ears = house.subscribe("audio", b"shm/mix")
    _, header = told(ears)
    assert header.channels == 2
    ears.close()
    eventually(lambda: house.port.of(SetTap)[-1:] == [SetTap(tap=0, topic=None)])
    with pytest.raises(FileNotFoundError):
        attached(header)


def test_a_topic_that_waits_for_a_tap_is_told_of_none(make_house, eventually):
    house = make_house(AnsweringPort(taps=1))
    first = house.subscribe("audio", b"shm/a")
    told(first)
    second = house.subscribe("audio", b"shm/b")
    assert not second.poll(500)
    first.close()
    assert told(second)[0] == b"shm/b"


@pytest.mark.parametrize("how", ["off", "none"])
def test_where_there_is_none_to_share_nobody_is_told(make_house, monkeypatch, how):
    if how == "none":
        monkeypatch.setattr("hobnail_bridges.zmq.shared_sound.SharedMemory", _no_memory)
    house = make_house(shared_audio=how != "off")
    assert not house.subscribe("audio", b"shm/barrel").poll(500)


def _no_memory(**_):
    raise OSError("no space left")


def test_it_is_for_this_machine_only(make_house):
    made = []

    class Recording(audio.AudioPublisher):
        def __init__(self, *arguments):
            made.append(arguments[6])
            super().__init__(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hobnail_bridges.zmq.server.AudioPublisher", Recording)
        patch.setattr("hobnail_bridges.zmq.server.is_loopback", lambda host: False)
        make_house().subscribe("audio", b"shm/barrel").poll(300)
    assert made == [None]
