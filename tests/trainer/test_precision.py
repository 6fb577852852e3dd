"""Precision is as told, or what is faster here."""

import time

import torch

from hobnail_trainer.precision import arithmetic, in_bf16


def seconds(dtype):
    left, right = torch.ones(256, 256, dtype=dtype), torch.ones(256, 256, dtype=dtype)
    times = []
    for _ in range(8):
        began = time.process_time()
        left @ right
        times.append(time.process_time() - began)
    return min(times)


def test_precision_is_as_told():
    with arithmetic("bf16"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    with arithmetic("fp32"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_what_is_tried_out_is_not_the_slower_by_far():
    bf16, fp32 = seconds(torch.bfloat16), seconds(torch.float32)
    assert not (in_bf16("measured") and bf16 > 4.0 * fp32)
    assert in_bf16("measured") or fp32 < 4.0 * bf16
