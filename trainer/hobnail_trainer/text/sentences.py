"""Sentences that the table is fitted to: captions of a corpus, and combinations of words nobody wrote."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from hobnail_plugins.text.bert import split_words
from hobnail_trainer.corpus.manifest import read_manifest

FREQUENT: Final = slice(1996, 14000)
"""Whole words of BERT's lower-case vocabulary, the frequent ones; what comes before is marks and single letters."""

_PATTERNS: Final = (
    "{0} {1}",
    "a {0} {1}",
    "{0} on {1}",
    "a {0} hitting a {1}",
    "the sound of {0} {1}",
    "{0} and {1}",
    "{0} {1} {2}",
    "{0} {1} on {2}",
    "{0} with a {1}",
)


class Captions(NamedTuple):
    """Of a corpus, distinct and sorted. Notes are left out: their pitch is not for a sentence encoder."""

    train: list[str]  #: exact ones and paraphrases
    held_out: list[str]  #: exact ones of the validation and test splits that ``train`` does not have
    exact: list[str]  #: of all splits, notes too


def captions_of(corpus: Path) -> Captions:
    """Raises CorpusError."""
    clips = list(read_manifest(corpus).clips)
    told = [clip for clip in clips if clip.category != "note"]
    train = {
        text for clip in told if clip.split == "train" for text in (clip.captions.exact, *clip.captions.paraphrases)
    }
    held_out = {clip.captions.exact for clip in told if clip.split != "train"} - train
    return Captions(sorted(train), sorted(held_out), sorted({clip.captions.exact for clip in clips}))


def invented(captions: Sequence[str], pieces: Sequence[str], count: int, *, seed: int) -> list[str]:
    """``count`` sentences of two or three words: half frequent ones, a quarter captions' words, the rest mixed."""
    chance = random.Random(seed)
    frequent = [piece for piece in pieces[FREQUENT] if piece.isalpha() and len(piece) > 2]
    words = {word for text in captions for word in split_words(text)}
    heard = sorted(word for word in words if word.isalpha() and len(word) > 2)
    kinds = [(frequent, frequent, frequent)] * 2 + [(heard, heard, heard), (heard, frequent, heard)]
    made = []
    for number in range(count):
        chosen = [chance.choice(words) for words in kinds[number % len(kinds)]]
        made.append(chance.choice(_PATTERNS).format(*chosen))
    return made
