"""Pitch and texture: the codec's renderer moves them, block by block, and no expert does."""

import numpy as np
import pytest

from hobnail_plugins.aht.sliders import Slid, decoded, decoded_together, without_sliders
from hobnail_trainer.suite.extract import log_spectrum, moved_semitones

from .playing import NEUTRAL, begin, engine_of, go_on, heard


def semitones(before, after):
    """Semitones."""
    return moved_semitones(log_spectrum(before), log_spectrum(after))


def test_controls_are_semitones_and_roughness_and_rest_in_the_middle():
    assert Slid.of({}) == Slid.of(NEUTRAL) == Slid()
    assert Slid.of({"pitch": 1.0, "texture": 0.0, "boots": 1.0}) == Slid(12.0, -1.0)
    assert Slid.of({"pitch": -3.0, "texture": 7.0}) == Slid(-12.0, 1.0)


def test_experts_are_left_with_what_the_renderer_does_not_do():
    assert without_sliders({"pitch": 1.0, "intensity": 0.5, "texture": -1.0, "boots": 0.2}) == {
        "pitch": 0.0,
        "intensity": 0.5,
        "texture": 0.0,
        "boots": 0.2,
    }


@pytest.mark.parametrize("name", ["splash", "rain"])
def test_every_block_is_rendered_where_the_sliders_stand(bundle, name, monkeypatch):
    told = []

    def noted(codec, latents, state, slid, *, last):
        told.append(slid)
        return decoded(codec, latents, state, slid, last=last)

    def noted_together(codec, latents, states, slid, team):
        told.extend(slid)
        return decoded_together(codec, latents, states, slid, team)

    monkeypatch.setattr("hobnail_plugins.aht.playing.decoded", noted)
    monkeypatch.setattr("hobnail_plugins.aht.model.decoded_together", noted_together)
    engine = engine_of(bundle, takes=0, gain_db=-40.0)
    told.clear()  # what it warmed up with
    step = begin(engine, name, seed=3, controls={**NEUTRAL, "pitch": 0.25})
    for texture in (0.25, 1.0):
        (step,) = go_on(engine, [step], controls={**NEUTRAL, "texture": texture})
    assert told == [Slid(-6.0, 0.0), Slid(0.0, -0.5), Slid(0.0, 1.0)]


def test_a_voice_that_sounds_follows_at_its_next_block(bundle):
    engine = engine_of(bundle, takes=0, gain_db=-40.0)
    still, moved = (begin(engine, "rain", seed=3) for _ in range(2))
    sounds = []
    for number in range(24):
        told = [NEUTRAL, {**NEUTRAL, "pitch": 1.0, "texture": 0.6} if number >= 12 else NEUTRAL]
        (still,) = go_on(engine, [still], controls=told[0])
        (moved,) = go_on(engine, [moved], controls=told[1])
        sounds.append((still.block.samples, moved.block.samples))
    alike = [np.array_equal(a, b) for a, b in sounds]
    assert alike == [True] * 12 + [False] * 12
    a, b = (np.concatenate([each[side] for each in sounds[13:]]) for side in (0, 1))
    assert semitones(a, b) == pytest.approx(12.0, abs=1.5)


def test_a_take_made_ahead_has_the_sliders_that_were_asked_for(bundle):
    engine = engine_of(bundle, takes=2, gain_db=-40.0)
    asked = {"controls": {**NEUTRAL, "pitch": 0.9}, "fresh": True}
    for _ in range(2):  # once may be a pitch that never comes again
        heard(engine, begin(engine, "footstep", seed=3, **asked))
    while engine.idle(60.0):
        pass
    high = np.concatenate([each.samples for each in heard(engine, begin(engine, "footstep", seed=3, **asked))])
    assert engine.figures()["take_hits"] == 1
    begin(engine, "footstep", seed=3, controls={**NEUTRAL, "pitch": 0.85}, fresh=True)
    assert engine.figures()["take_hits"] == 1, "it is another pitch"
    plain = np.concatenate([each.samples for each in heard(engine, begin(engine, "footstep", seed=3))])
    assert len(high) > 0
    assert not np.array_equal(high[: len(plain)], plain[: len(high)])
