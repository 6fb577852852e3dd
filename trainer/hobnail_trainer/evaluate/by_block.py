"""Quality and cost by block size and passes, of several networks beside each other, by the same held-out clips."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import torch

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_plugins.aht.lasting import foretold_hops
from hobnail_plugins.aht.manifest import Lasting
from hobnail_trainer.codec.clips import corpus_digest
from hobnail_trainer.codec.judging import half_against_half, judged
from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.build import padded, told_of
from hobnail_trainer.evaluate.held import HOPS, HeldSet, window
from hobnail_trainer.evaluate.maker import Maker, Way
from hobnail_trainer.judges import Judge, embed_set
from hobnail_trainer.model.generate import Told

SECONDS = HOPS * HOP_FRAMES / RATE_HZ  #: of a window


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One block size and number of passes."""

    block_hops: int  #: 1: hop by hop
    passes: int
    kad: dict[str, Interval]  #: families as groups, by judge
    batch: float  #: CPU seconds for a second of sound, one voice's share of a batch
    alone: float  #: the same of a voice that is made alone, the better of two


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """A network and its spots."""

    name: str
    preset: str
    parameters: int
    steps: int
    stage: str
    told_ends: bool  #: whether it was told when each sound ends, as foretold from its words
    spots: list[Spot]


class ByBlock(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    split: str
    clips: int
    families: int
    seed: int
    guidance: float
    corpus_digest: str
    commit: str
    recording: dict[str, Interval]  #: KAD of halves, by judge
    codec: dict[str, Interval]
    contenders: list[Contender]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked."""

    corpus: Path
    held: HeldSet
    makers: dict[str, Maker]
    ends: Lasting  #: for networks that are told when a sound ends
    judges: Sequence[Judge]
    store: Path  #: of embeddings
    passes: tuple[int, ...]
    blocks: tuple[int, ...]
    guidance: float
    seed: int
    commit: str


def measure_by_block(asked: Asked, *, tell: Callable[[str], None]) -> ByBlock:
    """Make and judge it all; the same noise in every spot. Raises CorpusError, FeedError, JudgeError, TrainerError."""
    clips, families = asked.held.clips, asked.held.families
    real = {judge.name: embed_set(judge, [each.real for each in clips], store=asked.store) for judge in asked.judges}

    def kad(sounds: Sequence[Samples]) -> dict[str, Interval]:
        found = {judge.name: embed_set(judge, sounds, store=asked.store) for judge in asked.judges}
        return {name: judged(real[name], rows, families).grouped for name, rows in found.items()}

    some = next(iter(asked.makers.values()))
    copies = [window(some.sound(padded(each.latents, some.silence), asked.seed)) for each in clips]
    halves = {name: half_against_half(rows, families, seed=asked.seed).grouped for name, rows in real.items()}
    return ByBlock(
        split=asked.held.store.split,
        clips=len(clips),
        families=len(set(families)),
        seed=asked.seed,
        guidance=asked.guidance,
        corpus_digest=corpus_digest(asked.corpus),
        commit=asked.commit,
        recording=halves,
        codec=kad(copies),
        contenders=[_contender(asked, name, maker, kad, tell) for name, maker in asked.makers.items()],
    )


def _foretold(told: Told, names: Sequence[str], lasting: Lasting, seed: int) -> torch.Tensor:
    """When each sound ends, from its words, another time for each clip, as the engine tells a bundle's network."""
    count = told.text_seen.sum(dim=1, keepdim=True).clamp(min=1)
    words = ((told.text * told.text_seen.unsqueeze(-1)).sum(dim=1) / count).numpy()
    seeds = [int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:7], "little") for name in names]
    return torch.tensor([foretold_hops(lasting, row, own) for row, own in zip(words, seeds, strict=True)])


def _contender(
    asked: Asked,
    name: str,
    maker: Maker,
    kad: Callable[[Sequence[Samples]], dict[str, Interval]],
    tell: Callable[[str], None],
) -> Contender:
    told, names = told_of(asked.held.clips), [each.clip.id for each in asked.held.clips]
    ends = maker.network.spec.told_end
    if ends:
        told = replace(told, lasts=_foretold(told, names, asked.ends, asked.seed))
    spots = []
    for hops in (1,) if maker.hop_by_hop else asked.blocks:
        for passes in asked.passes:
            tell(f"{name}: blocks of {hops}, {passes} passes")
            way = Way(hops, passes, asked.guidance)
            began = time.process_time()
            made = maker.latents(told, names, HOPS, way, asked.seed)
            batch = (time.process_time() - began) / len(names) / SECONDS
            alone = []
            for _ in range(2):
                began = time.process_time()
                maker.latents(told.of(slice(0, 1)), names[:1], HOPS, way, asked.seed)
                alone.append((time.process_time() - began) / SECONDS)
            found = kad([window(maker.sound(latents, asked.seed)) for latents in made])
            spots.append(Spot(block_hops=hops, passes=passes, kad=found, batch=batch, alone=min(alone)))
    state = maker.state
    return Contender(
        name=name,
        preset=state.preset.name,
        parameters=sum(value.numel() for value in maker.network.parameters()),
        steps=state.step,
        stage=state.stage,
        told_ends=ends,
        spots=spots,
    )
