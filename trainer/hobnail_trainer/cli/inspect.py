"""``hobnail-train inspect``: what is in a run, a bundle or a preset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

if TYPE_CHECKING:
    from hobnail_plugins.aht.spec import NetworkSpec
    from hobnail_trainer.model.preset import Preset

_PAPER = "the paper's: 1.5 B parameters, adapters 12 M, four experts 48 M"


@click.command("inspect")
@click.argument("what")
@click.option("--costs", is_flag=True, help="Of a bundle: measure what a pass of its graphs costs here, on one thread.")
def command(what: str, costs: bool) -> None:
    """Print what WHAT is: a run's folder or checkpoint, a bundle, or a preset (tiny, embedded, base, full, or TOML).

    Of a preset the real network is built without memory: parameters, adapters, and what training it takes.
    """
    from hobnail_plugins.aht.manifest import MANIFEST

    console, path = Console(highlight=False, soft_wrap=True), Path(what)
    if (path / MANIFEST).is_file():
        _bundle(console, path, costs=costs)
    elif costs:
        raise click.UsageError(f"{what} is no bundle: --costs measures a bundle's graphs.")
    elif path.suffix == ".safetensors" or (path.is_dir() and any(path.glob("step-*.safetensors"))):
        _run(console, path)
    else:
        from hobnail_trainer.model.preset import read_preset

        preset = read_preset(what)
        console.print(f"{preset.name}: {preset.help}")
        _sizes(console, preset)


def _bundle(console: Console, path: Path, *, costs: bool) -> None:
    from hobnail.host import Host
    from hobnail_plugins.aht.bundle import read_bundle
    from hobnail_trainer.export.card import card_of
    from hobnail_trainer.export.measure import latency_of

    bundle = read_bundle(path, Host.discovered())
    console.print(card_of(bundle.manifest))
    if costs:
        found = latency_of(path, bundle.manifest.network)
        console.print(f"here, {found.machine}, {found.runtime}, median of the thread's own time:")
        for name, ms in found.passes.items():
            console.print(f"* {name}: {ms:g} ms")
    console.print(f"network {bundle.manifest.base}")
    for file in bundle.manifest.files:
        console.print(f"  {file.bytes:11,d}  {file.sha256:.16}  {file.name}")


def _run(console: Console, path: Path) -> None:
    from hobnail_trainer.export.source import checkpoint_of

    state = checkpoint_of(path).state
    console.print(
        f"{path}: stage {state.stage}, step {state.step} of {state.preset.steps}, {state.seconds / 60.0:.1f} min, "
        f"feed {state.folder or 'unknown'}"
    )
    for step, loss in state.held_out:
        console.print(f"  step {step}: held-out loss {loss:.4f}")
    _sizes(console, state.preset)


def _sizes(console: Console, preset: Preset) -> None:
    if preset.head is None:
        _counts(console, preset.network)
        return
    from hobnail_trainer.flow_head.network import HopNetwork

    network = HopNetwork(preset.network, preset.head)
    console.print(
        f"  a causal backbone and a flow head: {sum(each.numel() for each in network.parameters()):,} parameters"
    )
    for name, part in network.named_children():
        console.print(f"    {name:13s} {sum(each.numel() for each in part.parameters()):14,d}")


def _counts(console: Console, spec: NetworkSpec) -> None:
    from hobnail.host import Host
    from hobnail_trainer.export.counts import RANK, counts_of

    found = counts_of(spec, Host.discovered())
    console.print(
        f"  {spec.layers} layers of {spec.width}, {spec.heads} heads, {spec.key_heads} of keys; "
        f"fusion {spec.fusion.id}, weighting {spec.weighting.id}"
    )
    console.print(f"  {found.parameters:,} parameters")
    for name, count in found.parts.items():
        console.print(f"    {name:13s} {count:14,d}")
    for words, count in (("an adapter", found.one_adapter), ("four experts and a router", found.four_experts)):
        share = 100.0 * count / found.parameters
        console.print(f"  {words} of rank {RANK} on all attention projections: {count:,} ({share:.2f} %)")
    console.print(f"  to train with AdamW: {found.optimiser_bytes / 1e9:.2f} GB (weights, gradients, moments; float32)")
    console.print(f"  {_PAPER}")
