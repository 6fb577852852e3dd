"""Contacts in simulated scenes, and how many of them are seen in their pictures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.film.motion import STEP_FRAMES, Motion, motion_of
from hobnail.film.onset_network import OnsetNetwork
from hobnail.film.onsets import Scores, find_onsets, live_onsets, score
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.scenes.model import Scene
from hobnail_trainer.scenes.store import ARRAYS, read_card, scene_folders

CONTACTS: Final = ("footstep", "impact", "door_open", "door_close", "splash")


def contacts(scene: Scene, *, starts: bool = False) -> list[int]:
    """Frames of what can be seen to happen: contacts, and with ``starts`` the beginnings of sustained sounds too."""
    return [
        event.at
        for event in scene.card.events
        if (event.action == "trigger" and event.name in CONTACTS) or (starts and event.action == "start")
    ]


def motion_in(scene: Scene) -> Motion:
    """The motion of a scene's pictures."""
    at = np.arange(len(scene.pictures), dtype=np.int64) * STEP_FRAMES
    return motion_of(scene.pictures, at, scene.card.duration_frames)


def judge(
    scenes: Iterable[Scene],
    network: OnsetNetwork | None = None,
    *,
    threshold: float,
    starts: bool = False,
    live: bool = False,
    within_ms: float = 50.0,
) -> dict[str, Scores]:
    """Scores for each situation and for "all"; ``live``: of contacts as they come to be known."""
    counts: dict[str, list[int]] = {}
    errors: dict[str, list[int]] = {}
    for scene in scenes:
        motion, frames = motion_in(scene), scene.card.duration_frames
        if live:
            found = live_onsets(motion, network=network, threshold=threshold)
        else:
            found = find_onsets(motion, frames, network=network, threshold=threshold)
        seen = [each.at for each in found]
        wanted = contacts(scene, starts=starts)
        matched, off = score(seen, wanted, within_frames=round(within_ms * RATE_HZ / 1000.0))
        for name in (scene.card.situation, "all"):
            count = counts.setdefault(name, [0, 0, 0])
            for place, more in enumerate((len(wanted), len(seen), matched)):
                count[place] += more
            errors.setdefault(name, []).extend(off)
    return {
        name: Scores(
            wanted=wanted,
            found=found,
            matched=matched,
            median_ms=round(float(np.median(np.abs(errors[name]))) / 48.0, 1) if errors[name] else None,
        )
        for name, (wanted, found, matched) in counts.items()
    }


def read(root: Path, split: Split, most: int) -> list[Scene]:
    """The first scenes of a split, without their sound."""
    scenes = []
    for folder in scene_folders(root, split)[:most]:
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            scenes.append(
                Scene(read_card(folder), arrays["features"], arrays["pictures"], np.zeros((0, 0), np.float32))
            )
    return scenes
