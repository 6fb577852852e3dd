"""Palettes come back as they went, byte for byte; what does not fit or is not whole is refused by name."""

import dataclasses
import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from hobnail import PaletteError
from hobnail_plugins.moe_lora.files import read_palette, write_palette
from hobnail_plugins.moe_lora.palette import Pair, palette_controls

from .conftest import SPEC, changed, same

KEY = "base_model.model.layers.0.self_q.lora_A.weight"


def everything(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(palette, tmp_path):
    write_palette(tmp_path / "boots", palette)
    return tmp_path / "boots"


@pytest.fixture
def single(one_axis, tmp_path):
    write_palette(tmp_path / "mud", one_axis)
    return tmp_path / "mud"


def rewrite(path, change):
    arrays = load_file(path)
    change(arrays)
    save_file(arrays, path)


def edit(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def refused(folder, *bases):
    with pytest.raises(PaletteError) as caught:
        read_palette(folder, SPEC, *bases)
    assert caught.value.cure
    return str(caught.value)


@pytest.mark.parametrize("which", ["palette", "one_axis"])
def test_saved_loaded_and_saved_again_is_the_same_byte_for_byte(which, request, base, tmp_path):
    palette = request.getfixturevalue(which)
    write_palette(tmp_path / "first", palette)
    again = read_palette(tmp_path / "first", SPEC, base)
    assert same(again, palette)
    assert (again.name, again.base, again.licence, again.names) == (
        palette.name,
        palette.base,
        palette.licence,
        palette.names,
    )
    write_palette(tmp_path / "second", again)
    assert everything(tmp_path / "second") == everything(tmp_path / "first")


def test_experts_lie_in_folders_beside_the_router_and_a_single_one_as_peft_has_it(folder, single):
    halves = {"adapter_config.json", "adapter_model.safetensors"}
    experts = {f"{name}/{half}" for name in ("pitch", "intensity", "texture", "shared") for half in halves}
    assert set(everything(folder)) == {"palette.json", "router.safetensors"} | experts
    assert set(everything(single)) == {"palette.json"} | halves
    keys = load_file(single / "adapter_model.safetensors").keys()
    assert KEY in keys
    assert len(keys) == 2 * 6 * SPEC.layers


def test_axes_beyond_the_three_become_controls(palette, one_axis):
    assert palette_controls(palette) == ()
    (control,) = palette_controls(one_axis)
    assert (control.id, control.minimum, control.maximum, control.default) == ("mud", -1.0, 1.0, 0.0)


def test_a_palette_of_another_model_is_refused_by_both_digests(folder, base):
    told = refused(folder, "f" * 64)
    assert f"was made for the model {base[:16]}, this one is ffffffffffffffff" in told
    assert same(read_palette(folder, SPEC, "f" * 64, base), read_palette(folder, SPEC, base))


def test_files_of_two_palettes_are_not_mixed(folder, base):
    edit(folder / "pitch/adapter_config.json", revision="e" * 64)
    assert "pitch/adapter_config.json: revision is eeeeeeeeeeeeeeee" in refused(folder, base)


@pytest.mark.parametrize("name", ["palette.json", "pitch/adapter_config.json", "shared/adapter_model.safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(folder, base, name, share):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: int(len(data) * share)])
    assert name in refused(folder, base)


@pytest.mark.parametrize("name", ["palette.json", "router.safetensors", "texture/adapter_model.safetensors"])
def test_a_file_that_is_missing_is_named(folder, base, name):
    (folder / name).unlink()
    assert f"{name}: cannot be read: No such file" in refused(folder, base)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_refused_where_it_is(folder, base, value):
    def spoil(arrays):
        arrays[KEY][1, 2] = value

    rewrite(folder / "texture/adapter_model.safetensors", spoil)
    assert f"texture/adapter_model.safetensors: '{KEY}' holds NaN or infinity" in refused(folder, base)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({KEY: np.zeros((4, 15), np.float32)}, "A at self_q of layer 0 is float32 [4, 15], expected float32 [2, 16]"),
        ({KEY: np.zeros((4,), np.float32)}, "A at self_q of layer 0 is float32 [4], expected"),
        ({KEY: np.zeros((4, 16), np.float64)}, "is F64, expected F32, F16 or BF16"),
        ({"base_model.model.layers.0.self_kv.lora_A.weight": np.zeros((4, 16), np.float32)}, "would go stale"),
        ({"base_model.model.layers.0.gate.lora_A.weight": np.zeros((4, 16), np.float32)}, "no place for adapters"),
        ({"base_model.model.head.lora_A.weight": np.zeros((4, 16), np.float32)}, "is no factor"),
        ({KEY.replace("lora_A.weight", "lora_magnitude_vector"): np.zeros(16, np.float32)}, "is no factor"),
    ],
)
def test_factors_of_other_shapes_and_for_unknown_modules_are_refused(single, base, change, problem):
    rewrite(single / "adapter_model.safetensors", lambda arrays: arrays.update(change))
    assert problem in refused(single, base)


def test_factors_of_a_layer_that_the_model_has_not_are_refused(base, one_axis, tmp_path):
    write_palette(tmp_path / "mud", changed(one_axis, at=("self_q", 2)))
    assert "self_q of layer 2: the model has 2 layers" in refused(tmp_path / "mud", base)


def test_half_a_pair_is_refused(single, base):
    rewrite(single / "adapter_model.safetensors", lambda arrays: arrays.pop(KEY))
    assert "self_q of layer 0 has only lora_B" in refused(single, base)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"peft_type": "IA3"}, "not the settings of a LoRA adapter"),
        ({"r": "four"}, "not the settings of a LoRA adapter"),
        ({"r": 3}, "A at cross_o of layer 0 is float32 [2, 16], expected float32 [3, 16]"),
        ({"r": 0}, "rank is 0"),
        ({"lora_alpha": -1.0}, "alpha is -1.0"),
        ({"use_dora": True}, "use_dora is set"),
        ({"bias": "all"}, "bias is set"),
        ({"rank_pattern": {"self_q": 8}}, "rank_pattern is set"),
        ({"modules_to_save": ["leave"]}, "modules_to_save is set"),
        ({"target_modules": ["self_q", "self_kv"]}, "target_modules: 'self_kv' makes keys or values"),
    ],
)
def test_settings_that_are_no_plain_lora_are_refused(single, base, values, problem):
    edit(single / "adapter_config.json", **values)
    assert problem in refused(single, base)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"format": "other"}, "is other 1, expected hobnail-palette 1"),
        ({"version": 2}, "is hobnail-palette 2"),
        ({"experts": ["../../pitch"]}, "expected a word"),
        ({"surprise": 1}, "unknown field"),
        ({"name": "Two Words"}, "its name is no word"),
        ({"arm": "lora"}, "a shared expert, and no router"),
        ({"experts": ["pitch", "texture", "shared"]}, "rows do not fit 3 experts"),
    ],
)
def test_a_card_that_says_what_cannot_be_is_refused(folder, base, values, problem):
    edit(folder / "palette.json", **values)
    assert problem in refused(folder, base)


def test_a_router_of_another_width_is_refused(folder, base):
    def widen(arrays):
        arrays["enter"] = np.zeros((32, 17), np.float32)

    rewrite(folder / "router.safetensors", widen)
    assert f"{folder}: palette 'boots': router: enter is float32 [32, 17], expected float32 [32, 16]" in refused(
        folder, base
    )


def test_half_precision_is_read_as_float32(single, one_axis, base):
    rewrite(
        single / "adapter_model.safetensors",
        lambda arrays: arrays.update({name: value.astype(np.float16) for name, value in arrays.items()}),
    )
    found = read_palette(single, SPEC, base).experts[0].pairs["self_q", 0].down
    assert np.array_equal(found, one_axis.experts[0].pairs["self_q", 0].down.astype(np.float16).astype(np.float32))


def test_a_palette_may_adapt_some_layers_only(one_axis, base, tmp_path):
    expert = one_axis.experts[0]
    some = {where: Pair(*pair) for where, pair in expert.pairs.items() if where[1] == 1}
    palette = dataclasses.replace(one_axis, experts=(dataclasses.replace(expert, pairs=some),))
    write_palette(tmp_path / "some", palette)
    assert set(read_palette(tmp_path / "some", SPEC, base).experts[0].pairs) == set(some)


def test_a_folder_that_cannot_be_written_is_named(palette, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(PaletteError, match="file: cannot be written"):
        write_palette(tmp_path / "file", palette)
