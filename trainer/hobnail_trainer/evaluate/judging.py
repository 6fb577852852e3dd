"""A set of sounds beside the recordings of the same clips: KAD whole and within categories, recognition, silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hobnail_trainer.codec.judging import half_against_half, judged, part_of
from hobnail_trainer.codec.model import Interval, Kad
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.model import Recognised, Row
from hobnail_trainer.evaluate.recognise import Recogniser
from hobnail_trainer.judges import Judge, embed_set
from hobnail_trainer.judges.model import Embedding


@dataclass(frozen=True, slots=True)
class Bench:
    """What every set is held against."""

    judges: Sequence[Judge]
    store: Path  #: of embeddings
    clips: tuple[Clip, ...]
    real: dict[str, Embedding]
    recogniser: Recogniser
    seed: int

    def embeddings(self, sounds: Sequence[Samples]) -> dict[str, Embedding]:
        """By judge."""
        return {judge.name: embed_set(judge, sounds, store=self.store) for judge in self.judges}

    def row(
        self,
        name: str,
        sounds: Sequence[Samples],
        *,
        places: Sequence[int] | None = None,
        passes: int | None = None,
        guidance: float | None = None,
    ) -> Row:
        """``sounds``: windows in the clips' order; ``places``: which clips they are of, all unless told."""
        chosen = list(range(len(self.clips))) if places is None else list(places)
        clips = [self.clips[place] for place in chosen]
        families = [clip.family for clip in clips]
        found = self.embeddings(sounds)
        real = {judge: rows[chosen] for judge, rows in self.real.items()}
        same = sounds_are_real = name == "recording"
        kads = {
            judge: half_against_half(real[judge], families, seed=self.seed)
            if sounds_are_real
            else judged(real[judge], rows, families)
            for judge, rows in found.items()
        }
        within, count = self._within(real, found, clips, same=same)
        category = self.recogniser.ask(clips, found, "category")
        return Row(
            name=name,
            passes=passes,
            guidance=guidance,
            clips=len(clips),
            families=len(set(families)),
            silent=sum(not samples.any() for samples in sounds),
            kad=kads,
            within=within,
            categories=count,
            category=category or Recognised(accuracy=Interval.unknown(), balanced=0.0, majority=0.0),
            material=self.recogniser.ask(clips, found, "material"),
        )

    def kad(self, sounds: Sequence[Samples]) -> dict[str, Kad]:
        """Of all clips."""
        families = [clip.family for clip in self.clips]
        return {name: judged(self.real[name], rows, families) for name, rows in self.embeddings(sounds).items()}

    def _within(
        self, real: dict[str, Embedding], found: dict[str, Embedding], clips: Sequence[Clip], *, same: bool
    ) -> tuple[dict[str, Interval], int]:
        """The mean over categories; of the recordings it is not asked, as halves would be too small."""
        if same:
            return {judge: Interval.unknown() for judge in found}, 0
        out, count = {}, 0
        for judge, rows in found.items():
            each = []
            for category in sorted({clip.category for clip in clips}):
                places = [place for place, clip in enumerate(clips) if clip.category == category]
                one = part_of(real[judge][places], rows[places], [clips[place].family for place in places])
                if one.value is not None:
                    each.append(one)
            out[judge], count = _mean(each), len(each)
        return out, count


def _mean(each: Sequence[Interval]) -> Interval:
    """Of independent intervals."""
    if not each:
        return Interval.unknown()
    values = [one.value or 0.0 for one in each]
    reaches = [((one.high or 0.0) - (one.low or 0.0)) / 2.0 for one in each]
    value, reach = float(np.mean(values)), float(np.sqrt(np.square(reaches).sum())) / len(each)
    return Interval(value=value, low=value - reach, high=value + reach, n=sum(one.n for one in each))
