"""In which numbers networks are multiplied: fp32, or bfloat16 under autocast where that is faster.

Weights, their average, the optimiser and the loss are float32 in both. A processor with AVX-512 BF16 or AMX multiplies
bfloat16 some four times as fast as float32; one without, forty times slower. So it is tried out, not assumed.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from functools import cache
from typing import Final, Literal

import torch

Precision = Literal["bf16", "fp32", "measured"]
"""The last: whichever is faster on this machine."""

SHAPE: Final = (512, 256, 1024)  #: of the product that is tried: hops of some blocks, a width, an MLP's
REPEATS: Final = 3


def in_bf16(precision: Precision) -> bool:
    """Whether to multiply in bfloat16; ``measured`` tries it out, once a process."""
    return _bf16_is_faster() if precision == "measured" else precision == "bf16"


def arithmetic(precision: Precision, device: str = "cpu") -> AbstractContextManager[object]:
    """What a network runs in."""
    return torch.autocast(device, torch.bfloat16, enabled=in_bf16(precision))


@cache
def _bf16_is_faster() -> bool:
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return _seconds(torch.bfloat16) < 0.9 * _seconds(torch.float32)


def _seconds(dtype: torch.dtype) -> float:
    """The processor's time for a product, the best of a few. Draws nothing from torch's generator."""
    rows, inner, columns = SHAPE
    left, right = torch.ones(rows, inner, dtype=dtype), torch.ones(inner, columns, dtype=dtype)
    times = []
    for _ in range(1 + REPEATS):
        began = time.process_time()
        left @ right
        times.append(time.process_time() - began)
    return min(times)
