"""The latency that clients are told is the latency that they get, and a change of it is told."""

import pytest

from hobnail import hookimpl
from hobnail.audio import Latency
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.contracts import EngineSpec
from hobnail.host import Host
from hobnail.latency import WORTH_TELLING, device_frames_of, latency_now, worth_telling
from hobnail.metrics import Metrics
from hobnail.notices import LatencyNotice, MetricsNotice, VoiceEnded
from hobnail.session import Session
from hobnail.testing import FakeEngine, FakeSink
from hobnail_native import FrameRing, monotonic_ns

SPEC = EngineSpec(id="e", help="", events=(), materials=(), controls=(), model_latency_frames=128)
MEASURED = Metrics(transport_ms=0.5, opening_ms=2.0)


def told(**config):
    return latency_now(SessionConfig(**config), SPEC, MEASURED, device_frames=512)


def test_as_soon_as_possible_adds_way_model_block_and_device():
    assert told() == Latency(buffer_frames=64, model_frames=128 + 96, transport_frames=24, device_frames=512)


def test_in_fixed_mode_way_and_model_lie_within_the_fixed_delay():
    latency = told(latency_mode="fixed", fixed_latency_ms=10.0)
    assert latency.total_frames == 480 + 512
    assert latency.buffer_frames == 480 - 128 - 96 - 24


def test_a_model_slower_than_the_fixed_delay_is_not_hidden():
    slow = latency_now(SessionConfig(latency_mode="fixed", fixed_latency_ms=1.0), SPEC, MEASURED, device_frames=0)
    assert slow.buffer_frames == 0
    assert slow.total_frames > 48


@pytest.mark.parametrize(
    ("moved", "worth"),
    [
        ({}, False),
        ({"device_frames": 511}, True),
        ({"transport_frames": 24 + WORTH_TELLING - 1}, False),
        ({"transport_frames": 24 + WORTH_TELLING}, True),
        ({"model_frames": 0}, True),
    ],
)
def test_a_measured_part_is_told_again_when_it_moved_by_a_block_and_a_device_always(moved, worth):
    before = {"buffer_frames": 64, "model_frames": 224, "transport_frames": 24, "device_frames": 512}
    assert worth_telling(Latency(**before), Latency(**{**before, **moved})) is worth


class Card(FakeSink):
    """A paced sink whose driver can come and go."""

    lead_frames = 256
    driver_frames = 100

    def open(self, rate_hz, channels):
        super().open(rate_hz, channels)
        self.ring = FrameRing(channels, 4096)

    ring = None


class Slow(FakeEngine):
    """Takes five milliseconds to open a voice."""

    def start(self, voice):
        ends = monotonic_ns() + 5_000_000
        while monotonic_ns() < ends:
            pass
        return super().start(voice)


@pytest.fixture
def host():
    class Engines:
        @hookimpl
        def hobnail_register_engines(self, register):
            register("fake", Slow)

    host = Host(only=[])
    host.discover()
    host.add(Engines(), "engines")
    return host


def test_a_sink_without_a_driver_of_its_own_counts_by_its_lead():
    card = Card()
    assert device_frames_of(card) == 356
    del Card.driver_frames
    try:
        assert device_frames_of(card) == 256
    finally:
        Card.driver_frames = 100
    assert device_frames_of(None) == 0


def test_a_slow_engine_is_measured_and_every_client_hears_of_it(host):
    config = Config(session=SessionConfig(engine="fake", metrics_hz=60.0))
    with Session(config, host=host) as session:
        assert session.info.latency.model_frames == 0  # nothing was opened yet
        session.submit(PutEmitter(emitter="box"))
        heard, changes, snapshots = [], [], []
        while not (heard and changes and snapshots):
            if not heard:
                session.submit(TriggerEvent(emitter="box", name="click", received_ns=monotonic_ns()))
            for notice in session.notices(timeout_s=1.0):
                heard += [notice] if isinstance(notice, VoiceEnded) else []
                changes += [notice] if isinstance(notice, LatencyNotice) else []
                snapshots += [notice] if isinstance(notice, MetricsNotice) and notice.metrics.opening.count else []
        assert session.info.latency.model_frames >= 240
        assert session.metrics.latency == session.info.latency
        assert changes[-1].latency.model_frames >= 240
        (slowest, *_) = snapshots[-1].metrics.slow_hops
        assert slowest.engine == "fake"
        assert 5.0 <= slowest.engine_ms <= slowest.ms
