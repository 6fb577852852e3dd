"""Fuzz target of the codec: whatever the bytes, decoding gives a message or MessageError, and soon.

``python tests/fuzz/fuzz_codec.py --seconds 60`` mutates the golden vectors with a plain random mutator. With
``pip install atheris`` (Linux, macOS) ``python tests/fuzz/fuzz_codec.py --atheris`` runs the same target under
libFuzzer, guided by coverage. A failing input is written to the folder ``crashes`` beside this file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from driver import Target, main

from hobnail.errors import MessageError
from hobnail.protocol import decode_client, decode_server, encode, request_of
from hobnail.protocol.audio import decode_audio

HERE = Path(__file__).parent
SLOW_S = 1.0  # of the processor; a message of this size takes microseconds
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
    started = time.process_time()
    for decode in (decode_client, decode_server):
        error = refusal(decode, data)
        if error is None:
            assert decode(encode(decode(data))) is not None
        else:
            assert error.cure, "a refusal without a cure"
            assert len(error.problem) < 1000, "a refusal as long as the message"
    request_of(data)
    refusal(decode_audio, [b"pcm/mix", data, b""])
    assert time.process_time() - started < SLOW_S, "decoding took too long"


def seeds() -> list[bytes]:
    """The golden vectors."""
    files = sorted((HERE.parent / "vectors").glob("*.json"))
    return [bytes.fromhex(row["hex"]) for file in files for row in json.loads(file.read_text(encoding="utf-8"))]


TARGET = Target("codec", one_input, seeds, INTERESTING)

if __name__ == "__main__":
    main(TARGET, __doc__)
