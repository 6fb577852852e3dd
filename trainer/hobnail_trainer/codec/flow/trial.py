"""The trial: train for a while on latents of the train split, make the held-out clips anew, judge them.

Every codec gets the same network, seed, order of clips, and time or number of steps. The average of the weights (0.999)
is judged, and makes sounds in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch

from hobnail.contracts import Codec, Float32
from hobnail_trainer.codec.clips import Heard
from hobnail_trainer.codec.flow.blocks import HOPS, WORDS, Blocks, words_of
from hobnail_trainer.codec.flow.network import Flow, sample
from hobnail_trainer.codec.flow.train import Trial, train
from hobnail_trainer.codec.judging import judged
from hobnail_trainer.codec.model import Kad
from hobnail_trainer.codec.store import LatentStore, open_latents
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.judges import Judge, embed_set
from hobnail_trainer.precision import in_bf16

PEAK: Final = 0.9


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    codec: str
    trial: Trial
    parameters: int
    steps: int
    loss: float  #: mean of the last hundred steps, over the spread of the latents
    minutes: float  #: of training, by the clock
    cpu_minutes: float
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
    if trial.precision == "measured":
        trial = msgspec.structs.replace(trial, precision="bf16" if in_bf16("measured") else "fp32")
    trained = train(flow, blocks, trial, tell)
    flow.load_state_dict(trained.average)
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
        steps=trained.steps,
        loss=trained.loss,
        minutes=trained.minutes,
        cpu_minutes=trained.cpu_minutes,
        clips=len(heard),
        kad=found,
        ceiling=ceiling,
    )
    return result, made


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
