"""A feed of scenes made up of numbers: what is struck is heard as it was seen, and nothing but sight tells when."""

from pathlib import Path

import numpy as np

from hobnail_trainer.feed.model import Entry, FeedHeader, PartIndex, PartRef, Sums, Words
from hobnail_trainer.feed.store import FeedStore, OpenPart
from hobnail_trainer.feed.texts import TextTable

LATENTS, HOPS, KINDS = 32, 400, 4


def seeing_store(split, count, seed):
    """``count`` scenes of one emitter each."""
    chance = np.random.default_rng(seed)
    colours = np.random.default_rng(0).normal(size=(KINDS, LATENTS))
    colours[:, 0] = 3.0
    latents, rows, entries = [], [], []
    for number in range(count):
        kind, at, onsets = int(chance.integers(KINDS)), int(chance.integers(5, 40)), []
        while at < HOPS - 20:
            onsets.append(at)
            at += int(chance.integers(24, 70))
        envelope, row = np.zeros(HOPS), np.zeros((HOPS, 24), np.float32)
        row[:, 12:] = 1.0
        for onset in onsets:
            hard = 0.5 + 0.5 * chance.random()
            envelope[onset:] = np.maximum(envelope[onset:], hard * np.exp(-np.arange(HOPS - onset) / 6.0))
            row[onset + 1, 2] = hard
        latents.append((envelope[:, None] * colours[kind]).astype(np.float16))
        rows.append(row.astype(np.float16))
        entries.append(
            Entry(
                id=f"scene-{number:06d}/thing",
                origin="composed",
                category=("footstep", "impact")[number % 2],
                family=f"scenes/{split}/{number}",
                licence="made up",
                frames=HOPS * 512,
                first=number * HOPS,
                hops=HOPS,
                onsets=tuple(onsets),
                starts=(onsets[0],),
                cut=True,
                words=Words(exact=f"kind {kind}", category="things", vague="sound"),
                pixels=number * HOPS,
            )
        )
    heard, seen = np.concatenate(latents), np.concatenate(rows)
    pixels = np.zeros((count * HOPS, 64, 6), np.float16)
    index = PartIndex(
        part="scenes",
        split=split,
        made_of="x",
        corpus="x",
        codec_print="x",
        licences=(),
        dimensions=LATENTS,
        hops=len(heard),
        files=(),
        latents=sums(heard),
        scene=sums(seen),
        pixels=sums(pixels.reshape(-1, 6)),
        left_out=0,
        entries=tuple(entries),
    )
    ref = PartRef(split=split, part="scenes", entries=count, seconds=1.0, sha256="x")
    header = FeedHeader(
        codec="x",
        codec_print="x",
        corpus="x",
        licences=(),
        dimensions=LATENTS,
        rate_hz=48_000,
        hop_frames=512,
        silence=(0.0,) * LATENTS,
        mean=(0.0,) * LATENTS,
        spread=tuple(float(each) for each in np.maximum(heard.astype(np.float32).std(axis=0), 1e-3)),
        parts=(ref,),
    )
    names = [*(f"kind {kind}" for kind in range(KINDS)), "things", "sound"]
    tokens = np.random.default_rng(1).normal(size=(len(names), 12, 128)).astype(np.float16)
    table = TextTable("x", tokens, np.full(len(names), 3, np.int32), {name: place for place, name in enumerate(names)})
    return FeedStore(Path("/nowhere"), split, header, {"scenes": OpenPart(ref, index, heard, seen, pixels)}, table)


def sums(rows):
    values = rows.astype(np.float64)
    return Sums(rows=len(values), total=tuple(values.sum(axis=0)), squares=tuple((values**2).sum(axis=0)))
