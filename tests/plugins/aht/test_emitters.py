"""Smoothing belongs to the emitter: live a new voice goes on with its weights; with a seed it begins from nothing."""

import numpy as np

from hobnail.contracts import VoiceStart
from hobnail.scene import Emitter
from hobnail_plugins.aht import emitters as emitters_module
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder

from .playing import NEUTRAL, STONE, engine_of, go_on


def begin(engine, emitter, *, fresh, seed=1):
    event = next(event for event in engine.spec.events if event.name == "scrape")
    given = {"controls": NEUTRAL, "features": {}, "contact": STONE}
    return engine.start(
        VoiceStart(voice=seed, event=event, emitter=Emitter(id=emitter), seed=seed, fresh=fresh, **given)
    )


def played(engine, emitter, *, fresh, steps=12):
    step = begin(engine, emitter, fresh=fresh)
    for _ in range(steps):
        (step,) = go_on(engine, [step], features={"speed_m_s": 2.0, "slip_m_s": 1.0})
    return step


def weights(step):
    return step.state.part.voice.weights.weights


def test_a_voice_goes_on_with_its_emitters_weights_where_any_take_will_do():
    """By the bundle that ships: a tiny one knows next to nothing, and weighs it as everybody who does."""
    engine = engine_of(bundle_folder(AhtConfig()))
    old = played(engine, "crate", fresh=True, steps=60)
    again, anew = (played(engine, emitter, fresh=True, steps=1) for emitter in ("crate", "barrel"))
    seeded = played(engine, "crate", fresh=False, steps=1)
    assert np.abs(weights(again) - weights(old)).max() < 0.5 * np.abs(weights(anew) - weights(old)).max()
    np.testing.assert_array_equal(weights(seeded), weights(anew))


def test_with_a_seed_what_was_played_before_changes_no_bit(bundle):
    engine = engine_of(bundle)
    before = begin(engine, "crate", fresh=False).block.samples
    played(engine, "crate", fresh=True)
    played(engine, "crate", fresh=False)
    np.testing.assert_array_equal(begin(engine, "crate", fresh=False).block.samples, before)


def test_another_bundle_begins_anew_and_emitters_of_long_ago_are_forgotten(bundle, monkeypatch):
    monkeypatch.setattr(emitters_module, "MOST", 3)
    engine = engine_of(bundle)
    anew = begin(engine, "crate", fresh=True)
    played(engine, "crate", fresh=True)
    known = engine._sustained._emitters
    for number in range(5):
        begin(engine, f"box-{number}", fresh=True)
    assert len(known) == 3
    np.testing.assert_array_equal(weights(begin(engine, "crate", fresh=True)), weights(anew))
    played(engine, "crate", fresh=True)
    engine.load(bundle)
    np.testing.assert_array_equal(weights(begin(engine, "crate", fresh=True)), weights(anew))
    assert len(known) == 1
