"""A judge's frames beside the teachers, for information. This is no teacher: it has no licence to teach and no digest,
no store takes it, and :func:`hobnail_trainer.teachers.open_teacher` does not know it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hobnail_trainer.judges import Yamnet
from hobnail_trainer.teachers.contract import Features, Samples


class JudgesFrames:
    """YAMNet's last feature map, one frame in 80 ms. [any thread, one at a time]"""

    name: Final = "yamnet"
    dims: Final = Yamnet.dimensions
    rate_hz: Final = Yamnet.frames_hz
    centre_s: Final = 0.5 / Yamnet.frames_hz

    def __init__(self, judge: Yamnet) -> None:
        self._judge = judge

    @classmethod
    def load(cls, folder: Path) -> JudgesFrames:
        """With the weights in ``folder``. Raises JudgeError."""
        return cls(Yamnet.load(folder))

    def frames(self, samples: Samples) -> Features:
        """float32 [frames, 1024]. Raises JudgeError."""
        return self._judge.frames(samples)
