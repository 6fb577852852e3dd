"""Recordings as a feed that was never written: latents and words in memory, read by the same drawer as any other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Codec
from hobnail_plugins.aht.spec import LatentScale
from hobnail_trainer.adapt.recordings import Recording
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.encode import Encoded, codec_print, encode
from hobnail_trainer.feed.model import CELLS, SCENE_WIDTH, Entry, FeedHeader, PartIndex, PartRef, Sums, Words
from hobnail_trainer.feed.store import FeedStore, OpenPart
from hobnail_trainer.feed.texts import MOST_TOKENS, TOKEN_WIDTH, TextEncoder, TextTable, encoder_print

VAGUE = "sound"


def store_of(
    recordings: Sequence[Recording],
    codec: Codec,
    words: TextEncoder,
    scale: LatentScale,
    *,
    folder: Path,
    split: Split,
    licence: str,
) -> FeedStore:
    """A feed's split with the one part ``recorded``, in units of ``scale``. Raises FeedError, TrainerError."""
    if codec.spec.dimensions != len(scale.mean):
        raise TrainerError(
            f"codec {codec.spec.id!r} has {codec.spec.dimensions} numbers a hop, the model {len(scale.mean)}.",
            cure="Name the codec that the model was trained with: --codec ID.",
        )
    made = [encode(codec, each.samples, (0,), each.file) for each in recordings]
    entries, first = list[Entry](), 0
    for each, encoded in zip(recordings, made, strict=True):
        entries.append(_entry(each, encoded, first, licence))
        first += len(encoded.latents)
    print_ = codec_print(codec)
    nothing = Sums(rows=0, total=(), squares=())
    index = PartIndex(
        part="recorded",
        split=split,
        made_of=_digest(recordings),
        corpus="",
        codec_print=print_,
        licences=(),
        dimensions=codec.spec.dimensions,
        hops=first,
        files=(),
        latents=nothing,
        left_out=0,
        entries=tuple(entries),
    )
    seconds = sum(each.samples.size for each in recordings) / RATE_HZ
    ref = PartRef(split=split, part="recorded", entries=len(entries), seconds=seconds, sha256=index.made_of)
    header = FeedHeader(
        codec=codec.spec.id,
        codec_print=print_,
        corpus="",
        licences=(),
        dimensions=codec.spec.dimensions,
        rate_hz=RATE_HZ,
        hop_frames=HOP_FRAMES,
        silence=tuple(scale.silence),
        mean=tuple(scale.mean),
        spread=tuple(scale.spread),
        parts=(ref,),
    )
    latents = np.concatenate([each.latents for each in made])
    none = np.zeros((0, SCENE_WIDTH), np.float16), np.zeros((0, *CELLS), np.float16)
    part = OpenPart(ref, index, latents, *none)
    texts = sorted({VAGUE, *(each.caption for each in recordings)})
    return FeedStore(folder, split, header, {"recorded": part}, _table(texts, words))


def _entry(recording: Recording, encoded: Encoded, first: int, licence: str) -> Entry:
    return Entry(
        id=recording.file,
        origin="recorded",
        category="impact",  # one for all: that of a corpus would only weigh them against each other
        family=recording.caption,
        licence=licence,
        frames=recording.samples.size,
        first=first,
        hops=len(encoded.latents),
        onsets=encoded.marks.onsets,
        starts=encoded.marks.starts,
        cut=encoded.marks.cut,
        words=Words(exact=recording.caption, category=recording.caption, vague=VAGUE),
    )


def _table(texts: Sequence[str], encoder: TextEncoder) -> TextTable:
    rows = np.zeros((len(texts), MOST_TOKENS, TOKEN_WIDTH), np.float16)
    tokens = np.zeros(len(texts), np.int32)
    for row, text in enumerate(texts):
        made = encoder.encode(text)
        rows[row, : len(made)], tokens[row] = made, len(made)
    return TextTable(encoder_print(encoder), rows, tokens, {text: row for row, text in enumerate(texts)})


def _digest(recordings: Sequence[Recording]) -> str:
    digest = hashlib.sha256()
    for each in recordings:
        digest.update(f"{each.file}\n{each.caption}\n".encode())
        digest.update(np.ascontiguousarray(each.samples, "<f4").tobytes())
    return digest.hexdigest()
