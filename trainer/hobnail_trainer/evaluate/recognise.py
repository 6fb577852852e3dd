"""Is it what was asked for? A line through judges' embeddings of real train clips names categories and materials.

The embeddings of both judges stand side by side, each scaled, and are reduced to their main components on train clips;
then the ridge of :mod:`hobnail_trainer.teachers.probe` answers. It never hears a generated sound while it learns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.evaluate.model import Recognised
from hobnail_trainer.judges.model import Embedding
from hobnail_trainer.teachers.probe import Labelled, Probe, probe

COMPONENTS: Final = 96
Label = Literal["category", "material"]


@dataclass(frozen=True, slots=True)
class Recogniser:
    """What was learnt from train clips."""

    clips: tuple[Clip, ...]
    points: Embedding  #: [clips, components]
    mean: Embedding  #: [dimensions] of both judges
    axes: Embedding  #: [dimensions, components]
    seed: int

    @classmethod
    def of(cls, clips: Sequence[Clip], embeddings: dict[str, Embedding], seed: int) -> Recogniser:
        """Learn from train clips and their embeddings by judge."""
        rows = side_by_side(embeddings)
        mean = rows.mean(axis=0)
        _, sizes, axes = np.linalg.svd(rows - mean, full_matrices=False)
        kept = min(COMPONENTS, len(rows) - 1, int((sizes > 1e-6 * sizes[0]).sum()))
        points = np.asarray((rows - mean) @ axes[:kept].T, np.float32)
        return cls(tuple(clips), points, mean, axes[:kept].T, seed)

    def ask(self, clips: Sequence[Clip], embeddings: dict[str, Embedding], label: Label) -> Recognised | None:
        """How often sounds of these clips are named as their clips are; None where too few have such a label."""
        learnt = [(place, name) for place, clip in enumerate(self.clips) if (name := label_of(clip, label))]
        asked = [(place, name) for place, clip in enumerate(clips) if (name := label_of(clip, label))]
        names = {name for _, name in learnt}
        asked = [(place, name) for place, name in asked if name in names]
        if len(asked) < 2 or len(names) < 2:
            return None
        points = np.asarray((side_by_side(embeddings) - self.mean) @ self.axes, np.float32)
        return _told(
            probe(
                _labelled(self.points, self.clips, learnt),
                _labelled(points, clips, asked),
                seed=self.seed,
            )
        )


def label_of(clip: Clip, label: Label) -> str:
    """A clip's category, or its first material; empty where it has none."""
    return clip.category if label == "category" else next(iter(clip.materials), "")


def side_by_side(embeddings: dict[str, Embedding]) -> Embedding:
    """Judges' embeddings in one row each, every judge's of the same mean length."""
    parts = [each / np.sqrt(each.shape[1]) for _, each in sorted(embeddings.items())]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _labelled(points: Embedding, clips: Sequence[Clip], chosen: Sequence[tuple[int, str]]) -> Labelled:
    places = [place for place, _ in chosen]
    return Labelled(
        pooled=points[places],
        labels=np.array([name for _, name in chosen]),
        families=np.array([clips[place].family for place in places]),
    )


def _told(found: Probe) -> Recognised:
    return Recognised(
        accuracy=Interval(value=found.accuracy, low=found.low, high=found.high, n=found.clips),
        balanced=found.balanced,
        majority=found.majority,
    )
