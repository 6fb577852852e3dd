"""An endless stream of windows of sound from packs: random, weighted, resumable, and blind to the test split.

Batch ``n`` depends on the seed, ``n`` and what is read, and on nothing that was read before. So the state is a number,
and a run that stopped goes on with exactly the batches it would have had. Samples come from memory maps: the corpus may
be larger than memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.model import Clip, Split
from hobnail_trainer.corpus.pack import Pack
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.reading.chances import chances
from hobnail_trainer.reading.model import Batch, Mixture, ReaderState

TrainingSplit = Literal["train", "validation"]


class Reader:
    """Iterates over batches without end. [one thread]"""

    _splits: ClassVar[tuple[Split, ...]] = ("train", "validation")

    def __init__(
        self,
        packs: Sequence[Pack],
        split: TrainingSplit,
        *,
        window_frames: int,
        batch: int,
        seed: int,
        mixture: Mixture | None = None,
        state: ReaderState | None = None,
    ) -> None:
        """``state``: go on where another reader of the same things stood. Raises CorpusError."""
        mixture = mixture or Mixture()
        _check(split, self._splits, mixture, window_frames, batch)
        self._read = [(pack, clip) for pack in packs for clip in pack.manifest.clips if clip.split == split]
        likely = chances([clip for _, clip in self._read], mixture)
        if not likely.any():
            where = ", ".join(str(pack.folder) for pack in packs) or "no pack"
            raise CorpusError(
                f"{where}: nothing of the {split} split is left to read.",
                cure="Give other packs, or a mixture that leaves something in.",
            )
        self._edges = np.cumsum(likely)
        self._window, self._batch, self._mixture = window_frames, batch, mixture
        start = ReaderState(seed=seed, batches=0, reads=self._digest(split))
        self._state = start if state is None else _continued(state, start)

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        batch = self._read_batch(np.random.default_rng([self._state.seed, self._state.batches]))
        self._state = msgspec.structs.replace(self._state, batches=self._state.batches + 1)
        return batch

    def state(self) -> ReaderState:
        """Where it stands; hand it to a new reader to go on from here."""
        return self._state

    def _read_batch(self, chance: np.random.Generator) -> Batch:
        places = np.searchsorted(self._edges, chance.random(self._batch) * self._edges[-1], side="right")
        chosen = [self._read[min(int(place), len(self._read) - 1)] for place in places]
        samples = np.zeros((self._batch, self._window), np.float32)
        sounding = np.zeros((self._batch, self._window), np.bool_)
        offsets = np.zeros(self._batch, np.int64)
        for row, (pack, clip) in enumerate(chosen):
            offset = self._offset(clip, chance)
            begin, end = max(0, -offset), min(self._window, clip.frames - offset)
            part = pack.samples(clip, offset + begin, end - begin)
            samples[row, begin:end] = part * _gain(clip) if self._mixture.family_gain else part
            sounding[row, begin:end] = True
            offsets[row] = offset
        clips = tuple(clip for _, clip in chosen)
        onsets = tuple(
            tuple(onset - int(at) for onset in clip.onset_frames if 0 <= onset - at < self._window)
            for clip, at in zip(clips, offsets, strict=True)
        )
        texts = tuple(self._text(clip, chance) for clip in clips)
        return Batch(samples=samples, sounding=sounding, offsets=offsets, clips=clips, onsets=onsets, texts=texts)

    def _offset(self, clip: Clip, chance: np.random.Generator) -> int:
        """One-shots: at their first onset, or anywhere with at least half a window, or all, of them inside. Others:
        anywhere, so that some windows run over the clip's end by up to half."""
        half = self._window // 2
        if clip.frames > self._mixture.one_shot_s * RATE_HZ:
            return int(chance.integers(0, max(1, clip.frames - half)))
        if chance.random() < self._mixture.at_onset:
            return clip.onset_frames[0] if clip.onset_frames else 0
        return int(chance.integers(-half, max(1, clip.frames - half)))

    def _text(self, clip: Clip, chance: np.random.Generator) -> str:
        place, captions = chance.random(), clip.captions
        ways = (
            (self._mixture.vague, (captions.vague,)),
            (self._mixture.category, (captions.category,)),
            (self._mixture.paraphrase, captions.paraphrases),
        )
        for share, texts in ways:
            if place < share and texts:
                return texts[int(place / share * len(texts))]
            place -= share
        return captions.exact

    def _digest(self, split: Split) -> str:
        what = msgspec.json.encode(
            (split, self._window, self._batch, self._mixture, [(clip.id, clip.sha256) for _, clip in self._read])
        )
        return hashlib.sha256(what).hexdigest()[:32]


class _TestReader(Reader):
    _splits = ("test",)


def open_test_for_evaluation(
    packs: Sequence[Pack],
    *,
    window_frames: int,
    batch: int,
    seed: int,
    mixture: Mixture | None = None,
    state: ReaderState | None = None,
) -> Reader:
    """A reader of the test split. Nothing may ever be trained on what it gives. Raises CorpusError."""
    split: Split = "test"
    options = {"window_frames": window_frames, "batch": batch, "seed": seed, "mixture": mixture, "state": state}
    return _TestReader(packs, split, **options)  # type: ignore[arg-type]  # the one door to the split that Reader refuses


def _gain(clip: Clip) -> np.float32:
    return np.float32(10.0 ** (clip.level_db / 20.0))


def _check(split: str, allowed: tuple[Split, ...], mixture: Mixture, window_frames: int, batch: int) -> None:
    if split not in allowed:
        raise CorpusError(
            f"the split is {split!r}, expected one of: {', '.join(allowed)}.",
            cure="Train on 'train'. Evaluation reads the test split by open_test_for_evaluation().",
        )
    if window_frames < 1 or batch < 1:
        raise CorpusError(
            f"window_frames is {window_frames} and batch is {batch}, expected at least 1 each.", cure="Ask for more."
        )
    shares = (mixture.exact, mixture.paraphrase, mixture.category, mixture.vague, mixture.at_onset)
    factors = (*mixture.origins.values(), *mixture.categories.values(), *mixture.materials.values())
    if not all(0.0 <= share <= 1.0 for share in shares) or not all(0.0 <= each < float("inf") for each in factors):
        raise CorpusError("the mixture has a share outside 0..1 or a negative factor.", cure="Correct the mixture.")


def _continued(state: ReaderState, start: ReaderState) -> ReaderState:
    if (state.reads, state.seed) != (start.reads, start.seed):
        raise CorpusError(
            "the reader's state belongs to other packs, another split, mixture, seed or size.",
            cure="Go on with what the run was started with, or start anew without a state.",
        )
    return state
