"""Slots: what is loaded is what was trained, swapped at once, refused whole, and nobody else's sound changes."""

import dataclasses
import threading

import numpy as np
import pytest
import torch

from hobnail import PaletteError
from hobnail_plugins.aht.spec import ADAPTED
from hobnail_plugins.moe_lora.nn.pack import palette_of
from hobnail_plugins.moe_lora.slots import Slots, factor_shapes, ranks_of
from hobnail_plugins.moe_lora.spec import AdapterSettings
from hobnail_plugins.nn.adapted import Adapters, Factors

from .conftest import BATCH, SPEC, changed, random_adapter, run

SETTINGS = AdapterSettings()


@pytest.fixture
def slots(base):
    return Slots(SPEC, SETTINGS, base)


def live(snapshot, strengths):
    """The graph's inputs as torch sees them. ``strengths`` float32 [batch, 1, K]."""
    places = {
        place: Factors(*(torch.from_numpy(snapshot.factors[f"{half}_{place}"].copy()) for half in ("down", "up")))
        for place in ADAPTED
    }
    return Adapters(places, torch.from_numpy(ranks_of(strengths, snapshot.rank)))


def held(snapshot):
    return [(each.palette.name, each.slot) for each in snapshot.loaded]


def test_there_are_twelve_arrays_of_fixed_shapes(slots):
    shapes = factor_shapes(SPEC, SETTINGS)
    assert len(shapes) == 12
    assert shapes["down_mlp_down"] == (2, 32, 24)
    assert shapes["up_mlp_down"] == (2, 24, 16)
    assert {name: array.shape for name, array in slots.now.factors.items()} == shapes
    assert not any(array.any() for array in slots.now.factors.values())


@pytest.mark.parametrize("slot", [0, 2])
@pytest.mark.parametrize("alpha", [4.0, 2.0])
def test_a_loaded_palette_does_what_the_bank_does(network, base, slot, alpha):
    adapter = random_adapter(alpha=alpha)
    plain, prompt = run(network)
    routing = adapter(prompt, torch.rand(BATCH, 1, 3) * 2.0 - 1.0)
    snapshot = Slots(SPEC, SETTINGS, base).load(palette_of(adapter, name="boots", base=base), slot)
    strengths = np.zeros((BATCH, 1, 6), np.float32)
    strengths[:, :, slot : slot + 4] = routing.strengths.detach().numpy()
    wanted = run(network, adapter.adapters(routing))[0]
    assert (wanted - plain).abs().max() > 0.05
    assert (run(network, live(snapshot, strengths))[0] - wanted).abs().max() < 1e-5


def test_empty_slots_and_strengths_of_zero_are_the_base_model_bit_for_bit(network, slots, palette):
    plain, _ = run(network)
    slots.load(palette)
    everything = np.ones((BATCH, 1, 6), np.float32)
    everything[:, :, :4] = 0.0
    assert torch.equal(run(network, live(slots.now, everything))[0], plain)


def test_loading_a_second_palette_leaves_the_first_ones_sound_as_it_was(network, slots, palette, one_axis):
    strengths = np.zeros((BATCH, 1, 6), np.float32)
    strengths[:, :, :4] = np.random.default_rng(0).uniform(-1.0, 1.0, 4)
    before = run(network, live(slots.load(palette), strengths))[0]
    assert torch.equal(run(network, live(slots.load(one_axis), strengths))[0], before)


def test_palettes_take_the_first_free_slots_and_give_them_back(slots, palette, one_axis):
    slots.load(one_axis)
    assert held(slots.load(palette)) == [("mud", 0), ("boots", 1)]
    assert held(slots.unload("mud")) == [("boots", 1)]
    assert slots.now.axes == ("pitch", "intensity", "texture")
    emptied = slots.unload("boots")
    assert not any(array.any() for array in emptied.factors.values())


def test_one_of_the_same_name_takes_its_place_and_leaves_nothing_behind(slots, one_axis):
    slots.load(one_axis, 0)
    thinner = dataclasses.replace(one_axis.experts[0], pairs={("self_q", 0): one_axis.experts[0].pairs["self_q", 0]})
    again = slots.load(dataclasses.replace(one_axis, experts=(thinner,)), 0)
    assert held(again) == [("mud", 0)]
    assert not again.factors["down_mlp_up"].any()
    assert again.factors["down_self_q"][0].any()
    assert not again.factors["down_self_q"][1].any()


def test_a_snapshot_that_somebody_holds_never_changes(slots, palette, one_axis):
    first = slots.load(one_axis)
    copies = {name: array.copy() for name, array in first.factors.items()}
    slots.load(palette)
    slots.unload("mud")
    assert held(first) == [("mud", 0)]
    assert all(np.array_equal(array, copies[name]) for name, array in first.factors.items())
    with pytest.raises(ValueError, match="read-only"):
        first.factors["down_self_q"][0] = 1.0


def refusal(slots, act):
    before = slots.now
    with pytest.raises(PaletteError) as caught:
        act()
    assert slots.now is before
    return str(caught.value)


def test_what_does_not_fit_is_refused_and_everything_stays(slots, palette, one_axis, base):
    slots.load(palette)
    other = dataclasses.replace(palette, name="other")
    assert "needs 4 slots side by side, 2 of 6 are free" in refusal(slots, lambda: slots.load(other))
    assert "slots from 3 on belong to boots" in refusal(slots, lambda: slots.load(one_axis, 3))
    assert "4 slots from slot 3 on, there are 6" in refusal(slots, lambda: slots.load(other, 3))
    assert "1 slots from slot -1 on" in refusal(slots, lambda: slots.load(one_axis, -1))
    assert "not loaded. Loaded: boots" in refusal(slots, lambda: slots.unload("mud"))
    large = palette_of(random_adapter("lora", experts=("mud",), rank=8), name="mud", base=base)
    assert "rank is 8, a slot has 4" in refusal(slots, lambda: slots.load(large))
    foreign = dataclasses.replace(one_axis, base="f" * 64)
    assert "was made for the model ffffffffffffffff" in refusal(slots, lambda: slots.load(foreign))
    broken = changed(one_axis, at=("self_q", 0), up=np.full((16, 2), np.nan, np.float32))
    assert "B at self_q of layer 0 holds NaN" in refusal(slots, lambda: slots.load(broken))


def test_a_reader_never_sees_half_a_palette(base):
    """Every number of the two palettes is that palette's own, so any mixture would show."""
    slots = Slots(SPEC, SETTINGS, base)
    filled = {}
    for name, number in (("one", 1.0), ("two", 2.0)):
        palette = palette_of(random_adapter("lora", experts=("mud",), rank=4), name="mud", base=base, licence=name)
        pairs = {
            where: pair._replace(down=np.full_like(pair.down, number), up=np.full_like(pair.up, number))
            for where, pair in palette.experts[0].pairs.items()
        }
        filled[name] = changed(palette, pairs=pairs)
    slots.load(filled["one"])
    done = threading.Event()

    def write():
        for turn in range(60):
            slots.load(filled["two" if turn % 2 == 0 else "one"])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen, reads = set(), 0
    while reads < 2 or not done.is_set():
        now = slots.now
        numbers = {number for array in now.factors.values() for number in np.unique(array)} - {0.0}
        assert numbers == {1.0 if now.loaded[0].palette.licence == "one" else 2.0}
        seen |= numbers
        reads += 1
    writer.join()
    assert held(slots.now) == [("mud", 0)]
    assert slots.now.loaded[0].palette.licence == "one"
