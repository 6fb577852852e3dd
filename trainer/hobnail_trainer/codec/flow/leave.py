"""What a trial leaves in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32
from hobnail_trainer.codec.flow.trial import TrialResult
from hobnail_trainer.corpus.files import disk_error, write_whole

SHOWN = 48


def leave(folder: Path, result: TrialResult, made: Sequence[Float32]) -> None:
    """``trial.json``, and ``made.wav`` with the first 48 sounds, one after the other. Raises TrainerError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / "made.wav", np.concatenate([*made[:SHOWN]]), RATE_HZ)
    except (OSError, soundfile.SoundFileError) as error:
        raise disk_error(folder, error) from error
    write_whole(folder / "trial.json", msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
