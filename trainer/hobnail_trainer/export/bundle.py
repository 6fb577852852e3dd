"""A run becomes a bundle: graphs, sinks, palettes, licence, card, and the manifest that is written last."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
import numpy as np

from hobnail.contracts import Codec
from hobnail.host import Host
from hobnail.version import version
from hobnail_plugins.aht.bundle import digest_of_file, graph_file, read_bundle, read_manifest
from hobnail_plugins.aht.flow_times import flow_times
from hobnail_plugins.aht.graph_io import GRAPHS, GraphName
from hobnail_plugins.aht.manifest import (
    ADAPTERS,
    CARD,
    LICENCE,
    MANIFEST,
    NATIVE,
    NOTICE,
    SINKS,
    VERSION,
    AdapterSlots,
    CodecRef,
    ComponentRef,
    Levels,
    Manifest,
    Precision,
    Sampling,
    StoredFile,
    TextRef,
    Training,
)
from hobnail_plugins.aht.nn.memory import KeysAndValues
from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.prints import codec_digest, codec_print
from hobnail_plugins.aht.spec import BLOCKS, CONTROLS
from hobnail_plugins.moe_lora.files import read_palette
from hobnail_plugins.moe_lora.nn.pack import digest_of
from hobnail_plugins.streams import STREAMS
from hobnail_plugins.text.table import digest, packaged_bytes
from hobnail_trainer.corpus.files import disk_error
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.export.calibrate import ranges_of
from hobnail_trainer.export.card import card_of
from hobnail_trainer.export.examples import Given, real_steps
from hobnail_trainer.export.halves import halved
from hobnail_trainer.export.lasting import lasting_of
from hobnail_trainer.export.levels import levels_of
from hobnail_trainer.export.lines import lines_of
from hobnail_trainer.export.measure import errors_of, latency_of
from hobnail_trainer.export.memories import sinks_of
from hobnail_trainer.export.merged import Fixed, merge_into, notice_of
from hobnail_trainer.export.native import is_known, write_native
from hobnail_trainer.export.quantise import large_layers, quantised
from hobnail_trainer.export.source import checkpoint_of, network_of
from hobnail_trainer.export.write import OPSET, graphs_of
from hobnail_trainer.feed.store import FeedStore, open_feed
from hobnail_trainer.model.checkpoint import RunState

if TYPE_CHECKING:
    import onnx

STEPS: tuple[GraphName, ...] = ("step", "plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is exported, and how."""

    run: Path  #: a run's folder, or a checkpoint
    to: Path
    feed: Path
    precision: Precision = "int8"
    name: str = ""  #: default: the preset's
    passes: int = 0  #: 0: 2 after distillation, 8 before
    guidance: float = 1.0
    licence: str = "CC-BY-SA-4.0"
    notice: Path | None = None  #: who made what the model was trained on
    palettes: Sequence[Path] = ()
    fits: Sequence[str] = ()  #: digests of other networks whose palettes fit
    merged: Fixed | None = None  #: a palette that becomes part of the weights
    calibration: int = 24  #: batches of the train split
    check: int = 12  #: batches of the validation split, for the error


def write_bundle(request: Request, host: Host, *, tell: Callable[[str], None]) -> Manifest:
    """Export a checkpoint. Raises TrainerError, FeedError, PluginError, PaletteError, MissingExtraError."""
    checkpoint = checkpoint_of(request.run)
    state = checkpoint.state
    network = network_of(checkpoint, host)
    fits, base = tuple(request.fits), digest_of(network)
    for folder in request.palettes:
        read_palette(folder, network.spec, base, *fits)
    notice, adapter = "", ""
    if request.merged is not None:
        palette, strengths = merge_into(network, request.merged, base, *fits)
        notice, adapter = notice_of(palette, strengths), palette.arm
        fits, base = (base, *fits), digest_of(network)  # what fitted before adds to it as it did
    train, held_out = open_feed(request.feed, "train"), open_feed(request.feed, "validation")
    codec_ref = _codec(host, train.header.codec, train.header.codec_print)
    steps = partial(real_steps, network, scale=state.scale, settings=state.preset.feed, instant=state.instant)
    folder = request.to
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)  # until it is there again, there is no bundle
        error: dict[str, float] = {}
        for name in GRAPHS:
            tell(f"exporting {name}")
            whole = graphs_of(network, [name])[name]
            model = whole
            if request.precision == "fp16":
                model = halved(whole)
            elif request.precision == "int8" and name in STEPS:
                given = steps(train, batches=request.calibration, seed=1)
                model = small_of(whole, network.spec.width, list(given))
            if model is not whole and name == "plain":
                tell("measuring the error")
                check = steps(held_out, batches=request.check, seed=2)
                error = errors_of(whole, model, check)
            (folder / graph_file(name)).write_bytes(model.SerializeToString())
        write_sinks(network, folder)
        (folder / NATIVE).unlink(missing_ok=True)
        if request.precision == "int8" and is_known(network.spec):
            write_native(folder, network.spec)
        _papers(request, folder, notice)
        foretold = lasting_of(train) if network.spec.told_end else None
        if foretold is not None:
            tell(f"how long recordings last: words tell {foretold.explained:.0%} of it")
        tell("measuring what a pass costs")
        manifest = Manifest(
            name=request.name or state.preset.name,
            hobnail=version(),
            licence=request.licence,
            precision=request.precision,
            opset=OPSET,
            network=network.spec,
            base=base,
            fits=fits,
            scale=state.scale,
            sampling=sampling_of(state, request.passes, request.guidance),
            components=_components(network, host, adapter),
            adapters=AdapterSlots(palettes=tuple(palette.name for palette in request.palettes)),
            controls=CONTROLS,
            codec=codec_ref,
            text=TextRef(id="words", table=digest(packaged_bytes())),
            training=_training(state, network, train.header.corpus, train.header.licences),
            error={name: float(f"{value:.3g}") for name, value in error.items()},
            latency=latency_of(folder, network.spec),
            lasting=None if foretold is None else foretold.lasting,
            files=(),
        )
        (folder / CARD).write_text(card_of(manifest), encoding="utf-8")
        write_manifest(folder, msgspec.structs.replace(manifest, files=stored_files(folder)))
        tell("measuring how still lines stand")
        with_lines(folder, train, tell=tell)
        tell("measuring how loud events are")
        return with_levels(folder)
    except OSError as failure:
        raise disk_error(folder, failure) from failure


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The manifest of a bundle, whole or not at all. Raises OSError."""
    partial = folder / f"{MANIFEST}.part"
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    partial.replace(folder / MANIFEST)


def with_levels(folder: Path) -> Manifest:
    """Play a whole bundle, and write down how loud its events are. Raises BundleError, OSError."""
    plain = msgspec.structs.replace(read_manifest(folder), version=VERSION, levels=Levels())
    write_manifest(folder, plain)
    manifest = msgspec.structs.replace(plain, levels=levels_of(folder))
    write_manifest(folder, manifest)
    return manifest


def with_lines(folder: Path, store: FeedStore, *, tell: Callable[[str], None]) -> Manifest:
    """Write down how still partials stand, in recordings and in a bundle. Raises BundleError, FeedError, OSError."""
    plain = msgspec.structs.replace(read_manifest(folder), version=VERSION, lines=None)
    write_manifest(folder, plain)
    found = lines_of(folder, store)
    if found is None:
        return plain
    tell(
        f"how still lines stand: words tell {found.explained:.0%} of it; the network's are {found.lines.jitter:.3f} off"
    )
    manifest = msgspec.structs.replace(plain, lines=found.lines)
    write_manifest(folder, manifest)
    return manifest


def small_of(whole: onnx.ModelProto, width: int, blocks: Sequence[Given]) -> onnx.ModelProto:
    """A step in INT8, calibrated on ``blocks``."""
    layers = large_layers(whole, width)
    return quantised(whole, layers, ranges_of(whole, [layer.input[0] for layer in layers], blocks))


def write_sinks(network: Network, folder: Path) -> None:
    """Row 0 of every stream."""
    makers: tuple[KeysAndValues, ...] = (network.tell.memory, network.see.memory, network.remember.memory)
    arrays: dict[str, np.ndarray] = {}
    for stream, maker in zip(STREAMS, makers, strict=True):
        keys, values = sinks_of(maker)
        arrays |= {f"{stream}_keys": keys.numpy(), f"{stream}_values": values.numpy()}
    np.savez(folder / SINKS, allow_pickle=False, **arrays)


def sampling_of(state: RunState, passes: int, guidance: float) -> Sampling:
    """Without ``passes`` eight before anything was folded in, then two."""
    count = passes or (8 if state.stage == "flow" else 2)
    times = flow_times(count, instant=state.instant)
    return Sampling(times=dict.fromkeys(BLOCKS, times), instant=state.instant, guidance=guidance)


def _codec(host: Host, id: str, wanted: str) -> CodecRef:
    """The feed's codec as it is installed. Raises TrainerError when its tables are others."""
    codec = cast("Codec", host.build("components", id))
    codec.prepare()
    if (found := codec_digest(codec)) != wanted:
        raise TrainerError(
            f"the feed was made with the codec {id!r} of print {wanted}, the installed one has {found}.",
            cure="Install the tables it was made with, or make the feed again and train on it.",
        )
    offer = host.offer("components", id)
    dimensions = codec.spec.dimensions
    return CodecRef(id=id, print=codec_print(codec), dimensions=dimensions, distribution=offer.distribution)


def _components(network: Network, host: Host, adapter: str) -> tuple[ComponentRef, ...]:
    versions = {plugin.distribution: plugin.version for plugin in host.plugins}
    spec = network.spec
    refs = []
    chosen = [("fusion", spec.fusion.id), ("weighting", spec.weighting.id)]
    for place, id in [*chosen, *([("adapter", adapter)] if adapter else [])]:
        distribution = host.offer("components", id).distribution
        known = versions.get(distribution, "")
        refs.append(ComponentRef(place=place, id=id, distribution=distribution, version=known))  # type: ignore[arg-type]  # all are places
    return tuple(refs)


def _training(state: RunState, network: Network, corpus: str, licences: Sequence[str]) -> Training:
    return Training(
        preset=state.preset.name,
        stage=state.stage,
        steps=state.step,
        hours=round(state.seconds / 3600.0, 3),
        parameters=sum(value.numel() for value in network.parameters()),
        corpus=corpus,
        licences=tuple(licences),
        held_out=state.held_out[-1][1] if state.held_out else None,
    )


def _papers(request: Request, folder: Path, merged: str) -> None:
    """Licence, notice, palettes."""
    (folder / LICENCE).write_text(f"{request.licence}\n", encoding="utf-8")
    notice = request.notice.read_text(encoding="utf-8") if request.notice else ""
    (folder / NOTICE).write_text((notice or "Made with Hobnail.\n") + merged, encoding="utf-8")
    shutil.rmtree(folder / ADAPTERS, ignore_errors=True)
    for palette in request.palettes:
        shutil.copytree(palette, folder / ADAPTERS / palette.name)


def with_native(folder: Path) -> Manifest:
    """Write the native weights of a whole bundle beside its graphs, as exporting it does now.

    Raises BundleError, OSError; TrainerError for a bundle that the native pass cannot play.
    """
    manifest = read_bundle(folder).manifest
    if manifest.precision != "int8" or not is_known(manifest.network):
        raise TrainerError(
            f"{folder}: is {manifest.precision} with {manifest.network.fusion.id} and {manifest.network.weighting.id}; "
            "the native pass plays INT8 bundles with gca_g1 and daf.",
            cure="Export it with --int8, or let onnxruntime play it.",
        )
    write_native(folder, manifest.network)
    manifest = msgspec.structs.replace(manifest, files=stored_files(folder))
    write_manifest(folder, manifest)
    return manifest


def stored_files(folder: Path) -> tuple[StoredFile, ...]:
    """Everything that belongs to the bundle; what else lies in the folder does not."""
    ours = {*map(graph_file, GRAPHS), SINKS, LICENCE, NOTICE, CARD}
    ours |= {NATIVE} if (folder / NATIVE).is_file() else set()
    paths = [folder / name for name in sorted(ours)]
    paths += [path for path in sorted((folder / ADAPTERS).rglob("*")) if path.is_file()]
    return tuple(
        StoredFile(name=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=digest_of_file(path))
        for path in paths
    )
