"""The lines of the comparison: what was timed, what could not be run, and what the bench makes of them."""

import json

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from hobnail.bench.rivals import figure_of
from hobnail.host import Host
from hobnail_native import neural_supported
from hobnail_plugins.aht.bundle import read_bundle
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_trainer.export.measure import full_step
from hobnail_trainer.export.step import Step
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.rivals import graphs, modules, native
from hobnail_trainer.rivals.timing import not_run, timed


def test_a_way_is_timed_by_the_wall_clock_and_at_least_ten_times():
    passes = []
    line = json.loads(timed("nothing", 3, lambda: passes.append(1), seconds=0.0))
    assert line["count"] == 10
    assert len(passes) == 13  # three to warm up
    assert (line["what"], line["voices"], line["note"]) == ("nothing", 3, "")
    assert 0.0 <= line["p50_ms"] <= line["p99_ms"]


def test_what_could_not_be_run_is_a_figure_that_says_why_and_never_a_number():
    figure = figure_of(json.loads(not_run("torch on CUDA", 8, "there is no CUDA device")))
    assert figure.unit == "(not run)"
    assert figure.detail == "there is no CUDA device"
    assert "8 voices" in figure.name
    assert figure.wanted is None


@pytest.fixture
def graph(tmp_path):
    """A graph of one product."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, (4, 4), np.eye(4, dtype=np.float32).ravel())
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    given, made = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ("batch", 4)) for name in "xy")
    model = helper.make_model(
        helper.make_graph([node], "g", [given], [made], [weight]), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 9
    onnx.save(model, tmp_path / "plain.onnx")
    return tmp_path / "plain.onnx"


def test_onnxruntime_is_timed_with_our_settings_and_with_its_own_and_cuda_only_where_it_is(graph):
    lines = [json.loads(line) for line in graphs.lines(graph, 2, {"x": np.ones((2, 4), np.float32)}, seconds=0.0)]
    assert [line["what"] for line in lines] == [
        "onnxruntime, our settings", "onnxruntime, its defaults", "onnxruntime on CUDA",
    ]  # fmt: skip
    assert [bool(line["note"]) for line in lines] == [False, False, not torch.cuda.is_available()]


def test_torch_is_timed_on_the_network_that_the_graph_was_made_from(monkeypatch):
    spec = read_preset("tiny").network
    given = full_step(spec, 2, 2)
    shapes = []
    monkeypatch.setattr(Step, "forward", lambda self, fed: (shapes.append(fed["x"].shape), [fed["x"]])[1])
    monkeypatch.setattr(torch, "compile", lambda module: (_ for _ in ()).throw(RuntimeError("no compiler here")))
    lines = [json.loads(line) for line in modules.lines(spec, Host.discovered(), 2, given, seconds=0.0)]
    assert lines[0]["what"].startswith("torch eager")
    assert shapes[0] == given["x"].shape
    assert "no compiler here" in lines[1]["note"]


def test_the_native_pass_is_timed_where_it_can_be():
    bundle = read_bundle(bundle_folder(AhtConfig()))
    (line,) = map(json.loads, native.lines(bundle, 3, full_step(bundle.manifest.network, 3, 2), seconds=0.0))
    assert (line["what"], line["voices"]) == ("native pass", 3)
    assert bool(line["note"]) is not neural_supported()
