"""Fits the small network that sees contacts in films, on simulated scenes, and scores it on held-out ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from hobnail.contracts import Float32
from hobnail.film.motion import STEP_FRAMES, motion_rows
from hobnail.film.onsets import OnsetNetwork, Scores, find_onsets, score, windows
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.scenes.model import Scene
from hobnail_trainer.scenes.store import ARRAYS, read_card, scene_folders

HIDDEN: Final = 48
EPOCHS: Final = 14
CONTACTS: Final = ("footstep", "impact", "door_open", "door_close", "splash")


def contacts(scene: Scene, *, starts: bool = False) -> list[int]:
    """Frames of what can be seen to happen: contacts, and with ``starts`` the beginnings of sustained sounds too."""
    return [
        event.at
        for event in scene.card.events
        if (event.action == "trigger" and event.name in CONTACTS) or (starts and event.action == "start")
    ]


def rows_of(scene: Scene) -> Float32:
    """The motion of a scene's pictures."""
    at = np.arange(len(scene.pictures), dtype=np.int64) * STEP_FRAMES
    return motion_rows(scene.pictures, at, scene.card.duration_frames)


def fit(scenes: Iterable[Scene], *, seed: int = 0, epochs: int = EPOCHS) -> OnsetNetwork:
    """A network from scenes. Rows within one thirtieth of a contact are its own; the nearest counts fully."""
    import torch

    inputs, chances, places = [], [], []
    for scene in scenes:
        rows = rows_of(scene)
        at = np.array(contacts(scene)) / STEP_FRAMES
        away = (at[None, :] - np.arange(len(rows))[:, None]) if len(at) else np.full((len(rows), 1), 99.0)
        nearest = away[np.arange(len(rows)), np.abs(away).argmin(axis=1)]
        inputs.append(windows(rows))
        chances.append(np.clip(1.5 - np.abs(nearest), 0.0, 1.0))
        places.append(nearest)
    x = np.concatenate(inputs)
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-3
    torch.manual_seed(seed)
    data = torch.from_numpy(((x - mean) / spread).astype(np.float32))
    wanted = torch.from_numpy(np.concatenate(chances).astype(np.float32))
    place = torch.from_numpy(np.concatenate(places).astype(np.float32))
    first, second = torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.Linear(HIDDEN, 2)
    net = torch.nn.Sequential(first, torch.nn.ReLU(), second)
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.1)
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(len(data)), 512):
            noisy = data[batch] + 0.1 * torch.randn_like(data[batch])
            out = net(noisy)
            near = wanted[batch]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(out[:, 0], near)
            loss = loss + 0.5 * (near * (out[:, 1] - place[batch].clamp(-1, 1)).abs()).sum() / near.sum().clamp(min=1.0)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return OnsetNetwork(
        mean=mean.astype(np.float32),
        spread=spread.astype(np.float32),
        first=first.weight.detach().numpy().T.copy(),
        first_bias=first.bias.detach().numpy().copy(),
        second=second.weight.detach().numpy().T.copy(),
        second_bias=second.bias.detach().numpy().copy(),
    )


def judge(
    scenes: Iterable[Scene], network: OnsetNetwork | None = None, *, threshold: float, starts: bool = False
) -> dict[str, Scores]:
    """Scores for each situation and for "all", at 50 ms."""
    counts: dict[str, list[int]] = {}
    errors: dict[str, list[int]] = {}
    for scene in scenes:
        seen = [
            each.at
            for each in find_onsets(rows_of(scene), scene.card.duration_frames, network=network, threshold=threshold)
        ]
        wanted = contacts(scene, starts=starts)
        matched, off = score(seen, wanted)
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


def save(network: OnsetNetwork, path: Path) -> None:
    """Write the weights, as float16: 60 KB."""
    np.savez_compressed(path, **{name: getattr(network, name).astype(np.float16) for name in network.__slots__})
