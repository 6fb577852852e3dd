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

import msgspec
import numpy as np
import zmq

from hobnail.client import Client
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


def truth(address, folder, **wish):
    probe(address, way="offline", out=folder / "offline")
    live = probe(address, way="live", out=folder / "live", **wish)
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


def crowd(address, **wish):
    said = probe(address, way="live", instances=24, seconds=10, notes=NOTES[:10], **wish)
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


def watched(client, ears, seconds):
    """Frames from the newest sound that could be read to the clock, by the way it came, at each look."""
    newest, memory, found = 0, None, {"over ZeroMQ": [], "in shared memory": []}
    begin = time.monotonic()
    while (now := time.monotonic()) < begin + seconds:
        while ears.poll(0):
            _, header, *sound = ears.recv_multipart()
            header = msgspec.msgpack.decode(header)
            if sound:
                newest = header["at"] + header["frames"]
            elif memory is None:
                memory = np.memmap(f"/dev/shm/{header['memory']}", "<i8", "r", shape=(10,))
        if now > begin + 1.0 and newest and memory is not None:
            clock = client.now()
            found["in shared memory"].append(clock - int(memory[9]))  # byte 72: until
            found["over ZeroMQ"].append(clock - newest)
        time.sleep(0.001)
    return found


def behind(address, seconds=10.0):
    """How far the newest sound of an emitter is behind the session's clock, over ZeroMQ and in shared memory at once.

    A loop looks every millisecond, as a host's audio thread does every few.
    """
    with Client(address, name="watch") as client, zmq.Context() as context, context.socket(zmq.SUB) as ears:
        client.emitter("watched", prompt="boots")
        for prefix in (b"pcm/", b"shm/"):
            ears.subscribe(prefix + b"watched")
        ears.connect(f"{address.rsplit(':', 1)[0]}:{client.welcome.audio_port}")
        found = watched(client, ears, seconds)
    for way, frames in found.items():
        ms = np.asarray(frames) / 48.0
        print(
            f"newest sound {way}: p50 {np.median(ms):.2f} ms behind the clock, p99 {np.percentile(ms, 99):.2f},",
            end=" ",
        )
        print(f"p99.9 {np.percentile(ms, 99.9):.2f}, most {ms.max():.2f}")


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
            for share in ("auto", "off"):
                print("--- through shared memory" if share == "auto" else "--- over ZeroMQ")
                truth(server.control, folder, text=f"share:{share}")
                crowd(server.control, text=f"share:{share}")
            behind(server.control)
        restart(folder)
    heard_in_jalv()
    scan()


if __name__ == "__main__":
    main()
