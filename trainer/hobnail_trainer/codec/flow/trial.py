"""The trial: train for so many minutes on the latents of the train split, make the held-out clips anew, judge them.

Every codec gets the same network, seed, order of clips and time. Clips are recorded effects; a block is the first 64
hops or, in half of the draws, 64 from anywhere; silence follows a clip. Noise is matched to the spread of each
dimension, and so is the loss: a dimension counts as much as it varies. Times are logit-normal (Esser and others 2024).
The average of the weights (0.999) is judged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from hobnail.contracts import Codec, Float32
from hobnail_trainer.codec.clips import Heard
from hobnail_trainer.codec.flow.network import Flow, sample
from hobnail_trainer.codec.judging import judged
from hobnail_trainer.codec.model import Kad
from hobnail_trainer.codec.store import LatentStore, open_latents
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import CATEGORIES, MATERIALS, Clip
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.judges import Judge, embed_set

HOPS: Final = 64
WORDS: Final = (*CATEGORIES, *MATERIALS)
UNTOLD: Final = 0.12  #: of the blocks are learnt without their words, for guidance
AVERAGE: Final = 0.999
PEAK: Final = 0.9


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is trained, and for how long."""

    minutes: float = 30.0
    steps: int = 0  #: end after so many; 0: by the clock
    batch: int = 32
    width: int = 160
    layers: int = 5
    heads: int = 4
    rate: float = 1e-3  #: of learning, falling as a cosine
    passes: int = 8
    guidance: float = 2.0
    seed: int = 1
    threads: int = 1


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    codec: str
    trial: Trial
    parameters: int
    steps: int
    loss: float  #: mean of the last hundred steps, over the spread of the latents
    clips: int
    kad: dict[str, Kad]  #: of clips made anew, by judge
    ceiling: dict[str, Kad]  #: of the recordings through the codec


def run_trial(
    corpus: Path,
    latents: Path,
    codec: Codec,
    heard: Sequence[Heard],
    judges: Sequence[Judge],
    trial: Trial,
    tell: Callable[[str], None],
) -> tuple[TrialResult, list[Float32]]:
    """Train on ``latents`` of the train split, judge on ``heard``; also gives the sounds made. Raises TrainerError."""
    torch.set_num_threads(trial.threads)
    torch.manual_seed(trial.seed)
    store = open_latents(latents)
    _refuse_others(store, codec)
    blocks = Blocks(corpus, store, silence=_silence(codec), seed=trial.seed)
    flow = Flow(
        dimensions=store.index.dimensions,
        words=len(WORDS),
        hops=HOPS,
        width=trial.width,
        layers=trial.layers,
        heads=trial.heads,
    )
    average, steps, loss = _train(flow, blocks, trial, tell)
    flow.load_state_dict(average)
    tell("making sounds")
    made = _make(flow, blocks, codec, [each.clip for each in heard], trial)
    through = [_levelled(_decoded(codec, _encoded(codec, each.samples), number)) for number, each in enumerate(heard)]
    families = [each.clip.family for each in heard]
    found: dict[str, Kad] = {}
    ceiling: dict[str, Kad] = {}
    for judge in judges:
        tell(f"judging by {judge.name}")
        real = embed_set(judge, [each.samples for each in heard])
        found[judge.name] = judged(real, embed_set(judge, made), families)
        ceiling[judge.name] = judged(real, embed_set(judge, through), families)
    result = TrialResult(
        codec=codec.spec.id,
        trial=trial,
        parameters=sum(each.numel() for each in flow.parameters()),
        steps=steps,
        loss=loss,
        clips=len(heard),
        kad=found,
        ceiling=ceiling,
    )
    return result, made


class Blocks:
    """Draws blocks of latents, scaled as the trial wants them."""

    def __init__(self, corpus: Path, store: LatentStore, *, silence: Float32, seed: int) -> None:
        known = {clip.id: clip for clip in read_manifest(corpus).clips if clip.origin == "recorded"}
        self._items = [(known[place.clip], store.latents(place)) for place in store.index.clips if place.clip in known]
        if not self._items:
            raise TrainerError(
                "No recorded effect among the latents.", cure="Encode the train split of a whole corpus."
            )
        rows = np.concatenate([latents for _, latents in self._items])
        self.mean, self.spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
        self._silence = silence
        self._chance = np.random.default_rng(seed)

    def draw(self, count: int) -> tuple[Float32, Float32]:
        """float32 [count, HOPS, dimensions] around 0, and words float32 [count, words]."""
        latents = np.empty((count, HOPS, self.mean.size), np.float32)
        words = np.zeros((count, len(WORDS)), np.float32)
        for row in range(count):
            clip, whole = self._items[self._chance.integers(len(self._items))]
            first = int(self._chance.integers(max(1, len(whole) - HOPS + 1))) if self._chance.random() < 0.5 else 0
            latents[row] = self._filled(whole[first : first + HOPS])
            if self._chance.random() >= UNTOLD:
                words[row] = words_of(clip)
        return latents - self.mean, words

    def _filled(self, block: Float32) -> Float32:
        """After a clip's end comes silence, and the model must learn that too."""
        return np.concatenate([block, np.tile(self._silence, (HOPS - len(block), 1))])


def words_of(clip: Clip) -> NDArray[np.float32]:
    """Category and materials as a bag of words, float32 [words]."""
    named = {clip.category, *clip.materials}
    return np.array([word in named for word in WORDS], np.float32)


def _train(
    flow: Flow, blocks: Blocks, trial: Trial, tell: Callable[[str], None]
) -> tuple[dict[str, torch.Tensor], int, float]:
    """The averaged weights, how many steps were made, and the loss at the end."""
    optimiser = torch.optim.AdamW(flow.parameters(), trial.rate, weight_decay=0.01)
    average = {name: value.clone() for name, value in flow.state_dict().items()}
    spread = torch.from_numpy(blocks.spread)
    losses: list[float] = []
    began = time.monotonic()
    while (done := _progress(trial, len(losses), time.monotonic() - began)) < 1.0:
        for group in optimiser.param_groups:
            warm = min(1.0, (len(losses) + 1) / 100.0)
            group["lr"] = trial.rate * warm * 0.5 * (1.0 + np.cos(np.pi * done))
        latents, words = (torch.from_numpy(each) for each in blocks.draw(trial.batch))
        noise = spread * torch.randn(latents.shape)
        t = torch.sigmoid(torch.randn(len(latents)))
        mixed = (1.0 - t)[:, None, None] * latents + t[:, None, None] * noise
        loss = (flow(mixed, t, words) - (noise - latents)).square().mean() / spread.square().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(flow.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        kept = min(AVERAGE, len(losses) / (len(losses) + 10.0))
        for name, value in flow.state_dict().items():
            average[name].lerp_(value, 1.0 - kept)
        if len(losses) % 10 == 0:
            tell(f"step {len(losses)}, loss {np.mean(losses[-100:]):.3f}, {100.0 * done:.0f} %")
    return average, len(losses), round(float(np.mean(losses[-100:])), 4)


def _progress(trial: Trial, steps: int, seconds: float) -> float:
    return steps / trial.steps if trial.steps else seconds / (60.0 * trial.minutes)


def _make(flow: Flow, blocks: Blocks, codec: Codec, clips: Sequence[Clip], trial: Trial) -> list[Float32]:
    chance = torch.Generator().manual_seed(trial.seed)
    made = []
    for first in range(0, len(clips), trial.batch):
        words = torch.from_numpy(np.stack([words_of(clip) for clip in clips[first : first + trial.batch]]))
        shape = (len(words), HOPS, len(blocks.mean))
        noise = torch.from_numpy(blocks.spread) * torch.randn(shape, generator=chance)
        latents = sample(flow, noise, words, passes=trial.passes, guidance=trial.guidance).numpy() + blocks.mean
        made += [_levelled(_decoded(codec, block, first + row)) for row, block in enumerate(latents)]
    return made


def _silence(codec: Codec) -> Float32:
    """The latent of a hop of silence, float32 [dimensions]."""
    return np.asarray(_encoded(codec, np.zeros(8 * codec.spec.hop_frames, np.float32))[4])


def _encoded(codec: Codec, samples: Float32) -> Float32:
    latents, _ = codec.encode(samples, codec.begin_encoding(), last=True)
    return latents


def _decoded(codec: Codec, latents: Float32, seed: int) -> Float32:
    samples, _ = codec.decode(np.ascontiguousarray(latents, np.float32), codec.begin_decoding(seed), last=True)
    return samples


def _levelled(samples: Float32) -> Float32:
    """With the peak that the recordings have."""
    peak = max(1e-6, float(np.abs(samples).max(initial=0.0)))
    return np.asarray(samples * (PEAK / peak), dtype=np.float32)


def _refuse_others(store: LatentStore, codec: Codec) -> None:
    found = (store.index.codec, store.index.dimensions, store.index.split)
    if found != (expected := (codec.spec.id, codec.spec.dimensions, "train")):
        raise TrainerError(
            f"the latents are of {found}, expected {expected}.", cure="Write them: hobnail-train codec encode."
        )
