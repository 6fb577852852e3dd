"""What commands that go on from a trained run have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from hobnail_plugins.aht.nn.network import Network
    from hobnail_trainer.model.checkpoint import Checkpoint
    from hobnail_trainer.model.loop import Data


class Stage(NamedTuple):
    """A run to go on from, and what the next one needs."""

    base: Checkpoint
    past: Checkpoint | None  #: of the next run, where it was begun
    data: Data
    make: Callable[[], Network]


def feed_of(base: Checkpoint, named: Path | None) -> Path:
    """The feed that is named, or where it lay when the run was saved. Raises UsageError."""
    if named is None and not base.state.folder:
        raise click.UsageError("The checkpoint does not say where its feed lay: --feed FEED.")
    return named or Path(base.state.folder)


def open_stage(run: Path, target: Path, feed: Path | None) -> Stage:
    """``run``: a run's folder or a checkpoint. ``target``: the next run's folder. Raises UsageError, TrainerError."""
    from functools import partial

    from hobnail.host import Host
    from hobnail_plugins.aht.nn.assemble import assemble
    from hobnail_trainer.export.source import checkpoint_of
    from hobnail_trainer.feed.store import open_feed
    from hobnail_trainer.model.checkpoint import load, newest
    from hobnail_trainer.model.loop import Data

    base = checkpoint_of(run)
    past = load(newest(target)) if any(target.glob("step-*.safetensors")) else None
    folder = feed_of(base, feed)
    data = Data(open_feed(folder, "train"), open_feed(folder, "validation"))
    return Stage(base, past, data, partial(assemble, base.state.preset.network, Host.discovered()))
