"""Blocks that arrive: the same sound as at once, and nobody waits for another's."""

import threading
import time

import numpy as np
import pytest

from hobnail.contracts import DeferringEngine, VoiceInput
from hobnail_plugins.aht.one_shots import OneShots
from hobnail_plugins.aht.sustained import Sustained

from .playing import NEUTRAL, STONE, begin, engine_of, go_on


def arrivals(engine, count=1, patience_s=30.0):
    """By voice, once so many are there."""
    found, end = {}, time.monotonic() + patience_s
    while len(found) < count:
        assert time.monotonic() < end, "it never arrived"
        found.update(engine.arrived())
        time.sleep(0.001)
    return found


def later(engine, step, voice, **more):
    """Ask for a voice's next block."""
    given = {"controls": NEUTRAL, "features": {}, "contact": STONE, "stopping": False, "slack_frames": 4000} | more
    (answer,) = engine.step([VoiceInput(voice=voice, state=step.state, later=True, **given)])
    return answer


@pytest.fixture
def engine(bundle):
    return engine_of(bundle, longest_hops=96)


def test_a_one_shot_arrives_as_it_would_have_been_at_once(bundle, engine):
    assert isinstance(engine, DeferringEngine)
    right = begin(engine_of(bundle, longest_hops=96), "door_close", seed=3)
    asked = begin(engine, "door_close", seed=3, later=True)
    assert (asked.coming, asked.block.frames, asked.state) == (True, 0, None)
    step = arrivals(engine)[3]
    np.testing.assert_array_equal(step.block.samples, right.block.samples)
    another = engine_of(bundle, longest_hops=96)
    whole = begin(another, "door_close", seed=3)
    while not step.block.last:
        assert later(engine, step, 3).coming
        step = arrivals(engine)[3]
        (whole,) = go_on(another, [whole])
        np.testing.assert_array_equal(step.block.samples, whole.block.samples)
    assert whole.block.last


def test_sustained_voices_arrive_together_and_the_same(bundle, engine):
    right = engine_of(bundle)
    alone = [begin(right, "scrape", seed=seed) for seed in (1, 2)]
    for seed in (1, 2):
        assert begin(engine, "scrape", seed=seed, later=True).coming
    here = arrivals(engine, 2)
    for _ in range(3):
        for seed in (1, 2):
            np.testing.assert_array_equal(here[seed].block.samples, alone[seed - 1].block.samples)
        given = {"controls": NEUTRAL, "features": {}, "contact": STONE, "stopping": False, "later": True}
        answers = engine.step([VoiceInput(voice=seed, state=here[seed].state, **given) for seed in (1, 2)])
        assert [answer.coming for answer in answers] == [True, True]
        here, alone = arrivals(engine, 2), go_on(right, alone)


def test_no_step_waits_for_a_one_shot(engine, monkeypatch):
    """One that never comes to an end, here: the scrape goes on, and so does the caller."""
    free, opened = threading.Event(), OneShots._opened

    def held(self, *given):
        assert free.wait(30)
        return opened(self, *given)

    monkeypatch.setattr(OneShots, "_opened", held)
    begin(engine, "scrape", seed=1, later=True)
    step = arrivals(engine)[1]
    assert begin(engine, "door_close", seed=2, later=True).coming
    for _ in range(5):
        assert later(engine, step, 1).coming
        step = arrivals(engine)[1]
    free.set()
    assert arrivals(engine)[2].block.frames > 0


def test_an_event_is_answered_while_a_step_is_made(engine, monkeypatch):
    free, stepped = threading.Event(), Sustained.each_step

    def held(self, voices):
        assert free.wait(30)
        return stepped(self, voices)

    begin(engine, "scrape", seed=1, later=True)
    step = arrivals(engine)[1]
    monkeypatch.setattr(Sustained, "each_step", held)
    assert later(engine, step, 1).coming
    assert begin(engine, "door_close", seed=2, later=True).coming
    assert set(arrivals(engine)) == {2}
    free.set()
    assert set(arrivals(engine)) == {1}


def test_steps_that_pile_up_are_made_as_one(engine, monkeypatch):
    free, sizes, stepped = threading.Event(), [], Sustained.each_step

    def held(self, voices):
        sizes.append(len(voices))
        assert free.wait(30)
        return stepped(self, voices)

    for seed in (1, 2, 3):
        begin(engine, "scrape", seed=seed, later=True)
    here = arrivals(engine, 3)
    monkeypatch.setattr(Sustained, "each_step", held)
    later(engine, here[1], 1)
    while not sizes:
        time.sleep(0.001)
    for seed in (2, 3):
        later(engine, here[seed], seed)
    free.set()
    assert set(arrivals(engine, 3)) == {1, 2, 3}
    assert sizes == [1, 2]


def test_a_network_that_fails_costs_an_event_nothing_and_a_tail_its_voice(engine, monkeypatch):
    begin(engine, "door_close", seed=1, later=True)
    step = arrivals(engine)[1]
    with monkeypatch.context() as patch:
        patch.setattr(engine._model._graphs, "run_bound", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("gone")))
        begin(engine, "door_close", seed=2, later=True)
        assert arrivals(engine)[2].engine == "procedural"
        later(engine, step, 1)
        assert arrivals(engine)[1] is None
    assert engine.figures()["failed"] == 2


def test_where_there_is_no_room_a_rule_plays(bundle):
    engine = engine_of(bundle, voices=1)
    kept = begin(engine, "door_close", seed=1, later=True), arrivals(engine)
    begin(engine, "door_close", seed=2, later=True)
    assert arrivals(engine)[2].engine == "procedural"
    assert engine.figures()["no_room"] == 1
    del kept


def test_takes_are_made_beside_too_and_nobody_is_told_to_go_on_at_once(bundle):
    engine = engine_of(bundle, takes=2, longest_hops=80, first_ms=1000.0)
    begin(engine, "door_close", seed=1, fresh=True, later=True)
    arrivals(engine)
    end = time.monotonic() + 60
    while engine.figures()["takes"] < 2:
        assert time.monotonic() < end
        assert not engine.idle(10.0)
        engine.arrived()
        time.sleep(0.001)
    hit = begin(engine, "door_close", seed=2, fresh=True, later=True)
    assert (hit.coming, hit.block.last) == (False, True)


def test_a_voice_that_rests_meanwhile_comes_back_in_its_place(bundle, engine):
    begin(engine, "scrape", seed=1, later=True)
    step = arrivals(engine)[1]
    later(engine, step, 1)
    rests = engine.rest(step.state)  # after the step that was asked for
    state = engine.resume(rests, 4096)
    (answer,) = engine.step([VoiceInput(1, state, NEUTRAL, {}, STONE, stopping=False, later=True)])
    assert answer.coming
    found = []
    end = time.monotonic() + 30
    while len(found) < 2:
        assert time.monotonic() < end
        found += engine.arrived()
    assert [arrival.step.block.frames for arrival in found] == [1024, 1024 - 384], "a decoder that begins anew"
