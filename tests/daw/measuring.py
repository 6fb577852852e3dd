"""Prints the figures of docs/plugin.md. On a quiet machine: ``.venv/bin/python -m tests.daw.measuring``."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import zmq

from hobnail.launch import ServerProcess

from . import building

BLOCK = 256
NOTES = [(frame, 36, 100) for frame in range(96_000, 96_000 + 40 * 24_000, 24_000)]
SECONDS = 24.0


def probe(address, **wish):
    notes = [":".join(map(str, note)) for note in wish.pop("notes", NOTES)]
    words = [f"{key}={value}" for key, value in {"block": BLOCK, "seconds": SECONDS, **wish}.items()]
    command = [str(building.probe("plain")), f"address={address}", *words, *(f"note={note}" for note in notes)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def left(path):
    return np.fromfile(path, "<f4").reshape(-1, 2)[:, 0].astype(np.float64)


def late_frames(wanted, sound, frame, reach=2_400):
    """By how much a note came later in ``sound``."""
    needle, hay = wanted[frame : frame + 4_800], sound[frame - reach : frame + reach + 4_800]
    return int(np.argmax(np.correlate(hay, needle, "valid"))) - reach


def truth(address, folder):
    probe(address, way="offline", out=folder / "offline")
    live = probe(address, way="live", out=folder / "live")
    wanted, sound = left(folder / "offline"), left(folder / "live")
    late = [late_frames(wanted, sound, frame + live["latency"]) for frame, _, _ in NOTES]
    first = np.flatnonzero(np.abs(wanted) > 1e-6)[0]
    print(f"reported {live['latency']} frames; offline the first note came at {first - NOTES[0][0]}")
    print(
        f"live, late against that: median {np.median(late):g}, most {max(map(abs, late))}, exact {late.count(0)} of 40"
    )
    print(f"lost {live['lost_ms']:g} ms, allocations {live['allocations']}, slowest block {live['slowest_us']:.0f} us")
    share = {name: 100 * live[f"{name}_s"] / SECONDS for name in ("inside", "others", "audio")}
    print(
        f"of a core: {share['inside'] + share['others']:.2f} %: on the host's audio thread {share['inside']:.2f} %,"
        f" threads of its own {share['others']:.2f} %"
        f" (the host itself, waking and recording: {share['audio'] - share['inside']:.2f} %)"
    )


def crowd(address):
    said = probe(address, way="live", instances=24, seconds=10, notes=NOTES[:10])
    each = 100 * (said["inside_s"] + said["others_s"]) / 10 / 24
    print(
        f"24 instances: the quietest peaks at {said['quietest']:.3f}, lost {said['lost_ms']:g} ms,"
        f" {each:.2f} % of a core each"
    )


def restart(folder):
    ports = []
    for _ in range(3):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            ports.append(listening.getsockname()[1])
    names = ("control", "audio", "telemetry")
    options = [
        "--sink",
        "null",
        *(word for name, port in zip(names, ports, strict=True) for word in (f"--{name}-port", str(port))),
    ]
    notes = [(frame, 36, 100) for frame in range(24_000, 29 * 48_000, 4_800)]
    address = f"tcp://127.0.0.1:{ports[0]}"
    wish = {"way": "live", "seconds": 30, "notes": notes, "out": folder / "killed"}
    host = threading.Thread(target=probe, args=(address,), kwargs=wish)
    with ServerProcess(options) as server:
        began = time.monotonic()
        host.start()
        host.join(8.0)
        for pid in server.pids:
            os.kill(pid, signal.SIGKILL)
    with ServerProcess(options):
        ready_s = time.monotonic() - began
        host.join()
    loud = np.flatnonzero(np.abs(left(folder / "killed")) > 1e-3)
    back_s = loud[int(np.argmax(np.diff(loud))) + 1] / 48_000
    print(f"killed and started again: sound {back_s - ready_s:.2f} s after the server was ready (a note each 0.1 s)")


def hop():
    """How long a packet of sound is on its way over ZeroMQ, and what shared memory would take."""
    from hobnail_native import FrameRing

    context = zmq.Context()
    near, far = context.socket(zmq.PUB), context.socket(zmq.SUB)
    far.connect(f"tcp://127.0.0.1:{near.bind_to_random_port('tcp://127.0.0.1')}")
    far.subscribe(b"pcm")
    time.sleep(0.3)
    took = []

    def listen():
        while len(took) < 900:
            _, sent, _ = far.recv_multipart()
            took.append(time.monotonic_ns() - int.from_bytes(sent, "little"))

    thread = threading.Thread(target=listen)
    thread.start()
    for _ in range(900):
        near.send_multipart([b"pcm", time.monotonic_ns().to_bytes(8, "little"), bytes(1_024)])
        time.sleep(256 / 48_000)
    thread.join()
    context.destroy(linger=0)
    ring, block, copied = FrameRing(1, 4_800), np.zeros((256, 1), np.float32), []
    for _ in range(2_000):
        began = time.monotonic_ns()
        ring.write(block)
        ring.read(256)
        copied.append(time.monotonic_ns() - began)
    print(f"a packet over ZeroMQ: p50 {np.median(took) / 1e3:.0f} us, p99 {np.percentile(took, 99) / 1e3:.0f} us")
    print(f"the same through shared memory: {np.median(copied) / 1e3:.1f} us")


def scan():
    plugin = building.plugin().vst3
    code = (
        "import time, hobnail.dawplugin.trial as t; b = time.monotonic(); import pedalboard, pedalboard._pedalboard;"
        f"c = time.monotonic(); t.load({str(plugin)!r}); print(time.monotonic() - c)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"loaded in pedalboard, its warm-up note included, without a server: {float(done.stdout.split()[-1]):.2f} s")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ServerProcess(["--sink", "null"]) as server:
            truth(server.control, folder)
            crowd(server.control)
        restart(folder)
    hop()
    scan()


if __name__ == "__main__":
    main()
