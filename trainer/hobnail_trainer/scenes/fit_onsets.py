"""Fits the small network that sees contacts in films, on simulated scenes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from hobnail.contracts import Float32
from hobnail.film.motion import HZ, STEP_FRAMES, WIDTH, blended, rows_of
from hobnail.film.onset_network import AROUND, CHANNELS, LATE, OnsetNetwork, channels_of, known_rows
from hobnail_trainer.scenes.model import Scene
from hobnail_trainer.scenes.onsets import contacts, motion_in

if TYPE_CHECKING:
    from torch import Tensor

NEAR, FAR, HIDDEN = 24, 32, 64
EPOCHS: Final = 30
BATCH: Final = 4  #: pieces of scenes
PIECE: Final = 90  #: thirtieths
RATE: Final = 3e-3
GRAIN: Final = 0.004  #: of light, at most, as of a film's compression


class _Lesson(NamedTuple):
    light: Float32  #: [thirtieths, rows, columns]
    chance: Float32  #: [thirtieths], 1 at a contact
    place: Float32  #: [thirtieths], to the nearest contact, in thirtieths


class ContactNetwork(nn.Module):
    """What :class:`OnsetNetwork` computes, to be fitted."""

    def __init__(self, mean: Float32, spread: Float32, *, live: bool = False) -> None:
        super().__init__()
        self.mean, self.spread, self.live = mean, spread, live
        self.near = nn.Conv3d(CHANNELS, NEAR, 3, padding=(0, 1, 1))
        self.far = nn.Conv3d(NEAR, FAR, 3, stride=(1, 2, 2), padding=(0, 1, 1))
        self.around = nn.Conv1d(2 * FAR + WIDTH, HIDDEN, 2 * AROUND + 1)
        self.out = nn.Conv1d(HIDDEN, 2, 1)
        self.dropout = nn.Dropout(0.2)

    def forward(self, channels: Tensor, rows: Tensor) -> Tensor:
        """[batch, CHANNELS, thirtieths, rows, columns], [batch, WIDTH, thirtieths] -> [batch, 2, thirtieths]."""
        far = functional.relu(self.far(self._timed(functional.relu(self.near(self._timed(channels, 1))), 1)))
        pooled = torch.cat([far.amax(dim=(3, 4)), far.mean(dim=(3, 4)), rows], dim=1)
        hidden = functional.relu(self.around(self._timed(self.dropout(pooled), AROUND)))
        out: Tensor = self.out(self.dropout(hidden))
        return out

    def _timed(self, x: Tensor, each: int) -> Tensor:
        """Thirtieths of nothing around [batch, channels, thirtieths, ...]; live, all of them come before."""
        before, after = (2 * each, 0) if self.live else (each, each)
        return functional.pad(x, (0, 0) * (x.dim() - 3) + (before, after))

    def frozen(self) -> OnsetNetwork:
        """As numpy runs it."""

        def kernel(layer: nn.Conv3d | nn.Conv1d) -> Float32:
            weight = layer.weight.detach().movedim((0, 1), (-1, -2)).contiguous()
            return weight.reshape(-1, weight.shape[-1]).numpy()

        def bias(layer: nn.Conv3d | nn.Conv1d) -> Float32:
            assert layer.bias is not None
            return layer.bias.detach().numpy().copy()

        layers: dict[str, nn.Conv3d | nn.Conv1d] = {
            "near": self.near,
            "far": self.far,
            "around": self.around,
            "out": self.out,
        }
        kernels = {name: kernel(layer) for name, layer in layers.items()}
        biases = {f"{name}_bias": bias(layer) for name, layer in layers.items()}
        return OnsetNetwork(mean=self.mean, spread=self.spread, **kernels, **biases, live=self.live)


def fit(
    scenes: Iterable[Scene],
    *,
    live: bool = False,
    seed: int = 0,
    epochs: int = EPOCHS,
    tell: Callable[[str], None] = lambda _: None,
) -> OnsetNetwork:
    """A network from scenes of at least ``PIECE`` thirtieths. Rows within one thirtieth of a contact are its own;
    ``live``: of the moment ``LATE`` after it."""
    lessons = [_lesson(scene, LATE if live else 0.0) for scene in scenes]
    every = np.concatenate([rows_of(lesson.light.astype(np.float64)) for lesson in lessons])
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    network = ContactNetwork(every.mean(axis=0), every.std(axis=0) + np.float32(1e-3), live=live)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02)
    batches = max(1, len(lessons) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=epochs * batches)
    for epoch in range(epochs):
        summed = 0.0
        for order in np.array_split(chance.permutation(len(lessons)), batches):
            pieces = [_piece(lessons[number], network, chance) for number in order]
            channels, rows, near, place = (torch.from_numpy(np.stack(part)) for part in zip(*pieces, strict=True))
            out = network(channels, rows)
            loss = functional.binary_cross_entropy_with_logits(out[:, 0], near)
            off = (near * (out[:, 1] - place.clamp(-1.0, 1.0)).abs()).sum() / near.sum().clamp(min=1.0)
            optimiser.zero_grad()
            (loss + 0.5 * off).backward()
            optimiser.step()
            schedule.step()
            summed += float(loss.detach())
        tell(f"epoch {epoch + 1} of {epochs}: {summed / batches:.4f}")
    return network.eval().frozen()


def save(network: OnsetNetwork, path: Path) -> None:
    """Write the weights, as float16: 160 KB."""
    names = [name for name in network.__slots__ if name != "live"]
    np.savez_compressed(path, **{name: getattr(network, name).astype(np.float16) for name in names})


def _lesson(scene: Scene, late: float) -> _Lesson:
    motion = motion_in(scene)
    at = np.array(contacts(scene)) / STEP_FRAMES + late
    count = len(motion.rows)
    away = (at[None, :] - np.arange(count)[:, None]) if len(at) else np.full((count, 1), 99.0)
    nearest = away[np.arange(count), np.abs(away).argmin(axis=1)].astype(np.float32)
    return _Lesson(motion.light, np.clip(1.5 - np.abs(nearest), 0.0, 1.0), nearest)


def _piece(
    lesson: _Lesson, network: ContactNetwork, chance: np.random.Generator
) -> tuple[Float32, Float32, Float32, Float32]:
    """Three seconds from anywhere; half of them mirrored, half as of a film of another rate, or of none."""
    begin = int(chance.integers(0, len(lesson.light) - PIECE + 1))
    span = slice(begin, begin + PIECE)
    light = lesson.light[span].astype(np.float64)
    if chance.random() < 0.5:
        light = light[:, :, ::-1]
    if chance.random() < 0.5:
        light = _filmed(light, chance)
    grain = chance.random() * GRAIN / light.shape[1]  # the mean over a cell has less of it
    light = light + grain * chance.standard_normal(light.shape)
    normal = (known_rows(rows_of(light), live=network.live) - network.mean) / network.spread
    channels = channels_of(light.astype(np.float32), live=network.live).transpose(3, 0, 1, 2)
    return channels, np.ascontiguousarray(normal.T), lesson.chance[span], lesson.place[span]


def _filmed(light: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.float64]:
    """Light as a film tells it whose pictures come at 15 to 40 Hz, evenly or not, or stand twice."""
    clock, rate_hz = np.arange(len(light), dtype=np.float64), chance.uniform(15.0, 40.0)
    at = np.arange(0.0, len(light) - 1.0, HZ / rate_hz)
    if chance.random() < 0.5:
        at = np.sort(chance.uniform(0.0, len(light) - 1.0, len(at)))
    return blended(blended(light, clock, at), at, clock)
