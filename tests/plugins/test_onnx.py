"""Networks from local files: opened, looked at, run; every fault named."""

import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from hobnail.errors import ConfigError, EngineError, MissingExtraError
from hobnail_plugins.folders import find_file, open_folder, read_object
from hobnail_plugins.onnx import open_network


def doubled(path, kind=TensorProto.FLOAT):
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubled",
        [helper.make_tensor_value_info("x", kind, ["n", 3])],
        [helper.make_tensor_value_info("y", kind, ["n", 3])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64, TensorProto.INT32])
def test_values_are_given_in_the_kind_that_the_network_takes(tmp_path, kind):
    network = open_network(doubled(tmp_path / "a.onnx", kind), part="A test")
    found = network.run({"x": np.ones((2, 3), np.float64), "unused": np.ones(1)}, "y")
    assert found.dtype == np.float32
    assert (found == 2.0).all()
    assert network.inputs["x"].shape == (None, 3)


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", b"\x08\x08" * 50])
def test_what_is_no_network_is_named(tmp_path, content):
    file = tmp_path / "a.onnx"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"a\.onnx: not a whole ONNX network"):
        open_network(file, part="A test")


def test_a_network_without_its_external_data_is_named(tmp_path):
    weight = numpy_helper.from_array(np.ones((300, 3), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "outside",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 300])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    file = tmp_path / "model.onnx"
    onnx.save(model, file, save_as_external_data=True, location="model.onnx_data", size_threshold=0)
    assert (open_network(file, part="A test").run({"x": np.ones((1, 300))}, "y") == 300.0).all()
    (tmp_path / "model.onnx_data").unlink()
    with pytest.raises(ConfigError, match=r"with its \.onnx_data"):
        open_network(file, part="A test")


def test_a_network_that_was_cut_off_is_named(tmp_path):
    file = doubled(tmp_path / "a.onnx")
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ConfigError, match="not a whole ONNX network"):
        open_network(file, part="A test")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="A test: there is no file"):
        open_network(tmp_path / "none.onnx", part="A test")


def test_without_onnxruntime_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"hobnail\[cpu\]") as caught:
        open_network(doubled(tmp_path / "a.onnx"), part="The encoder 'dinov2'")
    assert caught.value.extra == "cpu"


def test_wrong_names_are_named(tmp_path):
    network = open_network(doubled(tmp_path / "a.onnx"), part="A test")
    assert network.require(given=("x",), may=("z",), one_of=("w", "y")) == "y"
    with pytest.raises(ConfigError, match="its inputs are x, expected pixel_values"):
        network.require(given=("pixel_values",), one_of=("y",))
    with pytest.raises(ConfigError, match="its outputs are y, expected last_hidden_state"):
        network.require(given=("x",), one_of=("last_hidden_state",))


def test_a_kind_of_input_that_is_not_known_is_named(tmp_path):
    network = open_network(doubled(tmp_path / "a.onnx", TensorProto.DOUBLE), part="A test")
    with pytest.raises(ConfigError, match=r"its input x is a tensor\(double\)"):
        network.require(given=("x",), one_of=("y",))


def test_a_run_that_fails_is_an_error_of_the_engine(tmp_path):
    network = open_network(doubled(tmp_path / "a.onnx"), part="A test")
    with pytest.raises(EngineError, match="the network failed"):
        network.run({"x": np.ones((2, 4))}, "y")


def test_folders_and_files_that_are_not_there_are_named(tmp_path):
    (tmp_path / "config.json").write_text("[1]")
    with pytest.raises(ConfigError, match=r"\[encoder\.minilm\] path: '.*none' does not exist"):
        open_folder(str(tmp_path / "none"), where="[encoder.minilm] path")
    with pytest.raises(ConfigError, match="is a file, expected a folder"):
        open_folder(str(tmp_path / "config.json"), where="[encoder.minilm] path")
    with pytest.raises(ConfigError, match=r"there is no a\.onnx or b/a\.onnx; found config\.json"):
        find_file(tmp_path, ["a.onnx", "b/a.onnx"])
    with pytest.raises(ConfigError, match="found list, expected an object"):
        read_object(tmp_path / "config.json")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ConfigError, match="not JSON"):
        read_object(tmp_path / "config.json")
    (tmp_path / "config.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_object(tmp_path / "config.json")
