"""docs/protocol.md says what the schema says."""

import re
import typing
from pathlib import Path

import pytest

from hobnail.errors import ErrorCode
from hobnail.notices import EndReason
from hobnail.protocol import MAX_MESSAGE_BYTES, RANGES, ClientMessage, Message, ServerMessage, encode
from hobnail.protocol.messages import EventMessage
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings

PAGE = (Path(__file__).parent.parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
COMMON = set(Message.__struct_fields__)


def tag(message):
    return message.__struct_config__.tag


def row(word):
    """The table row that begins with a word."""
    found = re.search(rf"^\| (?:`\w+`, )*`{word}`(?:, `\w+`)* \|.*$", PAGE, re.MULTILINE)
    assert found, f"no table row begins with `{word}`"
    return found[0]


@pytest.mark.parametrize("message", typing.get_args(ClientMessage), ids=tag)
def test_each_client_message_has_a_section_with_all_its_fields(message):
    section = PAGE.split(f"### `{tag(message)}`\n")[1].split("\n## ")[0].split("\n### ")[0]
    for field in set(message.__struct_fields__) - COMMON:
        assert f"`{field}`" in section, field


@pytest.mark.parametrize("message", typing.get_args(ServerMessage), ids=tag)
def test_each_server_message_has_a_row_with_all_its_fields(message):
    for field in set(message.__struct_fields__) - COMMON:
        assert f"`{field}`" in row(tag(message)), field


@pytest.mark.parametrize("code", typing.get_args(ErrorCode))
def test_each_error_code_has_a_row_with_a_cure(code):
    cells = [cell.strip() for cell in row(code).strip("|").split("|")]
    assert len(cells) == 3
    assert all(cells)


@pytest.mark.parametrize("field", RANGES)
def test_each_range_is_printed_as_it_is(field):
    table = PAGE.split("Ranges, both ends included")[1].split("\n## ")[0]
    printed = re.search(rf"^\| [^|]*`{field}`[^|]*\| (\S+) \| (\S+) \|$", table, re.MULTILINE)
    assert printed, field
    assert (float(printed[1]), float(printed[2])) == (RANGES[field].low, RANGES[field].high)


@pytest.mark.parametrize(
    "word",
    [
        *COMMON,
        *SCENE_FEATURES,
        *Contact.__struct_fields__,
        *EmitterSettings.__struct_fields__,
        *typing.get_args(EndReason),
    ],
)
def test_each_word_of_the_schema_is_named(word):
    assert f"`{word}`" in PAGE


def test_the_largest_message_is_printed():
    assert f"{MAX_MESSAGE_BYTES:,} bytes" in PAGE


def test_the_bytes_that_are_shown_are_those_of_the_message_that_is_shown():
    event = EventMessage(v=1, emitter="feet", name="footstep", contact=Contact(material="gravel"))
    shown = re.search(r"```text\n(85 a4[0-9a-f\s]+)```", PAGE)
    assert shown
    assert bytes.fromhex(re.sub(r"\s", "", shown[1])) == encode(event)
