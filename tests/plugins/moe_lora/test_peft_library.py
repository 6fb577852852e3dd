"""What the library peft wrote is loaded, what we wrote it loads, and both mean the same by it."""

import numpy as np
import pytest
import torch

from hobnail_plugins.moe_lora.files import read_palette, write_palette
from hobnail_plugins.moe_lora.merge import merge

from .conftest import SPEC, random_network, weights_of

peft = pytest.importorskip("peft")


def merged_by_peft(wrapped):
    return {name: value.detach().numpy() for name, value in wrapped.merge_and_unload().named_parameters()}


@pytest.mark.parametrize("rooted", [False, True])
def test_what_peft_wrote_is_loaded_and_merges_to_the_same_weights(tmp_path, rooted):
    config = peft.LoraConfig(r=3, lora_alpha=6, use_rslora=rooted, target_modules=["self_q", "cross_o", "mlp_down"])
    wrapped = peft.get_peft_model(random_network(), config)
    with torch.no_grad():
        for name, value in wrapped.named_parameters():
            if "lora_B" in name:
                value.normal_()
    wrapped.save_pretrained(tmp_path / "Rusty-Hinge")
    palette = read_palette(tmp_path / "Rusty-Hinge", SPEC, "0" * 64)
    assert (palette.name, palette.axes, palette.base, palette.rank) == ("rusty_hinge", ("rusty_hinge",), "", 3)
    ours = merge(weights_of(random_network()), palette, [1.0])
    theirs = merged_by_peft(wrapped)
    assert max(np.abs(ours[name] - value).max() for name, value in theirs.items()) < 1e-5
    assert np.abs(ours["layers.1.cross_o.weight"] - weights_of(random_network())["layers.1.cross_o.weight"]).max() > 0.1


def test_what_we_wrote_peft_loads_to_the_same_weights(one_axis, tmp_path):
    write_palette(tmp_path / "mud", one_axis)
    wrapped = peft.PeftModel.from_pretrained(random_network(), str(tmp_path / "mud"))
    ours = merge(weights_of(random_network()), one_axis, [1.0])
    theirs = merged_by_peft(wrapped)
    assert max(np.abs(ours[name] - value).max() for name, value in theirs.items()) < 1e-5


def test_an_expert_of_many_is_a_folder_that_peft_loads(palette, tmp_path):
    write_palette(tmp_path / "boots", palette)
    wrapped = peft.PeftModel.from_pretrained(random_network(), str(tmp_path / "boots/texture"))
    ours = merge(weights_of(random_network()), palette, [0.0, 0.0, 1.0, 0.0])
    theirs = merged_by_peft(wrapped)
    assert max(np.abs(ours[name] - value).max() for name, value in theirs.items()) < 1e-5
