"""Virtual voices: beyond the limit they are not heard, keep their place, and come back by priority."""

import msgspec
import numpy as np
import pytest

from hobnail.assembly import new_mixer
from hobnail.clock import SessionClock
from hobnail.commands import Panic, PutEmitter, RemoveEmitter, SetFeatures, TriggerEvent
from hobnail.config import SessionConfig
from hobnail.contracts import Block, EngineSpec, EventSpec, RestingEngine, Step
from hobnail.notices import Accepted, Refused, VoiceEnded
from hobnail.pipeline import Pipeline
from hobnail.scene import EmitterSettings
from hobnail.testing import FakeEngine
from hobnail_native import ClockPage, Mixer

STEP = 512
PART = 1e-4


class Clocked:
    """Every step is as loud as its voice is old: what is heard tells where it is."""

    spec = EngineSpec(
        id="clocked",
        help="",
        events=(EventSpec(name="hum", kind="sustained"), EventSpec(name="click", kind="one_shot")),
        materials=(),
        controls=(),
        step_frames=STEP,
    )

    def __init__(self):
        self.resting = 0

    def prepare(self):
        """Nothing to do."""

    def start(self, voice):
        if voice.event.kind == "one_shot":
            return Step(Block(STEP, samples=np.full(STEP, 0.5, np.float32), last=True))
        return self._at(0)

    def step(self, voices):
        return [self._at(voice.state, stopping=voice.stopping) for voice in voices]

    def rest(self, state):
        self.resting += 1
        return ("rests", state)

    def resume(self, state, frames):
        self.resting -= 1
        return state[1] + frames // STEP

    def _at(self, age, *, stopping=False):
        return Step(Block(STEP, samples=np.full(STEP, PART * (age + 1), np.float32), last=stopping), age + 1)


class Show:
    """A pipeline that is turned by hand."""

    def __init__(self, engine, voices):
        config = SessionConfig(engine=engine.spec.id, voices=voices)
        page = ClockPage()
        self.mixer = new_mixer(config, page, Mixer)
        self.pipeline = Pipeline(self.mixer, SessionClock(page), config, {engine.spec.id: engine}, (), live=True)
        self.notices, self.heard = [], []

    def say(self, *commands):
        for command in commands:
            self.pipeline.take(command)

    def play(self, frames, turn=192):
        for _ in range(-(-frames // turn)):
            self.notices += self.pipeline.turn()
            self.heard.append(self.mixer.pull(turn)[:, 0].copy())
        return np.concatenate(self.heard)

    @property
    def virtual(self):
        return self.pipeline.metrics().metrics.voices_virtual

    def only(self, kind):
        return [notice for notice in self.notices if isinstance(notice, kind)]


@pytest.fixture
def engine():
    return Clocked()


@pytest.fixture
def show(engine):
    made = Show(engine, voices=1)
    yield made
    made.mixer.close()


def put(emitter, priority=50, **settings):
    return PutEmitter(emitter=emitter, settings=EmitterSettings(priority=priority, pan=0.0, **settings))


def hum(emitter, action="start", *, name="hum", **fields):
    return TriggerEvent(emitter=emitter, name=name, action=action, **fields)


def test_a_voice_that_has_to_make_room_comes_back_where_it_would_be(engine, show):
    assert isinstance(engine, RestingEngine)
    show.say(put("low", 10), put("high", 90), hum("low", request=1))
    show.play(9_600)
    show.say(hum("high", request=2))
    show.play(9_600)
    assert (show.virtual, engine.resting) == (1, 1)
    assert show.only(VoiceEnded) == []
    show.say(hum("high", "stop"))
    show.play(9_600)
    assert (show.virtual, engine.resting) == (0, 0)
    sound = show.play(4_800)
    frame = len(sound) - 64
    gain = sound[3_000] / (PART * (3_000 // STEP + 1))
    age = sound[frame] / gain / PART - 1
    assert age == pytest.approx(frame / STEP, abs=3.0), "it is as old as if it had sounded all the time"
    ended = show.only(VoiceEnded)
    assert [(notice.emitter, notice.reason) for notice in ended] == [("high", "stopped")]
    assert {notice.voice for notice in show.only(Accepted)} == {1, 2}
    assert show.pipeline.metrics().metrics.voices_stolen == 0


def test_a_sustained_voice_that_matters_less_waits_and_is_heard_when_there_is_room(show):
    show.say(put("high", 90), put("low", 10), hum("high"))
    show.play(2_000)
    show.say(hum("low", request=7), TriggerEvent(emitter="low", name="click", request=8))
    show.play(4_000)
    assert show.virtual == 1
    assert [notice.request for notice in show.only(Accepted)] == [7]
    assert [(notice.request, notice.code) for notice in show.only(Refused)] == [(8, "busy")]
    show.say(hum("high", "stop"))
    show.play(4_000)
    assert show.virtual == 0
    assert np.abs(show.play(2_000)[-500:]).max() > 0.0


def test_who_matters_most_comes_back_first_and_a_priority_that_rises_takes_the_room(show):
    show.say(put("one", 90), put("two", 20), put("three", 30), hum("one"))
    show.play(2_000)
    show.say(hum("two"), hum("three"))
    show.play(2_000)
    assert show.virtual == 2
    show.say(hum("one", "stop"))
    show.play(4_000)
    sounding = show.pipeline.metrics().metrics.sounding
    assert [each.emitter for each in sounding] == ["three"]
    show.say(PutEmitter(emitter="two", create=False, settings=EmitterSettings(priority=60)))
    show.play(4_000)
    assert [each.emitter for each in show.pipeline.metrics().metrics.sounding] == ["two"]
    assert show.virtual == 1


@pytest.mark.parametrize("end", ["stop", "remove", "panic", "started again"])
def test_a_voice_that_rests_can_be_stopped_removed_silenced_and_told_of_a_new_contact(show, end):
    show.say(put("low", 10), put("high", 90), hum("low"))
    show.play(2_000)
    show.say(hum("high"))
    show.play(4_000)
    assert show.virtual == 1
    said = {
        "stop": hum("low", "stop"),
        "remove": RemoveEmitter(emitter="low"),
        "panic": Panic(),
        "started again": hum("low", request=5),
    }[end]
    show.say(said)
    show.play(4_000)
    ended = [(notice.emitter, notice.reason) for notice in show.only(VoiceEnded) if notice.emitter == "low"]
    if end == "started again":
        assert (ended, show.virtual) == ([], 1)
        assert show.only(Accepted)[-1].voice == 1
        return
    assert ended == [("low", {"stop": "stopped", "remove": "removed", "panic": "panic"}[end])]
    assert show.virtual == 0
    show.say(RemoveEmitter(emitter="high"))
    show.play(12_000)
    assert not show.pipeline.sounding
    assert (show.pipeline.strip_of("low") is None) == (end == "remove")


def test_forty_voices_with_room_for_eight_are_all_heard_in_the_end(engine):
    show = Show(engine, voices=8)
    for number in range(40):
        show.say(put(f"e{number}", number), hum(f"e{number}"))
    show.play(6_000)
    assert show.virtual == 32
    best = {each.emitter for each in show.pipeline.metrics().metrics.sounding}
    assert best == {f"e{number}" for number in range(32, 40)}
    for number in reversed(range(8, 40)):
        show.say(hum(f"e{number}", "stop"))
        show.play(960)
    show.play(6_000)
    assert show.virtual == 0
    assert {each.emitter for each in show.pipeline.metrics().metrics.sounding} == {f"e{n}" for n in range(8)}
    assert engine.resting == 0
    assert show.pipeline.metrics().metrics.voices_failed == 0
    show.mixer.close()


class Clumsy(Clocked):
    """Stumbles when a voice is to rest."""

    def rest(self, state):
        raise ZeroDivisionError("on purpose")


class Sleepy(Clocked):
    """Stumbles when a voice is to come back."""

    def resume(self, state, frames):
        raise ZeroDivisionError("on purpose")


@pytest.mark.parametrize("kind", [Clumsy, Sleepy])
def test_an_engine_that_stumbles_over_rest_loses_that_voice_and_nothing_else(kind):
    show = Show(kind(), voices=1)
    show.say(put("low", 10), put("high", 90), hum("low"))
    show.play(2_000)
    show.say(hum("high"))
    show.play(4_000)
    show.say(hum("high", "stop"))
    show.play(4_000)
    ended = [(notice.emitter, notice.reason) for notice in show.only(VoiceEnded)]
    assert sorted(ended) == [("high", "stopped"), ("low", "failed")]
    assert show.virtual == 0
    assert not show.pipeline.sounding
    show.mixer.close()


def test_an_engine_that_cannot_rest_goes_on_from_what_it_had():
    show = Show(FakeEngine(), voices=1)
    show.say(put("low", 10), put("high", 90), hum("low", name="tone"))
    show.play(2_000)
    show.say(hum("high", name="tone"))
    show.play(4_000)
    assert show.virtual == 1
    show.say(hum("high", "stop", name="tone"))
    show.play(24_000)
    assert [each.emitter for each in show.pipeline.metrics().metrics.sounding] == ["low"]
    show.mixer.close()


def test_features_reach_a_voice_that_rests_before_it_is_heard(show):
    matrix = np.array([[3.0]], np.float32).tobytes()
    show.say(put("low", 10), put("high", 90), hum("high"))
    show.play(1_000)
    show.say(hum("low"), SetFeatures(emitters=("low",), columns=("speed_m_s",), values=matrix))
    show.play(1_000)
    (resting,) = show.pipeline._voices.resting
    assert resting.presence.features["speed_m_s"] == 3.0
    assert msgspec.structs.asdict(resting.presence.emitter)["priority"] == 10


def test_a_blow_between_two_steps_is_seen_by_the_next_one_and_then_no_more(show):
    show.say(put("low", 10), hum("low"))
    show.play(4_000)
    (presence,) = show.pipeline._stage
    for tick in ((1.0, 4.0), (2.0, 0.0), (3.0, 0.5)):
        presence.tell(dict(zip(("speed_m_s", "impulse_n_s"), tick, strict=True)), everything=False)
    assert presence.look() == {"speed_m_s": 3.0, "impulse_n_s": 4.5}
    presence.tell({"impulse_n_s": 1.0}, everything=False)
    assert presence.look()["impulse_n_s"] == 1.0
