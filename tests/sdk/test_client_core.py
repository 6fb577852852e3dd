"""The client's bookkeeping, without sockets: bytes and made-up times in, bytes and messages out."""

import pytest

from hobnail.audio import Latency
from hobnail.client.core import ClientCore
from hobnail.errors import ClientError, MessageError
from hobnail.protocol import (
    Ack,
    BusMessage,
    ControlMessage,
    EmitterMessage,
    ErrorMessage,
    EventMessage,
    Hello,
    ListenerMessage,
    Ping,
    Pong,
    Welcome,
    decode_client,
    encode,
)
from hobnail.scene import EmitterSettings

MS = 1_000_000
HELLO = Hello(v=1, client="game")
WELCOME = Welcome(
    v=1,
    client="game",
    frame=0,
    rate=48_000,
    hop=512,
    latency_mode="asap",
    latency=Latency(),
    engine="e",
    engines=(),
    controls=(),
    buses=("main",),
    audio_port=1,
    telemetry_port=2,
    heartbeat_s=1.0,
    timeout_s=3.0,
    version="0",
)
EVENT = EventMessage(v=1, emitter="a", name="impact")


def greeted(now_ns=0):
    core = ClientCore(HELLO, timeout_s=3.0)
    core.receive(encode(WELCOME), now_ns)
    return core


def due(core, now_ns):
    return [decode_client(data) for data in core.due(now_ns)]


def test_the_first_thing_said_is_hello():
    assert due(ClientCore(HELLO, 3.0), 0) == [HELLO]


@pytest.mark.parametrize(("went_out", "again_ms"), [(False, 50), (True, 1_000)])
def test_hello_is_repeated_soon_when_nobody_took_it_and_late_when_nobody_answered(went_out, again_ms):
    core = ClientCore(HELLO, 3.0)
    core.hello_sent(0, went_out)
    assert due(core, (again_ms - 1) * MS) == []
    assert core.next_due_ns(0) == again_ms * MS
    assert due(core, again_ms * MS) == [HELLO]


def test_nothing_can_be_said_before_the_welcome():
    with pytest.raises(ClientError, match="does not answer"):
        ClientCore(HELLO, 3.0).ask(EVENT)


def test_a_welcome_starts_a_burst_of_pings_and_then_one_each_second():
    core = ClientCore(HELLO, 3.0)
    out = core.receive(encode(WELCOME), 0)
    pings = 0
    while out:
        (ping,) = map(decode_client, out)
        assert isinstance(ping, Ping)
        pings += 1
        out = core.receive(encode(Pong(v=1, t=ping.t, frame=5, ns=0)), pings * MS)
    assert pings == 8
    assert core.clock.samples == 8
    assert due(core, 500 * MS) == []
    assert [type(message) for message in due(core, 1_010 * MS)] == [Ping]


def test_requests_are_numbered_and_messages_counted():
    core = greeted()
    sent = [decode_client(core.ask(EVENT)[1]), decode_client(core.tell(EVENT)), decode_client(core.ask(EVENT)[1])]
    assert [(message.id, message.seq) for message in sent] == [(1, 1), (None, 2), (2, 3)]


def test_a_faulty_message_takes_no_number():
    core = greeted()
    with pytest.raises(MessageError):
        core.ask(EventMessage(v=1, emitter="", name="impact"))
    assert core.ask(EVENT)[0] == 1


def test_an_answer_is_found_once_and_then_not_in_the_inbox():
    core = greeted()
    first, _ = core.ask(EVENT)
    second, _ = core.ask(EVENT)
    for request in (first, second):
        core.receive(encode(Ack(v=1, re=request)), 0)
    assert core.answer_to(first).re == first
    assert core.answer_to(first) is None
    assert [reply.re for reply in core.take_inbox()] == [second]
    assert core.take_inbox() == []


def test_an_inbox_that_nobody_reads_loses_the_oldest_and_counts():
    core = greeted()
    for request in range(10_005):
        core.receive(encode(Ack(v=1, re=request)), 0)
    assert core.unread == 5
    assert [reply.re for reply in core.take_inbox()] == list(range(5, 10_005))


def test_what_cannot_be_understood_is_counted():
    core = greeted()
    assert core.receive(b"\xc1", 0) == []
    assert core.misread == 1


def test_silence_means_lost_and_hello_again():
    core = greeted()
    assert due(core, 2_999 * MS) != [HELLO]
    assert due(core, 3_001 * MS) == [HELLO]
    assert core.state == "lost"


def test_a_server_that_does_not_know_us_is_greeted_at_once():
    core = greeted()
    core.receive(encode(ErrorMessage(v=1, code="not_greeted", path="$.type", problem="Who?")), MS)
    assert core.state == "lost"
    assert due(core, MS) == [HELLO]


def test_after_a_second_welcome_the_scene_is_said_again():
    core = greeted()
    barrel = EmitterMessage(v=1, emitter="barrel", at=77, settings=EmitterSettings(gain_db=-3.0, controls={"a": 0.1}))
    louder = EmitterMessage(v=1, emitter="barrel", op="update", settings=EmitterSettings(gain_db=0.0))
    refused = EmitterMessage(v=1, emitter="taken")
    open_ = EmitterMessage(v=1, emitter="unanswered")
    for message, answer in ((barrel, "ack"), (louder, "ack"), (refused, "error"), (open_, "none")):
        request, _ = core.ask(message)
        if answer == "ack":
            core.receive(encode(Ack(v=1, re=request)), 0)
        elif answer == "error":
            core.receive(encode(ErrorMessage(v=1, code="emitter_taken", path="$", problem="Taken.", re=request)), 0)
    core.tell(ControlMessage(v=1, control="pitch", emitter="barrel", value=0.2))
    core.tell(ControlMessage(v=1, control="pitch", emitter="barrel", value=0.4))
    core.tell(ListenerMessage(v=1, position=(0, 1, 0), forward=(0, 0, -1), up=(0, 1, 0)))
    core.ask(BusMessage(v=1, bus="main", gain_db=-6.0))
    core.ask(EVENT)

    said = [decode_client(data) for data in core.receive(encode(WELCOME), 0)]

    assert [message.__struct_config__.tag for message in said] == [
        "ping",
        "listener",
        "bus",
        "emitter",
        "emitter",
        "control",
    ]
    assert said[3].settings == EmitterSettings(gain_db=0.0, controls={"a": 0.1})
    assert said[3].at is None
    assert said[4].emitter == "unanswered"
    assert said[5].value == 0.4


def test_a_removed_emitter_and_its_controls_are_not_said_again():
    core = greeted()
    for op in ("create", "remove"):
        request, _ = core.ask(EmitterMessage(v=1, emitter="a", op=op))
        core.tell(ControlMessage(v=1, control="pitch", emitter="a", value=0.2))
        core.receive(encode(Ack(v=1, re=request)), 0)
    said = [decode_client(data) for data in core.receive(encode(WELCOME), 0)]
    assert [type(message) for message in said] == [Ping]
