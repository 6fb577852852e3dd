"""What a teacher is: a network that hears the clean sound and gives features over time, for a student to be drawn to.

Teachers are never trained together with a student, and no gradient reaches them. Judges (YAMNet, aiSFX) may never
teach: who learns from a judge is judged well by it whatever comes out. They have no place in this package, and
:func:`hobnail_trainer.teachers.open_teacher` refuses their names.
"""

from __future__ import annotations

from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail_trainer.errors import TeacherError

Samples = NDArray[np.float32]  #: [frames], mono, 48 kHz
Features = NDArray[np.float32]  #: [frames, dims]

HOPS_HZ: Final = RATE_HZ / HOP_FRAMES  #: 93.75
JUDGES: Final = frozenset({"yamnet", "aisfx"})  #: names that may not teach


@runtime_checkable
class Teacher(Protocol):
    """Features over time. [any thread, one at a time]"""

    @property
    def name(self) -> str:
        """Names the teacher in tables and stores: "own"."""

    @property
    def dims(self) -> int:
        """Numbers of a frame."""

    @property
    def rate_hz(self) -> float:
        """Frames in a second."""

    @property
    def centre_s(self) -> float:
        """The moment that the first frame stands for, in seconds; frame i stands for centre_s + i / rate_hz."""

    @property
    def digest(self) -> str:
        """What names its weights, 64 hexadecimal digits: another teacher has another."""

    @property
    def licence(self) -> str:
        """Of its weights, as far as it is known."""

    def frames(self, samples: Samples) -> Features:
        """Features of a sound of any length, at least one frame. Raises TeacherError."""


@runtime_checkable
class ClipTeacher(Protocol):
    """One vector for a whole sound; good for InfoNCE, useless for what happens when. [any thread, one at a time]"""

    @property
    def name(self) -> str:
        """Names the teacher."""

    @property
    def dims(self) -> int:
        """Length of the vector."""

    @property
    def digest(self) -> str:
        """What names its weights."""

    @property
    def licence(self) -> str:
        """Of its weights."""

    def embed(self, samples: Samples) -> NDArray[np.float32]:
        """float32 [dims] of a sound of any length, of length 1. Raises TeacherError."""


def heard(samples: Samples, rate_hz: int = RATE_HZ) -> Samples:
    """What a teacher hears: mono 48 kHz -> mono ``rate_hz``. Raises TeacherError for what is no sound."""
    samples = np.asarray(samples, dtype=np.float32)
    if samples.ndim != 1 or samples.size == 0:
        raise TeacherError(
            f"a teacher was given samples of shape {list(samples.shape)}.", cure="Give mono [frames], not empty."
        )
    if not np.isfinite(samples).all():
        raise TeacherError("a teacher was given samples that are not finite.", cure="Look at what made them.")
    if rate_hz == RATE_HZ:
        return samples
    try:
        import soxr
    except ImportError as error:
        from hobnail.errors import MissingExtraError

        raise MissingExtraError("A teacher", extra="train") from error
    return np.asarray(soxr.resample(samples, RATE_HZ, rate_hz, quality="HQ"), dtype=np.float32)
