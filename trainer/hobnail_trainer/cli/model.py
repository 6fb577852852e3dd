"""``hobnail-train fit`` and ``resume``: train the generator, and go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console

from hobnail_trainer.errors import TrainerError

if TYPE_CHECKING:
    from hobnail_plugins.aht.nn.network import Network
    from hobnail_trainer.model.checkpoint import Checkpoint, RunState
    from hobnail_trainer.model.held_out import Judge
    from hobnail_trainer.model.preset import Preset

_FOLDER = click.Path(path_type=Path, file_okay=False)
_PATH = click.Path(path_type=Path)
_STEPS = click.option("--steps", type=click.IntRange(1), help="Of the whole run; default: the preset's.")
_THREADS = click.option("--threads", type=click.IntRange(1, 256), help="Default: the preset's.")
_FEATURES = click.option(
    "--features", type=_FOLDER, help="A teacher's, of this feed; the preset has [alignment.teacher]."
)


@click.command("fit")
@click.argument("preset")
@click.argument("feed", type=_FOLDER)
@click.option("--to", "run", type=_FOLDER, help="The run's folder: checkpoints, steps.jsonl, curves.")
@_STEPS
@_THREADS
@click.option("--seed", type=click.IntRange(0), help="Default: the preset's.")
@_FEATURES
@click.option(
    "--from", "base", type=_PATH, help="Begin with the weights of another run, or slim ones, of this network."
)
@click.option("--speed", is_flag=True, help="Train nothing: measure tokens a second, beside this machine's peak.")
def fit(  # noqa: PLR0913, PLR0917 - one parameter for each option
    preset: str,
    feed: Path,
    run: Path | None,
    steps: int | None,
    threads: int | None,
    seed: int | None,
    features: Path | None,
    base: Path | None,
    speed: bool,
) -> None:
    """Train PRESET (tiny, embedded, base, full, or a TOML file) on FEED.

    SIGTERM or Ctrl-C end it after the step, with a checkpoint; `hobnail-train resume` goes on. With many processes:
    `torchrun --nproc-per-node 8 --no-python hobnail-train fit ...`.
    """
    from hobnail_trainer.model.preset import read_preset

    changed = {"steps": steps, "threads": threads, "seed": seed}
    chosen = msgspec.structs.replace(
        read_preset(preset), **{name: value for name, value in changed.items() if value is not None}
    )
    if speed:
        if chosen.head is not None:
            raise click.UsageError(f"{preset} is a research arm: --speed measures networks of blocks.")
        _measure(chosen, feed)
        return
    if run is None:
        raise click.UsageError("Say where the run goes: --to RUN.")
    if any(run.glob("step-*.safetensors")):
        raise TrainerError(
            f"{run}: holds a run already.", cure=f"Go on with it: hobnail-train resume {run}; or choose another folder."
        )
    _train(run, chosen, feed, None, base, features=features)


@click.command("resume")
@click.argument("run", type=_FOLDER)
@click.option("--feed", type=_FOLDER, help="Default: where it lay when the run was saved.")
@_STEPS
@_THREADS
@_FEATURES
def resume(run: Path, feed: Path | None, steps: int | None, threads: int | None, features: Path | None) -> None:
    """Go on with RUN from its newest checkpoint, batch by batch as if it had never stopped."""
    from hobnail_trainer.cli.stages import feed_of
    from hobnail_trainer.model.checkpoint import load, newest

    past = load(newest(run))
    state = past.state
    if state.stage != "flow":
        raise TrainerError(f"{run}: is a run of the stage {state.stage!r}.", cure="Start that stage again.")
    folder = feed_of(past, feed)
    changed = {"steps": steps, "threads": threads}
    preset = msgspec.structs.replace(
        state.preset, **{name: value for name, value in changed.items() if value is not None}
    )
    known = features or (Path(state.features) if state.features else None)
    _train(run, preset, folder, past, features=known)


def _train(
    run: Path,
    preset: Preset,
    feed: Path,
    past: Checkpoint | None,
    base: Path | None = None,
    *,
    features: Path | None = None,
) -> None:
    from functools import partial

    from accelerate import PartialState

    from hobnail.host import Host
    from hobnail_plugins.aht.nn.assemble import assemble
    from hobnail_trainer.export.source import checkpoint_of
    from hobnail_trainer.feed.store import open_feed
    from hobnail_trainer.flow_head.learner import hop_arm
    from hobnail_trainer.model.held_out import block_loss
    from hobnail_trainer.model.loop import Data, train

    data = Data(open_feed(feed, "train"), open_feed(feed, "validation"))
    make: Callable[[], Network] = partial(assemble, preset.network, Host.discovered())
    scale, learner_of = None, None
    judge: Judge = block_loss
    if preset.head is not None:
        make, learner_of, judge = hop_arm(preset)
    if base is not None:
        begun = checkpoint_of(base)
        make, scale = partial(_begun, make, begun), begun.state.scale
    state = train(
        run,
        preset,
        data,
        make,
        tell=click.echo,
        past=past,
        scale=scale,
        learner_of=learner_of,
        judge=judge,
        features=features,
    )
    if PartialState().is_main_process:
        _say(run, state)


def _begun(make: Callable[[], Network], base: Checkpoint) -> Network:
    from hobnail_trainer.model.optimiser import restore_weights

    network = make()
    found = base.part("network") or base.part("average")  # slim weights have only these
    restore_weights(network, found, may_lack=("cue.", "ending."))
    return network


def _say(run: Path, state: RunState) -> None:
    whole = state.step >= state.preset.steps
    loss = f", held-out loss {state.held_out[-1][1]:.4f}" if state.held_out else ""
    click.echo(f"{state.step} of {state.preset.steps} steps in {state.seconds / 60.0:.1f} min{loss}: {run}")
    if not whole:
        click.echo(f"Go on: hobnail-train resume {run}")


def _measure(preset: Preset, feed: Path) -> None:
    from hobnail.host import Host
    from hobnail_plugins.aht.nn.assemble import assemble
    from hobnail_trainer.feed.store import open_feed
    from hobnail_trainer.model.speed import measure_speed

    found = measure_speed(preset, open_feed(feed, "train"), lambda: assemble(preset.network, Host.discovered()))
    console = Console(highlight=False)
    console.print(
        f"{preset.name}: {found.parameters / 1e6:.2f} M parameters, {preset.precision}, "
        f"{found.threads} threads, {found.batches} batches of {found.tokens / found.batches:.0f} tokens"
    )
    console.print(
        f"  {found.tokens_per_s:,.0f} tokens/s, {found.step_s:.3f} s a step, {found.flops_per_token / 1e6:.1f} MFLOP "
        f"a token, {found.gflops:.1f} GFLOP/s"
    )
    console.print(
        f"  matrix products reach {found.peak_gflops:.1f} GFLOP/s here: a step has {100.0 * found.share:.1f} % of that"
    )
    console.print(f"  peak memory {found.peak_rss_gb:.2f} GB")
