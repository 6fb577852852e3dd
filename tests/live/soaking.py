"""A server at full load for as long as one likes, with its memory watched.

``python tests/live/soaking.py --minutes 10``; the package must be installed.

Sustained voices, one-shots, emitters that come and go, frames and controls; ends with 1 when the memory grew.
"""

import argparse
import statistics
import sys
import time
from itertools import count

import numpy as np
import psutil

from hobnail.client import Client
from hobnail.errors import ClientError
from hobnail.launch import ServerProcess
from hobnail.scene import Contact

MIB = 1 << 20
MOST_MIB = 8.0  # of growth that are let pass
FIGURES_S = 1.0
HELD = ("rain", "scrape", "roll", "wind")
STRUCK = ("footstep", "impact", "splash", "cloth")
TICK_S = 1.0 / 50.0


def load(client, number):
    """One tick of a busy scene."""
    held = [f"held-{index}" for index in range(32)]
    if number == 0:
        for index, emitter in enumerate(held):
            client.emitter(emitter, gain_db=-30.0)
            client.event(emitter, HELD[index % len(HELD)], action="start", contact=Contact(material="stone"))
        for index in range(8):
            client.emitter(f"struck-{index}", gain_db=-30.0)
    client.frame(held, np.full((32, 1), 1.0 + number % 3, np.float32), columns=["speed_m_s"])
    client.control("pitch", (number % 100) / 100.0, emitter=held[number % 32])
    client.event(f"struck-{number % 8}", STRUCK[number % 4], contact=Contact(material="wood", speed_m_s=1.0))
    client.emitter(f"passing-{number}")
    if number >= 20:
        client.remove(f"passing-{number - 20}")


def soak(server, seconds, tell=lambda line: None):
    """Load a server for a while; resident MiB of its processes together, once a second.

    Takes made ahead are not counted: their memory has a bound of its own, and fills in the first minutes.
    """
    memory = []
    processes = [psutil.Process(pid) for pid in server.pids]
    with Client(server.control, name="soak") as client, client.telemetry("metrics") as told:
        began, held_up = time.monotonic(), 0
        for number in count():
            now = time.monotonic() - began
            if now > seconds:
                break
            if now >= len(memory) + 1:
                held = sum(process.memory_info().rss for process in processes)
                memory.append((held - takes_bytes(told)) / MIB)
                tell(f"{now:6.0f} s  {memory[-1]:7.1f} MiB")
            try:
                load(client, number)
            except ClientError:  # a server that gets no processor takes nothing for a while
                held_up += 1
            client.poll(0.0)
            time.sleep(max(0.0, began + (number + 1) * TICK_S - time.monotonic()))
        refused = [error.code for error in client.errors] + ["held_up"] * held_up
    return memory, refused


def takes_bytes(told):
    """What takes hold, by the newest snapshot."""
    newest = told.read(FIGURES_S)
    while (later := told.read(0.0)) is not None:
        newest = later
    return 0.0 if newest is None else sum(own.get("takes_bytes", 0.0) for own in newest.engines.values())


def growth(memory):
    """MiB by which the last fifth lies above the middle one: what comes before that is warming up."""
    fifth = max(1, len(memory) // 5)
    return statistics.median(memory[-fifth:]) - statistics.median(memory[2 * fifth : 3 * fifth])


def main():
    """Soak, say how it went, and end with 1 when the memory grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--most", type=float, default=MOST_MIB, help="MiB of growth that are let pass")
    parser.add_argument("serve", nargs="*", help="options for hobnail serve, after --")
    arguments = parser.parse_args()
    with ServerProcess(["--sink", "null", *arguments.serve]) as server:
        memory, refused = soak(server, 60.0 * arguments.minutes, print)
    grown = growth(memory)
    print(f"grown by {grown:.1f} MiB, {len(refused)} refusals: {sorted(set(refused))}")
    sys.exit(1 if grown > arguments.most else 0)


if __name__ == "__main__":
    main()
