"""A session against the clock, embedded in this process: real threads, real mixer."""

import json
import threading
import time

import msgspec
import numpy as np
import pytest

from hobnail import hookimpl
from hobnail.assembly import prepared_engines
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.errors import ConfigError, SessionError, SinkError
from hobnail.host import Host
from hobnail.notices import Accepted, VoiceEnded
from hobnail.session import Session
from hobnail.testing import FakeEngine, FakeSink
from hobnail_native import FrameRing, monotonic_ns

DEADLINE_S = 10.0


@pytest.fixture
def host():
    class Engines:
        @hookimpl
        def hobnail_register_engines(self, register):
            register("fake", FakeEngine)

    host = Host(only=[])
    host.discover()
    host.add(Engines(), "engines")
    return host


def config(**session):
    return Config(session=SessionConfig(engine="fake", **session))


def wait_for(session, kind):
    """The first notice of a kind; fails when none comes."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        for notice in session.notices(timeout_s=0.2):
            if isinstance(notice, kind):
                return notice
    raise AssertionError(f"no {kind.__name__} within {DEADLINE_S} s")


def click(**fields):
    return TriggerEvent(emitter="box", name="click", received_ns=monotonic_ns(), **fields)


def test_an_event_is_answered_heard_in_the_sink_and_over(host):
    sink = FakeSink()
    with Session(config(), host=host, sinks=[sink]) as session:
        session.submit(PutEmitter(emitter="box"))
        session.submit(click(request=3))
        ended = wait_for(session, VoiceEnded)
    first = np.flatnonzero(np.abs(sink.sound).max(axis=1) > 1e-4)[0]
    assert (ended.request, ended.reason) == (3, "finished")
    assert first == ended.onset_frame


def test_as_soon_as_possible_means_within_tens_of_milliseconds(host):
    with Session(config(), host=host) as session:
        session.submit(PutEmitter(emitter="box"))
        session.submit(click())
        ended = wait_for(session, VoiceEnded)
    assert 0 < ended.onset_ns - ended.received_ns < 100e6  # generous: tests share the machine; benchmarks are exact


def test_fixed_latency_puts_the_sound_at_the_same_distance_from_its_event(host):
    with Session(config(latency_mode="fixed", fixed_latency_ms=40.0), host=host) as session:
        session.submit(PutEmitter(emitter="box"))
        session.submit(click(request=1))
        ended = wait_for(session, VoiceEnded)
        due = session.clock.frame_at(ended.received_ns) + 1920
    assert abs(ended.onset_frame - due) <= 48


def test_a_scheduled_event_sounds_at_its_frame(host):
    with Session(config(), host=host) as session:
        session.submit(PutEmitter(emitter="box"))
        at = session.clock.now_frame() + 9600
        session.submit(click(at_frame=at, request=1))
        ended = wait_for(session, VoiceEnded)
    assert ended.onset_frame == at


def test_a_sink_that_fails_ends_alone_and_is_reported_when_the_session_stops(host):
    class FullDisk(FakeSink):
        def write(self, block):
            raise SinkError("the disk is full", cure="Free some space.")

    good = FakeSink()
    session = Session(config(), host=host, sinks=[FullDisk(), good])
    session.start()
    session.submit(PutEmitter(emitter="box"))
    time.sleep(0.1)  # the bad sink has failed by now
    session.submit(click(request=1))
    wait_for(session, VoiceEnded)
    with pytest.raises(SinkError, match="disk is full"):
        session.stop()
    assert np.abs(good.sound).max() > 0.01


def test_a_sink_with_a_clock_of_its_own_sets_the_pace(host):
    class Card:
        """Takes 128 frames every 2 ms: 64 kHz, a third faster than the session thinks."""

        lead_frames = 256

        def open(self, rate_hz, channels):
            self.ring = FrameRing(channels, 4096)
            self.taken = 0
            self._done = threading.Event()
            self._thread = threading.Thread(target=self._take)
            self._thread.start()

        def write(self, block):
            raise AssertionError("the mixer fills the ring itself")

        def close(self):
            self._done.set()
            self._thread.join()

        def _take(self):
            while not self._done.wait(0.002):
                self.taken += len(self.ring.read(128))

    card = Card.__new__(Card)
    card.ring = None
    session = Session(config(), host=host, sinks=[card])
    session.start()
    try:
        session.submit(PutEmitter(emitter="box"))
        session.submit(click(request=1))
        wait_for(session, VoiceEnded)
        assert session.info.latency.buffer_frames == session.info.block_frames
        assert session.info.latency.device_frames == 256
        deadline = time.monotonic() + DEADLINE_S
        while card.taken < 4800 and time.monotonic() < deadline:
            time.sleep(0.01)
        frame, _ = session.clock.now_frame(), None
        assert card.taken >= 4800
        assert card.taken <= frame + 4096
    finally:
        session.stop()


def test_metrics_count_events(host):
    with Session(config(metrics_hz=60.0), host=host) as session:
        session.submit(PutEmitter(emitter="box"))
        session.submit(click(request=1))
        wait_for(session, Accepted)
        deadline = time.monotonic() + DEADLINE_S
        while session.metrics.events < 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert session.metrics.events == 1
        assert session.metrics.emitters == 1


def test_two_sessions_live_side_by_side(host):
    with Session(config(), host=host) as one, Session(config(), host=host) as other:
        for session in (one, other):
            session.submit(PutEmitter(emitter="box"))
            session.submit(click(request=1))
        assert wait_for(one, VoiceEnded).voice == wait_for(other, VoiceEnded).voice == 1


def test_a_session_starts_once(host):
    session = Session(config(), host=host)
    with pytest.raises(SessionError, match="new"):
        session.submit(click())
    session.start()
    session.stop()
    session.stop()
    with pytest.raises(SessionError, match="stopped"):
        session.start()


def test_a_heavy_engine_is_loaded_when_it_is_named_and_only_then():
    class Heavy(FakeEngine):
        on_request = True
        loaded = 0

        @property
        def spec(self):
            return msgspec.structs.replace(super().spec, id="heavy")

        def prepare(self):
            type(self).loaded += 1

    class Engines:
        @hookimpl
        def hobnail_register_engines(self, register):
            register("fake", FakeEngine)
            register("heavy", Heavy)

    host = Host(only=[])
    host.discover()
    host.add(Engines(), "engines")
    assert list(prepared_engines(host, config())) == ["fake"]
    assert Heavy.loaded == 0
    assert "heavy" in prepared_engines(host, Config(session=SessionConfig(engine="heavy")))
    assert Heavy.loaded == 1


def test_an_engine_that_is_not_installed_is_a_clear_error(host):
    with pytest.raises(ConfigError, match=r"\[session\] engine is 'neural'.*fake"):
        Session(Config(session=SessionConfig(engine="neural")), host=host)


def test_telemetry_exporters_get_snapshots_and_a_broken_one_is_left_out(host, tmp_path):
    class Broken:
        @hookimpl
        def hobnail_register_telemetry(self, register):
            register("broken", Exporter)

    class Exporter:
        def export(self, metrics):
            raise RuntimeError("on purpose")

        def close(self):
            """Nothing to let go of."""

    host.add(Broken(), "broken")
    path = tmp_path / "metrics.jsonl"
    settings = msgspec.structs.replace(
        config(metrics_hz=60.0, telemetry=("broken", "jsonl")), telemetry={"jsonl": {"path": str(path)}}
    )
    with Session(settings, host=host) as session:
        session.submit(PutEmitter(emitter="box"))
        session.submit(click(request=1))
        wait_for(session, VoiceEnded)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[-1]["events"] == 1


def test_a_sink_that_cannot_open_leaves_no_other_open(host):
    class Shut(FakeSink):
        def open(self, rate_hz, channels):
            raise SinkError("no such device", cure="Plug one in.")

    good = FakeSink()
    with pytest.raises(SinkError, match="no such device"):
        Session(config(), host=host, sinks=[good, Shut()]).start()
    assert not good.is_open


@pytest.mark.parametrize("mode", ["asap", "fixed"])
def test_what_was_sent_first_comes_first_even_before_an_event_that_is_overdue(host, mode):
    with Session(config(latency_mode=mode), host=host) as session:
        time.sleep(0.1)  # frame 0 is long past
        session.submit(PutEmitter(emitter="box"))
        overdue = {"at_frame": 0} if mode == "asap" else {}
        long_ago = monotonic_ns() - 100_000_000
        session.submit(TriggerEvent(emitter="box", name="click", request=1, received_ns=long_ago, **overdue))
        assert wait_for(session, Accepted).request == 1
