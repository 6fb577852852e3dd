"""Fuzz target of the OSC door: whatever the bytes, an answer or MessageError, soon, and of bounded size.

``python tests/fuzz/fuzz_osc.py --seconds 60`` mutates good and bad packets with a plain random mutator. With
``pip install atheris`` (Linux, macOS) ``python tests/fuzz/fuzz_osc.py --atheris`` runs the same target under libFuzzer,
guided by coverage. A failing input is written to the folder ``crashes`` beside this file.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from contextlib import suppress
from pathlib import Path

from hobnail.bench.osc_flood import packets
from hobnail.errors import MessageError
from hobnail_bridges.osc.decode import MAX_MESSAGES, decode
from hobnail_bridges.osc.encode import encode_bundle, encode_message
from hobnail_bridges.osc.framing import LengthPrefix, Slip
from hobnail_bridges.osc.matching import is_pattern, matches, parts_of
from hobnail_bridges.osc.packets import messages_of
from hobnail_bridges.osc.query.websocket import Reader, frame

HERE = Path(__file__).parent
SLOW_S = 1.0  # of the processor; a packet of this size takes microseconds
PIECES = (
    b"#bundle\0",
    b"\0\0\0\x10",
    b"\xff\xff\xff\xfc",
    b",ifsbhdtTFNIcrmS\0",
    b"*",
    b"{a,b}",
    b"[!a]",
    b"\xc0",
    b"\xdb",
)


def one_input(data: bytes) -> None:
    """The target."""
    started = time.process_time()
    told, refused = [], None
    try:
        told = list(messages_of(decode(data)))
    except MessageError as error:
        refused = error
    assert refused is None or refused.cure, "a refusal without a cure"
    assert refused is None or len(refused.problem) < 1000, "a refusal as long as the packet"
    assert len(told) <= MAX_MESSAGES
    for _, message in told[:16]:
        if is_pattern(message.address):
            with suppress(MessageError):
                for part in parts_of(message.address):
                    matches(part, "a" * 64)
        plain = [arg for arg in message.args if isinstance(arg, int | float | str)]
        decode(encode_message(message.address, *plain))
    for reader in (Slip(), LengthPrefix(), Reader()):
        with suppress(MessageError):
            reader.feed(data)
            reader.feed(data)
    assert time.process_time() - started < SLOW_S, "it took too long"


def seeds() -> list[bytes]:
    """Good packets, and those that break other servers."""
    a = encode_message("/hobnail/feet/pitch", 0.5)
    b = encode_message("/hobnail/*/event/[a-z]*", 1, "gravel", 0.25)
    good = [a, b, encode_bundle([a, b]), encode_bundle([a, encode_bundle([b, a], 5), b], 3), frame(2, a)]
    return [*good, Slip().wrap(a) + Slip().wrap(b), LengthPrefix().wrap(a), *packets()]


def mutated(data: bytes, corpus: list[bytes], rng: random.Random) -> bytes:
    """A few random edits: bytes flipped, cut, repeated, spliced; mostly of a length that OSC has."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(5):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                out[at : at + rng.randint(1, 8)] = b""
            case 2:
                out[at:at] = rng.choice(PIECES)
            case 3:
                other = rng.choice(corpus)
                start = rng.randrange(len(other) + 1)
                out[at:at] = other[start : start + rng.randint(1, 32)]
            case 4:
                out[at : at + 8] = out[at : at + 8] * 2
    if rng.random() < 0.8:
        out += b"\0" * (-len(out) % 4)
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
            (crashes / f"osc-{seed}-{tried}.bin").write_bytes(data)
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
