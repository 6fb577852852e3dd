"""Telemetry exporters: where metrics snapshots go."""

from hobnail.telemetry.jsonl import JsonLinesConfig, JsonLinesExporter

__all__ = ["JsonLinesConfig", "JsonLinesExporter"]
