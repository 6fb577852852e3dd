"""How late a session is, and why: the parts that clients are told, and when a change is worth telling."""

from __future__ import annotations

from typing import Final

from hobnail.audio import RATE_HZ, Latency, seconds_to_frames
from hobnail.config import SessionConfig
from hobnail.contracts import EngineSpec, PacingSink
from hobnail.metrics import Metrics

WORTH_TELLING: Final = 64
"""Frames by which a measured part must have moved; below lies what nobody hears and every run differs by."""


def latency_now(config: SessionConfig, spec: EngineSpec, metrics: Metrics, device_frames: int) -> Latency:
    """The latency of an event for the default engine, by cause.

    In fixed mode an event sounds ``fixed_latency_ms`` after it came: way and model lie within that time, so the buffer
    is what they leave of it. Device frames come on top in both modes.
    """
    transport = _frames(metrics.transport_ms)
    model = spec.model_latency_frames + _frames(metrics.opening_ms)
    if config.latency_mode == "fixed":
        buffer = max(0, fixed_latency_frames(config) - transport - model)
    else:
        buffer = config.block_frames
    return Latency(buffer_frames=buffer, model_frames=model, transport_frames=transport, device_frames=device_frames)


def fixed_latency_frames(config: SessionConfig) -> int:
    """The delay of every event in fixed-latency mode."""
    return seconds_to_frames(config.fixed_latency_ms / 1000.0)


def device_frames_of(sink: PacingSink | None) -> int:
    """What a sound card adds: frames kept ready for it, and what its driver says that it keeps (``driver_frames``)."""
    if sink is None:
        return 0
    return sink.lead_frames + int(getattr(sink, "driver_frames", 0))


def worth_telling(told: Latency, now: Latency) -> bool:
    """Whether clients should hear of a change."""
    exact = told.device_frames != now.device_frames
    measured = max(
        abs(told.buffer_frames - now.buffer_frames),
        abs(told.model_frames - now.model_frames),
        abs(told.transport_frames - now.transport_frames),
    )
    return exact or measured >= WORTH_TELLING


def _frames(ms: float) -> int:
    return round(ms * RATE_HZ / 1000.0)
