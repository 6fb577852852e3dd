"""Sounds of trained arms: the first transient with gates and without, a minute with alignment and without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, cast

import msgspec
import numpy as np
import torch

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Codec, Float32
from hobnail.host import Host
from hobnail_trainer.codec.measures import attack_of
from hobnail_trainer.corpus.model import CATEGORIES, Category
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.maker import Maker, Way, open_maker
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.feed import validation_blocks
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.generate import Told
from hobnail_trainer.reproduce.adaptation import below
from hobnail_trainer.reproduce.journals import gates_note
from hobnail_trainer.reproduce.model import Cells, Outcome
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.suite.seams import FIRST_FRAMES, LASTING, SHARP_MS, levels_db, sixths_apart

UNGATED, GATED = "vanilla", "gca_g1"
CLIPS: Final = 96
HOPS: Final = 64
MINUTE_HOPS: Final = 60 * RATE_HZ // HOP_FRAMES
VOICES: Final = 6
SMEARED_MS: Final = FIRST_FRAMES * 1000.0 / RATE_HZ

Found = dict[str, dict[int, np.ndarray]]


def measure_transients(
    registry: Registry, held_out: FeedStore, seeds: Sequence[int], *, tell: Callable[[str], None]
) -> Outcome:
    """How fast the first 100 ms rise where the true sound's do. Raises TrainerError, FeedError."""
    codec = _codec(held_out)
    batch = beginnings(held_out, registry.preset.feed, CLIPS)
    true = [_rise(_decoded(codec, latents)) for latents in batch.latents]
    sharp = np.flatnonzero(np.array(true) <= SHARP_MS)
    found: Found = {}
    arms = [Arm(fusion=fusion, level=True, seed=seed) for seed in seeds for fusion in (UNGATED, GATED)]
    records = registry.ensure(arms, tell=tell)
    gated = [registry.folder / record.arm.name for record in records if record.arm.fusion == GATED]
    for record in records:
        tell(f"first transients of {record.arm.name}")
        maker = open_maker(registry.folder / record.arm.name, codec)
        sounds = _made(maker, batch, sharp.tolist(), HOPS, Way(hops_per_block=HOPS, guidance=1.0))
        found.setdefault(record.arm.fusion, {})[record.arm.seed] = np.array([_rise(each) for each in sounds])
    rows = [["the recordings, through the codec", "-", f"{np.median(np.array(true)[sharp]):.1f} ms"]]
    rows += [[name, str(len(by_seed)), _median(by_seed)] for name, by_seed in found.items()]
    return Outcome(
        id="transients",
        title="Failure mode: is the first transient smeared without gates?",
        scale=f"preset {registry.preset.name}, {registry.preset.steps} steps, {len(sharp)} held-out beginnings",
        rules=[
            below(
                "without gates the first transient is smeared",
                "rise of the first 100 ms, gca_g1 less vanilla, in ms",
                found.get(GATED, {}),
                found.get(UNGATED, {}),
            )
        ],
        tables=[Cells(title="Rise from 10 to 90 %, medians", heads=["fusion", "seeds", "measured"], rows=rows)],
        notes=[
            f"Sounds whose own first 100 ms rise within {SHARP_MS:g} ms; one block of {HOPS} hops from the exact "
            f"words, eight passes, no guidance. One that is silent there counts as {SMEARED_MS:g} ms.",
            *([gates_note(gated)] if gated else []),
        ],
    )


def measure_long_form(
    registry: Registry, held_out: FeedStore, seeds: Sequence[int], *, teacher: str, tell: Callable[[str], None]
) -> Outcome:
    """Drift of voices over a minute, aligned to ``teacher`` and not. Raises TrainerError, FeedError."""
    codec, settings = _codec(held_out), registry.preset.feed
    every: dict[Category, float] = dict.fromkeys(CATEGORIES, 0.0)
    lasting = msgspec.structs.replace(settings, categories=every | dict.fromkeys(LASTING, 1.0))
    batch = beginnings(held_out, lasting, VOICES)
    apart: Found = {}
    level: Found = {}
    arms = [Arm(aligned=name, level=True, seed=seed) for seed in seeds for name in ("none", teacher)]
    for record in registry.ensure(arms, tell=tell):
        arm = record.arm
        tell(f"a minute of {arm.name}")
        maker = open_maker(registry.folder / arm.name, codec)
        way = Way(hops_per_block=HOPS, passes=4, guidance=1.0)
        sounds = _made(maker, batch, list(range(VOICES)), MINUTE_HOPS, way)
        apart.setdefault(arm.aligned, {})[arm.seed] = np.array([sixths_apart(each) for each in sounds])
        level.setdefault(arm.aligned, {})[arm.seed] = np.array([_slope(each) for each in sounds])
    plain, aligned = apart.get("none", {}), apart.get(teacher, {})
    rows = [
        [
            name,
            str(len(by_seed)),
            f"{np.mean([each.mean() for each in by_seed.values()]):.2f}",
            f"{np.mean([each.mean() for each in level[name].values()]):.1f} dB a minute",
        ]
        for name, by_seed in apart.items()
    ]
    return Outcome(
        id="longform",
        title="Long-form coherence with and without alignment",
        scale=f"preset {registry.preset.name}, {registry.preset.steps} steps, {VOICES} voices of 60 s a run",
        rules=[
            below(
                "alignment costs coherence over a minute",
                "drift (first sixth to last, over neighbouring sixths), plain less aligned",
                plain,
                aligned,
            )
        ],
        tables=[
            Cells(title="Means over voices and seeds", heads=["drawn to", "seeds", "drift", "level moves"], rows=rows)
        ],
        notes=[
            f"Words of held-out recordings that last; blocks of {HOPS} hops, four passes. Drift: distance of the "
            "spectrum of the first ten seconds from that of the last ten, over the mean distance of neighbours."
        ],
    )


def beginnings(store: FeedStore, settings: FeedSettings, count: int) -> FeedBatch:
    """Blocks of 64 hops at the beginnings of recordings, with their exact words. Raises FeedError."""
    only = msgspec.structs.replace(
        settings,
        parts={"recorded": 1.0},
        odds={HOPS: 1.0},
        tokens=HOPS * count,
        most=count,
        at_beginning=1.0,
        long_at_beginning=1.0,
        exact=1.0,
        paraphrase=0.0,
        category=0.0,
        vague=0.0,
        text_null=0.0,
    )
    return validation_blocks(store, 1, 11, only)[0]


def _made(maker: Maker, batch: FeedBatch, rows: Sequence[int], hops: int, way: Way) -> list[Samples]:
    chosen = list(rows)
    told = Told(torch.from_numpy(batch.text[chosen]), torch.from_numpy(batch.text_mask[chosen]))
    names = [f"{row} {batch.clips[row]}" for row in chosen]
    return [maker.sound(latents, 1) for latents in maker.latents(told, names, hops, way, 1)]


def _codec(store: FeedStore) -> Codec:
    codec = cast("Codec", Host.discovered().build("components", store.header.codec))
    codec.prepare()
    return codec


def _decoded(codec: Codec, latents: Float32) -> Samples:
    decoded, _ = codec.decode(np.ascontiguousarray(latents), codec.begin_decoding(1), last=True)
    return decoded[: len(latents) * HOP_FRAMES]


def _rise(samples: Samples) -> float:
    found = attack_of(samples[:FIRST_FRAMES])
    return SMEARED_MS if found is None else found.rise_ms


def _slope(samples: Samples) -> float:
    seconds = levels_db(samples)
    return float(abs(np.polyfit((np.arange(len(seconds)) + 0.5) / 60.0, seconds, 1)[0]))


def _median(by_seed: dict[int, np.ndarray]) -> str:
    return f"{np.median(np.concatenate(list(by_seed.values()))):.1f} ms"
