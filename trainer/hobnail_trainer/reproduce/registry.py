"""Runs that are there stay, runs that stopped go on, runs that are missing are made: a folder each, with its record.

::

    RUNS/gca_g1-daf-none-1/       checkpoints, steps.jsonl, and record.json when it is whole
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.nn.network import Network
from hobnail_plugins.aht.spec import PartChoice
from hobnail_trainer.alignment.spec import AlignmentSpec, ToItself, ToTeacher
from hobnail_trainer.alignment.spec import Arm as How
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.model.blocks import Units
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.loop import Data, train
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.preset import Preset

RECORD: Final = "record.json"
WEIGHTING: Final = ".weighting."  #: in the names of what only one arm has


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between runs; everything else is the preset's."""

    fusion: str = "gca_g1"
    weighting: str = "daf"
    aligned: str = "none"  #: "none", "itself", or the name of a teacher's features
    depth: int = 0  #: of the aligned layer; 0: none
    first: int = 0  #: layers that are aligned, from the first on; 0: the one at ``depth``
    how: How = "irepa"  #: to a teacher
    pull: float = 0.5  #: weight of the alignment
    level: bool = False  #: the rate does not fall at the end, so that steps to a loss can be counted
    seed: int = 1

    @property
    def name(self) -> str:
        """Of its folder."""
        where = f"-first{self.first}" if self.first else f"-depth{self.depth}" if self.depth else ""
        how = f"-{self.how}" if self.how != "irepa" else ""
        pull = f"-pull{self.pull:g}" if self.pull != 0.5 else ""
        level = "-level" if self.level else ""
        return f"{self.fusion}-{self.weighting}-{self.aligned}{where}{how}{pull}{level}-{self.seed}"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Of a run that is whole."""

    arm: Arm
    preset: Preset
    steps: int
    seconds: float
    held_out: list[tuple[int, float]]
    commit: str


class Registry:
    """A folder of runs of one preset on one feed. [one thread]"""

    def __init__(
        self,
        folder: Path,
        preset: Preset,
        data: Data,
        *,
        features: dict[str, Path] | None = None,
        commit: str = "",
        taught: Callable[[Arm], Path] | None = None,
        ready: Callable[[Network], None] | None = None,
    ) -> None:
        """``taught``: the run whose averaged weights an arm begins with, all but those of its weighting.

        ``ready``: what is done to a network that begins from nothing.
        """
        self.folder, self.preset, self.data = folder, preset, data
        self.features, self.commit, self.taught, self.ready = features or {}, commit, taught, ready
        self._host = Host.discovered()

    def ensure(self, arms: Iterable[Arm], *, tell: Callable[[str], None]) -> list[Record]:
        """Every arm's record; what is missing is trained, in order. Ends early, with fewer, at a signal."""
        found = []
        for arm in arms:
            record = self.read(arm) or self._train(arm, tell)
            if record is None:
                break
            found.append(record)
        return found

    def read(self, arm: Arm) -> Record | None:
        """Of a whole run; None where there is none. Raises TrainerError when it is of another preset."""
        path = self.folder / arm.name / RECORD
        if not path.is_file():
            return None
        record = msgspec.json.decode(path.read_bytes(), type=Record)
        if record.preset != self._preset(arm):
            raise TrainerError(
                f"{path.parent}: is a run of other settings.", cure="Choose another folder, or remove that run."
            )
        return record

    def network(self, arm: Arm) -> tuple[Network, Units]:
        """Averaged weights of a whole run."""
        checkpoint = load(newest(self.folder / arm.name))
        network = assemble(checkpoint.state.preset.network, self._host)
        restore_weights(network, checkpoint.part("average"))
        return network.eval(), Units(checkpoint.state.scale)

    def _train(self, arm: Arm, tell: Callable[[str], None]) -> Record | None:
        preset, run = self._preset(arm), self.folder / arm.name
        tell(f"{arm.name}: {preset.steps} steps")
        begun = any(run.glob("step-*.safetensors"))
        past = load(newest(run)) if begun else None
        if past is not None and past.state.preset != preset:
            raise TrainerError(f"{run}: is a part of a run of other settings.", cure="Choose another folder.")
        state = train(
            run,
            preset,
            self.data,
            partial(self._begun, arm, preset),
            tell=lambda _: None,
            past=past,
            features=self.features.get(arm.aligned),
        )
        if state.step < preset.steps:
            return None
        record = Record(
            arm=arm,
            preset=preset,
            steps=state.step,
            seconds=round(state.seconds, 1),
            held_out=state.held_out,
            commit=self.commit,
        )
        write_whole(run / RECORD, msgspec.json.format(msgspec.json.encode(record), indent=1))
        return record

    def _begun(self, arm: Arm, preset: Preset) -> Network:
        """A network with the weights that the arm begins with."""
        network = assemble(preset.network, self._host)
        if self.taught is None:
            if self.ready is not None:
                self.ready(network)
            return network
        values = load(newest(self.taught(arm))).part("average")
        own = {name: value.detach() for name, value in network.named_parameters() if WEIGHTING in name}
        restore_weights(network, {name: value for name, value in values.items() if WEIGHTING not in name} | own)
        return network

    def _preset(self, arm: Arm) -> Preset:
        network = msgspec.structs.replace(
            self.preset.network,
            fusion=PartChoice(id=arm.fusion, settings=self.preset.network.fusion.settings),
            weighting=PartChoice(id=arm.weighting),
        )
        optimiser = msgspec.structs.replace(self.preset.optimiser, fall=0.0) if arm.level else self.preset.optimiser
        alignment = _alignment(arm, network.layers)
        return msgspec.structs.replace(
            self.preset, seed=arm.seed, network=network, optimiser=optimiser, alignment=alignment
        )


def _alignment(arm: Arm, layers: int) -> AlignmentSpec:
    if arm.aligned == "none":
        return AlignmentSpec()
    depth = arm.depth or (layers + 1) // 2
    if arm.aligned == "itself":
        return AlignmentSpec(itself=ToItself(depth=max(1, depth - 1), later=layers, weight=arm.pull))
    depth = 0 if arm.first else depth
    return AlignmentSpec(teacher=ToTeacher(arm=arm.how, weight=arm.pull, depth=depth, first=arm.first))
