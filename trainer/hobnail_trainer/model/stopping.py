"""A clean end: a signal is a wish that is granted when the step is finished."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from accelerate import Accelerator


class Wish:
    """Whether a signal has asked this process to end."""

    def __init__(self) -> None:
        self.asked = False

    def agreed(self, accelerator: Accelerator) -> bool:
        """Whether any process was asked: all of them end after the same step."""
        if accelerator.num_processes == 1:
            return self.asked
        flag = torch.tensor(float(self.asked), device=accelerator.device)
        return bool(accelerator.reduce(flag, "sum") > 0.0)


@contextmanager
def asked_to_end() -> Iterator[Wish]:
    """A wish that comes true with SIGTERM or SIGINT; afterwards signals do what they did before."""
    wish = Wish()

    def note(_number: int, _frame: object) -> None:
        wish.asked = True

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
