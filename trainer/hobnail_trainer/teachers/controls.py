"""Controls: teachers that should not help. What a student gains from one, it does not owe to what it was taught.

``random`` (:func:`hobnail_trainer.teachers.own.teacher.random_teacher`) knows nothing of sounds; ``shuffled`` knows all
that its teacher knows, but not when.
"""

from __future__ import annotations

import hashlib
import zlib

import numpy as np

from hobnail_trainer.teachers.contract import Features, Samples, Teacher


class Shuffled:
    """Any teacher with its frames in disorder: the same frames of the same sound, always in the same wrong order.

    Means and spreads over time, and so all that a clip-level target could hold, stay as they are. [as its teacher]
    """

    def __init__(self, teacher: Teacher, *, seed: int = 1) -> None:
        self._teacher, self._seed = teacher, seed
        self.name, self.licence = f"shuffled {teacher.name}", teacher.licence
        self.dims, self.rate_hz, self.centre_s = teacher.dims, teacher.rate_hz, teacher.centre_s
        self.digest = hashlib.sha256(f"shuffled/{seed}/{teacher.digest}".encode()).hexdigest()

    def frames(self, samples: Samples) -> Features:
        """float32 [frames, dims]. Raises TeacherError."""
        features = self._teacher.frames(samples)
        chance = np.random.default_rng([self._seed, zlib.crc32(np.ascontiguousarray(samples).tobytes())])
        return features[chance.permutation(len(features))]
