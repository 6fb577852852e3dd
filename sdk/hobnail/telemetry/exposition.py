"""A snapshot in Prometheus' text format (version 0.0.4). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hobnail.audio import frames_to_ms
from hobnail.histogram import Bins
from hobnail.metrics import Metrics

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_COUNTERS: Final = {
    "events": "Events that opened a voice.",
    "events_late": "Events whose scheduled frame was already past.",
    "refused": "Commands that were refused.",
    "voices_stolen": "Voices that made room for others.",
    "voices_failed": "Voices whose engine failed.",
    "underruns": "Times a voice had no sound ready when it was mixed.",
    "underrun_frames": "Frames of silence that underruns cost.",
    "late_blocks": "Mixer blocks that began more than 5 ms late.",
    "sink_overruns": "Frames that a sink or a tap did not take.",
    "hops_over": "Hops that took longer than their engine's step.",
}
_GAUGES: Final = {
    "frame": "The session clock, in frames of 1/48000 s.",
    "voices": "Voices that sound now.",
    "emitters": "Emitters that exist now.",
    "peak": "Peak of the mix since the last snapshot, 1 is full scale.",
}
_EDGES_MS: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0, 100.0, 200.0, 1000.0)
"""Fixed, so that scrapes of one server and of many can be added up."""


def exposition(metrics: Metrics) -> str:
    """The whole page, every name beginning with ``hobnail_``, times in seconds."""
    return "\n".join((*_lines(metrics), ""))


def _lines(metrics: Metrics) -> Iterator[str]:
    for name, text in _COUNTERS.items():
        yield from _family(f"{name}_total", "counter", text, {"": getattr(metrics, name)})
    for name, text in _GAUGES.items():
        yield from _family(name, "gauge", text, {"": getattr(metrics, name)})
    latency = metrics.latency
    parts = {
        _labels(part=part): frames_to_ms(getattr(latency, f"{part}_frames")) / 1000.0
        for part in ("transport", "model", "buffer", "device")
    }
    yield from _family("latency_seconds", "gauge", "Latency as clients are told it, by cause.", parts)
    yield from _histogram("hop_seconds", "Turns in which an engine made sound.", metrics.hop_bins)
    yield from _histogram("event_latency_seconds", "Border to first audible sample.", metrics.event_latency_bins)
    steps = {_labels(step=step): count for step, count in metrics.overload.items()}
    yield from _family("overload_steps_total", "counter", "Steps of the overload policy that were taken.", steps)
    figures = {
        _labels(engine=engine, figure=name): value
        for engine, named in metrics.engines.items()
        for name, value in named.items()
    }
    yield from _family("engine_figure", "gauge", "What engines tell of themselves.", figures)


def _family(name: str, kind: str, text: str, samples: Mapping[str, float]) -> Iterator[str]:
    if not samples:
        return
    yield f"# HELP hobnail_{name} {text}"
    yield f"# TYPE hobnail_{name} {kind}"
    for labels, value in samples.items():
        yield f"hobnail_{name}{labels} {value:.12g}"


def _histogram(name: str, text: str, bins: Bins) -> Iterator[str]:
    """Bins 10 % wide into fixed ones; the sum is estimated from their upper edges."""
    yield f"# HELP hobnail_{name} {text}"
    yield f"# TYPE hobnail_{name} histogram"
    for edge in _EDGES_MS:
        within = sum(count for upper, count in bins if upper <= edge)
        yield f'hobnail_{name}_bucket{{le="{edge / 1000.0:g}"}} {within}'
    total = sum(count for _, count in bins)
    yield f'hobnail_{name}_bucket{{le="+Inf"}} {total}'
    yield f"hobnail_{name}_sum {sum(upper * count for upper, count in bins) / 1000.0:.9g}"
    yield f"hobnail_{name}_count {total}"


def _labels(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
