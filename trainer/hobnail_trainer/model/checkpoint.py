"""Checkpoints: one safetensors file with everything a run needs to go on, its settings in the file's own header.

::

    RUN/step-00001500.safetensors   network.*, average.*, first.* and second.* (AdamW's moments); header "run": JSON

A run with an alignment also has projector.*, which nothing but its own resumption reads.

No pickle. A file gets its name only when it is whole; the newest two stay.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import msgspec
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from hobnail_plugins.aht.spec import LatentScale
from hobnail_trainer.corpus.files import disk_error
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.feed import FeedState
from hobnail_trainer.model.preset import Preset

if TYPE_CHECKING:
    from torch import Tensor

FORMAT: Final = "hobnail-training"
VERSION: Final = 1
KEPT: Final = 2


class RunState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a run stands."""

    format: str = FORMAT
    version: int = VERSION
    preset: Preset
    step: int  #: that was made last
    seconds: float  #: of training up to now
    scale: LatentScale
    feed: FeedState
    held_out: list[tuple[int, float]] = []  #: step, loss of the average on the validation split
    stage: str = "flow"  #: "flow"; "guided": guidance is folded in; "distilled": it crosses intervals
    folder: str = ""  #: where the feed lay, for resuming without naming it again
    features: str = ""  #: where a teacher's features lay; "": there is no teacher
    teacher: str = ""  #: digest of its weights

    @property
    def instant(self) -> bool:
        """Whether the network knows velocities only: it was not taught to cross intervals."""
        return self.stage != "distilled"


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A run's state and its tensors by name."""

    state: RunState
    tensors: dict[str, object]
    base: str = ""  #: of slim weights: the digest that the whole ones had, by which palettes name a model

    def part(self, prefix: str) -> dict[str, Tensor]:
        """Tensors whose names begin with ``prefix.``, without it."""
        return {
            name.removeprefix(f"{prefix}."): cast("Tensor", value)  # msgspec does not know tensors
            for name, value in self.tensors.items()
            if name.startswith(f"{prefix}.")
        }


def save(run: Path, state: RunState, tensors: dict[str, Tensor]) -> Path:
    """Write a checkpoint and let old ones go. Raises TrainerError."""
    path = run / f"step-{state.step:08d}.safetensors"
    partial = path.with_suffix(".part")
    try:
        run.mkdir(parents=True, exist_ok=True)
        header = {"run": msgspec.json.encode(state).decode()}
        save_file({name: value.detach().contiguous() for name, value in tensors.items()}, partial, metadata=header)
        partial.replace(path)
        for old in sorted(run.glob("step-*.safetensors"))[:-KEPT]:
            old.unlink()
    except (OSError, SafetensorError) as error:
        raise disk_error(path, error) if isinstance(error, OSError) else TrainerError(f"{path}: {error}.") from error
    return path


def save_slim(path: Path, checkpoint: Checkpoint, *, base: str) -> None:
    """Write the average alone, in half precision; ``base``: digest of the network in full. Raises TrainerError."""
    header = {"run": msgspec.json.encode(checkpoint.state).decode(), "base": base}
    half = {f"average.{name}": value.half().contiguous() for name, value in checkpoint.part("average").items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        save_file(half, partial, metadata=header)
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        raise disk_error(path, error) if isinstance(error, OSError) else TrainerError(f"{path}: {error}.") from error


def _without_old(header: str) -> bytes:
    """A header without what earlier builds wrote and nothing reads."""
    raw = json.loads(header)
    raw.get("preset", {}).get("loss", {}).pop("split", None)
    return msgspec.json.encode(raw)


def newest(run: Path) -> Path:
    """The newest checkpoint of a run's folder. Raises TrainerError."""
    found = sorted(run.glob("step-*.safetensors"))
    if not found:
        raise TrainerError(f"{run}: no checkpoint in it.", cure="Give a run's folder, or start: hobnail-train fit.")
    return found[-1]


def load(path: Path) -> Checkpoint:
    """Read a checkpoint, whole and checked. Raises TrainerError."""
    cure = "Use the checkpoint before it, or start anew."
    try:
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
            state = msgspec.json.decode(_without_old(said.get("run", "")), type=RunState)
            if (state.format, state.version) != (FORMAT, VERSION):
                raise TrainerError(
                    f"{path}: is {state.format} {state.version}, expected {FORMAT} {VERSION}.", cure=cure
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    except (OSError, SafetensorError, msgspec.DecodeError, json.JSONDecodeError, AttributeError) as error:
        raise TrainerError(f"{path}: not a whole checkpoint: {error}.", cure=cure) from error
    return Checkpoint(state=state, tensors=tensors, base=said.get("base", ""))
