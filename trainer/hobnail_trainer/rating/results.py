"""Answers in a file, one JSON line each, and what they say: means by set, listeners drawn again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.rating.trials import Trials
from hobnail_trainer.suite.intervals import mean_of

ANSWERS: Final = "ratings.jsonl"
Score = Annotated[int, msgspec.Meta(ge=1, le=5)]


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a listener said of a sound: 1 bad .. 5 excellent."""

    trial: Annotated[str, msgspec.Meta(min_length=16, max_length=16)]
    listener: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    quality: Score  #: how it sounds
    fits: Score  #: how well it is what the words say
    played: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0  #: times
    at: float = 0.0  #: Unix time, filled in by the server


class Mean(msgspec.Struct, frozen=True, kw_only=True):
    """Of a set."""

    set: str
    answers: int
    listeners: int
    quality: Interval
    fits: Interval


def keep_answer(folder: Path, answer: Answer) -> Answer:
    """Append, with the time. Raises TrainerError."""
    kept = msgspec.structs.replace(answer, at=round(time.time(), 3))
    path = folder / ANSWERS
    try:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(kept) + b"\n")
    except OSError as error:
        raise TrainerError(f"{path}: cannot be written: {error.strerror}.", cure="Free some space.") from error
    return kept


def read_answers(folder: Path) -> list[Answer]:
    """The newest of each listener to each sound. Raises TrainerError."""
    path = folder / ANSWERS
    if not path.is_file():
        return []
    newest: dict[tuple[str, str], Answer] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            answer = msgspec.json.decode(line, type=Answer)
        except msgspec.DecodeError as error:
            raise TrainerError(f"{path}, line {number}: {error}.", cure="Remove that line.") from error
        newest[answer.listener, answer.trial] = answer
    return list(newest.values())


def summed(trials: Trials, answers: Sequence[Answer]) -> list[Mean]:
    """By set; a listener's answers are drawn together, or those to a clip where there is one listener only."""
    by_id = {trial.id: trial for trial in trials.trials}
    known = [answer for answer in answers if answer.trial in by_id]
    single = len({answer.listener for answer in known}) < 2
    out = []
    for name in sorted({trial.set for trial in trials.trials}):
        some = [answer for answer in known if by_id[answer.trial].set == name]
        groups = [by_id[answer.trial].clip if single else answer.listener for answer in some]
        out.append(
            Mean(
                set=name,
                answers=len(some),
                listeners=len({answer.listener for answer in some}),
                quality=mean_of([float(answer.quality) for answer in some], groups),
                fits=mean_of([float(answer.fits) for answer in some], groups),
            )
        )
    return out
