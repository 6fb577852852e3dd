"""What fuzz targets share: a plain random mutator, the command line, and libFuzzer's guidance through atheris."""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

CRASHES = Path(__file__).parent / "crashes"
CORPUS = Path(__file__).resolve().parents[2] / "build/fuzz"


@dataclass(frozen=True)
class Target:
    """What is tried, and with what."""

    name: str
    one_input: Callable[[bytes], None]  #: raises when the input does harm
    seeds: Callable[[], list[bytes]]
    pieces: Sequence[bytes]  #: that do harm to other decoders
    finish: Callable[[bytes, random.Random], bytes] = lambda data, _rng: data  #: the last touch


def mutated(data: bytes, corpus: list[bytes], pieces: Sequence[bytes], rng: random.Random) -> bytes:
    """A few random edits: bytes flipped, cut, repeated, spliced from another input."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(6):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                out[at : at + rng.randint(1, 8)] = b""
            case 2:
                out[at:at] = rng.randbytes(rng.randint(1, 8))
            case 3:
                out[at:at] = rng.choice(pieces)
            case 4:
                other = rng.choice(corpus)
                start = rng.randrange(len(other) + 1)
                out[at:at] = other[start : start + rng.randint(1, 32)]
            case 5:
                out[at : at + 9] = out[at : at + 9] * 2
    return bytes(out)


def run(target: Target, seconds: float, seed: int) -> int:
    """Mutate until the time is up; the number of inputs tried. Raises what the target raises."""
    corpus, rng = target.seeds(), random.Random(seed)
    deadline, tried = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        data = target.finish(mutated(rng.choice(corpus), corpus, target.pieces, rng), rng)
        try:
            target.one_input(data)
        except BaseException:
            CRASHES.mkdir(exist_ok=True)
            (CRASHES / f"{target.name}-{seed}-{tried}.bin").write_bytes(data)
            raise
        tried += 1
    return tried


def main(target: Target, help: str) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=help, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true", help="coverage-guided, needs the package atheris")
    arguments, rest = parser.parse_known_args()
    if not arguments.atheris:
        print(f"{run(target, arguments.seconds, arguments.seed)} inputs, no failure")
        return
    try:
        import atheris
    except ImportError:
        parser.error(
            "--atheris needs the package: pip install atheris (Linux, macOS). Without it, leave --atheris out."
        )

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], str(planted(target)), *rest], target.one_input)
    atheris.Fuzz()


def planted(target: Target) -> Path:
    """A folder with the target's seeds, where libFuzzer keeps what it finds; a later run goes on from there."""
    folder = CORPUS / target.name
    folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    return folder
