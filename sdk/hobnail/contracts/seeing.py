"""The contract of engines that look at a film."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts.sound import Engine


@runtime_checkable
class SeeingEngine(Engine, Protocol):
    """An engine whose voices see the pictures of a film: all of it is known before the first of them sounds."""

    def show(self, pictures: NDArray[np.uint8], at_frames: NDArray[np.int64]) -> None:
        """[control] What voices see from now on: uint8 [pictures, height, width, 3], RGB, shown at session frames.

        Called after ``prepare``, offline, while nothing sounds; another film takes the place of the one before.
        """

    def attention(self) -> NDArray[np.float64]:
        """[control] What it attended to, float64 [blocks, 5]: a block's first session frame, its frames, and the
        weights of text, vision and history in it. Of voices of which it is known when they sound, since ``show``.
        """
