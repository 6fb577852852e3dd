"""Clips of a pack to a part: latents, and what is known of each."""

from __future__ import annotations

from typing import Final

from hobnail_trainer.codec.workers import over_clips
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.encode import ClipEncoding, Encoded
from hobnail_trainer.feed.making import Making
from hobnail_trainer.feed.model import AXES, INDEX, LATENTS, Entry, Words
from hobnail_trainer.feed.write import Adder, RowFile, kept_index

AT_ONCE: Final = 32


def make_clips(making: Making) -> None:
    """Write a part of clips, if it is not there and right. Raises CorpusError, FeedError."""
    corpus, part, split, folder = making.corpus, making.part, making.split, making.folder
    made_of = corpus.made_of(part, split)
    if kept_index(folder, made_of) is not None:
        return
    clips, left_out = corpus.chosen(part, split)
    if not clips and part == "recorded":
        raise FeedError(
            f"{corpus.folder}: nothing of the {split} split may be used; {left_out} clips are under other licences.",
            cure="Build a larger corpus, or allow more: --licence.",
        )
    (folder / INDEX).unlink(missing_ok=True)
    rows, adder, entries = RowFile(folder / LATENTS), Adder(), list[Entry]()
    try:
        work = ClipEncoding(corpus.pack(part).folder, making.make)
        for clip, encoded in over_clips(work, clips, jobs=making.jobs, tell=making.told, at_once=AT_ONCE):
            entries.append(_entry(clip, encoded, rows.add(encoded.latents)))
            adder.add(encoded.latents[encoded.marks.sounding])
        file = rows.finish()
    finally:
        rows.abandon()
    making.finish(made_of, entries, (file,), adder.sums(), left_out)


def _entry(clip: Clip, encoded: Encoded, first: int) -> Entry:
    captions, changes = clip.captions, clip.changes
    values = (changes.get("pitch_semitones", 0.0) / 12.0, *(changes.get(axis, 0.0) for axis in AXES[1:]))
    paired = clip.origin == "augmented"
    return Entry(
        id=clip.id,
        origin=clip.origin,
        category=clip.category,
        materials=clip.materials,
        family=clip.family,
        licence=clip.licence,
        frames=clip.frames,
        first=first,
        hops=len(encoded.latents),
        onsets=encoded.marks.onsets,
        starts=encoded.marks.starts,
        cut=encoded.marks.cut,
        words=Words(
            exact=captions.exact,
            paraphrases=captions.paraphrases,
            category=captions.category,
            vague=captions.vague,
        ),
        changes=(values[0], values[1], values[2]) if paired else (0.0, 0.0, 0.0),
        source=clip.sources[0].clip if paired else "",
    )
