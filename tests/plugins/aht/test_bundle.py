"""A bundle is read whole or refused by name. No graph is run here."""

import hashlib

import msgspec
import numpy as np
import pytest

from hobnail.errors import BundleError
from hobnail.host import Host
from hobnail_plugins.aht.bundle import graph_file, read_bundle, read_manifest
from hobnail_plugins.aht.graph_io import GRAPHS
from hobnail_plugins.aht.manifest import (
    AdapterSlots,
    CodecRef,
    ComponentRef,
    Latency,
    Manifest,
    Sampling,
    StoredFile,
    TextRef,
    Training,
)
from hobnail_plugins.aht.rows import NewRows, Sinks, empty_rows, ring_places
from hobnail_plugins.aht.spec import BLOCKS, LatentScale, NetworkSpec, PartChoice

SPEC = NetworkSpec(latents=4, width=16, layers=2, heads=2)


def manifest_of(folder, **fields):
    files = tuple(
        StoredFile(name=path.name, bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.iterdir())
        if path.name != "manifest.json"
    )
    whole = {
        "name": "tiny",
        "hobnail": "0.1.0",
        "licence": "CC0-1.0",
        "precision": "fp32",
        "opset": 23,
        "network": SPEC,
        "base": "ab" * 32,
        "scale": LatentScale(mean=[0.0] * 4, spread=[1.0] * 4, silence=[-1.0] * 4),
        "sampling": Sampling(times=dict.fromkeys(BLOCKS, (1.0, 0.5, 0.0)), instant=False),
        "components": (
            ComponentRef(place="fusion", id="gca_g1", distribution="hobnail"),
            ComponentRef(place="weighting", id="daf", distribution="hobnail"),
        ),
        "adapters": AdapterSlots(),
        "controls": ("pitch",),
        "codec": CodecRef(id="linear", print="0" * 16, dimensions=4),
        "text": TextRef(id="words", table="0" * 32),
        "training": Training(preset="tiny", stage="flow", steps=1, hours=0.1, parameters=10),
        "latency": Latency(machine="a machine", runtime="onnxruntime"),
        "files": files,
    }
    return Manifest(**whole | fields)


@pytest.fixture
def write(tmp_path):
    def written(**fields):
        for name in GRAPHS:
            (tmp_path / graph_file(name)).write_bytes(name.encode() * 100)
        rows = np.ones((SPEC.layers, SPEC.key_heads, SPEC.head_width), np.float32)
        arrays = {f"{stream}_{half}": rows for stream in ("text", "vision", "history") for half in ("keys", "values")}
        np.savez(tmp_path / "sinks.npz", **arrays)
        (tmp_path / "LICENSE").write_text("CC0-1.0\n")
        (tmp_path / "manifest.json").write_bytes(msgspec.json.encode(manifest_of(tmp_path, **fields)))
        return tmp_path

    return written


def test_a_whole_bundle_is_read(write):
    bundle = read_bundle(write(), Host.discovered())
    assert bundle.graph("step").read_bytes().startswith(b"step")
    assert bundle.sinks["history"].keys.shape == (2, 1, 8)


@pytest.mark.parametrize("name", ["step.onnx", "sinks.npz", "LICENSE"])
def test_a_truncated_file_is_named_with_its_sizes(write, name):
    folder = write()
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-1])
    with pytest.raises(BundleError, match=f"{name}: has {len(data) - 1} bytes, expected {len(data)}"):
        read_bundle(folder)


def test_a_changed_byte_is_found(write):
    folder = write()
    (folder / "see.onnx").write_bytes(b"xxx" * 100)
    with pytest.raises(BundleError, match=r"see\.onnx: sha256 is"):
        read_bundle(folder)


def test_a_missing_file_is_named(write):
    folder = write()
    (folder / "tell.onnx").unlink()
    with pytest.raises(BundleError, match=r"tell\.onnx: is missing"):
        read_bundle(folder)


def test_a_file_that_the_manifest_does_not_name_is_asked_for(write):
    folder = write()
    files = tuple(file for file in manifest_of(folder).files if file.name != "plain.onnx")
    with pytest.raises(BundleError, match=r"names no plain\.onnx"):
        read_bundle(write(files=files))


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a\\b", "c:x"])
def test_no_file_lies_outside(write, name):
    folder = write()
    strange = StoredFile(name=name, bytes=1, sha256="0" * 64)
    with pytest.raises(BundleError, match="outside"):
        read_bundle(write(files=(*manifest_of(folder).files, strange)))


def test_a_missing_component_says_what_to_install(write):
    parts = (ComponentRef(place="weighting", id="crowd", distribution="hobnail-crowd", version="2.1"),)
    with pytest.raises(BundleError, match=r"'crowd', which is not installed\. Install it: pip install \"hobnail-crowd"):
        read_bundle(write(components=parts), Host.discovered())


def test_a_component_that_does_not_take_its_settings_is_refused(write):
    network = msgspec.structs.replace(SPEC, weighting=PartChoice(id="daf", settings={"magic": 1}))
    with pytest.raises(BundleError, match="does not take its settings"):
        read_bundle(write(network=network), Host.discovered())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": 6}, "version is 6, expected 5. Update Hobnail"),
        ({"version": 0}, "version is 0, expected 5. Copy the bundle again"),
        ({"format": "zip"}, "format is 'zip'"),
        ({"sampling": Sampling(times={2: (1.0, 0.0)}, instant=True)}, "times are given for"),
        ({"sampling": Sampling(times=dict.fromkeys(BLOCKS, (1.0, 1.0, 0.0)), instant=True)}, "expected to fall"),
        ({"scale": LatentScale(mean=[0.0], spread=[1.0], silence=[0.0])}, "dimensions, expected 4"),
        ({"scale": LatentScale(mean=[0.0] * 4, spread=[0.0] * 4, silence=[0.0] * 4)}, "not above 0"),
    ],
)
def test_what_a_manifest_says_must_hold(write, fields, words):
    with pytest.raises(BundleError, match=words):
        read_manifest(write(**fields))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": "hobnail-bundle", "version": 1}'])
def test_what_is_no_manifest_is_refused(tmp_path, data):
    (tmp_path / "manifest.json").write_bytes(data)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        read_manifest(tmp_path)


def test_no_folder_is_no_bundle(tmp_path):
    with pytest.raises(BundleError, match="no such folder"):
        read_bundle(tmp_path / "nowhere")


def test_rows_are_written_where_they_belong_and_read_without_a_copy():
    sinks = Sinks(np.full((2, 1, 4), 7, np.float32), np.full((2, 1, 4), 8, np.float32))
    rows = empty_rows(sinks, 3, 5)
    assert rows.seen.sum() == 3
    assert (rows.keys[:, :, :, 0] == 7).all()
    new = NewRows(np.ones((2, 1, 1, 2, 4), np.float32), np.full((2, 1, 1, 2, 4), 2, np.float32))
    rows.write(1, ring_places(4, 2, 5), new)
    assert rows.seen[1].tolist() == [True, True, False, False, False, True]
    assert (rows.values[:, 1, :, [1, 5]] == 2).all()
    assert not rows.keys[:, 2, :, 1:].any()
    assert np.shares_memory(rows.voices(slice(0, 2)).keys, rows.keys)
    assert rows.voices(slice(0, 2)).keys[1].flags.c_contiguous
    rows.forget(1)
    assert rows.seen[1].tolist() == [True, False, False, False, False, False]
