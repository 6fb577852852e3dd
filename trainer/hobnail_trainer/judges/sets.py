"""Sets of sounds as sets of points, with a store so that no sound is embedded twice.

The store holds one small file for each judge and sound, named by the SHA-256 of the samples; it may be removed at any
time. It trusts that a judge of one name has one set of weights, which the sums in :mod:`.weights` see to.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np

from hobnail_trainer.errors import JudgeError
from hobnail_trainer.judges.model import Embedding, Judge, Samples


def embed_set(judge: Judge, sounds: Iterable[Samples], *, store: Path | None = None) -> Embedding:
    """Sounds, mono 48 kHz, as float32 [sounds, dimensions], in their order. ``store``: a folder. Raises JudgeError."""
    if store is None:
        return judge.embed_many(sounds)
    rows = [_stored(judge, samples, store) for samples in sounds]
    return np.stack(rows) if rows else np.zeros((0, judge.dimensions), np.float32)


def _stored(judge: Judge, samples: Samples, store: Path) -> Embedding:
    digest = hashlib.sha256(np.ascontiguousarray(samples, dtype="<f4").tobytes()).hexdigest()
    path = store / judge.name / digest[:2] / f"{digest}.npy"
    with suppress(OSError, ValueError, EOFError):  # not there, or not readable: it is made again
        found = np.load(path, allow_pickle=False)
        if found.shape == (judge.dimensions,) and found.dtype == np.float32:
            return np.asarray(found)
    row = judge.embed(samples)
    file = io.BytesIO()
    np.save(file, row)
    partial = path.with_suffix(f".{os.getpid()}.part")  # two programs may share a store
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(file.getvalue())
        partial.replace(path)
    except OSError as error:
        raise JudgeError(f"{path}: cannot be written: {error.strerror}.", cure="Choose another store.") from error
    return row
