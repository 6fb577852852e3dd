"""The codec is bound to the golden vectors, and the vectors to the protocol."""

import json
import subprocess
import sys
import typing
from pathlib import Path

import msgpack
import pytest

from hobnail.errors import MessageError
from hobnail.protocol import ClientMessage, ServerMessage, decode_client, decode_server, encode

ROOT = Path(__file__).parent.parent.parent


def rows(name):
    vectors = json.loads((ROOT / "tests" / "vectors" / name).read_text(encoding="utf-8"))
    return [pytest.param(row, id=row["name"]) for row in vectors]


def said(message):
    """A vector's message with its bytes in place."""
    return {key: bytes.fromhex(value["hex"]) if is_bytes(value) else value for key, value in message.items()}


def is_bytes(value):
    return isinstance(value, dict) and list(value) == ["hex"]


@pytest.mark.parametrize("row", rows("client.json"))
def test_a_client_message_keeps_its_bytes(row):
    data = bytes.fromhex(row["hex"])
    assert encode(decode_client(data)) == data


@pytest.mark.parametrize("row", rows("client.json"))
def test_a_client_that_packs_the_map_itself_is_understood_alike(row):
    assert encode(decode_client(msgpack.packb(said(row["message"])))) == bytes.fromhex(row["hex"])


@pytest.mark.parametrize("row", rows("server.json"))
def test_a_server_message_keeps_its_bytes_and_unpacks_to_its_map(row):
    data = bytes.fromhex(row["hex"])
    assert encode(decode_server(data)) == data
    assert msgpack.unpackb(data) == said(row["message"])


@pytest.mark.parametrize("row", rows("broken.json"))
def test_broken_bytes_get_their_code_and_path(row):
    with pytest.raises(MessageError) as raised:
        decode_client(bytes.fromhex(row["hex"]))
    assert {"code": raised.value.code, "path": raised.value.path} == row["error"]


@pytest.mark.parametrize(
    ("name", "union"), [("client.json", ClientMessage), ("server.json", ServerMessage)], ids=["client", "server"]
)
def test_every_message_type_has_a_vector(name, union):
    types = {row.values[0]["message"]["type"] for row in rows(name)}
    assert types == {struct.__struct_config__.tag for struct in typing.get_args(union)}


def test_the_files_are_what_the_script_writes():
    check = [sys.executable, str(ROOT / "scripts" / "make_vectors.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
