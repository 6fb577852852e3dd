"""Runs the sections in turn. Each has a file of its own with explicit inputs; here they are given to each other."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hobnail.version import version
from hobnail_plugins.aht.bundle import read_manifest
from hobnail_plugins.codec.codec import linear_codec
from hobnail_trainer.codec.clips import corpus_digest
from hobnail_trainer.judges import Judge
from hobnail_trainer.suite.adherence import measure_adherence
from hobnail_trainer.suite.audit import measure_audit
from hobnail_trainer.suite.control import measure_control, slid_model, slid_pairs, slid_rules
from hobnail_trainer.suite.floors import floors
from hobnail_trainer.suite.hearing import Hearing
from hobnail_trainer.suite.listening import Listening
from hobnail_trainer.suite.model import SECTIONS, About, Report
from hobnail_trainer.suite.own import Ours
from hobnail_trainer.suite.player import Player, open_rules
from hobnail_trainer.suite.quality import measure_quality
from hobnail_trainer.suite.seams import measure_seams
from hobnail_trainer.suite.sets import SoundSet, make_sets
from hobnail_trainer.suite.sizes import Sizes
from hobnail_trainer.suite.structure import measure_structure
from hobnail_trainer.suite.sync import measure_sync
from hobnail_trainer.suite.variety import Shown, measure_variety


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is judged, by what."""

    bundle: Path
    player: Player
    listening: Listening
    judges: Sequence[Judge]  #: of others
    store: Path  #: of embeddings
    sizes: Sizes
    scenes: Path | None = None
    palettes: Sequence[Path] = ()
    sections: Sequence[str] = SECTIONS
    seed: int = 1
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """The numbers, and what pictures show."""

    report: Report
    sets: dict[str, SoundSet]
    listening: Listening
    closest: tuple[Shown, ...]


def run_suite(inputs: Inputs, *, tell: Callable[[str], None]) -> Built:
    """All sections that are asked for. Raises CorpusError, JudgeError, SceneError, TrainerError, MissingExtraError."""
    codec = linear_codec()
    codec.prepare()
    took: dict[str, float] = {}
    began = time.monotonic()
    sets = make_sets(inputs.listening, inputs.player, codec, seed=inputs.seed, tell=tell)
    tell("our own embedding")
    windows = [samples for _, samples in inputs.listening.learnt]
    ours = Ours.learn(windows, [clip.family for clip, _ in inputs.listening.learnt])
    hearing = Hearing(inputs.listening, inputs.judges, ours, inputs.store, sets)
    took["sounds"] = time.monotonic() - began
    palettes = len(read_manifest(inputs.bundle).adapters.palettes) + len(inputs.palettes)
    sizes, seed, closest = inputs.sizes, inputs.seed, list[Shown]()

    def variety() -> object:
        found, shown = measure_variety(
            hearing, inputs.player, prompts=sizes.prompts, takes=sizes.takes, seed=seed, tell=tell
        )
        closest.extend(shown)
        return found

    sections: dict[str, Callable[[], object]] = {
        "quality": lambda: measure_quality(hearing, seed=seed, tell=tell),
        "adherence": lambda: measure_adherence(hearing, seed=seed, tell=tell),
        "sync": lambda: measure_sync(
            inputs.player,
            inputs.bundle,
            inputs.scenes,
            inputs.listening.split,
            events=sizes.events,
            most_scenes=sizes.scenes,
            seed=seed,
            tell=tell,
        ),
        "control": lambda: measure_control(
            [
                slid_model(inputs.player, inputs.listening, sizes, palettes=palettes, seed=seed),
                slid_rules(open_rules(), sizes, seed),
                slid_pairs(inputs.listening, sizes),
            ],
            inputs.listening,
            codec,
            sizes,
            seed=seed,
            tell=tell,
        ),
        "variety": variety,
        "structure": lambda: measure_structure(hearing, tell=tell),
        "seams": lambda: measure_seams(
            hearing,
            inputs.player,
            voices=sizes.voices,
            drift_voices=sizes.drift_voices,
            drift_s=sizes.drift_s,
            seed=seed,
            tell=tell,
        ),
        "audit": lambda: measure_audit(hearing, learn=sizes.degraded, ask=sizes.ask_degraded, seed=seed, tell=tell),
    }
    found: dict[str, Any] = {}
    for name, measure in sections.items():
        if name in inputs.sections:
            began = time.monotonic()
            found[name] = measure()
            took[name] = time.monotonic() - began
    judged = {name: found.get(name) for name in ("quality", "adherence", "sync", "control", "variety")}
    report = Report(about=_about(inputs, took), floors=floors(**judged), **found)
    return Built(report, sets, inputs.listening, tuple(closest))


def _about(inputs: Inputs, took: dict[str, float]) -> About:
    manifest, listening = read_manifest(inputs.bundle), inputs.listening
    return About(
        bundle=manifest.name,
        network=manifest.base[:12],
        precision=manifest.precision,
        parameters=manifest.training.parameters,
        stage=manifest.training.stage,
        passes=len(manifest.sampling.times[64]) - 1,
        palettes=[*manifest.adapters.palettes, *(folder.name for folder in inputs.palettes)],
        corpus=corpus_digest(listening.corpus)[:12],
        split=listening.split,
        clips=len(listening.clips),
        families=len(set(listening.families)),
        set_digest=listening.digest,
        seed=inputs.seed,
        sizes=inputs.sizes,
        took_s={name: round(seconds, 1) for name, seconds in took.items()},
        commit=inputs.commit,
        versions={"hobnail": version(), "python": platform.python_version()},
    )
