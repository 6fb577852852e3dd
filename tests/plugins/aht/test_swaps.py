"""Bundles and palettes change while sound runs; what is broken is refused, and a crash is remembered."""

import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from hobnail.errors import BundleError, PaletteError
from hobnail_plugins.aht.engine import AhtEngine
from hobnail_plugins.aht.safe_mode import marked, marker_of, refuse_if_it_crashed
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.spec import adapted_places
from hobnail_plugins.moe_lora.files import read_palette, write_palette
from hobnail_plugins.moe_lora.palette import Expert, Pair, Palette
from hobnail_plugins.moe_lora.router import RouterTables
from hobnail_plugins.moe_lora.spec import SHARED

from .bundles import BASE, SPEC, write_manifest
from .playing import NEUTRAL, begin, engine_of, go_on


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def other(bundle, tmp_path):
    """Another bundle: one pass in place of two, so it sounds otherwise."""
    folder = tmp_path / "other"
    shutil.copytree(bundle, folder)
    write_manifest(folder, name="other", passes=1)
    return folder


@pytest.fixture
def routed(tmp_path, palette):
    """The same with a second expert, and a router between the two."""
    read = read_palette(palette, SPEC, BASE)
    names, hidden = ("intensity", SHARED), 3
    chance = np.random.default_rng(2)
    sizes = {"enter": (hidden, SPEC.width), "enter_bias": (hidden,), "leave": (4, hidden), "leave_bias": (4,)}
    tables = {name: chance.standard_normal(size).astype(np.float32) for name, size in sizes.items()}
    experts = tuple(replace(read.experts[0], name=name) for name in names)
    folder = tmp_path / "routed"
    write_palette(folder, Palette("routed", BASE, experts, RouterTables(**tables)))
    return folder


@pytest.fixture
def palette(tmp_path):
    chance = np.random.default_rng(1)

    def pair(place):
        size = adapted_places(SPEC)[place]
        down, up = chance.standard_normal((2, size.inputs)), chance.standard_normal((size.outputs, 2))
        return Pair((down / size.inputs**0.5).astype(np.float32), up.astype(np.float32))

    pairs = {(place, layer): pair(place) for place in ("self_q", "mlp_up") for layer in range(SPEC.layers)}
    folder = tmp_path / "boots"
    write_palette(folder, Palette("boots", BASE, (Expert("intensity", 2, 2.0, pairs),)))
    return folder


def test_what_sounds_finishes_on_the_old_bundle_and_what_comes_is_new(bundle, other):
    engine = engine_of(bundle)
    right = [begin(engine, "scrape")]
    for _ in range(4):
        right.append(go_on(engine, [right[-1]])[0])
    step = begin(engine, "scrape")
    for number in range(4):
        if number == 2:
            engine.load(other)
        (step,) = go_on(engine, [step])
        np.testing.assert_array_equal(step.block.samples, right[number + 1].block.samples)
    new = begin(engine, "scrape")
    assert not np.array_equal(new.block.samples, right[0].block.samples)
    assert new.state.part.model is not step.state.part.model
    both = go_on(engine, [step, new])
    assert len(both) == 2
    assert engine.figures()["swaps"] == 1


def test_a_bundle_is_loaded_beside_what_sounds(bundle, other):
    engine = engine_of(bundle)
    step, steps = begin(engine, "scrape"), 0
    loading = threading.Thread(target=engine.load, args=(other,))
    loading.start()
    while loading.is_alive():
        (step,) = go_on(engine, [step])
        steps += 1
    loading.join()
    assert steps > 3
    begin(engine, "scrape")
    assert engine.figures()["swaps"] == 1


@pytest.mark.parametrize("file", ["step.onnx", "sinks.npz", "manifest.json"])
def test_a_bundle_that_is_cut_off_is_refused_by_name_and_the_old_one_plays_on(bundle, other, file):
    engine = engine_of(bundle)
    step = begin(engine, "scrape")
    data = (other / file).read_bytes()
    (other / file).write_bytes(data[: len(data) // 2])
    with pytest.raises(BundleError, match=file):
        engine.load(other)
    (step,) = go_on(engine, [step])
    assert step.engine == ""
    assert begin(engine, "scrape").engine == ""
    assert engine.figures()["swaps"] == 0
    with pytest.raises(BundleError, match=file):
        AhtEngine(AhtConfig(bundle=str(other))).prepare()
    assert not marker_of(other).exists(), "it failed in an orderly way"


def test_palettes_come_and_go_between_two_steps(bundle, palette):
    engine = engine_of(bundle)
    high = {**NEUTRAL, "intensity": 1.0}
    plain, moved = begin(engine, "scrape", controls=high), begin(engine, "scrape", controls=high)
    right = go_on(engine, [plain], controls=high)[0]
    engine.load_palette(palette)
    (moved,) = go_on(engine, [moved], controls=high)
    assert np.abs(moved.block.samples - right.block.samples).max() > 1e-3
    engine.unload_palette("boots")
    with pytest.raises(PaletteError, match="not loaded"):
        engine.unload_palette("boots")
    (moved,) = go_on(engine, [moved], controls=high)
    assert moved.engine == ""
    before = begin(engine, "scrape", controls=high).block.samples
    np.testing.assert_array_equal(before, begin(engine_of(bundle), "scrape", controls=high).block.samples)


def test_a_palette_for_another_network_is_refused_and_nothing_changes(bundle, palette):
    engine = engine_of(bundle)
    before = begin(engine, "scrape").block.samples
    for path in palette.rglob("*.json"):
        path.write_text(path.read_text().replace(BASE, "cd" * 32))
    with pytest.raises(PaletteError):
        engine.load_palette(palette)
    np.testing.assert_array_equal(begin(engine, "scrape").block.samples, before)


def ended_process():
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_bundle_that_brought_the_program_down_is_left_out_and_rules_play(bundle, caplog):
    marker = marker_of(bundle)
    marker.parent.mkdir(parents=True)
    marker.write_text(json.dumps({"process": ended_process(), "bundle": str(bundle)}))
    engine = engine_of(bundle)
    assert "the program ended while it loaded this bundle" in caplog.text
    assert str(marker) in caplog.text
    step, shot = begin(engine, "scrape"), begin(engine, "footstep")
    assert (step.engine, shot.engine) == ("procedural", "procedural")
    (step,) = go_on(engine, [step])
    assert np.abs(step.block.samples).max() > 1e-3
    assert engine.figures()["safe_mode"] == 1
    with pytest.raises(BundleError, match="delete"):
        engine.load(bundle)
    marker.unlink()
    engine.load(bundle)
    assert begin(engine, "scrape").engine == ""
    assert engine.figures()["safe_mode"] == 0


def test_the_marker_is_there_while_a_bundle_is_tried_and_only_then(bundle):
    with marked(bundle):
        assert json.loads(marker_of(bundle).read_text())["process"] == os.getpid()
        refuse_if_it_crashed(bundle)  # another part of this very program loads it: no crash
    assert not marker_of(bundle).exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"process": "x"}'])
def test_a_marker_that_nobody_can_read_refuses_nothing(bundle, text):
    marker_of(bundle).parent.mkdir(parents=True, exist_ok=True)
    marker_of(bundle).write_text(text)
    refuse_if_it_crashed(bundle)


def test_a_process_that_is_killed_while_loading_leaves_its_marker(bundle):
    code = (
        "import os, sys; from pathlib import Path; from hobnail_plugins.aht.safe_mode import marked\n"
        "with marked(Path(sys.argv[1])): os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(bundle)], check=False, timeout=60)
    with pytest.raises(BundleError, match="left out"):
        refuse_if_it_crashed(bundle)


def test_a_client_names_a_palette_or_a_bundle_of_the_folder_and_nothing_beyond(bundle, other, palette, tmp_path):
    engine = engine_of(bundle, palettes=str(tmp_path))
    engine.change("load", "boots")
    engine.change("unload", "boots")
    engine.change("load", "other")
    begin(engine, "scrape")
    assert engine.figures()["swaps"] == 1
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    for name in ("../outside", str(outside), ".", "..", "nobody", "boots/adapter_config.json"):
        with pytest.raises(PaletteError, match="there is no palette or bundle"):
            engine.change("load", name)
    with pytest.raises(PaletteError, match="palettes"):
        engine_of(bundle).change("load", "boots")


def test_the_load_of_experts_is_told_of_each_voice(bundle, routed):
    engine = engine_of(bundle)
    engine.load_palette(routed)
    (step,) = go_on(engine, [begin(engine, "scrape")], controls={**NEUTRAL, "intensity": 1.0})
    told = engine.voice_figures(step.state)
    assert "daf_weights_text" in told
    load = {name: share for name, share in told.items() if name.startswith("router_")}
    assert load.keys() == {"router_routed/intensity", f"router_routed/{SHARED}"}
    assert sum(load.values()) == pytest.approx(1.0)
    engine.unload_palette("routed")
    (step,) = go_on(engine, [step])
    assert not [name for name in engine.voice_figures(step.state) if name.startswith("router_")]


def test_strengths_are_kept_while_controls_stand_still_and_made_anew_when_they_move_or_a_palette_comes(bundle, palette):
    """As if they were made at every step: a voice that was moved and moved back sounds as one that never was."""
    engine, always = engine_of(bundle), engine_of(bundle)
    for each in (engine, always):
        each.load_palette(palette)
    steps = {each: [begin(each, "scrape", seed=seed) for seed in (1, 2)] for each in (engine, always)}
    for controls in ({"intensity": 0.5}, {"intensity": 1.0}, {"intensity": 1.0}, {"intensity": 0.5}):
        given = {**NEUTRAL, **controls}
        for part in (step.state.part for step in steps[always]):
            part.voice.strength = None
        for each in (engine, always):
            steps[each] = go_on(each, steps[each], controls=given)
        for kept, anew in zip(steps[engine], steps[always], strict=True):
            np.testing.assert_array_equal(kept.block.samples, anew.block.samples)
        assert all(step.state.part.voice.strength.controls == given for step in steps[engine])
    was = steps[engine][0].state.part.voice.strength.of
    engine.unload_palette("boots")
    engine.load_palette(palette)
    (step, _) = go_on(engine, steps[engine])
    assert step.state.part.voice.strength.of is not was
