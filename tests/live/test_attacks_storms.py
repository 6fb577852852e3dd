"""Storms against the real server: everything is accounted for, nothing fills up, nobody else is late."""

import math
import time

import numpy as np
import zmq

from hobnail.protocol.messages import Ack, Ended, ErrorMessage, Pong

from .attackers import CALM_S, DEADLINE_S, GRAVEL, STORM, eventually, figures, resident_mib, storm


def test_a_storm_of_events_is_accounted_for_and_harms_nobody(server, decent):
    """As near to a million events in a second as one client gets."""
    before = resident_mib(server)
    latencies = []
    with storm(server, STORM, seconds=2.5) as report:
        ends = time.monotonic() + 2.5
        sent = []
        while time.monotonic() < ends:
            sent.append(decent.event("decent-feet", "footstep", contact=GRAVEL))
            time.sleep(0.02)
        voices = {}
        for request in sent:
            voices[decent.answer(request, DEADLINE_S).voice] = None
        deadline = time.monotonic() + DEADLINE_S
        while None in voices.values() and time.monotonic() < deadline:
            for answer in decent.poll(0.2):
                if isinstance(answer, Ended) and answer.voice in voices:
                    voices[answer.voice] = answer
    assert None not in voices.values(), "an event of the decent client was lost"
    latencies = sorted((ended.onset_ns - ended.received_ns) / 1e6 for ended in voices.values() if ended.onset_ns)
    assert len(latencies) == len(sent)
    p99 = latencies[min(len(latencies) - 1, math.ceil(0.99 * len(latencies)))]
    after = resident_mib(server)
    print(f"{report}; decent: {len(sent)} events, p50 {latencies[len(latencies) // 2]:.1f}, p99 {p99:.1f} ms", end="; ")
    print("MiB", [f"{b:.0f} -> {a:.0f}" for b, a in zip(before, after, strict=True)])
    assert report["sent"] > 20_000
    assert report["voices"] + sum(report["refused"].values()) == report["sent"]
    assert report["refused"].keys() <= {"rate_limited", "busy"}
    assert p99 < 120.0  # ms; 62 alone on two AVX2 cores, 96 beside two other suites; 60 held on a faster machine
    assert all(a - b < 40 for a, b in zip(after, before, strict=True))


def test_panic_ends_all_sound_during_a_storm(server, decent):
    decent.emitter("decent-sky", wait=True)
    with storm(server, STORM, seconds=1.0):
        rain = decent.event("decent-sky", "rain", action="start", wait=True)
        began = time.monotonic()
        decent.panic()
        ended = eventually(lambda: [a for a in decent.poll(0.1) if isinstance(a, Ended) and a.voice == rain.voice])
        print(f"panic took {time.monotonic() - began:.3f} s")
        assert ended[0].reason == "panic"


def test_a_thousand_emitters_a_second_come_and_go_and_leave_nothing_behind(server, decent, vandal):
    vandal.greet()
    emitters = figures(decent).emitters

    def churn(seconds):
        began, number = time.monotonic(), 0
        while number < 1000 * seconds:
            for _ in range(20):
                vandal.send({"type": "emitter", "emitter": f"gnat-{number}", "settings": {"material": "wood"}})
                if number % 20 == 0:
                    vandal.send({"type": "event", "emitter": f"gnat-{number}", "name": "impact"})
                vandal.send({"type": "emitter", "emitter": f"gnat-{number}", "op": "remove"})
                number += 1
            time.sleep(max(0.0, began + number / 1000 - time.monotonic()))
        vandal.send({"type": "ping", "id": number, "t": 0})
        answer = vandal.receive(CALM_S)
        assert isinstance(answer, Pong), answer

    churn(1.0)
    before = resident_mib(server)
    churn(2.0)
    after = resident_mib(server)
    print("MiB", [f"{b:.1f} -> {a:.1f}" for b, a in zip(before, after, strict=True)])
    assert all(a - b < 8 for a, b in zip(after, before, strict=True))
    eventually(lambda: (figure := figures(decent)).emitters == emitters and figure.voices == 0)
    room = 1024 - emitters
    for number in range(room):
        vandal.send({"type": "emitter", "id": number, "emitter": f"crowd-{number}"})
    assert {type(vandal.receive()) for _ in range(room)} == {Ack}
    vandal.send({"type": "bye", "id": 1})
    vandal.until(Ack)


def test_frames_scheduled_far_ahead_do_not_fill_the_memory(server, decent, vandal):
    vandal.greet()
    names = [f"far-{number}" for number in range(200)]
    for name in names:
        vandal.send({"type": "emitter", "emitter": name})
    vandal.send({"type": "ping", "t": 0})
    vandal.until(Pong)
    before = resident_mib(server)[0]
    at = figures(decent).frame + 300 * 48_000
    frame = {"type": "frame", "emitters": names, "data": bytes(48 * len(names)), "at": at}
    for number in range(2000):
        vandal.send({**frame, "id": number})
        if number % 100 == 99:
            time.sleep(0.02)
    codes = vandal.refusals(1) | {}
    after = resident_mib(server)[0]
    print(f"MiB {before:.0f} -> {after:.0f}", codes)
    assert codes.keys() == {"busy"}
    assert after - before < 24
    vandal.send({"type": "bye", "id": 1})


def test_a_thousand_audio_topics_and_a_storm_of_subscriptions_do_not_disturb_a_listener(server, decent):
    address = server.addresses["zmq"]["audio"]
    with zmq.Context() as context, context.socket(zmq.SUB) as greedy:
        greedy.linger = 0
        greedy.connect(address)
        with decent.audio("mix") as mix:
            assert mix.read(DEADLINE_S) is not None
            for number in range(1000):
                greedy.subscribe(b"pcm/nobody-%d" % number)
            ends = time.monotonic() + 1.5
            while time.monotonic() < ends:
                for number in range(200):
                    greedy.subscribe(b"pcm/loop-%d" % number)
                for number in range(200):
                    greedy.unsubscribe(b"pcm/loop-%d" % number)
                chunk = mix.read(DEADLINE_S)
                assert chunk is not None
            for topic in (b"", b"p", b"pcm/", b"pcm/\xff\xfe", b"pcm/" + b"x" * 900, b"\x00"):
                greedy.subscribe(topic)
            assert mix.read(DEADLINE_S) is not None
            print("lost frames of the listener:", mix.lost_frames)
    with decent.audio("decent-feet") as alone:
        assert alone.read(DEADLINE_S) is not None, "the taps of a listener that left were not given back"


def test_a_topic_never_carries_another_emitters_sound(server, decent, vandal):
    vandal.greet(want=["voices"])
    vandal.send({"type": "emitter", "id": 1, "emitter": "gone"})
    assert isinstance(vandal.receive(), Ack)
    with decent.audio("gone") as tap:
        assert tap.read(DEADLINE_S) is not None
        vandal.send({"type": "emitter", "id": 2, "emitter": "gone", "op": "remove"})
        assert isinstance(vandal.receive(), Ack)
        heirs = 0
        for number in range(1020):  # one of them gets the strip that was freed
            vandal.send({"type": "emitter", "id": number, "emitter": f"heir-{number}"})
            answer = vandal.receive()
            if isinstance(answer, ErrorMessage) and answer.code == "busy":
                break  # every strip is taken: emitters of those before are still fading
            assert isinstance(answer, Ack)
            heirs += 1
        for number in range(0, heirs, 6):
            vandal.send({"type": "event", "emitter": f"heir-{number}", "name": "impact", "gain_db": 12.0})
        for _ in range(0, heirs, 6):
            vandal.until(Ended)
        while (chunk := tap.read(0.3)) is not None:
            assert np.abs(chunk.samples).max() == 0.0
    vandal.send({"type": "bye", "id": 3})
    vandal.until(Ack)
