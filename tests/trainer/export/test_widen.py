"""An INT8 bundle in floating point: the same network without rounding, a bundle like any other."""

import numpy as np
import onnx
import pytest
from click.testing import CliRunner

from hobnail_plugins.aht.bundle import graph_file, read_bundle
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.aht.manifest import NATIVE
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_trainer.cli.program import cli
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.export.widen import PRODUCT, widened, widened_bundle

from .blocks import a_block, a_live

PACKAGED = bundle_folder(AhtConfig())


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wide") / "fp32"
    done = CliRunner().invoke(cli, ["widen", "--to", str(folder)])
    assert done.exit_code == 0, done.output
    assert "fp32" in done.output
    return folder


@pytest.fixture(scope="module")
def small():
    return Graphs(read_bundle(PACKAGED), native=False)


def off(found, right):
    return float(np.sqrt(np.square(found - right).mean() / np.square(right).mean()))


@pytest.mark.parametrize("live", [False, True])
def test_it_is_as_far_from_int8_as_int8_is_from_float32(wide, small, live):
    whole = Graphs(read_bundle(wide))
    assert not whole.is_native
    block = a_block(small, 4, 8, live=a_live(small.spec, 4) if live else None)
    wanted, found = small.step(block), whole.step(block)
    error = off(found.velocity, wanted.velocity)
    assert 0.0 < error < 0.1  # the bundle's own card says 0.03 for what training shows; this is noise
    for name, report in wanted.reports.items():
        np.testing.assert_allclose(
            found.reports[name], report, atol=0.25 if name == "daf_logits" else 0.05, err_msg=name
        )


def test_products_are_what_8_bits_stand_for():
    model = onnx.load(PACKAGED / graph_file("plain"))
    out = widened(model)
    kinds = {node.op_type for node in out.graph.node}
    assert PRODUCT in {node.op_type for node in model.graph.node}
    assert not kinds & {PRODUCT, "QuantizeLinear"}
    onnx.checker.check_model(out)
    assert widened(out).SerializeToString() == out.SerializeToString(), "what is wide stays as it is"


def test_its_manifest_and_card_say_what_it_is(wide):
    bundle = read_bundle(wide)
    manifest, before = bundle.manifest, read_bundle(PACKAGED).manifest
    assert (manifest.precision, manifest.base, manifest.error) == ("fp32", before.base, {})
    assert NATIVE not in {file.name for file in manifest.files}
    card = (wide / "card.md").read_text()
    assert "fp32, widened from int8" in card
    assert "Against float32" not in card


def test_16_bits_are_smaller_and_near(wide, small, tmp_path):
    widened_bundle(PACKAGED, tmp_path / "fp16", "fp16")
    half = read_bundle(tmp_path / "fp16")
    assert half.graph("plain").stat().st_size < 0.6 * read_bundle(wide).graph("plain").stat().st_size
    block = a_block(small, 2, 4)
    assert off(Graphs(half).step(block).velocity, Graphs(read_bundle(wide)).step(block).velocity) < 0.02


def test_what_cannot_be_widened_is_refused(wide, tmp_path):
    with pytest.raises(TrainerError, match="is fp32"):
        widened_bundle(wide, tmp_path / "again", "fp16")
    with pytest.raises(TrainerError, match="itself"):
        widened_bundle(PACKAGED, PACKAGED, "fp32")
