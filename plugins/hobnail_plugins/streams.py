"""The streams that a block attends to, in the order in which every array has them."""

from __future__ import annotations

from typing import Final

STREAMS: Final = ("text", "vision", "history")
TEXT, VISION, HISTORY = range(3)
