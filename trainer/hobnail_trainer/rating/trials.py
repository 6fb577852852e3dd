"""What is played to listeners: a folder with sounds under names that say nothing, and the key in ``trials.json``.

Sounds of all sets have one loudness (the loudest 50 ms, RMS), so that nobody prefers what is louder, and none is longer
than four seconds. A listener hears them in an order of their own, the same whenever they come back.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soundfile

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail_plugins.aht.levels import loudest_db
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import TrainerError

KEY: Final = "trials.json"
LEVEL_DB: Final = -18.0
LEAST: Final = RATE_HZ // 5


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sound."""

    id: str  #: names its file, and says nothing
    set: str  #: what made it: never sent to the page
    caption: str
    clip: str


class Trials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key."""

    about: str
    seed: int
    trials: tuple[Trial, ...]

    def order_for(self, listener: str) -> list[Trial]:
        """All of them, as this listener hears them."""
        chosen = list(self.trials)
        random.Random(f"{self.seed}/{listener}").shuffle(chosen)
        return chosen


def prepare(
    folder: Path, sounds: Mapping[str, Mapping[str, Samples]], captions: Mapping[str, str], *, about: str, seed: int
) -> Trials:
    """Write sounds [set][clip] and the key, the key last. Raises TrainerError, CorpusError."""
    if (folder / KEY).exists():
        raise TrainerError(f"{folder}: holds trials already.", cure="Choose another folder, or remove it.")
    folder.mkdir(parents=True, exist_ok=True)
    trials = []
    for name, made in sounds.items():
        for clip, samples in made.items():
            trial = Trial(id=_blind(seed, name, clip), set=name, caption=captions[clip], clip=clip)
            soundfile.write(folder / f"{trial.id}.wav", levelled(samples), RATE_HZ, subtype="PCM_16")
            trials.append(trial)
    found = Trials(about=about, seed=seed, trials=tuple(sorted(trials, key=lambda trial: trial.id)))
    write_whole(folder / KEY, msgspec.json.format(msgspec.json.encode(found), indent=1))
    return found


def read_trials(folder: Path) -> Trials:
    """The key of a folder. Raises TrainerError."""
    path = folder / KEY
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Trials)
    except (OSError, msgspec.DecodeError) as error:
        raise TrainerError(
            f"{path}: cannot be read: {error}.", cure="Make it: hobnail-train rate make BUNDLE CORPUS --to FOLDER."
        ) from error
    missing: Sequence[str] = [trial.id for trial in found.trials if not (folder / f"{trial.id}.wav").is_file()]
    if missing:
        raise TrainerError(f"{folder}: {missing[0]}.wav is missing.", cure="Make the trials again.")
    return found


def levelled(samples: Samples) -> Samples:
    """At one loudness, its peak at 0.98 or below; silence stays silence."""
    padded = np.pad(samples, (0, max(0, LEAST - samples.size))).astype(np.float32)
    if not padded.any():
        return padded
    peak = float(np.abs(padded).max())
    return padded * np.float32(min(db_to_gain(LEVEL_DB - loudest_db(padded)), 0.98 / peak))


def _blind(seed: int, name: str, clip: str) -> str:
    return hashlib.sha256(f"{seed}/{name}/{clip}".encode()).hexdigest()[:16]
