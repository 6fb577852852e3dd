"""A model as a folder that ships: read, checked, and refused by name where something is wrong.

::

    BUNDLE/manifest.json                 everything that is known of it; written last
           tell.onnx see.onnx scene.onnx remember.onnx step.onnx plain.onnx
           sinks.npz                     row 0 of every stream
           adapters/<palette>/           palettes in PEFT's layout
           LICENSE NOTICE card.md

Neither torch nor onnxruntime is needed here.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
import numpy as np

from hobnail.contracts import Codec
from hobnail.errors import BundleError, ConfigError, PluginError
from hobnail.host import Host
from hobnail.settings import closest, settings_from
from hobnail_plugins.aht.graph_io import GRAPHS, LATER, GraphName
from hobnail_plugins.aht.manifest import (
    ADAPTERS,
    FORMAT,
    LICENCE,
    MANIFEST,
    OLDEST,
    SCENES,
    SINKS,
    VERSION,
    ComponentRef,
    Manifest,
)
from hobnail_plugins.aht.prints import codec_print, is_printed
from hobnail_plugins.aht.rows import Sinks
from hobnail_plugins.streams import STREAMS

MOST_MANIFEST_BYTES: Final = 4 << 20
_CURE: Final = "Copy the bundle again, or export it again: hobnail-train export RUN --to BUNDLE."


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A bundle whose files are whole."""

    folder: Path
    manifest: Manifest
    sinks: Mapping[str, Sinks]  #: by stream

    def graph(self, name: GraphName) -> Path:
        """The file of a graph."""
        return self.folder / graph_file(name)

    def palettes(self) -> tuple[Path, ...]:
        """Folders of the palettes that are loaded at the start."""
        return tuple(self.folder / ADAPTERS / name for name in self.manifest.adapters.palettes)


def graph_file(name: GraphName) -> str:
    """A graph's file name."""
    return f"{name}.onnx"


def read_manifest(folder: Path) -> Manifest:
    """The manifest alone; files are not looked at. Raises BundleError. [control]"""
    path = folder / MANIFEST
    if not folder.is_dir():
        raise BundleError(f"{folder}: no such folder.", cure="Give the folder of a bundle.")
    if not path.is_file():
        raise BundleError(f"{folder}: no {MANIFEST} in it.", cure=f"Give the folder of a bundle. {_CURE}")
    try:
        if (size := path.stat().st_size) > MOST_MANIFEST_BYTES:
            raise BundleError(f"{path}: has {size} bytes, expected at most {MOST_MANIFEST_BYTES}.", cure=_CURE)
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}.", cure=_CURE) from error
    _check_version(data, path)
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, ConfigError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: not a manifest: {error}", cure=_CURE) from error
    if problem := manifest.sampling.problem() or _scale_problem(manifest):
        raise BundleError(f"{path}: {problem}.", cure=_CURE)
    return manifest


def read_bundle(folder: Path, host: Host | None = None) -> Bundle:
    """A bundle whose every file has the size and the digest that its manifest says. [control]

    ``host``: whose components and encoders must be those of the bundle; None: nobody looks. Raises BundleError.
    """
    manifest = read_manifest(folder)
    names = {file.name for file in manifest.files}
    graphs = [name for name in GRAPHS if manifest.version >= SCENES or name not in LATER]
    wanted = {*map(graph_file, graphs), SINKS, LICENCE}
    if lacks := sorted(wanted - names):
        raise BundleError(f"{folder / MANIFEST}: names no {', '.join(lacks)}.", cure=_CURE)
    for file in manifest.files:
        _check_file(folder, file.name, file.bytes, file.sha256)
    bundle = Bundle(folder, manifest, _sinks(folder / SINKS, manifest))
    if host is not None:
        check_components(bundle, host)
    return bundle


def check_components(bundle: Bundle, host: Host) -> None:
    """Raises BundleError naming the first component that is not installed, and the package that has it."""
    ids = [offer.id for offer in host.offers("components")]
    for component in bundle.manifest.components:
        if component.id not in ids:
            raise BundleError(
                f"{bundle.folder}: was made with the {component.place} {component.id!r}, which is not installed.",
                cure=_install(component, ids),
            )
        _check_settings(bundle, component, host)


def check_codec(bundle: Bundle, codec: Codec) -> None:
    """Raises BundleError when latents of this codec are not those that the network makes."""
    wanted, spec = bundle.manifest.codec, codec.spec
    if spec.id != wanted.id:
        raise BundleError(
            f"{bundle.folder}: makes latents of the codec {wanted.id!r}, this one is {spec.id!r}.",
            cure=f"Choose the codec {wanted.id!r}.",
        )
    if not is_printed(codec, wanted.print):
        found = codec_print(codec)
        raise BundleError(
            f"{bundle.folder}: the codec {spec.id!r} has the print {found:.30}, expected {wanted.print:.30}: its "
            "tables are others than those that the model was trained with.",
            cure="Take the tables it was trained with (for the packaged ones: the same version of Hobnail).",
        )


def check_text(bundle: Bundle, id: str, table: str) -> None:
    """Raises BundleError when an encoder of words, by its id and its table's digest, is not the bundle's."""
    wanted = bundle.manifest.text
    if (id, table) != (wanted.id, wanted.table):
        raise BundleError(
            f"{bundle.folder}: reads words of {wanted.id!r} with the table {wanted.table:.16}, this is {id!r} with "
            f"{table:.16}.",
            cure="Take the table it was trained with, or a bundle that was trained with yours.",
        )


def digest_of_file(path: Path) -> str:
    """sha256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_version(data: bytes, path: Path) -> None:
    class Head(msgspec.Struct):
        format: str = ""
        version: int = 0

    try:
        head = msgspec.json.decode(data, type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: not a manifest: {error}.", cure=_CURE) from error
    if head.format != FORMAT:
        raise BundleError(f"{path}: format is {head.format!r}, expected {FORMAT!r}.", cure=_CURE)
    if not OLDEST <= head.version <= VERSION:
        newer = head.version > VERSION
        cure = "Update Hobnail: pip install -U hobnail" if newer else _CURE
        raise BundleError(f"{path}: version is {head.version}, expected {VERSION}.", cure=cure)


def _scale_problem(manifest: Manifest) -> str:
    latents = manifest.network.latents
    sizes = {len(manifest.scale.mean), len(manifest.scale.spread), len(manifest.scale.silence)}
    if sizes != {latents} or manifest.codec.dimensions != latents:
        return f"scale and codec have {sorted(sizes)} and {manifest.codec.dimensions} dimensions, expected {latents}"
    return "" if min(manifest.scale.spread) > 0.0 else "scale.spread holds a value that is not above 0"


def _check_file(folder: Path, name: str, size: int, digest: str) -> None:
    path, inside = folder / name, PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts or "\\" in name or ":" in name:
        raise BundleError(f"{folder / MANIFEST}: {name!r} lies outside of the bundle.", cure=_CURE)
    try:
        if not path.is_file():
            raise BundleError(f"{path}: is missing.", cure=_CURE)
        if (found := path.stat().st_size) != size:
            raise BundleError(f"{path}: has {found} bytes, expected {size}.", cure=_CURE)
        if (found_digest := digest_of_file(path)) != digest:
            raise BundleError(f"{path}: sha256 is {found_digest:.16}, expected {digest:.16}.", cure=_CURE)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}.", cure=_CURE) from error


def _sinks(path: Path, manifest: Manifest) -> dict[str, Sinks]:
    spec = manifest.network
    shape = (spec.layers, spec.key_heads, spec.head_width)
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
            sinks = {stream: Sinks(found[f"{stream}_keys"], found[f"{stream}_values"]) for stream in STREAMS}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path}: not a whole file of sinks: {error}.", cure=_CURE) from error
    for stream, pair in sinks.items():
        for half in pair:
            if half.shape != shape or half.dtype != np.float32 or not np.isfinite(half).all():
                raise BundleError(f"{path}: {stream} is {half.dtype} {list(half.shape)}, expected {shape}.", cure=_CURE)
    return sinks


def _install(component: ComponentRef, ids: list[str]) -> str:
    if component.distribution:
        version = f"=={component.version}" if component.version else ""
        return f'Install it: pip install "{component.distribution}{version}"'
    return f"Install the plug-in that offers it. {closest(component.id, ids)}"


def _check_settings(bundle: Bundle, component: ComponentRef, host: Host) -> None:
    """The graphs' own settings must still be settings of what is installed."""
    if component.place == "adapter":
        return
    network = bundle.manifest.network
    choice = network.fusion if component.place == "fusion" else network.weighting
    try:
        offer = host.offer("components", component.id)
        if offer.config is not None:
            settings_from(offer.config, choice.settings, where=f"network.{component.place}.settings")
    except (ConfigError, PluginError) as error:
        raise BundleError(
            f"{bundle.folder}: the installed {component.id!r} does not take its settings: {error.problem}",
            cure=_install(component, []),
        ) from error
