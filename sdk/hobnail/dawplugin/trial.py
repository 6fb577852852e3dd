"""Runs in a child: loads the VST3 in pedalboard, plays a note, and prints what came of it as JSON.

pedalboard is GPL-3 and only here when the extra ``[studio]`` is installed.
"""

from __future__ import annotations

import json
import re
import sys
import time
from importlib import import_module
from typing import Any

import numpy as np

_RATE_HZ = 48_000.0
_NOTE_S = 0.1


def load(path: str) -> Any:  # noqa: ANN401 - pedalboard ships no types
    """The plug-in in pedalboard, without the 2,080 parameters that stand for MIDI controllers."""
    pedalboard, inner = import_module("pedalboard"), import_module("pedalboard._pedalboard")
    inner.PARAMETER_NAME_REGEXES_TO_IGNORE.add(re.compile(r"MIDI Ch\. \d+ CC \d+"))
    return pedalboard.load_plugin(path)


def play(plugin: Any, frames: int = 48_000) -> np.ndarray[Any, np.dtype[np.float32]]:  # noqa: ANN401 - pedalboard's
    """A note after a tenth of a second, rendered offline: float32 [2, frames]."""
    notes = [(bytes([0x90, 72, 100]), _NOTE_S), (bytes([0x80, 72, 0]), 0.3)]
    sound: np.ndarray[Any, np.dtype[np.float32]] = plugin(
        notes, duration=frames / _RATE_HZ, sample_rate=_RATE_HZ, num_channels=2, buffer_size=512
    )
    return sound


def main() -> None:
    """One trial of the plug-in whose path is the argument."""
    began = time.monotonic()
    plugin = load(sys.argv[1])
    loaded_s = time.monotonic() - began
    sound = play(plugin)
    loud = np.flatnonzero(np.abs(sound).max(axis=0) > 1e-6)
    latency = int(plugin.reported_latency_samples)
    said = {
        "loaded_s": round(loaded_s, 3),
        "parameters": sorted(plugin.parameters),
        "latency_frames": latency,
        "peak": float(np.abs(sound).max()),
        "onset_frames": None if not loud.size else int(loud[0]) - round(_NOTE_S * _RATE_HZ) - latency,
        "status": str(getattr(plugin, "status", "")),
    }
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
