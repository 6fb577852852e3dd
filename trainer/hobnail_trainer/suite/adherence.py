"""Is it what was asked for? A recogniser names category and material; a map from sound to words finds the caption.

Both learn from real train recordings, through judges' embeddings, and never hear a made sound while they learn. The map
is a ridge regression from the judges' main components onto the pooled words of a clip's caption (the shipped table; no
weights of CLAP were at hand). It tells how much nearer a sound's point lies to its own words than to others', and where
its own caption stands among all that were asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.evaluate.model import Recognised
from hobnail_trainer.evaluate.recognise import Recogniser, side_by_side
from hobnail_trainer.judges.model import Embedding
from hobnail_trainer.suite.hearing import Hearing
from hobnail_trainer.suite.intervals import mean_of
from hobnail_trainer.suite.model import Adherence, AdherenceRow, Label
from hobnail_trainer.suite.sets import NAMES, text_vectors

RIDGE = 0.1  #: times the number of clips


def measure_adherence(hearing: Hearing, *, seed: int, tell: Callable[[str], None]) -> Adherence:
    """A row for every set."""
    tell("adherence: learning from train recordings")
    learnt = [clip for clip, _ in hearing.listening.learnt]
    theirs = _others(hearing, hearing.learnt())
    recogniser = Recogniser.of(learnt, theirs, seed)
    words = TextMap.of(recogniser, theirs, [clip.captions.exact for clip in learnt])
    rows = []
    for name in NAMES:
        places = hearing.sets[name].places
        clips = [hearing.listening.clips[place].clip for place in places]
        if len(clips) < 2:
            continue
        tell(f"adherence: {name}")
        found = _others(hearing, hearing.of(name))
        text, rank = words.ask(found, clips)
        category, material = (recogniser.ask(clips, found, label) for label in ("category", "material"))
        rows.append(AdherenceRow(name=name, category=_label(category), material=_label(material), text=text, rank=rank))
    return Adherence(rows=rows, learnt=len(learnt))


class TextMap:
    """From the recogniser's components to pooled words."""

    def __init__(self, recogniser: Recogniser, weights: Embedding, mean: Embedding) -> None:
        self._recogniser, self._weights, self._mean = recogniser, weights, mean

    @classmethod
    def of(cls, recogniser: Recogniser, embeddings: dict[str, Embedding], captions: Sequence[str]) -> TextMap:
        """Learn from train clips and what was said of them."""
        points = (side_by_side(embeddings) - recogniser.mean) @ recogniser.axes
        words = text_vectors(captions)
        mean = words.mean(axis=0)
        size = np.square(points).sum(axis=0).mean() / len(points)
        square = points.T @ points + RIDGE * len(points) * size * np.eye(points.shape[1])
        return cls(recogniser, np.asarray(np.linalg.solve(square, points.T @ (words - mean)), np.float32), mean)

    def ask(self, embeddings: dict[str, Embedding], clips: Sequence[Clip]) -> tuple[Interval, Interval]:
        """(own cosine less others', rank of the own caption), each over families."""
        points = (side_by_side(embeddings) - self._recogniser.mean) @ self._recogniser.axes
        told = points @ self._weights
        told = told / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-6)
        captions = sorted({clip.captions.exact for clip in clips})
        words = text_vectors(captions) - self._mean
        words = words / np.maximum(np.linalg.norm(words, axis=1, keepdims=True), 1e-6)
        own = np.array([captions.index(clip.captions.exact) for clip in clips])
        likeness = told @ words.T  # [sounds, captions]
        mine = likeness[np.arange(len(clips)), own]
        others = (likeness.sum(axis=1) - mine) / max(1, len(captions) - 1)
        below = (likeness < mine[:, None]).sum(axis=1) / max(1, len(captions) - 1)
        families = [clip.family for clip in clips]
        return mean_of(mine - others, families), mean_of(below, families)


def _others(hearing: Hearing, found: dict[str, Embedding]) -> dict[str, Embedding]:
    """Without our own embedding: who is judged does not judge."""
    return {judge.name: found[judge.name] for judge in hearing.judges}


def _label(found: Recognised | None) -> Label | None:
    if found is None:
        return None
    return Label(accuracy=found.accuracy, balanced=found.balanced, majority=found.majority)
