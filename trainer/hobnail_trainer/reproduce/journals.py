"""What runs wrote down while they learned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from statistics import fmean

import msgspec


def last_figure(run: Path, name: str) -> float:
    """The last value of a figure in a run's journal; NaN where there is none."""
    rows = [msgspec.json.decode(line) for line in (run / "steps.jsonl").read_bytes().splitlines()]
    return float(next((row[name] for row in reversed(rows) if name in row), float("nan")))


def gates_note(runs: Iterable[Path]) -> str:
    """How far gates were open when runs ended, in words."""
    mean = fmean(last_figure(run, "gate") for run in runs)
    return (
        f"Gates of gca_g1 begin at 4.7 % and stood at {100.0 * mean:.1f} % in the mean when these runs ended. While "
        "they hardly open, what gating is good for cannot show, and a rival that lets everything in learns sooner."
    )
