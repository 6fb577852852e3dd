"""Snapshots go to a file, one line each, and a file that cannot be written says so."""

import msgspec
import pytest

from hobnail import Metrics, SinkError
from hobnail.telemetry import JsonLinesConfig, JsonLinesExporter


def test_each_snapshot_is_one_line_at_once(tmp_path):
    path = tmp_path / "metrics.jsonl"
    exporter = JsonLinesExporter(JsonLinesConfig(path=str(path)))
    for frame in (0, 12_000):
        exporter.export(Metrics(frame=frame, engine="fake"))
    lines = path.read_bytes().splitlines()  # before close(): someone may be watching
    assert [msgspec.json.decode(line, type=Metrics).frame for line in lines] == [0, 12_000]
    exporter.close()


def test_a_second_run_appends(tmp_path):
    for _ in range(2):
        exporter = JsonLinesExporter(JsonLinesConfig(path=str(tmp_path / "m.jsonl")))
        exporter.export(Metrics())
        exporter.close()
    assert len((tmp_path / "m.jsonl").read_bytes().splitlines()) == 2


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(SinkError, match=r"cannot be written.*\[telemetry.jsonl\]"):
        JsonLinesExporter(JsonLinesConfig(path=str(tmp_path / "no" / "m.jsonl"))).export(Metrics())
