"""Voices of the network that are not heard for a while: their memory is free, clock and place are kept."""

from dataclasses import replace

import msgspec
import numpy as np

from hobnail.contracts import ChangingEngine, RestingEngine

from .playing import begin, engine_of, go_on

STEP = 1024


def taken(engine):
    return engine._model.slab(sustained=True).taken


def test_a_voice_that_rests_leaves_its_memory_and_comes_back_in_its_place(bundle):
    engine = engine_of(bundle, voices=2)
    assert isinstance(engine, RestingEngine)
    step, other = begin(engine, "scrape", seed=1), begin(engine, "scrape", seed=2)
    step, other = go_on(engine, [step, other])
    hops = step.state.part.voice.hops
    kept = engine.rest(step.state)
    del step
    assert taken(engine) == 1
    newcomer = begin(engine, "scrape", seed=3)
    assert newcomer.engine == "", "there was room for it"
    (other,) = go_on(engine, [other])
    del newcomer
    state = engine.resume(kept, 10 * STEP + 100)
    voice = state.part.voice
    assert voice.hops == hops + 2 * 10
    assert voice.seed == 1
    again, other = go_on(engine, [replace(other, state=state), other])
    assert np.abs(again.block.samples).max() > 1e-3
    assert again.engine == ""
    assert taken(engine) == 2


def test_where_there_is_no_memory_a_rule_plays_who_comes_back(bundle):
    engine = engine_of(bundle, voices=1)
    step = begin(engine, "scrape", seed=1)
    kept = engine.rest(step.state)
    del step
    other = begin(engine, "scrape", seed=2)
    state = engine.resume(kept, STEP)
    (by_rule,) = go_on(engine, [replace(other, state=state)])
    assert by_rule.engine == "procedural"
    assert engine.figures()["no_room"] == 1


def test_a_voice_by_rule_rests_too(bundle):
    engine = engine_of(bundle, voices=1)
    first, second = begin(engine, "scrape", seed=1), begin(engine, "scrape", seed=2)
    assert second.engine == "procedural"
    state = engine.resume(engine.rest(second.state), STEP)
    (again,) = go_on(engine, [replace(first, state=state)])
    assert again.engine == "procedural"


def test_figures_of_one_voice(bundle):
    engine = engine_of(bundle)
    step = begin(engine, "scrape")
    (step,) = go_on(engine, [step])
    told = engine.voice_figures(step.state)
    weights = [told[f"daf_weights_{stream}"] for stream in ("text", "vision", "history")]
    assert abs(sum(weights) - 1.0) < 1e-3
    assert 0.0 < told["gate"] < 1.0
    assert 0.0 <= told["gca_sink_text"] <= 1.0
    assert engine.voice_figures(object()) == {}


def test_it_says_whether_clients_may_load_palettes(bundle, tmp_path):
    assert not engine_of(bundle).spec.palettes
    engine = engine_of(bundle, palettes=str(tmp_path))
    assert engine.spec.palettes
    assert isinstance(engine, ChangingEngine)
    assert msgspec.structs.asdict(engine.spec)["id"] == "aht"
