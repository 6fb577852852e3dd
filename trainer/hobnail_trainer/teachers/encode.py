"""A feed or a corpus through a teacher. Stopped at any moment, the same command goes on with the part it was in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.reading import TrainingSplit
from hobnail_trainer.teachers.clock import hop_features
from hobnail_trainer.teachers.contract import Features, Teacher
from hobnail_trainer.teachers.sources import Source, sources
from hobnail_trainer.teachers.store import FeatureIndex, kept_features, write_features

EVERY: Final = 50  #: sounds between two words about progress

Tell = Callable[[str], None]


def encode(
    folder: Path,
    target: Path,
    teacher: Teacher,
    *,
    splits: Sequence[TrainingSplit] = ("train", "validation"),
    corpus: Path | None = None,
    scenes: Path | None = None,
    tell: Tell,
) -> dict[tuple[TrainingSplit, str], FeatureIndex]:
    """Write the features of every part; a part that is there and still right is kept.

    ``folder``: a feed (then also ``corpus``, and ``scenes`` if it has any) or a corpus. Raises CorpusError, FeedError,
    TeacherError.
    """
    if not set(splits) <= {"train", "validation"}:
        raise TeacherError(
            f"the splits are {', '.join(splits)}: test is for final tables only.", cure="Encode train and validation."
        )
    found: dict[tuple[TrainingSplit, str], FeatureIndex] = {}
    for split in splits:
        for source in sources(folder, split, corpus=corpus, scenes=scenes):
            where = target / split / source.part
            index = kept_features(where, teacher, source.made_of)
            if index is None:
                heard = _heard(source, teacher, f"{split}/{source.part}", tell)
                index = write_features(where, teacher, source.made_of, heard)
            found[split, source.part] = index
    if not found:
        raise TeacherError(f"{folder}: has nothing of {' or '.join(splits)}.", cure="Give a feed or a built corpus.")
    return found


def _heard(source: Source, teacher: Teacher, where: str, tell: Tell) -> Iterator[tuple[str, Features]]:
    seconds = 0.0
    for number, sound in enumerate(source.sounds()):
        if number % EVERY == 0:
            tell(f"{where}: {number} of {source.size} sounds, {seconds / 60.0:.1f} minutes")
        seconds += sound.hops * HOP_FRAMES / RATE_HZ
        yield sound.id, hop_features(teacher, sound.samples, sound.hops)
