"""The engine behind its contract: real graphs, real codec, every kind of event. Short of time it is tried elsewhere."""

import msgspec
import numpy as np
import pytest

from hobnail.contracts import LiveEngine, VoiceInput, VoiceStart
from hobnail.errors import EngineError
from hobnail.report.clicks import find_clicks
from hobnail.scene import Contact, Emitter
from hobnail.testing import check_engine
from hobnail_native import neural_supported
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder

from .playing import NEUTRAL, begin, engine_of, go_on, heard


class FourEvents(AhtEngine):
    """Of each kind one that has a rule and one that has none: all fifteen take half a minute."""

    @property
    def spec(self):
        whole = super().spec
        some = [event for event in whole.events if event.name in ("footstep", "sound", "scrape", "ambience")]
        return msgspec.structs.replace(whole, events=tuple(some))


def test_it_keeps_the_contract_of_engines(bundle):
    check_engine(FourEvents(AhtConfig(bundle=str(bundle), longest_hops=64)), materials=("stone",))


def test_it_is_a_live_engine(engine):
    assert isinstance(engine, LiveEngine)
    assert engine.provider == "CPUExecutionProvider"


def test_nothing_plays_before_it_is_prepared(bundle):
    with pytest.raises(EngineError, match="not loaded"):
        begin(AhtEngine(AhtConfig(bundle=str(bundle))), "footstep")


def test_a_state_that_is_not_the_newest_is_refused_and_nothing_is_lost(engine):
    first = begin(engine, "scrape")
    second = go_on(engine, [first])[0]
    with pytest.raises(EngineError, match="came with its state of block 1, it is at block 2"):
        go_on(engine, [first])
    third = go_on(engine, [second])[0]
    again = begin(engine, "scrape")
    for step in (second, third):
        again = go_on(engine, [again])[0]
        np.testing.assert_array_equal(again.block.samples, step.block.samples)


def test_a_strangers_state_is_refused(engine):
    with pytest.raises(TypeError, match="came with int"):
        engine.step([VoiceInput(1, 5, NEUTRAL, {}, Contact(), stopping=False)])


def test_kinds_of_voices_go_together_in_one_call_and_come_back_in_order(engine):
    alone = {}
    for name, seed in (("scrape", 1), ("footstep", 2), ("rain", 3)):
        step = begin(engine, name, seed=seed)
        alone[name] = go_on(engine, [step])[0].block.samples
    together = [begin(engine, name, seed=seed) for name, seed in (("scrape", 1), ("footstep", 2), ("rain", 3))]
    for step, name in zip(go_on(engine, together), alone, strict=True):
        np.testing.assert_array_equal(step.block.samples, alone[name])


def test_a_one_shot_ends_when_it_is_quiet_or_too_long(engine):
    blocks = heard(engine, begin(engine, "footstep"))
    assert blocks[-1].last
    assert abs(blocks[-1].samples[-1]) < 1e-6
    hops = sum(block.frames for block in blocks) / 512
    assert hops <= 400 + 16


def test_a_stopped_voice_sinks_without_a_step_and_ends(engine):
    step = begin(engine, "scrape")
    for _ in range(4):
        step = go_on(engine, [step])[0]
    blocks = []
    while not step.block.last:
        step = go_on(engine, [step], stopping=True)[0]
        blocks.append(step.block.samples)
    assert 20 < len(blocks) < 60
    levels = [float(np.sqrt(np.mean(block**2))) for block in blocks]
    assert levels[-1] < 0.01 * levels[0]


@pytest.fixture(scope="module")
def shipped():
    """The bundle that ships, where the processor allows played natively."""
    return engine_of(bundle_folder(AhtConfig()))


@pytest.mark.parametrize("which", ["engine", "shipped"])
def test_a_broken_voice_is_muted_and_counted_and_the_others_are_not_touched(request, which):
    engine = request.getfixturevalue(which)
    assert engine.figures()["native"] == (which == "shipped" and neural_supported())
    right = [begin(engine, "scrape", seed=2)]
    for _ in range(4):
        right.append(go_on(engine, [right[-1]])[0])
    steps = [begin(engine, "scrape", seed=seed) for seed in (1, 2)]
    for number in range(4):
        if number == 2:
            part = steps[0].state.part
            part.model.slab(sustained=True).prompt[part.voice.seat.slot] = np.nan
        steps = go_on(engine, steps)
        assert np.isfinite(steps[0].block.samples).all()
        np.testing.assert_array_equal(steps[1].block.samples, right[number + 1].block.samples)
    assert engine.figures()["muted"] == 2
    assert np.abs(steps[0].block.samples[-200:]).max() < 1e-3, "muted"
    part.model.slab(sustained=True).prompt[part.voice.seat.slot] = 0.0
    for _ in range(6):
        steps = go_on(engine, steps)
    assert engine.figures()["muted"] == 2
    assert np.abs(steps[0].block.samples).max() > 1e-3, "it goes on where the network does"


@pytest.mark.parametrize("event", ["wind", "rain", "roll", "scrape", "footstep", "impact"])
def test_every_voice_begins_from_nothing(shipped, event):
    """One that began with a step was heard as a click: offline the courtyard's gust."""
    block = begin(shipped, event, seed=5).block
    assert block.samples[0] == 0.0
    assert np.abs(block.samples).max() > 1e-4


def test_memory_is_free_when_the_session_lets_go(bundle):
    engine = engine_of(bundle, voices=2)
    for _ in range(5):
        both = [begin(engine, "scrape", seed=seed) for seed in (1, 2)]
        assert all(step.engine == "" for step in both)
        del both
    assert engine.figures()["no_room"] == 0


def test_where_there_is_no_memory_the_stand_in_plays_and_says_so(bundle):
    engine = engine_of(bundle, voices=1)
    kept, other = begin(engine, "scrape"), begin(engine, "scrape", seed=2)
    assert (kept.engine, other.engine) == ("", "procedural")
    more = go_on(engine, [kept, other])
    assert [step.engine for step in more] == ["", "procedural"]
    assert np.abs(more[1].block.samples).max() > 1e-3
    with pytest.raises(EngineError, match="no rule to play it by"):
        begin(engine, "ambience")
    assert engine.figures()["no_room"] == 2


def test_a_voice_begins_on_its_first_sample(engine):
    for name in ("footstep", "scrape"):
        samples = begin(engine, name).block.samples
        assert np.flatnonzero(np.abs(samples) > 1e-4)[0] < 48


def test_what_it_counts_is_told_by_name(engine):
    begun = begin(engine, "scrape")
    go_on(engine, [begun])
    figures = engine.figures()
    assert figures["steps"] >= 1
    assert all(isinstance(value, float) for value in figures.values())
    assert {"level", "take_hits", "daf_weights_history", "gate", "gca_sink_text", "on_gpu"} <= figures.keys()
    assert len(figures) <= 64


def test_emitters_prompts_change_the_sound(engine):
    def played(prompt):
        voice = VoiceStart(
            voice=1, event=next(event for event in engine.spec.events if event.name == "sound"),
            emitter=Emitter(id="a", prompt=prompt), contact=Contact(), controls=NEUTRAL, features={}, seed=1,
        )  # fmt: skip
        return engine.start(voice).block.samples

    assert not np.array_equal(played("glass breaking"), played("a wooden door closing"))


@pytest.mark.parametrize("seed", [36, 42, 46])
def test_steps_that_once_were_cut_off_where_a_hop_begins_do_not_click(shipped, seed):
    blocks = heard(shipped, begin(shipped, "footstep", seed=seed, contact=Contact(material="stone", speed_m_s=2.0)))
    assert not find_clicks(np.concatenate([block.samples for block in blocks])).size
