"""Engines whose blocks come later: a voice is heard when its first one arrives, and fed when others do."""

import math

import msgspec
import numpy as np
import pytest

from hobnail.assembly import new_mixer
from hobnail.clock import SessionClock
from hobnail.commands import Panic, PutEmitter, RemoveEmitter, TriggerEvent
from hobnail.config import SessionConfig
from hobnail.contracts import Arrival, Block, Step
from hobnail.notices import Accepted, VoiceEnded
from hobnail.pipeline import Pipeline
from hobnail.scene import EmitterSettings
from hobnail.testing import FakeEngine
from hobnail_native import ClockPage, Mixer

STEP = 1024


class Deferring(FakeEngine):
    """Keeps what it is asked for until it is let out."""

    def __init__(self):
        super().__init__()
        self.asked, self.here, self.begun = [], [], 0

    @property
    def spec(self):
        return msgspec.structs.replace(super().spec, step_frames=STEP, ring_lead_frames=4096)

    def start(self, voice):
        self.begun += 1
        return self._answer(voice, 0)

    def step(self, voices):
        return [self._answer(voice, voice.state) for voice in voices]

    def _answer(self, voice, age):
        block = Block(STEP, samples=np.full(STEP, 0.01 * (age + 1), np.float32))
        if not voice.later:
            return Step(block, age + 1)
        self.asked.append((voice.voice, Step(block, age + 1)))
        return Step.to_come()

    def let_out(self):
        self.here += [Arrival(*each) for each in self.asked]
        self.asked.clear()

    def arrived(self):
        found, self.here = self.here, []
        return found


class Show:
    def __init__(self, *, live=True, voices=16):
        self.engine = Deferring()
        config, page = SessionConfig(engine="fake", voices=voices), ClockPage()
        self.mixer = new_mixer(config, page, Mixer)
        self.pipeline = Pipeline(
            self.mixer, SessionClock(page), config, {"fake": self.engine}, (), commands_ns=math.inf, live=live
        )
        self.notices = []

    def tell(self, *commands):
        for command in commands:
            self.pipeline.take(command)

    def turn(self, frames=64):
        self.notices += self.pipeline.turn()
        return self.mixer.pull(frames)

    def ended(self):
        return [(notice.reason, notice.onset_frame) for notice in self.notices if isinstance(notice, VoiceEnded)]


@pytest.fixture
def show():
    made = Show()
    made.tell(PutEmitter(emitter="feet"))
    return made


def event(name="click", **more):
    return TriggerEvent(emitter="feet", name=name, request=1, **more)


def test_a_voice_is_heard_from_the_block_after_its_sound_arrived(show):
    show.tell(event())
    for _ in range(10):
        assert not show.turn().any()
    assert show.pipeline.expecting
    assert [notice.request for notice in show.notices if isinstance(notice, Accepted)] == [1], "answered at once"
    show.engine.let_out()
    assert show.turn().any()
    assert show.pipeline.metrics().metrics.underruns == 0


def test_a_scheduled_voice_begins_at_its_frame_if_its_sound_is_there(show):
    show.tell(event(at_frame=640))
    show.turn()
    show.engine.let_out()
    heard = np.concatenate([show.turn() for _ in range(16)])
    assert np.flatnonzero(heard[:, 0])[0] + 64 in range(640, 645)


def test_a_voice_is_not_asked_for_again_while_a_block_is_coming(show):
    show.tell(event("tone", action="start"))
    show.turn()
    show.engine.let_out()
    for _ in range(10):
        show.turn()
    assert len(show.engine.asked) == 1
    show.engine.let_out()
    show.turn()
    assert show.pipeline.metrics().metrics.underruns == 0


def test_tails_are_asked_for_earlier_than_what_follows_controls(show):
    show.tell(event(), event("tone", action="start"))
    asked = []
    for _ in range(10):
        show.turn(8)
        asked += [voice for voice, _ in show.engine.asked]
        show.engine.let_out()
    assert asked.count(1) == 5, "until 4096 frames are there"
    assert asked.count(2) == 2, "until 1024 are"


@pytest.mark.parametrize("command", [Panic(), RemoveEmitter(emitter="feet")])
def test_what_is_over_before_it_was_heard_is_said_to_be_and_what_arrives_is_dropped(show, command):
    show.tell(event())
    show.turn()
    show.tell(command)
    show.turn()
    assert show.ended() == [("panic" if isinstance(command, Panic) else "removed", None)]
    show.engine.let_out()
    assert not show.turn().any()
    assert not show.pipeline.sounding
    assert not show.pipeline.expecting


def test_a_block_that_failed_ends_its_voice(show):
    show.tell(event())
    show.turn()
    show.engine.here = [Arrival(voice, None) for voice, _ in show.engine.asked]
    show.turn()
    assert show.ended() == [("failed", None)]
    assert show.pipeline.metrics().metrics.voices_failed == 1


def test_a_voice_that_loses_its_room_before_it_was_heard_rests_and_begins_anew():
    show = Show(voices=1)
    for name, priority in (("low", 10), ("high", 90)):
        show.tell(PutEmitter(emitter=name, settings=EmitterSettings(priority=priority)))
    show.tell(TriggerEvent(emitter="low", name="tone", action="start"))
    show.turn()
    late = list(show.engine.asked)
    show.tell(TriggerEvent(emitter="high", name="tone", action="start", request=2))
    show.turn()
    assert show.ended() == []
    assert show.pipeline.metrics().metrics.voices_virtual == 1
    show.engine.asked = [each for each in show.engine.asked if each not in late]
    show.engine.here = [Arrival(*each) for each in late]
    assert not show.turn().any(), "what comes too late is not heard"
    show.tell(RemoveEmitter(emitter="high"))
    for _ in range(300):
        show.engine.let_out()
        show.turn()
    assert show.engine.begun == 3
    assert show.pipeline.metrics().metrics.voices_virtual == 0


def test_offline_nothing_is_deferred():
    show = Show(live=False)
    show.tell(PutEmitter(emitter="feet", at_frame=0), event(at_frame=0))
    assert show.turn().any()
    assert show.engine.asked == []


def test_what_clients_are_told_of_the_models_latency_is_until_the_sound_is_there(show):
    show.tell(event())
    for _ in range(3):
        show.turn()
    assert show.pipeline.metrics().metrics.opening.count == 0
    show.engine.let_out()
    show.turn()
    assert show.pipeline.metrics().metrics.opening.count == 1
