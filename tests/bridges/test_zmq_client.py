"""The Python clients against a real bridge."""

import asyncio
import threading
import time

import numpy as np
import pytest
import zmq

from hobnail.client import AsyncClient, Client
from hobnail.commands import ClientLeft, PutEmitter, SetControl, SetFeatures, SetListener, TriggerEvent
from hobnail.errors import ClientError, MessageError
from hobnail.metrics import Metrics
from hobnail.notices import MetricsNotice
from hobnail.protocol import Ack, Ended
from hobnail.scene import Contact
from hobnail_bridges.zmq.config import ZmqConfig

from .conftest import House
from .fake_port import AnsweringPort


@pytest.fixture
def client(house):
    with Client(house.control, name="game") as client:
        yield client


def test_an_emitter_and_its_event_are_acknowledged(house, client):
    barrel = client.emitter("barrel", wait=True, prompt="oak barrel", material="wood", position_m=(1, 0, -2))
    ack = barrel.event("impact", wait=True, at=4_800, material="stone", speed_m_s=2.5)
    assert isinstance(ack, Ack)
    assert (ack.voice, ack.at) == (1, 4_800)
    (event,) = house.port.of(TriggerEvent)
    assert event.contact == Contact(material="stone", speed_m_s=2.5)
    (put,) = house.port.of(PutEmitter)
    assert put.settings.position_m == (1.0, 0.0, -2.0)


def test_a_refusal_raises_with_the_servers_words_when_waited_for(client):
    with pytest.raises(ClientError, match=r"no emitter 'ghost'.*unknown_emitter at \$\.emitter.*Create it first"):
        client.event("ghost", "impact", wait=True)


def test_a_refusal_that_nobody_waits_for_is_polled_and_kept(client):
    request = client.event("ghost", "impact")
    (error,) = client.poll(timeout_s=3)
    assert (error.code, error.re) == ("unknown_emitter", request)
    assert client.errors == (error,)


def test_a_faulty_message_raises_before_it_is_sent(client):
    with pytest.raises(MessageError, match="out of range") as raised:
        client.event("a", "impact", contact=Contact(intensity=2.0))
    assert raised.value.path == "$.contact.intensity"
    with pytest.raises(MessageError) as raised:
        client.control("pitch", float("nan"))
    assert raised.value.code == "not_finite"


def test_ended_voices_are_polled(client):
    client.emitter("a", wait=True)
    request = client.event("a", "impact")
    heard = []
    while len(heard) < 2:
        heard += client.poll(timeout_s=3)
    assert [type(reply) for reply in heard] == [Ack, Ended]
    assert heard[1].re == request


def test_frames_controls_and_the_listener_arrive(house, client, eventually):
    client.emitter("a")
    assert client.frame(["a", "b"], np.array([[1, 2], [3, np.nan]]), columns=["speed_m_s", "size_m"])
    client.control("pitch", 0.7, emitter="a")
    client.control_plain("pitch", -12)
    client.listener((0, 1, 0), (0, 0, -1), (0, 1, 0))
    eventually(lambda: house.port.of(SetListener))
    (frame,) = house.port.of(SetFeatures)
    values = np.frombuffer(frame.values, "<f4").reshape(2, 2)
    np.testing.assert_array_equal(values, [[1, 2], [3, np.nan]])
    assert [control.value for control in house.port.of(SetControl)] == [0.7, 0.0]


def test_named_features_arrive_as_columns(house, client, eventually):
    client.features({"a": {"speed_m_s": 1}, "b": {"wetness": 0.5}})
    (frame,) = eventually(lambda: house.port.of(SetFeatures))
    assert (frame.emitters, frame.columns) == (("a", "b"), ("speed_m_s", "wetness"))
    np.testing.assert_array_equal(np.frombuffer(frame.values, "<f4"), np.float32([1, np.nan, np.nan, 0.5]))


def test_the_session_clock_is_known_to_a_millisecond(house, client):
    def true_frame() -> float:
        frame, due_ns = house.port.now()
        return frame + (time.monotonic_ns() - due_ns) * 48 / 1e6

    errors = [abs(client.now() - true_frame()) for _ in range(100)]
    assert sorted(errors)[50] < 48
    assert client.clock_error_ms() < 5
    frame = client.now() + 48_000
    assert client.frame_at(client.local_ns_at(frame)) == pytest.approx(frame, abs=1)


def test_many_threads_may_speak_at_once(house, client, eventually):
    client.emitter("a", wait=True)
    threads = [threading.Thread(target=lambda: [client.event("a", "impact") for _ in range(25)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: len(house.port.of(TriggerEvent)) == 150)
    requests = {event.request for event in house.port.of(TriggerEvent)}
    assert len(requests) == 150


def test_a_client_that_idles_is_kept_alive(make_house):
    house = make_house(heartbeat_s=0.1, timeout_s=0.3)
    with Client(house.control, name="sleeper") as client:
        time.sleep(0.8)  # the point is that nothing is called
        assert client.connected
        client.emitter("a", wait=True)
    assert [command for command in house.port.of(ClientLeft) if command.client != 1] == []


def test_closing_says_bye(house, eventually):
    with Client(house.control, name="short"):
        pass
    eventually(lambda: house.port.of(ClientLeft))


def test_no_server_is_an_error_with_a_cure():
    with pytest.raises(ClientError, match=r"within 0\.3 s.*hobnail serve"):
        Client("tcp://127.0.0.1:9", name="lonely", timeout_s=0.3)


def test_an_address_that_is_none_is_an_error_with_a_cure():
    with pytest.raises(ClientError, match="tcp://127"):
        Client("localhost", name="lost")


def test_after_a_restart_of_the_server_the_scene_is_set_up_again(eventually):
    first = House(ZmqConfig(control_port=0, audio_port=0, telemetry_port=0), AnsweringPort())
    port = int(first.control.rsplit(":", 1)[1])
    try:
        client = Client(first.control, name="game", timeout_s=0.5)
        client.emitter("a", wait=True, gain_db=-3, controls={"pitch": 0.1})
        client.answer(client.update("a", material="wood", controls={"intensity": 0.9}))
        client.emitter("b", wait=True)
        client.answer(client.remove("b"))
        client.control("pitch", 0.2, emitter="a")
        client.listener((0, 1, 0), (0, 0, -1), (0, 1, 0))
    finally:
        first.stop()
    with client:
        eventually(lambda: not client.connected)
        with pytest.raises(ClientError, match="does not answer"):
            client.event("a", "impact")
        second = House(ZmqConfig(control_port=port, audio_port=0, telemetry_port=0), AnsweringPort())
        try:
            eventually(lambda: client.connected)
            assert client.event("a", "impact", wait=True).voice == 1
            (put,) = second.port.of(PutEmitter)
            assert (put.settings.gain_db, put.settings.material) == (-3.0, "wood")
            assert put.settings.controls == {"pitch": 0.1, "intensity": 0.9}
            assert [control.value for control in second.port.of(SetControl)] == [0.2]
            assert len(second.port.of(SetListener)) == 1
        finally:
            second.stop()


def test_audio_is_read_in_chunks_and_gaps_are_counted(house, client, eventually):
    with client.audio("mix") as stream:
        eventually(lambda: house.port.taps == {0: "mix"})
        house.port.deliver_sound(0, np.full((128, 2), 0.5, np.float32))
        chunk = stream.read(timeout_s=3)
        assert chunk.samples.shape == (128, 2)
        house.port._tap_frames[0] += 1_000
        house.port.deliver_sound(0, np.zeros((64, 2), np.float32))
        assert stream.read(timeout_s=3).at == 1_128
        assert stream.lost_frames == 1_000
        assert stream.read(timeout_s=0.01) is None
    with pytest.raises(ClientError, match="closed"):
        stream.read()


def test_a_stream_that_was_left_open_does_not_hold_up_the_end(house):
    with Client(house.control, name="careless") as client:
        stream = client.audio("mix")
    stream.close()


def test_a_stream_hears_only_its_own_topic(house, client, eventually):
    with client.audio("door") as door, client.audio("door2") as door2:
        eventually(lambda: set(house.port.taps.values()) == {"door", "door2"})
        tap = next(tap for tap, topic in house.port.taps.items() if topic == "door2")
        house.port.deliver_sound(tap, np.ones((64, 1), np.float32))
        assert door2.read(timeout_s=3) is not None
        assert door.read(timeout_s=0.05) is None


def test_metrics_are_read_typed(house, client, eventually):
    with client.telemetry("metrics") as stream:

        def read():
            house.port.deliver(MetricsNotice(metrics=Metrics(voices=5)))
            return stream.read(timeout_s=0.05)

        assert eventually(read).voices == 5


def test_the_asyncio_client_does_the_same(house):
    async def play():
        async with AsyncClient(house.control, name="tool") as client:
            barrel = await client.emitter("barrel", wait=True, material="wood")
            ack = await barrel.event("impact", wait=True, speed_m_s=2.0)
            assert ack.voice == 1
            with pytest.raises(ClientError, match="unknown_emitter"):
                await client.answer(await client.event("ghost", "impact"))
            kinds = set()
            async for reply in client.replies():
                kinds.add(type(reply))
                if isinstance(reply, Ended):
                    break
            return kinds

    assert Ended in asyncio.run(play())


def test_the_asyncio_client_says_when_nobody_answers():
    with pytest.raises(ClientError, match="hobnail serve"):
        asyncio.run(AsyncClient("tcp://127.0.0.1:9", name="lonely", timeout_s=0.2).open())


def test_two_tasks_may_wait_for_answers_of_one_client(house):
    async def walk(client, who):
        feet = await client.emitter(who, wait=True)
        return [(await feet.event("footstep", wait=True)).re for _ in range(20)]

    async def both():
        async with AsyncClient(house.control, name="tool") as client:
            return await asyncio.gather(walk(client, "ann"), walk(client, "bob"))

    ann, bob = asyncio.run(both())
    assert len({*ann, *bob}) == 40


def test_an_asyncio_client_that_was_not_opened_says_so():
    async def speak():
        AsyncClient(name="tool").panic()

    with pytest.raises(ClientError, match=r"not open.*async with"):
        asyncio.run(speak())


def test_a_name_that_is_none_is_told_before_connecting():
    with pytest.raises(MessageError) as raised:
        Client("tcp://127.0.0.1:9", name="")
    assert raised.value.path == "$.client"


def test_an_asyncio_client_waits_without_holding_up_its_loop(house):
    async def both():
        async with AsyncClient(house.control, name="tool") as client:
            ticks = 0

            async def tick():
                nonlocal ticks
                while True:
                    ticks += 1
                    await asyncio.sleep(0.01)

            ticking = asyncio.create_task(tick())
            assert await client.poll(timeout_s=0.2) == []
            ticking.cancel()
            return ticks

    assert asyncio.run(both()) > 5


def test_sending_costs_the_callers_thread_less_than_a_third_of_a_millisecond_at_the_median(house, client):
    """Of processor time, which other work on the machine leaves alone; no call waits for an answer."""
    client.emitter("a", wait=True)
    took_ms = []
    for _ in range(200):
        before = time.thread_time_ns()
        client.event("a", "impact")
        took_ms.append((time.thread_time_ns() - before) / 1e6)
        time.sleep(0.0005)
    assert sorted(took_ms)[100] < 0.3


def test_the_libraries_here_speak_curve():
    assert zmq.has("curve"), "security tests would otherwise prove nothing"
