"""Judges and what they heard: every set's embeddings, made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.judges import Judge, embed_set
from hobnail_trainer.judges.model import Embedding
from hobnail_trainer.suite.listening import Listening
from hobnail_trainer.suite.sets import RECORDING, SoundSet

ByJudge = dict[str, Embedding]


@dataclass(slots=True)
class Hearing:
    """Others' judges keep what they heard in a store; ours is new with every corpus and keeps nothing. [one thread]"""

    listening: Listening
    judges: Sequence[Judge]  #: of others
    ours: Judge
    store: Path
    sets: dict[str, SoundSet]
    kept: dict[str, ByJudge] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Of the judges, ours last."""
        return [judge.name for judge in (*self.judges, self.ours)]

    def of(self, name: str) -> ByJudge:
        """Of a set's windows, by judge."""
        if name not in self.kept:
            self.kept[name] = self.embed(self.sets[name].windows)
        return self.kept[name]

    def learnt(self) -> ByJudge:
        """Of the train windows."""
        if "train" not in self.kept:
            self.kept["train"] = self.embed([samples for _, samples in self.listening.learnt])
        return self.kept["train"]

    def embed(self, sounds: Sequence[Samples], *, ours: bool = True) -> ByJudge:
        """Of any sounds, by judge."""
        found = {judge.name: embed_set(judge, sounds, store=self.store) for judge in self.judges}
        return found | {self.ours.name: self.ours.embed_many(sounds)} if ours else found

    def real(self, places: Sequence[int]) -> ByJudge:
        """Of the recordings of these clips."""
        return {name: rows[list(places)] for name, rows in self.of(RECORDING).items()}

    def families(self, places: Sequence[int]) -> list[str]:
        """Of these clips."""
        return [self.listening.clips[place].clip.family for place in places]
