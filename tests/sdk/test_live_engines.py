"""Engines that keep up with a clock: what a live session tells them, and when; offline nobody asks."""

import math

import msgspec
import numpy as np
import pytest

from hobnail.assembly import new_mixer
from hobnail.clock import SessionClock
from hobnail.commands import PutEmitter, TriggerEvent
from hobnail.config import SessionConfig
from hobnail.contracts import Block, LiveEngine, Step
from hobnail.notices import VoiceEnded
from hobnail.pipeline import Pipeline
from hobnail.scene import EmitterSettings
from hobnail.testing import FakeEngine
from hobnail_native import ClockPage, Mixer

STEP = 1024


class Watched(FakeEngine):
    """Remembers what it was asked."""

    def __init__(self):
        super().__init__()
        self.starts, self.batches, self.budgets, self.many = [], [], [], 0

    @property
    def spec(self):
        return msgspec.structs.replace(super().spec, step_frames=STEP, together_frames=STEP // 2)

    def start(self, voice):
        self.starts.append(voice)
        last = voice.event.kind == "one_shot"
        block = Block(STEP, samples=np.full(STEP, 0.1 * (1 + len(self.starts)), np.float32), last=last)
        return Step(block, "state", engine="another" if last else "")

    def step(self, voices):
        self.batches.append(voices)
        return [Step(Block(STEP, samples=np.full(STEP, 0.1, np.float32)), "state") for _ in voices]

    def idle(self, budget_s):
        self.budgets.append(budget_s)
        return True

    def excess(self):
        many, self.many = self.many, 0
        return many


class Obliging(Watched):
    """Gives voices more where that brings them together, and steps those that are near."""

    @property
    def spec(self):
        return msgspec.structs.replace(super().spec, together_frames=STEP // 2 + 128)

    def step(self, voices):
        super().step(voices)
        return [
            Step(Block(frames, samples=np.full(frames, 0.1, np.float32)), "state")
            for frames in (STEP + voice.more_frames for voice in voices)
        ]


@pytest.fixture
def engine():
    return Watched()


def pipeline_of(engine, *, live):
    config, page = SessionConfig(engine="fake", voices=16), ClockPage()
    mixer = new_mixer(config, page, Mixer)
    pipeline = Pipeline(mixer, SessionClock(page), config, {"fake": engine}, (), commands_ns=math.inf, live=live)
    for name, priority in (("one", 90), ("two", 10), ("three", 50)):
        pipeline.take(PutEmitter(emitter=name, settings=EmitterSettings(priority=priority), at_frame=0))
    return pipeline, mixer


def tone(emitter, at):
    return TriggerEvent(emitter=emitter, name="tone", action="start", at_frame=at)


def play(pipeline, mixer, frames, turn=192):
    """Turns like those of a live session; all notices."""
    notices = []
    for _ in range(frames // turn):
        notices += pipeline.turn()
        mixer.pull(turn)
    return notices


EIGHT = tuple((f"voice {number}", 370 * number) for number in range(8))


def batches_of(engine, voices):
    """Sizes of batches once voices that began apart have met, and how far ahead each was."""
    pipeline, mixer = pipeline_of(engine, live=True)
    for emitter, at in voices:
        pipeline.take(PutEmitter(emitter=emitter, at_frame=0))
        pipeline.take(tone(emitter, at))
    play(pipeline, mixer, 40_000)
    late = engine.batches[len(engine.batches) // 2 :]
    return [len(batch) for batch in late], [voice.slack_frames for batch in late for voice in batch]


def test_two_voices_that_began_apart_meet_and_stay_one_batch(engine):
    sizes, slack = batches_of(engine, (("one", 0), ("two", 700)))
    assert set(sizes) == {2}
    assert 500 < min(slack) <= max(slack) < 1024 + STEP // 2


def test_many_voices_go_in_two_batches_and_alone_without_togetherness(engine, monkeypatch):
    sizes, _ = batches_of(engine, EIGHT)
    assert sum(sizes) / len(sizes) >= 3.5
    monkeypatch.setattr(Watched, "spec", msgspec.structs.replace(engine.spec, together_frames=0))
    apart, slack = batches_of(Watched(), EIGHT)
    assert sum(apart) / len(apart) < 0.7 * sum(sizes) / len(sizes)
    assert max(slack) < 1024


def test_an_engine_that_gives_some_more_once_has_all_voices_in_one_batch_from_then_on():
    engine = Obliging()
    sizes, slack = batches_of(engine, EIGHT)
    assert set(sizes) == {8}
    assert max(slack) < 1024 + STEP // 2 + 128
    longer = [voice.voice for batch in engine.batches for voice in batch if voice.more_frames]
    assert 0 < len(longer) < 8
    assert len(set(longer)) == len(longer)  # each of them once


def test_more_voices_than_one_step_should_have_go_in_two_batches_half_a_step_apart(monkeypatch):
    engine = Obliging()
    monkeypatch.setattr(Obliging, "spec", msgspec.structs.replace(engine.spec, together_most=5))
    sizes, _ = batches_of(Obliging(), EIGHT)
    assert set(sizes) == {4}


def test_a_live_session_says_who_matters_and_how_much_time_there_is(engine):
    assert isinstance(engine, LiveEngine)
    pipeline, mixer = pipeline_of(engine, live=True)
    pipeline.take(tone("one", 0))
    pipeline.take(tone("two", 0))
    pipeline.take(TriggerEvent(emitter="three", name="click", at_frame=4000))
    play(pipeline, mixer, 8_000)
    first, second = engine.batches[-1]
    assert 90 <= first.importance < 91
    assert 10 <= second.importance < 11
    assert engine.starts[0].slack_frames is None
    assert 0 < engine.starts[2].slack_frames <= 2 * STEP


def test_offline_nobody_waits_and_nothing_is_made_ahead(engine):
    pipeline, mixer = pipeline_of(engine, live=False)
    pipeline.take(tone("one", 0))
    pipeline.take(TriggerEvent(emitter="three", name="click", at_frame=4000))
    play(pipeline, mixer, 8_000)
    assert not pipeline.idle()
    assert engine.budgets == []
    assert {voice.slack_frames for batch in engine.batches for voice in batch} == {None}
    assert [(start.fresh, start.slack_frames) for start in engine.starts] == [(False, None)] * 2


def test_idle_time_ends_where_the_next_step_or_command_is_due(engine):
    pipeline, mixer = pipeline_of(engine, live=True)
    play(pipeline, mixer, 192)
    assert pipeline.idle()
    assert engine.budgets == [float("inf")]
    pipeline.take(tone("one", 30_000))
    assert pipeline.idle()
    assert engine.budgets[-1] == pytest.approx((30_000 - 1024 - 192) / 48_000)
    play(pipeline, mixer, 40_000)
    pipeline.idle()
    assert engine.budgets[-1] <= STEP / 48_000


@pytest.mark.parametrize(
    ("seed", "emitters_seed", "fresh"), [(None, False, True), (5, False, False), (None, True, False)]
)
def test_a_take_is_free_to_choose_unless_somebody_asked_for_a_seed(engine, seed, emitters_seed, fresh):
    pipeline, mixer = pipeline_of(engine, live=True)
    if emitters_seed:
        pipeline.take(PutEmitter(emitter="one", create=False, settings=EmitterSettings(seed=7), at_frame=0))
    pipeline.take(TriggerEvent(emitter="one", name="click", at_frame=100, seed=seed))
    play(pipeline, mixer, 2_000)
    assert [start.fresh for start in engine.starts] == [fresh]


def test_who_is_too_many_is_stolen_by_priority_and_the_end_tells_who_played(engine):
    pipeline, mixer = pipeline_of(engine, live=True)
    for emitter in ("one", "two", "three"):
        pipeline.take(tone(emitter, 0))
    pipeline.take(TriggerEvent(emitter="one", name="click", at_frame=0))
    play(pipeline, mixer, 4_000)
    engine.many = 2
    ended = [notice for notice in play(pipeline, mixer, 8_000) if isinstance(notice, VoiceEnded)]
    stolen = [(notice.emitter, notice.engine) for notice in ended if notice.reason == "stolen"]
    assert sorted(stolen) == [("three", "fake"), ("two", "fake")]
    everything = play(pipeline, mixer, 192)
    assert pipeline.metrics().metrics.voices_stolen == 2
    assert everything == []


def test_a_voice_that_another_engine_began_says_so(engine):
    pipeline, mixer = pipeline_of(engine, live=True)
    pipeline.take(TriggerEvent(emitter="one", name="click", at_frame=0))
    (ended,) = [notice for notice in play(pipeline, mixer, 8_000) if isinstance(notice, VoiceEnded)]
    assert ended.engine == "another"
