"""Sounds that raise no level are found by their own samples, and what was left out is not."""

import numpy as np
import pytest

from hobnail import hookimpl
from hobnail.audio import RATE_HZ
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.errors import SinkError
from hobnail.host import Host
from hobnail.notices import VoiceEnded
from hobnail.report import Matcher, Recording, analyse
from hobnail.session import Session
from hobnail.take import BeginningsRecorder, read_beginnings
from hobnail.testing import FakeEngine, FakeSink
from hobnail_native import monotonic_ns

from .test_report import DELAY, FOUR_HITS, START, record_of, report_of, sound_of

SOFT = 1  # the second hit of four: a swell, 12 dB below what sounds beside it


def swell(seed=3):
    """0.3 s of noise that swells: at its onset nothing is to be seen of it."""
    chance = np.random.Generator(np.random.PCG64(seed))
    return (0.02 * chance.standard_normal(14_400) * np.linspace(0.05, 1.0, 14_400)).astype(np.float32)


def scene(*, left_out=False, moved=0):
    """Four hits; the second swells under a long noise. What the engine made of it, and the recording."""
    chance = np.random.Generator(np.random.PCG64(5))
    samples = sound_of(FOUR_HITS, mute=(SOFT,))
    onset = START + FOUR_HITS.events[SOFT].at + DELAY
    noise = 0.05 * chance.standard_normal((RATE_HZ, 2)) * np.linspace(1.0, 0.6, RATE_HZ)[:, None]
    samples[onset - RATE_HZ // 4 : onset + 3 * RATE_HZ // 4] += noise.astype(np.float32)
    sound = swell()
    if not left_out:
        samples[onset + moved : onset + moved + len(sound)] += sound[:, None] * np.float32([0.9, 0.4])
    return samples, {SOFT: sound}


def test_a_soft_sound_that_swells_under_another_is_found_by_its_own_samples():
    samples, beginnings = scene()
    report = report_of(FOUR_HITS, samples=samples, beginnings=beginnings)
    line = report.events[SOFT]
    assert (line.rises, line.matches, line.verified) == (False, True, True)
    assert report.passed
    assert (report.counts.rises, report.counts.matches, report.counts.kept) == (3, 1, 1)
    assert report.counts.chance_matches == 0
    assert not report_of(FOUR_HITS, samples=samples).passed, "without its samples nobody knows"


@pytest.mark.parametrize("fault", [{"left_out": True}, {"moved": 4_800}, {"moved": -4_800}])
def test_one_that_was_left_out_or_sounds_elsewhere_is_missing_in_the_report(fault):
    samples, beginnings = scene(**fault)
    report = report_of(FOUR_HITS, samples=samples, beginnings=beginnings)
    line = report.events[SOFT]
    assert (line.rises, line.matches, line.verified) == (False, False, False)
    assert report.counts.clear_verified == 3
    assert not report.passed


def test_another_take_of_the_same_sound_is_not_it():
    samples, _ = scene()
    report = report_of(FOUR_HITS, samples=samples, beginnings={SOFT: swell(seed=4)})
    assert not report.events[SOFT].verified


def test_silence_and_places_outside_the_recording_hold_nothing():
    matcher = Matcher(scene()[0])
    assert matcher.strength(np.zeros(4_800, np.float32), START) == 0.0
    assert matcher.strength(np.zeros(0, np.float32), START) == 0.0
    assert not matcher.holds(swell(), -RATE_HZ)
    assert not matcher.holds(swell(), 10_000 * RATE_HZ)
    assert not Matcher(np.zeros((0, 2), np.float32)).holds(swell(), 0)


def test_an_event_that_was_not_heard_matches_nothing():
    samples, beginnings = scene()
    record = record_of(FOUR_HITS, deaf=(SOFT,))
    report = analyse(FOUR_HITS, record, recording=Recording(samples, 0), beginnings=beginnings)
    assert report.events[SOFT].matches is None
    assert not report.passed


@pytest.fixture
def host():
    class Engines:
        @hookimpl
        def hobnail_register_engines(self, register):
            register("fake", FakeEngine)

    host = Host(only=["procedural"])
    host.discover()
    host.add(Engines(), "engines")
    return host


@pytest.mark.parametrize(("engine", "event"), [("fake", "click"), ("procedural", "footstep")])
def test_what_engines_make_of_each_voice_is_kept_samples_or_patches(host, tmp_path, engine, event):
    path, sink = tmp_path / "voices.npz", FakeSink()
    config = Config(session=SessionConfig(engine=engine))
    ended = []
    with Session(config, host=host, sinks=[sink], recorder=BeginningsRecorder(path)) as session:
        session.submit(PutEmitter(emitter="box"))
        for _ in range(2):
            session.submit(TriggerEvent(emitter="box", name=event, received_ns=monotonic_ns()))
        for _ in range(100):
            ended += [each for each in session.notices(timeout_s=0.2) if isinstance(each, VoiceEnded)]
            if len(ended) == 2:
                break
    kept = read_beginnings(path)
    assert kept.keys() == {each.voice for each in ended}
    assert all(0 < len(samples) <= 14_400 for samples in kept.values())
    matcher = Matcher(sink.sound)
    if engine == "procedural":
        assert all(matcher.holds(kept[each.voice], each.onset_frame) for each in ended)


def test_a_file_that_cannot_be_written_or_read_is_named(host, tmp_path):
    recorder = BeginningsRecorder(tmp_path / "nowhere" / "voices.npz")
    with pytest.raises(SinkError, match="no such folder"):
        Session(Config(session=SessionConfig(engine="fake")), host=host, recorder=recorder).start()
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(SinkError, match="holds no beginnings"):
        read_beginnings(tmp_path / "torn.npz")
