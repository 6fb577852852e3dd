"""The same network by other means, side by side: asked of the trainer's room, which may know torch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from hobnail.bench.figures import Figure
from hobnail.errors import SessionError

_PROGRAM: Final = "hobnail_trainer.rivals"  # started as a process; nothing here imports it, nor what it needs


def compare(bundle: str, voices: Sequence[int], seconds: float) -> list[Figure]:
    """One pass of a bundle's network: our settings, onnxruntime's, torch, compiled torch; CUDA where there is one.

    ``bundle``: its folder; empty: the one that comes with Hobnail.
    """
    if find_spec("hobnail_trainer") is None:
        return [_not_run("torch and onnxruntime beside each other", "the trainer's package is not installed")]
    command = [sys.executable, "-m", _PROGRAM, *([bundle] if bundle else []), "--seconds", str(seconds)]
    command += ["--voices", ",".join(map(str, voices))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing."]
        raise SessionError(f"The comparison failed: {said[-1]}", cure="Look at the bundle: hobnail-train inspect.")
    return [figure_of(json.loads(line)) for line in done.stdout.splitlines()]


def figure_of(row: dict[str, object]) -> Figure:
    """A line of the comparison as a figure."""
    name = f"one pass, {row['voices']} voices: {row['what']}"
    if row["note"]:
        return _not_run(name, str(row["note"]))
    detail = f"p99 {row['p99_ms']}, {row['cores']} cores busy, n = {row['count']}"
    return Figure(name=name, value=float(str(row["p50_ms"])), unit="ms", detail=detail)


def _not_run(name: str, why: str) -> Figure:
    return Figure(name=name, value=0.0, unit="(not run)", detail=why)
