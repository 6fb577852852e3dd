"""Telemetry exporters: where metrics snapshots go."""

from hobnail.telemetry.jsonl import JsonLinesConfig, JsonLinesExporter
from hobnail.telemetry.prometheus import PrometheusConfig, PrometheusExporter

__all__ = ["JsonLinesConfig", "JsonLinesExporter", "PrometheusConfig", "PrometheusExporter"]
