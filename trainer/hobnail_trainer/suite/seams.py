"""Where blocks join, and what a minute does to a voice; how sharp the first 100 ms are.

A click is a step that the sound around it does not explain: the largest third difference within 8 samples of a place
over its root mean square within 512, when it is 1.25 times what one in a thousand places away from joins of the same
voice has. Joins of a step (1,024 frames) are asked, and as many other places. Drift is the slope of level and
brightness over a minute, and how far the first sixth lies from the last, over how far neighbouring sixths lie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail_plugins.aht.sustained import STEP_FRAMES
from hobnail_trainer.codec.measures import attack_of
from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.model import Category
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.suite.extract import log_spectrum
from hobnail_trainer.suite.hearing import Hearing
from hobnail_trainer.suite.intervals import mean_of, median_of
from hobnail_trainer.suite.listening import Listening, seed_of
from hobnail_trainer.suite.model import Seams
from hobnail_trainer.suite.player import Ask, Player
from hobnail_trainer.suite.sets import CODEC, MODEL, NEAREST, RECORDING

LASTING: Final[frozenset[Category]] = frozenset({"ambience", "water", "fire", "wind", "machine", "vehicle"})
SPARE: Final = ("rain falling on the ground", "fire crackling", "wind blowing", "an engine running")
SECONDS: Final = 6
NEAR: Final = 8
AROUND: Final = 512
RARE: Final = 1e-3
FIRST_FRAMES: Final = RATE_HZ // 10
SHARP_MS: Final = 15.0


def measure_seams(
    hearing: Hearing,
    player: Player,
    *,
    voices: int,
    drift_voices: int,
    drift_s: float,
    seed: int,
    tell: Callable[[str], None],
) -> Seams:
    """Sustained voices of held-out prompts that last."""
    prompts = lasting_prompts(hearing.listening, max(voices, drift_voices))
    joins: list[float] = []
    elsewhere: list[float] = []
    for number, prompt in enumerate(prompts[:voices]):
        tell(f"seams: joins of {prompt!r}")
        ask = Ask(prompt, seed_of(f"seam {number}", seed), "ambience")
        at_joins, away = clicks(player.sustained(ask, SECONDS * RATE_HZ), seed=number)
        joins += at_joins
        elsewhere += away
    level, bright, apart, curves = [], [], [], []
    for number, prompt in enumerate(prompts[:drift_voices]):
        tell(f"seams: a minute of {prompt!r}")
        sound = player.sustained(Ask(prompt, seed_of(f"drift {number}", seed), "ambience"), round(drift_s * RATE_HZ))
        seconds = levels_db(sound)
        minutes = (np.arange(len(seconds)) + 0.5) / 60.0
        level.append(float(np.polyfit(minutes, seconds, 1)[0]))
        bright.append(float(np.polyfit(minutes, _brightness(sound), 1)[0]))
        apart.append(sixths_apart(sound))
        curves.append([round(float(each), 2) for each in seconds])
    return Seams(
        voices=voices,
        joins=len(joins),
        clicks_at_joins=mean_of(joins),
        clicks_elsewhere=mean_of(elsewhere),
        drift_s=drift_s,
        level_db_per_min=level,
        brightness_octaves_per_min=bright,
        apart=apart,
        curves=curves,
        rise_ms=_rises(hearing),
    )


def lasting_prompts(listening: Listening, count: int) -> list[str]:
    """Captions of held-out clips that go on, and some more where there are too few."""
    found = [each.clip.captions.exact for each in listening.clips if each.clip.category in LASTING]
    chosen = list(dict.fromkeys([*found, *SPARE]))
    return [chosen[number % len(chosen)] for number in range(count)]


def clicks(samples: Samples, *, every: int = STEP_FRAMES, seed: int = 0) -> tuple[list[float], list[float]]:
    """(1 where a join clicks, else 0; the same of as many places that are none)."""
    third = np.abs(np.diff(samples.astype(np.float64), n=3, prepend=samples[:1].repeat(3)))
    joins = np.arange(every, samples.size - AROUND, every)
    joins = joins[joins > AROUND]
    chance = np.random.default_rng(seed)
    offsets = chance.integers(AROUND // 4, every - AROUND // 4, 2 * joins.size)
    places = np.tile(joins, 2)[: offsets.size] - offsets
    places = places[places > AROUND]
    tame, asked = places[::2], places[1::2]
    limit = float(np.quantile([_step(third, place) for place in tame.tolist()], 1.0 - RARE)) if tame.size else np.inf
    return (
        [float(_step(third, place) > 1.25 * limit) for place in joins.tolist()],
        [float(_step(third, place) > 1.25 * limit) for place in asked.tolist()],
    )


def levels_db(samples: Samples) -> np.ndarray:
    """Of each whole second."""
    parts = samples[: samples.size // RATE_HZ * RATE_HZ].reshape(-1, RATE_HZ)
    return np.asarray(10.0 * np.log10(np.square(parts, dtype=np.float64).mean(axis=1) + 1e-12))


def _brightness(samples: Samples) -> np.ndarray:
    parts = samples[: samples.size // RATE_HZ * RATE_HZ].reshape(-1, RATE_HZ)
    hz = np.fft.rfftfreq(RATE_HZ, 1.0 / RATE_HZ)
    powers = np.abs(np.fft.rfft(parts)) ** 2
    return np.asarray(np.log2(np.maximum(powers @ hz / np.maximum(powers.sum(axis=1), 1e-12), 1.0)))


def sixths_apart(samples: Samples) -> float:
    """How far the spectrum of the first sixth lies from that of the last, over how far neighbouring sixths lie."""
    sixths = [log_spectrum(part) for part in np.array_split(samples, 6)]
    neighbours = np.mean([np.abs(a - b).mean() for a, b in pairwise(sixths)])
    return float(np.abs(sixths[0] - sixths[-1]).mean() / max(float(neighbours), 1e-6))


def _step(third: np.ndarray, place: int) -> float:
    around = third[place - AROUND : place + AROUND]
    return float(third[place - NEAR : place + NEAR].max() / max(np.sqrt(np.square(around).mean()), 1e-9))


def _rises(hearing: Hearing) -> dict[str, Interval]:
    """Of clips whose recording begins sharply within 100 ms."""
    first = [attack_of(samples[:FIRST_FRAMES]) for samples in hearing.sets[RECORDING].windows]
    sharp = [place for place, found in enumerate(first) if found is not None and found.rise_ms <= SHARP_MS]
    out: dict[str, Interval] = {}
    for name in (RECORDING, CODEC, MODEL, NEAREST):
        part = hearing.sets[name].only(sharp)
        found = [attack_of(samples[:FIRST_FRAMES]) for samples in part.windows]
        out[name] = median_of([each.rise_ms if each else float("nan") for each in found], _names(hearing, part.places))
    return out


def _names(hearing: Hearing, places: Sequence[int]) -> list[str]:
    return hearing.families(places)
