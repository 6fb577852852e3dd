"""What docs/protocol.md says of the bridge's settings and topics is true."""

import re
from pathlib import Path

import pytest

from hobnail_bridges.zmq.config import Limits, ZmqConfig

PAGE = (Path(__file__).parent.parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("limit", [name for name in Limits.__struct_fields__ if name != "messages_per_round"])
def test_each_limit_is_printed_with_its_default(limit):
    found = re.search(rf"^\| ([^|]*`{limit}`[^|]*) \| ([^|]*) \|", PAGE, re.MULTILINE)
    assert found, limit
    names = [name.strip(" `") for name in found[1].split(",")]
    values = [int(value.replace(",", "")) for value in re.findall(r"\d+(?:,\d{3})*", found[2])]
    assert dict(zip(names, values, strict=True))[limit] == getattr(Limits(), limit)


@pytest.mark.parametrize("option", ["control_port", "audio_port", "telemetry_port"])
def test_each_default_port_is_printed(option):
    assert f":{getattr(ZmqConfig(), option)}`" in PAGE


@pytest.mark.parametrize("topic", ["metrics", "voices", "bridge", "errors"])
def test_each_telemetry_topic_is_described(topic):
    assert re.search(rf"^\| `{topic}` \|", PAGE.split("## Figures")[1], re.MULTILINE)
