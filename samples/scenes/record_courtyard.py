"""Records the courtyard scene: steps over four grounds, a crate on the stairs, a barrel, a door, rain.

Run it from anywhere (needs ``pip install "hobnail[dev]"`` for pymunk); it writes the packaged trace anew:

    python samples/scenes/record_courtyard.py [OUTPUT]
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pymunk
from courtyard import barrel, crate, door, walk, weather
from courtyard.contacts import STEP_HZ
from courtyard.stage import COLUMNS, TICK_HZ, Stage

import hobnail.trace
from hobnail.audio import RATE_HZ, seconds_to_frames
from hobnail.trace import FORMAT, VERSION, Trace, TraceHeader, write_trace

SEED = 20240611
DURATION_S = 34.0
EARS_M = (0.0, 1.65, 1.2)
PACKAGED = Path(hobnail.trace.__file__).parent / "data" / "courtyard.trace"


def record() -> Trace:
    """Run every set piece with its own stream of chance, so that one can change without the others."""
    stage = Stage(DURATION_S)
    door.record(stage)
    walk.record(stage, random.Random(SEED + 1))
    crate.record(stage, random.Random(SEED + 2))
    barrel.record(stage)
    weather.record(stage, random.Random(SEED + 3))
    _follow(stage)
    header = TraceHeader(
        format=FORMAT,
        version=VERSION,
        rate_hz=RATE_HZ,
        tick_hz=float(TICK_HZ),
        duration_frames=seconds_to_frames(DURATION_S),
        title="Courtyard: boots, a crate, a barrel, a door, rain",
        licence="Apache-2.0",
        made_with=f"samples/scenes/record_courtyard.py, pymunk {pymunk.version}, {STEP_HZ} Hz, seed {SEED}",
        columns=COLUMNS,
    )
    return Trace(header=header, emitters=tuple(stage.emitters), items=stage.items())


def _follow(stage: Stage) -> None:
    """The ears drift half as far as the walker, like a film camera, and are told of only when they move."""
    x_m, told_m = 0.5 * walk.walker_x(0.0), None
    for tick in range(round(DURATION_S * TICK_HZ)):
        x_m += (0.5 * walk.walker_x(tick / TICK_HZ) - x_m) * 0.03
        if tick % 3 == 0 and (told_m is None or abs(x_m - told_m) > 0.01):
            told_m = x_m
            stage.listener(tick / TICK_HZ, (x_m, *EARS_M[1:]), (0.0, 0.0, -1.0))


if __name__ == "__main__":
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGED
    trace = record()
    write_trace(trace, output)
    print(f"{output}: {trace.duration_s:.0f} s, {len(trace.events)} events, {output.stat().st_size / 1000:.0f} kB")
