"""A bundle of a tiny network that has forgotten its zeros: real graphs, the real codec, the real words. No training."""

import hashlib
import tarfile
from pathlib import Path

import msgspec
import numpy as np

from hobnail.version import version
from hobnail_plugins.aht.manifest import (
    AdapterSlots,
    CodecRef,
    ComponentRef,
    Latency,
    Lines,
    Manifest,
    Sampling,
    StoredFile,
    TextRef,
    Training,
)
from hobnail_plugins.aht.prints import codec_print
from hobnail_plugins.aht.spec import BLOCKS, CONTROLS, LatentScale, NetworkSpec
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.gca.spec import ResamplerSettings
from hobnail_plugins.text.table import digest, packaged_bytes

SPEC = NetworkSpec(
    width=32,
    layers=2,
    heads=2,
    mlp=2,
    history_hops=16,
    vision_hops=8,
    resampler=ResamplerSettings(width=32, heads=2, tokens=1, pixel_tokens=2, window_hops=4),
)
BASE = "ab" * 32
PACKED = Path(__file__).resolve().parents[2] / "data/tiny_bundle.tar.xz"


def unpacked(folder):
    """The bundle that ``scripts/make_tiny_bundle.py`` made, with a manifest of today's codec and words."""
    with tarfile.open(PACKED) as packed:
        packed.extractall(folder, filter="data")
    write_manifest(folder)
    return folder


def write_manifest(folder, *, name="tiny", passes=2):
    codec = linear_codec()
    silent, _ = codec.encode(np.zeros(48_000, np.float32), codec.begin_encoding(), last=True)
    even = tuple(1.0 - step / passes for step in range(passes + 1))
    parts = (("fusion", SPEC.fusion.id), ("weighting", SPEC.weighting.id))
    manifest = Manifest(
        name=name,
        hobnail=version(),
        licence="CC0-1.0",
        precision="fp32",
        opset=23,
        network=SPEC,
        base=BASE,
        scale=LatentScale(mean=[0.0] * 32, spread=[1.0] * 32, silence=silent[40].tolist()),
        sampling=Sampling(times=dict.fromkeys(BLOCKS, even), instant=False),
        components=tuple(ComponentRef(place=place, id=id, distribution="hobnail") for place, id in parts),
        adapters=AdapterSlots(),
        controls=CONTROLS,
        codec=CodecRef(id="linear", print=codec_print(codec), dimensions=32),
        text=TextRef(id="words", table=digest(packaged_bytes())),
        training=Training(preset=name, stage="distilled", steps=0, hours=0.0, parameters=0),
        latency=Latency(machine="", runtime=""),
        lines=Lines(weights=[0.0] * 128, bias=-9.0, jitter=0.07),
        files=tuple(
            StoredFile(name=path.name, bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(folder.iterdir())
            if path.name != "manifest.json"
        ),
    )
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
