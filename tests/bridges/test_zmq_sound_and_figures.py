"""The audio and telemetry sockets."""

import msgspec
import numpy as np

from hobnail.commands import SetTap
from hobnail.metrics import Metrics
from hobnail.notices import MetricsNotice, VoiceEnded
from hobnail.protocol import Ended, ErrorMessage, decode_server
from hobnail.protocol.audio import decode_audio

from .fake_port import AnsweringPort


def receive(socket, timeout_s=3.0):
    assert socket.poll(timeout_s * 1000), "nothing came"
    return socket.recv_multipart()


def test_a_subscription_opens_a_tap_and_the_sound_comes_stamped(house, eventually):
    ears = house.subscribe("audio", b"pcm/mix")
    eventually(lambda: house.port.taps == {0: "mix"})
    sent = np.arange(512, dtype=np.float32).reshape(256, 2)
    house.port.deliver_sound(0, sent)
    topic, *_ = parts = receive(ears)
    chunk = decode_audio(parts)
    assert topic == b"pcm/mix"
    assert (chunk.at, chunk.rate) == (0, 48_000)
    np.testing.assert_array_equal(chunk.samples, sent)
    house.port.deliver_sound(0, sent)
    assert decode_audio(receive(ears)).at == 256


def test_the_last_listener_closes_the_tap(house, eventually):
    first, second = (house.subscribe("audio", b"pcm/mix") for _ in range(2))
    eventually(lambda: house.port.taps == {0: "mix"})
    for ears in (first, second):
        house.port.deliver_sound(0, np.zeros((64, 2), np.float32))
        receive(ears)
    first.close()
    second.close()
    eventually(lambda: house.port.taps == {0: None})
    assert house.port.of(SetTap)[-1] == SetTap(tap=0, topic=None)


def test_an_emitter_is_mono_and_has_a_topic_of_its_own(house, eventually):
    ears = house.subscribe("audio", b"pcm/barrel")
    eventually(lambda: house.port.taps == {0: "barrel"})
    house.port.deliver_sound(0, np.ones((100, 1), np.float32))
    topic, *_ = parts = receive(ears)
    assert topic == b"pcm/barrel"
    assert decode_audio(parts).samples.shape == (100, 1)


def test_without_a_free_tap_the_topic_waits_and_telemetry_says_so(make_house, eventually):
    house = make_house(AnsweringPort(taps=1))
    faults = house.subscribe("telemetry", b"errors")
    first = house.subscribe("audio", b"pcm/a")
    eventually(lambda: house.port.taps == {0: "a"})
    refused = None
    while refused is None:  # the telemetry subscription may arrive after the first report
        second = house.subscribe("audio", b"pcm/b")
        refused = faults.recv_multipart() if faults.poll(500) else second.close()
    error = decode_server(refused[1])
    assert isinstance(error, ErrorMessage)
    assert (error.code, error.path) == ("busy", "pcm/b")
    first.close()
    eventually(lambda: house.port.taps == {0: "b"})


def test_an_emitter_that_comes_later_is_asked_for_again(house, eventually):
    house.subscribe("audio", b"pcm/late")
    asked = SetTap(tap=0, topic="late")
    eventually(lambda: house.port.of(SetTap).count(asked) >= 2)


def test_a_topic_that_is_none_opens_nothing(house, eventually):
    house.subscribe("audio", b"", b"pcm/", b"pcm", b"\xff\xfe", b"other/mix")
    house.subscribe("audio", b"pcm/mix")
    eventually(lambda: house.port.taps)
    assert house.port.taps == {0: "mix"}


def test_metrics_voices_and_counters_are_published(house, eventually):
    figures = house.subscribe("telemetry", b"metrics", b"voices", b"bridge")
    house.peer().greet()
    seen = {}

    def all_seen() -> bool:
        house.port.deliver(
            MetricsNotice(metrics=Metrics(frame=480, voices=3)),
            VoiceEnded(
                client=99,
                request=1,
                voice=7,
                emitter="a",
                event="impact",
                engine="fake",
                reason="finished",
                at_frame=5,
                onset_frame=9,
            ),
        )
        while figures.poll(20):
            topic, data = figures.recv_multipart()
            seen[topic] = data
        return len(seen) == 3

    eventually(all_seen)
    assert msgspec.msgpack.decode(seen[b"metrics"], type=Metrics).voices == 3
    ended = decode_server(seen[b"voices"])
    assert isinstance(ended, Ended)
    assert (ended.voice, ended.onset, ended.at) == (7, 9, 5)
    assert msgspec.msgpack.decode(seen[b"bridge"])["clients"] == 1


def test_a_tap_is_closed_even_when_the_sessions_queue_was_full(make_house, eventually):
    port = AnsweringPort(room=1)
    house = make_house(port)
    ears = house.subscribe("audio", b"pcm/mix")
    eventually(lambda: port.taps == {0: "mix"})
    ears.close()
    late = house.subscribe("audio", b"pcm/late")
    port._room = None
    eventually(lambda: port.of(SetTap)[1:2] == [SetTap(tap=0, topic=None)] or port.taps.get(0) is None)
    late.close()
