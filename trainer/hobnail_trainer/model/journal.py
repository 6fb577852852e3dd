"""What a run says while it goes: a line of JSON a step, curves for TensorBoard, progress with an estimate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hobnail_trainer.corpus.files import disk_error

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LINES: Final = "steps.jsonl"
EVERY: Final = 20  #: steps from one line to the next


class Journal:
    """Writes into a run's folder; a context that closes it. [one thread]"""

    def __init__(self, run: Path, *, steps: int, tell: Callable[[str], None]) -> None:
        self._tell, self._steps = tell, steps
        self._sums: dict[str, float] = {}
        self._count, self._since, self._worked = 0, time.monotonic(), time.process_time()
        try:
            run.mkdir(parents=True, exist_ok=True)
            self._file = (run / LINES).open("a", encoding="utf-8")
        except OSError as error:
            raise disk_error(run, error) from error
        self._curves = _curves(run / "tensorboard")

    def step(self, step: int, figures: Mapping[str, float]) -> None:
        """Take a step's figures; every 20th, their means are written and told."""
        for name, value in figures.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1
        if step % EVERY == 0 or step == self._steps:
            now, worked = time.monotonic(), time.process_time()
            means = {name: value / self._count for name, value in self._sums.items()}
            took = {"step_s": (now - self._since) / self._count, "cpu_s": (worked - self._worked) / self._count}
            self.write(step, {**means, **took})
            left = (now - self._since) / self._count * (self._steps - step)
            shown = " ".join(f"{name} {value:.4g}" for name, value in means.items())
            self._tell(f"step {step} of {self._steps}, {shown}, {left / 60.0:.0f} min left")
            self._sums, self._count, self._since, self._worked = {}, 0, now, worked

    def write(self, step: int, figures: Mapping[str, float]) -> None:
        """A line of its own."""
        self._file.write(
            json.dumps({"step": step, **{name: round(value, 6) for name, value in figures.items()}}) + "\n"
        )
        self._file.flush()
        if self._curves is not None:
            for name, value in figures.items():
                self._curves.add_scalar(name, value, step)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Flush and let go."""
        self._file.close()
        if self._curves is not None:
            self._curves.close()


def _curves(folder: Path) -> SummaryWriter | None:
    """TensorBoard's writer where it is installed; the lines of JSON hold the same."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))
