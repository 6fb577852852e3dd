"""Trains our own teacher: it hears a sound with holes and guesses, hop by hop, what the average of its former selves
says of the whole sound, and what the spectrum in the holes was.

The latent task is that of data2vec and ATST-Frame (Baevski and others 2022; Li, Shao and Li 2024): targets are features
of the unhidden, unmixed sound by a moving average of the weights, over its last blocks. They are normalised over each
window and number, so that a constant answer earns nothing. The spectral task (He and others 2022) keeps features from
falling in on themselves, whatever the average does. Both count hidden hops only:

    L = latent mean (guess - target)^2 + spectrum mean (guess - spectrum)^2      both over hidden hops
"""

from __future__ import annotations

import copy
import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import torch

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_trainer.codec.clips import corpus_digest
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.notice import notice
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.precision import arithmetic
from hobnail_trainer.teachers.own.lesson import Heard, Lesson, Lessons, listen
from hobnail_trainer.teachers.own.network import Guesser, OwnNetwork
from hobnail_trainer.teachers.own.spec import Card, LearningSettings, NetworkSettings, check_learning
from hobnail_trainer.teachers.own.teacher import OwnTeacher, new_network, save_teacher

if TYPE_CHECKING:
    from torch import Tensor

TRIED: Final = 6  #: steps that are timed to turn minutes into steps
NOTICED: Final = ".NOTICE"

Tell = Callable[[str], None]


class Learnt(NamedTuple):
    """What came of it."""

    network: OwnNetwork
    losses: list[float]


def fit_teacher(
    corpus: Path,
    file: Path,
    network: NetworkSettings,
    learning: LearningSettings,
    *,
    minutes: float = 0.0,
    tell: Tell,
) -> OwnTeacher:
    """Fit to the train split, leave the file and its NOTICE. Raises CorpusError, TeacherError.

    ``minutes``: the number of steps is what so many minutes hold at the speed of the first few; 0: as the settings say.
    The card says how many it was, and with that number in the settings the same bytes come again.
    """
    if file.suffix != ".safetensors":
        raise TeacherError(f"{file}: a teacher is a .safetensors file.", cure="Name it so: teacher.safetensors.")
    check_learning(learning)
    manifest, heard = listen(corpus, learning, tell)
    if minutes > 0.0:
        learning = _with_steps(network, learning, heard, minutes)
    learnt = learn(network, learning, heard, tell=tell)
    twentieth = max(1, len(learnt.losses) // 20)
    card = Card(
        network=network,
        learning=learning,
        corpus=manifest.header.title,
        corpus_digest=corpus_digest(corpus),
        clips=len(heard.clips),
        families=len({clip.family for clip in heard.clips}),
        seconds=round(sum(map(len, heard.rows)) * HOP_FRAMES / RATE_HZ, 1),
        steps=len(learnt.losses),
        loss=(_mean(learnt.losses[:twentieth]), _mean(learnt.losses[-twentieth:])),
        licences=dict(sorted(Counter(clip.licence for clip in heard.clips).items())),
        threads=torch.get_num_threads(),
    )
    _write_notice(file, heard.clips, card)
    return save_teacher(learnt.network, card, file)


def learn(network: NetworkSettings, learning: LearningSettings, heard: Heard, *, tell: Tell) -> Learnt:
    """Train on what was heard. Raises TeacherError when the loss is no number any more."""
    student = new_network(network, learning.seed)
    lessons = Lessons(heard, learning)
    _scale(student, lessons)
    average = copy.deepcopy(student).requires_grad_(False)
    guesser = _guesser(network, learning.seed)
    weights = [*student.parameters(), *guesser.parameters()]
    optimiser = torch.optim.AdamW(weights, learning.rate, betas=(0.9, 0.98), weight_decay=0.02)
    losses: list[float] = []
    for step in range(learning.steps):
        done = step / learning.steps
        for group in optimiser.param_groups:
            warm = min(1.0, (step + 1) / learning.warm_steps)
            group["lr"] = learning.rate * warm * (0.02 + 0.49 * (1.0 + math.cos(math.pi * done)))
        loss = _loss(student, average, guesser, lessons.draw(step), learning)
        if not math.isfinite(value := loss.item()):
            raise TeacherError(f"the loss is {value} at step {step}.", cure="Lower the rate of learning.")
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        first, last = learning.momentum
        _follow(average, student, last + (first - last) * 0.5 * (1.0 + math.cos(math.pi * done)))
        losses.append(value)
        if step % 20 == 0:
            tell(f"step {step} of {learning.steps}, loss {np.mean(losses[-50:]):.3f}")
    return Learnt(average, losses)


def _loss(
    student: OwnNetwork, average: OwnNetwork, guesser: Guesser, lesson: Lesson, settings: LearningSettings
) -> Tensor:
    hidden = torch.from_numpy(lesson.hidden)
    clean = student.scaled(torch.from_numpy(lesson.clean))
    mixed = student.scaled(torch.from_numpy(lesson.mixed))
    with arithmetic(settings.precision):
        with torch.no_grad():
            target = average(clean)
        found = student(mixed, hidden)[hidden]
        latent, spectrum = guesser.latent(found).float(), guesser.spectrum(found).float()
    mean, spread = target.mean(dim=1, keepdim=True), target.std(dim=1, keepdim=True)
    target = ((target - mean) / (spread + 0.1))[hidden]
    guessed: Tensor = (latent - target).square().mean()
    heard: Tensor = (spectrum - clean[hidden]).square().mean()
    return settings.latent * guessed + settings.spectrum * heard


def _follow(average: OwnNetwork, student: OwnNetwork, momentum: float) -> None:
    """The average moves towards the student by 1 - momentum."""
    with torch.no_grad():
        for old, new in zip(average.parameters(), student.parameters(), strict=True):
            old.lerp_(new, 1.0 - momentum)


def _scale(network: OwnNetwork, lessons: Lessons) -> None:
    """Mean and spread of the corpus, which stay as they are."""
    mean, spread = lessons.scale()
    network.mean.copy_(torch.from_numpy(mean))
    network.spread.copy_(torch.from_numpy(spread))


def _guesser(settings: NetworkSettings, seed: int) -> Guesser:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + 1)
        return Guesser(settings)


def _with_steps(network: NetworkSettings, learning: LearningSettings, heard: Heard, minutes: float) -> LearningSettings:
    """The settings with as many steps as ``minutes`` hold."""
    from msgspec.structs import replace

    learn(network, replace(learning, steps=2), heard, tell=lambda _: None)  # the first steps are slow
    began = time.perf_counter()
    learn(network, replace(learning, steps=TRIED), heard, tell=lambda _: None)
    took = (time.perf_counter() - began) / TRIED
    return replace(learning, steps=max(2, int(60.0 * minutes / took)))


def _write_notice(file: Path, clips: list[Clip], card: Card) -> None:
    text = notice(clips, title=f"Weights of a teacher, learnt from {card.corpus}; under {card.licence}")
    write_whole(file.with_suffix(NOTICED), text.encode())


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 4)
