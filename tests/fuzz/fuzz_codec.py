"""Fuzz target of the codec: whatever the bytes, decoding gives a message or MessageError, and soon.

``python tests/fuzz/fuzz_codec.py --seconds 60`` mutates the golden vectors with a plain random mutator. With
``pip install atheris`` (Linux, macOS) ``python tests/fuzz/fuzz_codec.py --atheris`` runs the same target under
libFuzzer, guided by coverage. A failing input is written to the folder ``crashes`` beside this file.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hobnail.errors import MessageError
from hobnail.protocol import decode_client, decode_server, encode, request_of
from hobnail.protocol.audio import decode_audio

HERE = Path(__file__).parent
SLOW_S = 2.0  # on a busy machine; a message of this size takes microseconds
INTERESTING = (
    b"\xc0",
    b"\xc1",
    b"\xcb\x7f\xf8" + bytes(6),
    b"\xdf\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\x91" * 64,
)


def refusal(decode: Callable[[Any], object], data: object) -> MessageError | None:
    """The MessageError that decoding raises, or None; anything else is a finding."""
    try:
        decode(data)
    except MessageError as error:
        return error
    return None


def one_input(data: bytes) -> None:
    """The target."""
    started = time.perf_counter()
    for decode in (decode_client, decode_server):
        error = refusal(decode, data)
        if error is None:
            assert decode(encode(decode(data))) is not None
        else:
            assert error.cure, "a refusal without a cure"
            assert len(error.problem) < 1000, "a refusal as long as the message"
    request_of(data)
    refusal(decode_audio, [b"pcm/mix", data, b""])
    assert time.perf_counter() - started < SLOW_S, "decoding took too long"


def seeds() -> list[bytes]:
    """The golden vectors."""
    files = sorted((HERE.parent / "vectors").glob("*.json"))
    return [bytes.fromhex(row["hex"]) for file in files for row in json.loads(file.read_text(encoding="utf-8"))]


def mutated(data: bytes, corpus: list[bytes], rng: random.Random) -> bytes:
    """A few random edits: bytes flipped, cut, repeated, spliced from another message."""
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
                out[at:at] = rng.choice(INTERESTING)
            case 4:
                other = rng.choice(corpus)
                start = rng.randrange(len(other) + 1)
                out[at:at] = other[start : start + rng.randint(1, 32)]
            case 5:
                out[at : at + 9] = out[at : at + 9] * 2
    return bytes(out)


def run(seconds: float, seed: int) -> int:
    """Mutate until the time is up; the number of inputs tried. Raises what the target raises."""
    corpus, rng = seeds(), random.Random(seed)
    deadline, tried = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        data = mutated(rng.choice(corpus), corpus, rng)
        try:
            one_input(data)
        except BaseException:
            crashes = HERE / "crashes"
            crashes.mkdir(exist_ok=True)
            (crashes / f"{seed}-{tried}.bin").write_bytes(data)
            raise
        tried += 1
    return tried


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true", help="coverage-guided, needs the package atheris")
    arguments, rest = parser.parse_known_args()
    if not arguments.atheris:
        print(f"{run(arguments.seconds, arguments.seed)} inputs, no failure")
        return
    import atheris

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *rest], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
