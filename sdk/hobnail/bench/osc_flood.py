"""Floods a port with what is no OSC: ``python -m hobnail.bench.osc_flood PORT``. Part of the benchmarks."""

from __future__ import annotations

import argparse
import json
import random
import socket
import struct
import time

BURST_S = 0.001
_A = b"/hobnail/feet/pitch\0,f\0\0"


def packets(seed: int = 0) -> list[bytes]:
    """Packets that break OSC in many ways, among them those that hang or corrupt other servers."""
    rng = random.Random(seed)
    head = b"#bundle\0" + struct.pack(">Q", 1)
    made = [
        head + struct.pack(">i", -4),
        head + struct.pack(">i", 1000) + _A,
        head + struct.pack(">i", 0),
        _A,
        b"/a\0\0,s\0\0\xff\xfe\0\0",
        b"/a\0\0,[[[[[[[\0\0\0\0",
        b"/a\0\0,x\0\0\0\0\0\0",
        (head + struct.pack(">i", 16)) * 12,
    ]
    made += [rng.randbytes(rng.randint(1, 64)) for _ in range(24)]
    return made


def flood(port: int, rate: float, seconds: float) -> int:
    """Send; how many went out."""
    made = packets()
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("127.0.0.1", port))
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < seconds:
            for _ in range(int(elapsed * rate) - sent):
                out.send(made[sent % len(made)])
                sent += 1
            time.sleep(BURST_S)
    return sent


def main() -> None:
    """Flood, then print the count as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, default=50_000.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    print("begins", flush=True)
    print(json.dumps({"sent": flood(arguments.port, arguments.rate, arguments.seconds)}))


if __name__ == "__main__":
    main()
