"""The run-time half: a voice's strengths follow its controls, and no other voice's."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from hobnail import PaletteError
from hobnail.testing import check_component
from hobnail_plugins.moe_lora import plugin
from hobnail_plugins.moe_lora.component import VoiceAdapters, before_steps, router_load
from hobnail_plugins.moe_lora.spec import AdapterSettings

from .conftest import SPEC, random_adapter


@pytest.fixture
def component(base, palette, one_axis):
    made = plugin.moe_lora(AdapterSettings())
    made.attach(SPEC, base)
    made.slots.load(palette)
    made.slots.load(one_axis)
    return made


def prompt(seed):
    return np.random.default_rng(seed).normal(size=SPEC.width).astype(np.float32)


def voices(count):
    chance = np.random.default_rng(1)
    axes = ("pitch", "intensity", "texture", "mud")
    return [
        VoiceAdapters(controls=dict(zip(axes, chance.uniform(-1.0, 1.0, 4), strict=True)), prompt=prompt(row))
        for row in range(count)
    ]


def test_with_palettes_loaded_it_keeps_the_contract(component):
    check_component(component)


def test_before_a_model_is_there_strengths_are_zero_and_nothing_can_be_loaded(palette):
    made = plugin.moe_lora(AdapterSettings())
    inputs, _ = made.before_step(VoiceAdapters(controls={"pitch": 1.0}))
    assert not inputs["strength"].any()
    with pytest.raises(PaletteError, match="no model yet"):
        made.slots.load(palette)


def test_strengths_are_those_of_the_torch_router_slot_by_slot_for_every_rank(component):
    voice = voices(1)[0]
    inputs, _ = component.before_step(voice)
    strength = inputs["strength"].reshape(6, 4)
    assert (strength == strength[:, :1]).all()
    adapter = random_adapter()
    controls = torch.tensor([[[voice.controls[axis] for axis in adapter.settings.axes]]], dtype=torch.float32)
    wanted = adapter(torch.from_numpy(voice.prompt)[None], controls).strengths[0, 0].detach().numpy()
    assert np.abs(strength[:4, 0] - wanted).max() < 1e-5
    assert strength[4, 0] == np.float32(voice.controls["mud"])
    assert strength[5, 0] == 0.0


@pytest.mark.parametrize("count", [2, 7, 32])
def test_a_voice_alone_is_the_same_bit_for_bit_as_in_a_batch(component, count):
    batch = voices(count)
    together, _ = before_steps(component.slots.now, batch)
    assert together.shape == (count, 1, 24)
    for row, voice in enumerate(batch):
        assert np.array_equal(together[row], component.before_step(voice)[0]["strength"])


def test_a_voice_with_values_that_are_no_numbers_hurts_nobody(component):
    batch = voices(3)
    clean, _ = before_steps(component.slots.now, batch)
    batch[1] = dataclasses.replace(batch[1], controls={"pitch": math.nan, "mud": math.inf}, prompt=prompt(1) * np.nan)
    spoiled, _ = before_steps(component.slots.now, batch)
    assert np.array_equal(spoiled[[0, 2]], clean[[0, 2]])
    assert spoiled[1, 0, 16] == 1.0


def test_controls_beyond_their_ends_count_as_the_ends(component):
    voice = voices(1)[0]
    far = dataclasses.replace(voice, controls={"pitch": 7.0, "mud": -3.0})
    near = dataclasses.replace(voice, controls={"pitch": 1.0, "mud": -1.0})
    assert np.array_equal(component.before_step(far)[0]["strength"], component.before_step(near)[0]["strength"])


def test_a_voice_uses_the_palettes_that_it_names(component):
    voice = dataclasses.replace(voices(1)[0], palettes=frozenset({"mud"}))
    strength = component.before_step(voice)[0]["strength"][0]
    assert not strength[:16].any()
    assert strength[16:20].all()


def test_a_palette_loaded_later_moves_voices_that_are_there_already(component, palette):
    voice = dataclasses.replace(voices(1)[0], controls={"pitch": 0.5})
    component.slots.unload("boots")
    inputs, state = component.before_step(voice)
    assert not inputs["strength"].any()
    component.slots.load(palette)
    assert component.before_step(component.after_step({}, state))[0]["strength"].any()


def test_what_a_prompt_decides_is_computed_once(component):
    _, state = component.before_step(voices(1)[0])
    _, again = component.before_step(state)
    assert again.leanings is state.leanings
    _, other = component.before_step(dataclasses.replace(again, prompt=prompt(9)))
    assert other.leanings is not state.leanings


def test_telemetry_shows_the_experts_load_of_voices_that_move_something(component):
    still = VoiceAdapters(prompt=prompt(0))
    moved = dataclasses.replace(still, controls={"pitch": 1.0})
    states = []
    for begun in (still, moved):
        state = begun
        for _ in range(5):
            _, state = component.before_step(state)
            state = component.after_step({}, state)
        states.append(state)
    assert states[0].load is None
    load = router_load(component.slots.now, states)
    assert set(load) == {"boots/pitch", "boots/intensity", "boots/texture", "boots/shared"}
    assert sum(load.values()) == pytest.approx(1.0, abs=1e-5)
    assert router_load(component.slots.now, states[:1]) == {}
