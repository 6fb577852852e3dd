"""What the processor draws, where it tells: RAPL counters of Linux's powercap."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

POWERCAP: Final = Path("/sys/class/powercap")


class PowerMeter:
    """Watts of all packages between :meth:`start` and :meth:`watts`; None where nothing can be read."""

    def __init__(self, root: Path = POWERCAP) -> None:
        self._packages = sorted(path for path in root.glob("intel-rapl:*") if path.name.count(":") == 1)
        self._began_s = 0.0
        self._before: dict[Path, int] = {}

    def start(self) -> None:
        """Begin to measure."""
        self._began_s = time.monotonic()
        self._before = {path: joules for path in self._packages if (joules := _number(path / "energy_uj")) is not None}

    def watts(self) -> float | None:
        """Mean power since :meth:`start`."""
        seconds = time.monotonic() - self._began_s
        used_uj = 0
        for path, before in self._before.items():
            now = _number(path / "energy_uj")
            if now is None:
                return None
            wraps_at = _number(path / "max_energy_range_uj") or 0
            used_uj += now - before if now >= before else now - before + wraps_at
        return used_uj / 1e6 / seconds if self._before and seconds > 0 else None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # no counter, or not ours to read
