"""Table 5: memory, throughput and latency, measured on this machine and, for ``full``, calculated.

Times are the process's own, not the wall's, so that other work on the machine counts less; one thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.host import Host
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.export.counts import BYTES_TO_TRAIN, counts_of
from hobnail_trainer.model.preset import Preset, read_preset
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.model import Cells, Outcome, Rule
from hobnail_trainer.reproduce.rules import at_most

SECONDS: Final = 8
AVERAGE_BYTES: Final = 4
PASSES: Final = 2
REPEATS: Final = 3
_CHILD: Final = """
import resource, sys, time
from pathlib import Path
from hobnail_trainer.suite.player import Ask, open_player
player = open_player(Path(sys.argv[1]))
frames, took = int(sys.argv[2]), []
for seed in range(int(sys.argv[3])):
    began = time.process_time()
    player.sustained(Ask("rain falling on the ground", seed, "ambience"), frames)
    took.append(time.process_time() - began)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, *took)
"""


def measure_cost(bundle: Path, runs: Path, *, tell: Callable[[str], None]) -> Outcome:
    """A voice of eight seconds by the engine in its own process; steps of runs that are there; full by counting."""
    began = time.monotonic()
    tell("eight seconds by the engine")
    memory_mb, seconds = engine_cost(bundle)
    host = Host.discovered()
    embedded, full = (counts_of(read_preset(name).network, host).parameters for name in ("embedded", "full"))
    rows = [
        ["embedded, INT8, this machine", f"{memory_mb:.0f} MB resident", f"{seconds:.2f} s of one core", "measured"],
        ["full, float32, to train", f"{train_gb(full):.0f} GB without activations", "-", "calculated"],
        [
            "full, bfloat16, to play",
            f"{2 * full / 1e9:.1f} GB of weights",
            f"{work_tflop(full):.1f} TFLOP",
            "calculated",
        ],
        ["embedded, to train", f"{train_gb(embedded):.2f} GB without activations", "-", "calculated"],
    ]
    steps = [
        [run.name, f"{step_s:.3f} s", f"{tokens / step_s:.0f}"]
        for run, step_s, tokens in step_times(runs)
        if step_s > 0.0
    ]
    claimed = [[name, f"{s} s", f"{gb} GB"] for name, (s, gb) in claims.TABLE5.items()]
    fastest = min(s for s, _ in claims.TABLE5.values())
    rule = Rule(
        claim="eight seconds in 0.76 s on an H100; too slow for frame-by-frame use",
        rule="eight seconds of one voice by the shipped model in at most 0.76 s of one core of this machine",
        measured=f"{seconds:.2f} s",
        verdict=at_most(seconds, fastest),
    )
    return Outcome(
        id="table5",
        title="Table 5: memory, throughput and latency",
        scale=f"one thread, {os.cpu_count()} cores, median of {REPEATS}, no GPU",
        rules=[rule],
        tables=[
            Cells(
                title="Claimed (8 s of sound, memory)",
                heads=["card", "claimed latency", "claimed memory"],
                rows=claimed,
            ),
            Cells(title="Measured and calculated", heads=["what", "memory", f"{SECONDS} s of sound", "how"], rows=rows),
            Cells(
                title="Training steps of this reproduction",
                heads=["run", "median step", "hops a second"],
                rows=steps[:12],
            ),
        ],
        notes=[
            f"TFLOP: two for each parameter, hop and pass, {PASSES} passes of {SECONDS} s; attention is not counted.",
            "The paper's H100 and H200 rows are the same; no card was at hand here.",
        ],
        took_s=time.monotonic() - began,
    )


def engine_cost(bundle: Path) -> tuple[float, float]:
    """(MB resident at most, seconds of one core for eight of sound) in a fresh process. Raises TrainerError."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(bundle), str(SECONDS * RATE_HZ), str(REPEATS)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    if done.returncode:
        raise TrainerError(
            f"{bundle}: the engine ended: {done.stderr.strip()[-300:]}", cure="Correct it and try again."
        )
    memory, *took = (float(each) for each in done.stdout.split())
    return memory / 1024.0, median(took)


def train_gb(parameters: int) -> float:
    """Weights, gradients, two moments and the average, float32."""
    return parameters * (BYTES_TO_TRAIN + AVERAGE_BYTES) / 1e9


def work_tflop(parameters: int) -> float:
    """Of eight seconds."""
    hops = SECONDS * RATE_HZ / HOP_FRAMES
    return 2.0 * parameters * hops * PASSES / 1e12


def step_times(runs: Path) -> list[tuple[Path, float, int]]:
    """(run, median step, hops of a batch) of runs with a journal and a record."""
    found = []
    for record in sorted(runs.glob("*/record.json")):
        preset = msgspec.json.decode(record.read_bytes(), type=_Kept).preset
        lines = [msgspec.json.decode(line) for line in (record.parent / "steps.jsonl").read_bytes().splitlines()]
        times = [line["step_s"] for line in lines if "step_s" in line]
        if times:
            found.append((record.parent, float(median(times)), preset.feed.tokens))
    return found


class _Kept(msgspec.Struct):
    preset: Preset
