"""Builds an evaluation: sets of sounds from the same held-out clips, each through every judge."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.version import version
from hobnail_trainer.codec.clips import WINDOW, corpus_digest, read_clip
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.held import HOPS, Held, HeldSet, train_sounds, window
from hobnail_trainer.evaluate.judging import Bench
from hobnail_trainer.evaluate.maker import Maker, Way
from hobnail_trainer.evaluate.model import About, Cell, Evaluation
from hobnail_trainer.evaluate.onsets import measure_onsets
from hobnail_trainer.evaluate.recognise import Recogniser
from hobnail_trainer.evaluate.rules import event_for, rendered
from hobnail_trainer.evaluate.sheet import Shown, choose_shown
from hobnail_trainer.judges import Judge, embed_set
from hobnail_trainer.model.generate import Told

SHOWN_HOPS: Final = 128  #: of the sheet's sounds: a block of 64, then tails of 16
ONE_SHOT: Final = (64, 16)


@dataclass(frozen=True, slots=True)
class Request:
    """What to evaluate."""

    corpus: Path
    held: HeldSet
    maker: Maker
    judges: Sequence[Judge]
    store: Path  #: of embeddings
    passes: tuple[int, ...] = (1, 2, 4, 8)
    guidance: tuple[float, ...] = (1.0, 2.0)
    blocks: tuple[int, ...] = (2, 4, 8, 16, 32, 64)
    train_clips: int = 1500
    scene_voices: int = 48
    seed: int = 1
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """The numbers, and what the picture shows."""

    evaluation: Evaluation
    shown: tuple[Shown, ...]


def evaluate(request: Request, *, tell: Callable[[str], None]) -> Built:
    """Make and judge everything. Raises CorpusError, FeedError, JudgeError, TrainerError, MissingExtraError."""
    began = time.monotonic()
    clips, maker = request.held.clips, request.maker
    bench = _bench(request, tell)
    tell("the codec's copies")
    copies = [_sound(maker, padded(each.latents, maker.silence), request.seed) for each in clips]
    rows = [bench.row("recording", [each.real for each in clips]), bench.row("codec", copies)]
    told = told_of(clips)
    names = [each.clip.id for each in clips]
    sounds: list[Samples] = []
    for guidance in request.guidance:
        for passes in request.passes:
            tell(f"{passes} passes, guidance {guidance:g}")
            way = Way(HOPS, passes, guidance)
            sounds = _sounds(maker, told, names, way, request.seed)
            rows.append(bench.row("model", sounds, passes=passes, guidance=guidance))
    best = Way(HOPS, request.passes[-1], request.guidance[-1])
    tell("words dealt at random")
    order = dealt(clips, request.seed)
    mixed = _sounds(maker, Told(told.text[order], told.text_seen[order]), names, best, request.seed)
    rows.append(bench.row("model, words dealt", mixed, passes=best.passes, guidance=best.guidance))
    tell("the rules' own")
    places = [place for place, each in enumerate(clips) if event_for(each.clip)]
    rules = {place: _ruled(clips[place]) for place in places}
    parts = [("recording", [each.real for each in clips]), ("codec", copies), ("model", sounds)]
    subset = [bench.row(name, [given[place] for place in places], places=places) for name, given in parts]
    subset.append(bench.row("rules", list(rules.values()), places=places))
    cells = _cells(request, bench, told, names, best.guidance, tell)
    tell("onsets in scenes")
    ways = [
        ("film, blocks of 16", Way(16, best.passes, best.guidance)),
        ("live, blocks of 2", Way(2, best.passes, best.guidance, 0)),
    ]
    onsets, offset = measure_onsets(
        maker, request.held.store, voices=request.scene_voices, ways=ways, seed=request.seed
    )
    tell("the sheet")
    shown = _shown(request, best)
    evaluation = Evaluation(
        about=_about(request, len(bench.recogniser.clips), time.monotonic() - began),
        sets=rows,
        procedural=subset,
        blocks=cells,
        blocks_guidance=best.guidance,
        onsets=onsets,
        onset_offset_ms=offset,
        sheet=[each.caption for each in shown],
    )
    return Built(evaluation, tuple(shown))


def told_of(clips: Sequence[Held]) -> Told:
    """Exact captions, nothing seen."""
    text = torch.from_numpy(np.stack([each.text for each in clips]))
    return Told(text, torch.from_numpy(np.stack([each.text_seen for each in clips])))


def dealt(clips: Sequence[Held], seed: int) -> list[int]:
    """For each clip another's place, of another category: the categories in a ring, shifted by half."""
    return dealt_among([each.clip.category for each in clips], seed)


def dealt_among(categories: Sequence[str], seed: int) -> list[int]:
    """The same for anything that has a category each."""
    order = sorted(range(len(categories)), key=lambda place: (categories[place], place))
    largest = max(np.unique(list(categories), return_counts=True)[1])
    shift = max(int(largest), len(categories) // 2) + seed % 3
    given = {order[at]: order[(at + shift) % len(order)] for at in range(len(order))}
    return [given[place] for place in range(len(categories))]


def _bench(request: Request, tell: Callable[[str], None]) -> Bench:
    tell("train clips, for the recogniser")
    learnt = train_sounds(request.corpus, clips=request.train_clips, seed=request.seed)
    windows = [samples for _, samples in learnt]
    found = {judge.name: embed_set(judge, windows, store=request.store) for judge in request.judges}
    recogniser = Recogniser.of([clip for clip, _ in learnt], found, request.seed)
    tell("recordings")
    real = [each.real for each in request.held.clips]
    return Bench(
        judges=request.judges,
        store=request.store,
        clips=tuple(each.clip for each in request.held.clips),
        real={judge.name: embed_set(judge, real, store=request.store) for judge in request.judges},
        recogniser=recogniser,
        seed=request.seed,
    )


def _cells(
    request: Request, bench: Bench, told: Told, names: Sequence[str], guidance: float, tell: Callable[[str], None]
) -> list[Cell]:
    cells = []
    for hops in request.blocks:
        for passes in request.passes:
            tell(f"blocks of {hops}, {passes} passes")
            began = time.process_time()
            made = request.maker.latents(told, names, HOPS, Way(hops, passes, guidance), request.seed)
            seconds = (time.process_time() - began) / (len(names) * HOPS * HOP_FRAMES / RATE_HZ)
            found = bench.kad([_sound(request.maker, latents, request.seed) for latents in made])
            kads = {judge: each.grouped for judge, each in found.items()}
            cells.append(Cell(block_hops=hops, passes=passes, kad=kads, seconds=seconds))
    return cells


def _shown(request: Request, way: Way) -> list[Shown]:
    clips, maker = request.held.clips, request.maker
    chosen = [clips[place] for place in choose_shown(clips)]
    long = Way(ONE_SHOT, way.passes, way.guidance)
    made = maker.latents(told_of(chosen), [each.clip.id for each in chosen], SHOWN_HOPS, long, request.seed)
    out = []
    for held, latents in zip(chosen, made, strict=True):
        frames = min(SHOWN_HOPS, max(HOPS, held.entry.hops)) * HOP_FRAMES
        event = event_for(held.clip)
        sounds = (
            window(read_clip(request.corpus, held.clip, min(held.clip.frames, frames)), frames),
            window(maker.sound(held.latents[: frames // HOP_FRAMES], request.seed), frames),
            window(maker.sound(latents, request.seed), frames),
            window(rendered(held.clip, event, frames), frames) if event else None,
        )
        out.append(Shown(held.clip.captions.exact, sounds))
    return out


def _sounds(maker: Maker, told: Told, names: Sequence[str], way: Way, seed: int) -> list[Samples]:
    return [_sound(maker, latents, seed) for latents in maker.latents(told, names, HOPS, way, seed)]


def _sound(maker: Maker, latents: np.ndarray, seed: int) -> Samples:
    return window(maker.sound(latents, seed))


def _ruled(held: Held) -> Samples:
    event = event_for(held.clip)
    assert event is not None  # only such clips were chosen
    return window(rendered(held.clip, event, WINDOW))


def padded(latents: np.ndarray, silence: np.ndarray) -> np.ndarray:
    """64 hops, silence after the end."""
    cut = latents[:HOPS]
    return np.concatenate([cut, np.tile(silence, (HOPS - len(cut), 1))]) if len(cut) < HOPS else cut


def _about(request: Request, learnt: int, took_s: float) -> About:
    state, clips = request.maker.state, request.held.clips
    return About(
        run=request.maker.path.parent.name,
        step=state.step,
        stage=state.stage,
        preset=state.preset.name,
        parameters=sum(value.numel() for value in request.maker.network.parameters()),
        held_out=state.held_out[-1][1] if state.held_out else None,
        corpus_digest=corpus_digest(request.corpus),
        split=request.held.store.split,
        clips=len(clips),
        families=len(set(request.held.families)),
        learnt=learnt,
        seed=request.seed,
        took_s=took_s,
        commit=request.commit,
        versions={"hobnail": version(), "torch": str(torch.__version__), "python": platform.python_version()},
    )
