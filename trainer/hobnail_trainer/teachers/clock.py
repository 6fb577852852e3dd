"""From a teacher's clock to the hops of the latents, 93.75 Hz: hop h is the sound's frames 512 h to 512 h + 511.

A teacher that is faster is averaged over each hop; one that is slower is drawn in straight lines between its frames.
Before its first frame and after its last, a teacher says what it said there.
"""

from __future__ import annotations

import numpy as np

from hobnail.audio import HOP_FRAMES
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import HOPS_HZ, Features, Samples, Teacher


def to_hops(features: Features, hops: int, *, rate_hz: float = HOPS_HZ, centre_s: float | None = None) -> Features:
    """float32 [frames, dims] -> float32 [hops, dims].

    ``rate_hz``: frames in a second; ``centre_s``: the moment that the first stands for, without it half a frame. Each
    hop gets what the teacher said at its middle (slower teachers) or on average during it (faster ones). Raises
    TeacherError.
    """
    features = np.asarray(features, dtype=np.float32)
    if features.ndim != 2 or not len(features) or rate_hz <= 0.0:
        raise TeacherError(
            f"features of shape {list(features.shape)} at {rate_hz} Hz cannot be put on hops.",
            cure="Give [frames, dims] with at least one frame.",
        )
    first_s = 0.5 / rate_hz if centre_s is None else centre_s
    if rate_hz == HOPS_HZ and abs(first_s - 0.5 / HOPS_HZ) < 1e-9:  # its own clock: nothing to be done
        return features[np.minimum(np.arange(hops), len(features) - 1)]
    if rate_hz < HOPS_HZ:
        return _between(features, ((np.arange(hops) + 0.5) / HOPS_HZ - first_s) * rate_hz)
    return _averaged(features, (np.arange(hops + 1) / HOPS_HZ - first_s) * rate_hz + 0.5)


def hop_features(teacher: Teacher, samples: Samples, hops: int | None = None) -> Features:
    """What a teacher says of a sound, float32 [hops, dims]; hops beyond its end are silence that the teacher hears.

    Without ``hops``: as many as the sound fills. Raises TeacherError.
    """
    hops = max(1, -(-len(samples) // HOP_FRAMES)) if hops is None else hops
    whole = np.zeros(hops * HOP_FRAMES, np.float32)
    whole[: len(samples)] = samples[: len(whole)]
    return to_hops(teacher.frames(whole), hops, rate_hz=teacher.rate_hz, centre_s=teacher.centre_s)


def _between(features: Features, places: np.ndarray) -> Features:
    """Straight lines between frames; ``places``: in frames, float64 [hops]."""
    places = np.clip(places, 0.0, len(features) - 1.0)
    before = np.minimum(places.astype(np.int64), max(0, len(features) - 2))
    share = (places - before).astype(np.float32)[:, None]
    after = np.minimum(before + 1, len(features) - 1)
    return np.asarray((1.0 - share) * features[before] + share * features[after], dtype=np.float32)


def _averaged(features: Features, edges: np.ndarray) -> Features:
    """Means between ``edges``, float64 [hops + 1] in frames, where frame i lasts from i to i + 1."""
    sums = np.concatenate([np.zeros((1, features.shape[1])), np.cumsum(features, axis=0, dtype=np.float64)])
    inside = np.clip(edges, 0.0, float(len(features)))
    whole = np.minimum(inside.astype(np.int64), len(features) - 1)
    up_to = sums[whole] + (inside - whole)[:, None] * features[whole]  # the integral from the beginning
    up_to += (
        np.minimum(edges, 0.0)[:, None] * features[0] + np.maximum(edges - len(features), 0.0)[:, None] * features[-1]
    )
    return np.asarray(np.diff(up_to, axis=0) / np.diff(edges)[:, None], dtype=np.float32)
