"""Presets: everything that decides what a training run does. They differ in numbers only."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import msgspec

from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_trainer.alignment.spec import AlignmentSpec
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.flow_head.spec import FlowHeadSpec
from hobnail_trainer.precision import Precision

_PACKAGE: Final = "hobnail_trainer.model.presets"


class Optimiser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """AdamW (Loshchilov and Hutter 2019) and its schedule: up, level, down (Hu and others 2024)."""

    rate: float = 1e-3
    warm_steps: int = 200  #: from 0 up to ``rate``
    fall: float = 0.25  #: share of the steps, at the end, in which it falls to 0 in a straight line
    decay: float = 0.02  #: of matrices
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float = 1.0  #: norm of the gradient, at most
    accumulate: int = 1  #: batches to a step


class FlowLoss(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How flow times are drawn and errors counted."""

    mean: float = 0.0  #: of the normal whose sigmoid is the flow time (Esser and others 2024)
    sd: float = 1.0


class Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run."""

    name: str
    help: str = ""
    seed: int = 1
    steps: int = 8000
    average: float = 0.999  #: memory of the average of the weights
    dropout: Annotated[float, msgspec.Meta(ge=0.0, lt=1.0)] = 0.0  #: of what each half of a layer adds, in training
    precision: Precision = "measured"
    threads: int = 2
    compile: bool = False  #: layers, by torch.compile: minutes at the start, then 0.5 to 0.6 of the time on a CPU
    sharded: bool = False  #: of many processes each holds a part of the weights (FSDP); else each holds all (DDP)
    keep_every: int = 500  #: steps from one checkpoint to the next
    judge_every: int = 500  #: steps from one look at the validation split to the next
    judge_batches: int = 12
    network: NetworkSpec = msgspec.field(default_factory=NetworkSpec)
    head: FlowHeadSpec | None = None  #: hop by hop with a flow head in place of blocks: a research arm
    feed: FeedSettings = msgspec.field(default_factory=FeedSettings)
    optimiser: Optimiser = msgspec.field(default_factory=Optimiser)
    loss: FlowLoss = msgspec.field(default_factory=FlowLoss)
    alignment: AlignmentSpec = msgspec.field(default_factory=AlignmentSpec)  #: only while training; docs/alignment.md

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec turns into its own error with the place."""
        if self.network.sight_lag != self.feed.sight_lag:
            raise ValueError(
                f"network.sight_lag is {self.network.sight_lag} and feed.sight_lag {self.feed.sight_lag}, expected one"
            )


def read_preset(name: str) -> Preset:
    """A preset by its name, or from a TOML file. Raises TrainerError naming what is wrong."""
    path = Path(name)
    known = sorted(each.name.removesuffix(".toml") for each in files(_PACKAGE).iterdir() if each.name.endswith(".toml"))
    if name in known:
        text = files(_PACKAGE).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    elif path.is_file():
        text = path.read_text(encoding="utf-8")
    else:
        raise TrainerError(
            f"preset {name!r}: neither known nor a file.", cure=f"One of {', '.join(known)}, or a TOML file."
        )
    try:
        return msgspec.toml.decode(text, type=Preset)
    except msgspec.DecodeError as error:
        raise TrainerError(f"preset {name!r}: {error}.", cure="Correct the file; unknown keys are refused.") from error
