"""Families of recordings: takes of one sound, with an event of the engines that is of the same kind."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hobnail.contracts import EngineSpec
from hobnail_trainer.codec.clips import WINDOW, read_clip
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.evaluate.held import window

EVENT: Final = {"footstep": "footstep", "impact": "impact"}
"""Category -> the event of every engine that is like it."""
LEAST: Final = 5  #: takes of a family
MOST_TAKES: Final = 20


@dataclass(frozen=True, slots=True)
class Family:
    """Recordings of one sound, and how an engine is asked for the like."""

    name: str
    event: str
    material: str
    sounds: tuple[Samples, ...]  #: windows of 0.68 s, mono 48 kHz, peaks at 0.9


def choose_families(corpus: Path, specs: Sequence[EngineSpec], *, families: int, seed: int) -> list[Family]:
    """Families with one material that every engine knows, in an order by seed and name. Raises CorpusError.

    The test split is left alone.
    """
    found: dict[tuple[str, str, str], list[Clip]] = defaultdict(list)
    for clip in read_manifest(corpus).clips:
        if clip.origin == "recorded" and clip.split != "test" and clip.category in EVENT and len(clip.materials) == 1:
            found[clip.family, EVENT[clip.category], clip.materials[0]].append(clip)
    known = set.intersection(*(set(spec.materials) for spec in specs))
    wanted = [key for key, clips in found.items() if len(clips) >= LEAST and key[2] in known]
    wanted.sort(key=lambda key: hashlib.sha256(f"{seed}/{key}".encode()).digest())
    if len(wanted) < LEAST:
        raise CorpusError(
            f"{corpus}: {len(wanted)} families have {LEAST} takes or more, expected {LEAST} families.",
            cure="Build a larger corpus.",
        )
    return [_family(corpus, key, found[key]) for key in wanted[:families]]


def _family(corpus: Path, key: tuple[str, str, str], clips: Sequence[Clip]) -> Family:
    name, event, material = key
    sounds = tuple(window(read_clip(corpus, clip, min(clip.frames, WINDOW))) for clip in clips[:MOST_TAKES])
    return Family(name, event, material, tuple(samples for samples in sounds if samples.any()))
