"""The golden bytes of protocol 1, as the clients of other languages say and understand them; and their parts alone."""

import json

import msgspec
import numpy as np
import pytest

from hobnail.contracts import EngineSpec
from hobnail.protocol import decode_client

from .building import REPO

CLIENT, SERVER, BROKEN = (
    json.loads((REPO / f"tests/vectors/{name}.json").read_text(encoding="utf-8"))
    for name in ("client", "server", "broken")
)
FOR_THE_SESSION = set(EngineSpec.__struct_fields__) - {"id", "events", "materials", "controls"}
NOT_SHOWN = {"v", "id", "latency_mode", "help", "steps", "bounce_port"} | FOR_THE_SESSION
"""What an engine's programmer has no use for."""


PURE = pytest.mark.parametrize("built", ["unity", "unreal-asan"], indirect=True)  # no threads to look at


def meaning(hex_bytes):
    """What a client's message means, defaults and all; NaN is NaN, whatever its bits."""
    message = decode_client(bytes.fromhex(hex_bytes))
    fields = msgspec.structs.asdict(message)
    if data := fields.get("data"):
        fields["data"] = np.frombuffer(data, "<f4").astype(str).tolist()
    return type(message).__name__, fields


def expect(said, golden):
    """Everything that the golden message says was understood."""
    if isinstance(golden, dict):
        for key in golden.keys() - NOT_SHOWN:
            expect(said[key], golden[key])
    elif isinstance(golden, list):
        assert len(said) == len(golden)
        for one, other in zip(said, golden, strict=True):
            expect(one, other)
    else:
        assert said == golden


@PURE
def test_it_says_every_message_of_the_protocol_as_the_others_do(probe):
    for row in CLIENT:
        said = probe.ask("pack", row["name"])
        assert "hex" in said, f"the probe does not know {row['name']!r}: add it to its messages"
        assert meaning(said["hex"]) == meaning(row["hex"]), row["name"]


@PURE
def test_it_understands_every_message_of_the_server(probe):
    for row in SERVER:
        expect(probe.ask("unpack", row["hex"])["message"], row["message"])


@PURE
def test_it_takes_no_broken_bytes_for_a_message(probe):
    for row in BROKEN:
        assert probe.ask("unpack", row["hex"]) == {"refused": True}, row["name"]


@PURE
def test_no_mangled_bytes_crash_it(probe):
    count = 3_000 if probe.kind == "unity" else 10_000
    for seed, row in enumerate(SERVER):
        assert probe.ask("mangle", seed, count, row["hex"])["understood"] < count
    header = msgspec.msgpack.encode({"at": 1, "rate": 48_000, "channels": 1, "frames": 2, "format": "f32le"}).hex()
    assert probe.ask("mangle", 1, count, header) == {"understood": 0}


@pytest.mark.timeout(180)
def test_its_parts_keep_their_promises(probe):
    assert probe.ask("units") == {"passed": True}
