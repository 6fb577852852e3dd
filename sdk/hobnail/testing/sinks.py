"""A sink that collects, and the rules of a sink."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Float32, Sink
from hobnail.errors import SinkError
from hobnail.testing.rules import Rules


class FakeSink:
    """Collects what it is given. ``fail_after``: blocks after which ``write`` raises a SinkError."""

    def __init__(self, *, fail_after: int | None = None) -> None:
        self._blocks: list[Float32] = []
        self._channels = 2
        self._fail_after = fail_after
        self.is_open = False

    @property
    def sound(self) -> Float32:
        """Everything so far, float32 [frames, channels]."""
        return np.concatenate([np.zeros((0, self._channels), np.float32), *self._blocks])

    def open(self, rate_hz: int, channels: int) -> None:
        """[control] Begin."""
        self._channels = channels
        self.is_open = True

    def write(self, block: Float32) -> None:
        """[io] Keep a copy of float32 [frames, channels]."""
        if self._fail_after is not None and len(self._blocks) >= self._fail_after:
            raise SinkError("The fake sink was told to fail.", cure="Leave fail_after out.")
        self._blocks.append(block.copy())

    def close(self) -> None:
        """[control] End; what was collected stays."""
        self.is_open = False


def check_sink(make: Callable[[], Sink]) -> None:
    """Raise :class:`ConformanceError` at the first rule that a sink breaks; ``make`` gives a new, closed one."""
    sink = make()
    rules = Rules(type(sink).__name__)
    rules.require(isinstance(sink, Sink), "contract", "open, write or close is missing.", cure="See docs/hooks.md.")
    _must(rules, "close before open", sink.close, cure="Let close() do nothing when there is nothing to close.")
    _check_takes(make(), rules)


def _check_takes(sink: Sink, rules: Rules) -> None:
    sink.open(RATE_HZ, 2)
    time_s = np.arange(4096) / RATE_HZ
    sound = (0.1 * np.sin(2.0 * np.pi * 440.0 * np.stack([time_s, time_s], axis=1))).astype(np.float32)
    before = sound.copy()
    start = 0
    for frames in (0, 1, 63, 64, 65, 512, 1024):
        block = sound[start : start + frames]
        cure = "Take float32 [frames, channels] of any length, none included."
        _must(rules, "any block size", partial(sink.write, block), cure=cure)
        start += frames
    rules.require(
        np.array_equal(sound, before), "inputs stay", "write() changed the block.", cure="Copy it before you change it."
    )
    _must(rules, "close", sink.close, cure="Finish what was written.")
    _must(rules, "close twice", sink.close, cure="Let the second close() do nothing.")


def _must(rules: Rules, rule: str, call: Callable[[], None], *, cure: str) -> None:
    try:
        call()
    except Exception as error:  # whatever it raises is the finding
        rules.require(False, rule, f"it raised {type(error).__name__}: {error}.", cure=cure)
