"""INT8 bundles in floating point, from their own graphs: no checkpoint is needed.

Weights are what the 8-bit numbers stand for, inputs of products are no longer rounded. So it sounds as the INT8 bundle
does, or a little nearer to the network that was trained; it is what a GPU wants, whose providers have no
``MatMulIntegerToFloat``, and what shows what 8 bits save on a processor.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import numpy as np
import onnx
from onnx import helper, numpy_helper

from hobnail_plugins.aht.bundle import graph_file, read_bundle
from hobnail_plugins.aht.graph_io import GRAPHS
from hobnail_plugins.aht.manifest import CARD, MANIFEST, NATIVE, Manifest, Precision
from hobnail_trainer.corpus.files import disk_error
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.export.bundle import stored_files, write_manifest
from hobnail_trainer.export.halves import halved
from hobnail_trainer.export.passes import with_nodes

PRODUCT = "MatMulIntegerToFloat"


def widened_bundle(folder: Path, to: Path, precision: Precision) -> Manifest:
    """Write ``folder`` in ``precision``, fp32 or fp16, to ``to``.

    Raises BundleError; TrainerError for a bundle that is no INT8 bundle, or a disk that is full.
    """
    manifest = read_bundle(folder).manifest
    if manifest.precision != "int8" or precision == "int8":
        raise TrainerError(
            f"{folder}: is {manifest.precision}, asked for in {precision}.",
            cure="Widen an INT8 bundle to fp32 or fp16.",
        )
    if to.resolve() == folder.resolve():
        raise TrainerError(f"{to}: is the bundle itself.", cure="Name another folder.")
    try:
        shutil.copytree(folder, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST, NATIVE))
        (to / NATIVE).unlink(missing_ok=True)
        for name in GRAPHS:
            if (path := to / graph_file(name)).is_file():
                model = widened(onnx.load(path))
                path.write_bytes((halved(model) if precision == "fp16" else model).SerializeToString())
        _note(to / CARD, precision)
        manifest = msgspec.structs.replace(
            manifest,
            precision=precision,
            error={},
            latency=msgspec.structs.replace(manifest.latency, passes={}),  # it was another one's
            files=stored_files(to),
        )
        write_manifest(to, manifest)
    except OSError as error:
        raise disk_error(to, error) from error
    return manifest


def _note(card: Path, precision: Precision) -> None:
    """What the card says: the precision, and nothing of what was measured of the other graphs."""
    kept, _, _ = card.read_text(encoding="utf-8").partition("\nAgainst float32")
    said = kept.replace("| precision | int8 |", f"| precision | {precision}, widened from int8 |")
    card.write_text(said.rstrip() + "\n", encoding="utf-8")


def widened(model: onnx.ModelProto) -> onnx.ModelProto:
    """A graph whose INT8 products are products of floats; one without any is as it was."""
    constants = {value.name: numpy_helper.to_array(value) for value in model.graph.initializer}
    rounded = {node.output[0]: node for node in model.graph.node if node.op_type == "QuantizeLinear"}
    kept: list[onnx.NodeProto] = []
    added: dict[str, np.ndarray] = {}
    for node in model.graph.node:
        if node.op_type != PRODUCT:
            kept.append(node)
            continue
        small, weight, _, step, _, zero, *bias = node.input
        source, wide = rounded[small].input[0], f"{weight}_wide"
        added[wide] = (constants[weight].astype(np.float32) - constants[zero]) * constants[step]
        made = node.output[0]
        product = f"{made}_product" if bias else made
        kept.append(helper.make_node("MatMul", [source, wide], [product], name=f"{made}_MatMul"))
        if bias:
            kept.append(helper.make_node("Add", [product, bias[0]], [made], name=f"{made}_Add"))
    read = {name for node in kept for name in node.input}
    kept = [node for node in kept if node.op_type != "QuantizeLinear" or node.output[0] in read]
    out = onnx.ModelProto()
    out.CopyFrom(model)
    out.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in added.items())
    return with_nodes(out, kept)
