"""Hobnail's own sinks, controls, effects and exporters; they enter by the same door as a stranger's."""

from __future__ import annotations

from hobnail.contracts import ControlSpec
from hobnail.effects import GainConfig, GainEffect, LimiterConfig, LimiterEffect
from hobnail.hooks import Register, hookimpl
from hobnail.sinks import DeviceConfig, GuardedDeviceSink, NullSink, WavConfig, WavSink
from hobnail.telemetry import JsonLinesConfig, JsonLinesExporter, PrometheusConfig, PrometheusExporter

CONTROLS = (
    ControlSpec(
        id="pitch",
        unit="semitones",
        minimum=-12.0,
        maximum=12.0,
        default=0.0,
        help="Lower and larger, or higher and smaller.",
    ),
    ControlSpec(
        id="intensity",
        unit="dB",
        minimum=-18.0,
        maximum=18.0,
        default=0.0,
        help="Gentler or harder, in level and in brightness.",
    ),
    ControlSpec(
        id="texture",
        unit="",
        minimum=-1.0,
        maximum=1.0,
        default=0.0,
        help="Smooth and dull, or rough and grainy.",
    ),
)
"""Every axis is neutral at 0, which is 0.5 normalised."""


@hookimpl
def hobnail_register_controls(register: Register) -> None:
    """Pitch, intensity, texture."""
    for spec in CONTROLS:
        register(spec.id, lambda spec=spec: spec, help=spec.help)


@hookimpl
def hobnail_register_sinks(register: Register) -> None:
    """Nowhere, a file, a sound card."""
    register("null", NullSink, help="Lets the sound go; clients still hear it over the network.")
    register("wav", WavSink, help="Writes a WAV or FLAC file.", config=WavConfig)
    device_help = "Plays through a sound card; needs hobnail[device]."
    register("device", GuardedDeviceSink, help=device_help, config=DeviceConfig)


@hookimpl
def hobnail_register_effects(register: Register) -> None:
    """Gain and a limiter."""
    register("gain", GainEffect, help="Louder or softer.", config=GainConfig)
    register("limiter", LimiterEffect, help="Keeps peaks under a ceiling.", config=LimiterConfig)


@hookimpl
def hobnail_register_telemetry(register: Register) -> None:
    """A file of JSON lines, and a page for Prometheus."""
    register("jsonl", JsonLinesExporter, help="Appends each snapshot to a file.", config=JsonLinesConfig)
    register("prometheus", PrometheusExporter, help="Lets Prometheus scrape this machine.", config=PrometheusConfig)
