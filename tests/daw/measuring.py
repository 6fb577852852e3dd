"""Prints the figures of docs/plugin.md. On a quiet machine: ``.venv/bin/python -m tests.daw.measuring``."""

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import zmq

from hobnail.launch import ServerProcess
from hobnail_native import MessageQueue

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


HOPS, PACKET = 900, bytes(1_024)  # 256 frames of one emitter


def hop_sender(address, name):
    """In a process of its own, as the server is: packets over ZeroMQ, then through shared memory."""
    memory = SharedMemory(name=name)
    queue = MessageQueue(memory.buf, create=False)
    with zmq.Context() as context, context.socket(zmq.PUSH) as near:
        near.connect(address)
        for _ in range(HOPS):
            near.send(time.monotonic_ns().to_bytes(8, "little") + PACKET)
            time.sleep(256 / 48_000)
        for _ in range(HOPS):
            queue.push(time.monotonic_ns().to_bytes(8, "little") + PACKET)
            time.sleep(256 / 48_000)
    queue.close()
    memory.close()


def hop():
    """How long a packet of sound is on its way over ZeroMQ, and through shared memory, from process to process."""

    def age(message):
        return (time.monotonic_ns() - int.from_bytes(message[:8], "little")) / 1e3

    memory = SharedMemory(create=True, size=1 << 16)
    queue = MessageQueue(memory.buf, create=True)
    with zmq.Context() as context, context.socket(zmq.PULL) as far:
        port = far.bind_to_random_port("tcp://127.0.0.1")
        sender = multiprocessing.get_context("spawn").Process(
            target=hop_sender, args=(f"tcp://127.0.0.1:{port}", memory.name)
        )
        sender.start()
        sent = [age(far.recv()) for _ in range(HOPS)]
        shared = []
        while len(shared) < HOPS:  # an audio thread would look once a block; this looks all the time
            if (message := queue.pop()) is not None:
                shared.append(age(message))
        sender.join()
    queue.close()
    memory.close()
    memory.unlink()
    for way, took in (("over ZeroMQ", sent), ("through shared memory", shared)):
        print(f"a packet {way}: p50 {np.median(took):.0f} us, p99 {np.percentile(took, 99):.0f} us")


def scan():
    """What a host does when it looks for plug-ins, without a server."""
    plugin = building.plugin()
    code = (
        "import sys, time, pedalboard, pedalboard._pedalboard, hobnail.dawplugin.trial\n"
        "began = time.monotonic(); assert pedalboard.VST3Plugin.get_plugin_names_for_file(sys.argv[1]);"
        "print(time.monotonic() - began)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(plugin.vst3)], capture_output=True, text=True, check=True)
    command = [str(building.clap_host()), f"path={plugin.clap}", "frames=512"]
    environment = {**os.environ, "HOBNAIL_ADDRESS": "tcp://127.0.0.1:9"}
    clap = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    print(f"scanned: VST3 in pedalboard {float(done.stdout.split()[-1]):.3f} s,", end=" ")
    print(f"CLAP in a host of our own {json.loads(clap.stdout)['scan_s']:.3f} s")


def heard_in_jalv():
    """The live test's own figure: from a note to its sound in jalv under JACK."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "tests/daw/test_jalv.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print("jalv:", next((line for line in done.stdout.splitlines() if "note to sound" in line), done.stdout[-300:]))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ServerProcess(["--sink", "null"]) as server:
            truth(server.control, folder)
            crowd(server.control)
        restart(folder)
    heard_in_jalv()
    hop()
    scan()


if __name__ == "__main__":
    main()
