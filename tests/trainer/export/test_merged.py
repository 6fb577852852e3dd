"""A palette at fixed strengths becomes part of the weights: one graph without slots that makes what slots make."""

import dataclasses

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from hobnail.errors import PaletteError
from hobnail_plugins.aht.bundle import read_bundle
from hobnail_plugins.aht.graph_io import step_inputs
from hobnail_plugins.aht.graphs import Graphs, Live
from hobnail_plugins.moe_lora.files import write_palette
from hobnail_plugins.moe_lora.nn.arms import MoeLora
from hobnail_plugins.moe_lora.nn.pack import digest_of, palette_of
from hobnail_plugins.moe_lora.slots import Slots, ranks_of
from hobnail_plugins.moe_lora.spec import AdapterSettings
from hobnail_trainer.cli.export import command
from hobnail_trainer.export.merged import Fixed, merge_into
from hobnail_trainer.export.source import checkpoint_of, network_of

from .blocks import a_block

pytestmark = pytest.mark.timeout(600)

AT = {"pitch": 0.75, "texture": -0.5}


@pytest.fixture(scope="module")
def palette(network):
    """Of four experts that all say something."""
    torch.manual_seed(4)
    adapter = MoeLora(network.spec, AdapterSettings())
    with torch.no_grad():
        for up in adapter.bank.up.values():
            up.normal_(0.0, 0.3)
    return palette_of(adapter, name="boots", base=digest_of(network), licence="CC0-1.0")


@pytest.fixture(scope="module")
def folder(palette, tmp_path_factory):
    where = tmp_path_factory.mktemp("palette") / "boots"
    write_palette(where, palette)
    return where


@pytest.fixture(scope="module")
def merged(run, folder, whole, host, tmp_path_factory):
    """Exported by the command, but for what takes minutes: ``plain`` alone is traced, and nothing is listened to."""
    import onnx

    from hobnail_trainer.export import bundle as exporting

    def graphs(network, names):
        return (
            real(network, names)
            if names == ["plain"]
            else {names[0]: onnx.load(whole.bundle.folder / f"{names[0]}.onnx")}
        )

    to, real = tmp_path_factory.mktemp("merged") / "bundle", exporting.graphs_of
    at = [word for name, strength in AT.items() for word in ("--at", f"{name}={strength}")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "graphs_of", graphs)
        patch.setattr(exporting, "with_lines", lambda *_, **__: None)
        patch.setattr(exporting, "with_levels", exporting.read_manifest)
        done = CliRunner().invoke(
            command, [str(run), "--to", str(to), "--fp32", "--merge", str(folder), *at], catch_exceptions=False
        )
    assert done.exit_code == 0, done.output
    return Graphs(read_bundle(to, host))


def live_of(palette, spec, voices):
    """The same palette in slots, at the same strengths."""
    snapshot = Slots(spec, AdapterSettings(), palette.base).load(palette)
    strengths = np.zeros((voices, 1, snapshot.slots), np.float32)
    for name, strength in AT.items():
        strengths[:, :, palette.names.index(name)] = strength
    return Live(factors=snapshot.factors, strength=ranks_of(strengths, snapshot.rank))


@pytest.mark.parametrize("hops", [2, 16])
def test_the_graph_without_slots_makes_what_the_one_with_slots_makes(merged, whole, palette, hops):
    block = a_block(whole, 3, hops)
    live = whole.step(dataclasses.replace(block, live=live_of(palette, whole.spec, 3))).velocity
    found = merged.step(block).velocity
    assert np.abs(live - whole.step(block).velocity).max() > 0.05
    np.testing.assert_allclose(found, live, atol=1e-4)


def test_it_has_no_inputs_of_adapters(merged):
    assert not [name for name in step_inputs(merged.spec, plain=True) if "down_" in name or name == "strength"]
    given = {value.name for value in merged._session("plain").get_inputs()}
    assert given == set(step_inputs(merged.spec, plain=True))


def test_the_bundle_says_what_is_in_it_and_is_another_model(merged, palette):
    manifest = merged.bundle.manifest
    assert [(part.place, part.id) for part in manifest.components][2:] == [("adapter", "moe_lora")]
    notice = (merged.bundle.folder / "NOTICE").read_text(encoding="utf-8")
    assert "The palette 'boots' is part of the weights, at pitch 0.75, texture -0.5; its licence is CC0-1.0." in notice
    assert manifest.base != palette.base
    assert manifest.fits == (palette.base,)
    assert manifest.adapters.palettes == ()


@pytest.mark.parametrize(
    ("strengths", "words"),
    [
        ({}, "has pitch, intensity, texture, shared, and no strength"),
        ({"mud": 1.0}, "no expert 'mud'"),
        ({"pitch": 1.5}, "expected -1..1"),
    ],
)
def test_what_cannot_be_merged_is_refused(run, host, folder, palette, strengths, words):
    with pytest.raises(PaletteError, match=words):
        merge_into(network_of(checkpoint_of(run), host), Fixed(folder, strengths), palette.base)


def test_a_palette_of_another_model_is_not_merged(run, host, folder):
    with pytest.raises(PaletteError, match="was made for the model"):
        merge_into(network_of(checkpoint_of(run), host), Fixed(folder, AT), "0" * 64)


@pytest.mark.parametrize(
    ("words", "says"), [(["--at", "pitch=1"], "--merge"), (["--merge", "x", "--at", "pitch"], "EXPERT=NUMBER")]
)
def test_the_command_says_how_it_is_called(run, tmp_path, words, says):
    done = CliRunner().invoke(command, [str(run), "--to", str(tmp_path), *words])
    assert done.exit_code == 2
    assert says in done.output
