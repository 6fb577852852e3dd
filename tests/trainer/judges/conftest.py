"""Judges with random weights in the real file formats: an ONNX of simulated 8 bits, and a checkpoint of torch."""

import io
import zipfile

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

MAP = "/model/layer14/pointwise_conv/relu/Relu_output_0"
POOLED = "/model/Reshape_output_0"


def simulated(name, out, number):
    """Nodes that quantise and dequantise a value, coarsely, so that leaving one in is seen."""
    scale = [numpy_helper.from_array(np.float32(0.5), f"s{number}"), numpy_helper.from_array(np.uint8(9), f"z{number}")]
    nodes = [
        helper.make_node("QuantizeLinear", [name, f"s{number}", f"z{number}"], [f"{name}_q"]),
        helper.make_node("DequantizeLinear", [f"{name}_q", f"s{number}", f"z{number}"], [out]),
    ]
    return nodes, scale


def small_yamnet(folder):
    """(zip of model.onnx and model.data, weights): one convolution with YAMNet's names, sizes and Q/DQ nodes."""
    chance = np.random.default_rng(3)
    conv = chance.standard_normal((1024, 1, 32, 32)).astype(np.float32) / 32
    dense = chance.standard_normal((521, 1024)).astype(np.float32) / 32
    weight_nodes, weight_scale = simulated("conv", "conv_dq", 1)
    map_nodes, map_scale = simulated(MAP, "map_dq", 2)
    nodes = [
        helper.make_node("DequantizeLinear", ["audio", "s0", "z0"], ["audio_dq"]),
        *weight_nodes,
        helper.make_node("Conv", ["audio_dq", "conv_dq"], ["conv_out"], strides=[32, 32]),
        helper.make_node("Relu", ["conv_out"], [MAP]),
        *map_nodes,
        helper.make_node("GlobalAveragePool", ["map_dq"], ["pooled"]),
        helper.make_node("Reshape", ["pooled", "/model/Constant_output_0"], [POOLED]),
        helper.make_node("Gemm", [POOLED, "dense"], ["class_scores_float"], transB=1),
        helper.make_node("QuantizeLinear", ["class_scores_float", "s3", "z3"], ["class_scores"]),
    ]
    values = [numpy_helper.from_array(conv, "conv"), numpy_helper.from_array(dense, "dense")]
    values += [*weight_scale, *map_scale, numpy_helper.from_array(np.array([1, -1]), "/model/Constant_output_0")]
    for number in (0, 3):
        values += [numpy_helper.from_array(np.float32(0.1), f"s{number}")]
        values += [numpy_helper.from_array(np.uint8(7), f"z{number}")]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("audio", TensorProto.UINT8, [1, 1, 96, 64])],
        [helper.make_tensor_value_info("class_scores", TensorProto.UINT8, [1, 521])],
        values,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save_model(
        model, folder / "model.onnx", save_as_external_data=True, location="model.data", size_threshold=1024
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("model.onnx", "model.data"):
            archive.writestr(f"job/{name}", (folder / name).read_bytes())
    return file.getvalue(), conv, dense


@pytest.fixture(scope="session")
def yamnet_files(tmp_path_factory):
    return small_yamnet(tmp_path_factory.mktemp("yamnet"))


class Block(torch.nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.conv2 = torch.nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn1, self.bn2 = torch.nn.BatchNorm2d(after), torch.nn.BatchNorm2d(after)

    def forward(self, x):
        return self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()


class Trunk(torch.nn.Module):
    """The network as its paper draws it, with batch normalisation as a layer: what the judge is compared with."""

    def __init__(self):
        super().__init__()
        sizes = (1, 64, 128, 256, 512)
        for number in range(4):
            setattr(self, f"conv_block{number + 1}", Block(sizes[number], sizes[number + 1]))

    def forward(self, x):
        for number in (1, 2, 3):
            x = torch.nn.functional.max_pool2d(getattr(self, f"conv_block{number}")(x), 2)
        return self.conv_block4(x).mean(dim=3).amax(dim=2)


@pytest.fixture(scope="session")
def aisfx_files():
    """(bytes of a checkpoint, the network that it was saved from)."""
    torch.manual_seed(4)
    trunk = Trunk().eval()
    for name, value in trunk.named_buffers():
        if "running" in name:
            value.uniform_(0.5, 1.5)
    state = {f"embedding_net.{name}": value for name, value in trunk.state_dict().items()}
    state["fc.0.0.weight"] = torch.zeros(2, 2)
    file = io.BytesIO()
    torch.save((state, {"a library": (0, np.int64(78))}), file)
    return file.getvalue(), trunk
