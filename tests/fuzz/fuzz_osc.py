"""Fuzz target of the OSC door: whatever the bytes, an answer or MessageError, soon, and of bounded size.

``python tests/fuzz/fuzz_osc.py --seconds 60`` mutates good and bad packets with a plain random mutator. With
``pip install atheris`` (Linux, macOS) ``python tests/fuzz/fuzz_osc.py --atheris`` runs the same target under libFuzzer,
guided by coverage. A failing input is written to the folder ``crashes`` beside this file.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from pathlib import Path

from driver import Target, main

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


def padded(data: bytes, rng: random.Random) -> bytes:
    """Mostly of a length that OSC has."""
    return data + b"\0" * (-len(data) % 4) if rng.random() < 0.8 else data


TARGET = Target("osc", one_input, seeds, PIECES, padded)

if __name__ == "__main__":
    main(TARGET, __doc__)
