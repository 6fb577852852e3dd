"""When time is short: fewer passes, then the stand-in, crossfaded; and back. Costs are told, sound is real."""

from dataclasses import replace

import numpy as np
import pytest

from hobnail.contracts import VoiceInput
from hobnail_plugins.aht import sustained
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.pressure import CALM_S
from hobnail_plugins.aht.settings import AhtConfig

from .playing import NEUTRAL, STONE, begin, engine_of, go_on, heard

PLENTY, SHORT = 48_000, 960


@pytest.fixture
def engine(bundle, monkeypatch):
    """What a pass costs is what the test says, whatever this machine takes for it; so is the time of day."""
    engine = engine_of(bundle)
    costs = engine._model.costs
    costs.each_s = 0.0001

    def seconds(hops, size, passes, *, voices):
        return passes * voices * costs.each_s * (16 if hops == 64 else 1)

    monkeypatch.setattr(costs, "seconds", seconds)
    monkeypatch.setattr(costs, "sound_s", lambda hops: 0.0)
    clock = [0.0]
    monkeypatch.setattr("hobnail_plugins.aht.sustained.perf_counter", lambda: clock[0])
    engine.costs, engine.clock = costs, clock
    return engine


def steps_of(engine, steps, count, **more):
    made = []
    for _ in range(count):
        engine.clock[0] += 0.0213
        steps = go_on(engine, steps, slack_frames=SHORT, **more)
        made.append(steps)
    return made


def test_offline_everything_is_whole_however_long_it_takes(engine):
    engine.costs.each_s = 10.0
    steps = go_on(engine, [begin(engine, "scrape")])
    assert steps[0].engine == ""
    assert engine.figures()["level"] == 0
    begin(engine, "footstep")
    assert engine.figures()["stand_in_one_shots"] == 0


def test_a_step_that_would_be_late_takes_one_pass(engine):
    whole, fewer = begin(engine, "scrape"), begin(engine, "scrape")
    (right,) = go_on(engine, [whole])
    engine.costs.each_s = 0.01
    ((one,),) = steps_of(engine, [fewer], 1)
    assert one.engine == ""
    assert not np.array_equal(one.block.samples, right.block.samples)
    figures = engine.figures()
    assert (figures["fewer_steps"], figures["level"], figures["stood_in"]) == (1, 1, 0)


def test_the_least_important_voices_are_stood_in_for_and_come_back(engine):
    steps = [begin(engine, "scrape", seed=seed) for seed in range(1, 5)]
    engine.costs.each_s = 0.006
    importance = (90.0, 10.0, 50.0, 20.0)
    short = steps_of(engine, steps, 3, importance=importance)
    assert [step.engine for step in short[-1]] == ["", "procedural", "", "procedural"]
    assert engine.figures()["stood_in"] == 2
    engine.costs.each_s = 0.0001
    back = steps_of(engine, short[-1], round(2.5 * CALM_S / 0.0213), importance=importance)
    assert [step.engine for step in back[-1]] == [""] * 4
    figures = engine.figures()
    assert (figures["returned"], figures["level"]) == (2, 0)
    gone = [sum(step.engine != "" for step in steps) for steps in back]
    assert sorted(gone, reverse=True) == gone, "once back, they stay"


def test_neither_way_clicks(engine):
    """A click is a jump that neither of the two sounds has by itself."""
    step = begin(engine, "rain")
    pieces, alone = [], []
    for number in range(260):
        engine.costs.each_s = 0.1 if 40 <= number < 60 else 0.0001
        engine.clock[0] += 0.0213
        (step,) = go_on(engine, [step], slack_frames=SHORT)
        pieces.append(step.block.samples)
        alone.append(step.engine)
    assert alone[40:60] == ["procedural"] * 20
    assert alone[-1] == ""
    sound = np.concatenate(pieces)
    seams = [number for number in range(1, 260) if alone[number] != alone[number - 1]]
    assert len(seams) == 2
    jumps = np.abs(np.diff(sound))
    for seam in seams:
        here = seam * 1024
        usual = np.quantile(jumps[here - 20_000 : here + 20_000], 0.999)
        assert jumps[here - 2 : here + 2].max() <= 1.5 * usual


def test_a_voice_without_a_rule_holds_its_last_sound(engine):
    step = begin(engine, "ambience")
    engine.costs.each_s = 1.0
    made = steps_of(engine, [step], 4)
    assert np.abs(made[-1][0].block.samples).max() > 1e-4
    assert engine.figures()["stood_in"] == 0


@pytest.mark.parametrize(
    ("each_s", "engine_id", "counted"), [(0.0004, "", "fewer_one_shots"), (0.01, "procedural", "stand_in_one_shots")]
)
def test_a_one_shot_takes_what_time_there_is(engine, each_s, engine_id, counted):
    """A block of 64 hops costs sixteen times as much as a step."""
    engine.costs.each_s = each_s
    step = begin(engine, "footstep", slack_frames=600)
    assert step.engine == engine_id
    assert engine.figures()[counted] == 1
    assert begin(engine, "footstep").engine == "", "nobody waits: whole"


@pytest.mark.parametrize(
    ("each_s", "hops", "counted"),
    [(0.0002, 64, ""), (0.0004, 32, "shorter_one_shots"), (0.001, 16, "shorter_one_shots")],
)
def test_a_one_shot_that_any_take_will_do_for_begins_with_what_is_in_time(engine, monkeypatch, each_s, hops, counted):
    """Two passes of 64 hops, sixteen times as dear as others here, in 7 ms; else two of a shorter block."""
    monkeypatch.setattr(
        engine.costs, "seconds", lambda size, batch, passes, *, voices: passes * each_s * {64: 14, 32: 7, 16: 3}[size]
    )
    step = begin(engine, "door_close", fresh=True)
    assert step.engine == ""
    assert step.state.part.voice.hops == hops
    assert engine.figures()["shorter_one_shots"] == (counted != "")
    assert begin(engine, "door_close").state.part.voice.hops == 64, "whose seed is asked for is whole"


def test_what_is_heard_of_a_shorter_first_block_goes_on_without_a_seam(engine, monkeypatch):
    monkeypatch.setattr(engine.costs, "seconds", lambda size, batch, passes, *, voices: 0.0004 * size)
    step = begin(engine, "door_close", fresh=True)
    assert step.state.part.voice.hops == 16
    blocks = heard(engine, step)
    assert blocks[1].frames == 16 * 512
    sound = np.concatenate([block.samples for block in blocks])
    jumps, seam = np.abs(np.diff(sound)), blocks[0].frames
    assert jumps[seam - 2 : seam + 2].max() <= 1.5 * np.quantile(jumps[: 32 * 512], 0.999)


def test_when_even_rules_are_late_the_session_is_asked_to_steal(engine, monkeypatch):
    steps = [begin(engine, "scrape", seed=seed) for seed in (1, 2)]
    engine.costs.each_s = 1.0
    ticking = iter(np.arange(0.0, 1e6, 0.05))
    monkeypatch.setattr("hobnail_plugins.aht.sustained.perf_counter", lambda: float(next(ticking)))
    asked = []
    for _ in range(3):
        steps = go_on(engine, steps, slack_frames=SHORT)
        asked += [engine.excess(), engine.excess()]
    assert asked == [0, 0, 0, 0, 1, 0]
    assert engine.figures()["stolen"] == 1


def test_a_network_that_fails_costs_nobody_a_voice(engine, monkeypatch):
    steps = [begin(engine, "scrape", seed=seed) for seed in (1, 2)]
    with monkeypatch.context() as patch:
        patch.setattr(engine._model._graphs, "run_bound", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("gone")))
        steps = go_on(engine, steps, slack_frames=PLENTY)
        assert [step.engine for step in steps] == ["procedural"] * 2
        assert engine.figures()["failed"] == 1
    for _ in range(2):
        steps = go_on(engine, steps, slack_frames=PLENTY)
    assert [step.engine for step in steps] == ["", ""]


def test_idle_time_fills_the_pool_and_takes_are_played_whole_at_once(bundle):
    engine = AhtEngine(AhtConfig(bundle=str(bundle), voices=4, takes=2, longest_hops=80, first_ms=1000.0))
    engine.prepare()
    miss = begin(engine, "door_close", fresh=True)
    assert not miss.block.last
    assert not engine.idle(0.0), "no time, no work"
    while engine.idle(10.0):
        pass
    assert (engine.figures()["takes"], engine.figures()["takes_made"]) == (2, 2)
    hits = [begin(engine, "door_close", fresh=True) for _ in range(2)]
    assert all(step.block.last and step.state is None for step in hits)
    assert not np.array_equal(hits[0].block.samples[:4000], hits[1].block.samples[:4000])
    assert begin(engine, "door_close", fresh=True).block.last is False
    figures = engine.figures()
    assert (figures["take_hits"], figures["take_misses"]) == (2, 2)
    asked_for = begin(engine, "door_close", seed=1, fresh=False)
    np.testing.assert_array_equal(asked_for.block.samples, begin(engine, "door_close", seed=1).block.samples)
    assert engine.figures()["take_hits"] == 2


def test_one_shots_take_half_of_the_time_at_most_and_who_waited_is_not_kept_longer(engine, monkeypatch):
    engine.costs.each_s = 0.0001
    assert begin(engine, "footstep", fresh=True).engine == ""
    assert begin(engine, "footstep", fresh=True, waited_s=0.012).engine == "procedural", "a rule is there at once"
    monkeypatch.setattr(type(engine._one_shots._busy), "now", property(lambda self: 0.6))
    assert begin(engine, "footstep", fresh=True).engine == "procedural"
    assert begin(engine, "footstep").engine == "", "whose seed is asked for is played by the network"
    assert begin(engine, "sound", fresh=True).engine == "", "there is no rule for it"


@pytest.mark.parametrize(("name", "engine_id"), [("scrape", "procedural"), ("ambience", "procedural")])
def test_a_voice_that_comes_back_when_time_is_short_is_played_by_rule_or_waits_in_silence(engine, name, engine_id):
    state = engine.resume(engine.rest(begin(engine, name).state), 9_600)
    engine.costs.each_s = 1.0
    (step,) = go_on(engine, [replace(begin(engine, name, seed=2), state=state)], slack_frames=SHORT)
    assert (step.engine, step.block.frames) == (engine_id, 1024)
    assert np.abs(step.block.samples).any() == (name == "scrape"), "there is no rule for the other"
    engine.costs.each_s = 0.0001
    back = steps_of(engine, [step], round(3.5 * CALM_S / 0.0213))
    assert back[-1][0].engine == "", "it is handed back"


def test_a_voice_that_cannot_go_on_costs_no_other(engine, monkeypatch):
    steps = [begin(engine, "scrape", seed=seed) for seed in (1, 2)]
    other = AhtEngine(engine._settings)
    other.prepare()
    (right,) = go_on(other, [begin(other, "scrape", seed=2)])

    def broken(part):
        if part.start.seed == 1:
            raise ValueError("its sound is broken")
        return real(part)

    real = sustained.Playing.of
    monkeypatch.setattr(sustained.Playing, "of", broken)
    given = {"controls": NEUTRAL, "features": {}, "contact": STONE, "stopping": False}
    bad, good = engine._sustained.each_step([VoiceInput(n, step.state, **given) for n, step in enumerate(steps)])
    assert bad is None
    np.testing.assert_array_equal(good.block.samples, right.block.samples)
    assert engine.figures()["failed"] == 1
