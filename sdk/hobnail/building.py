"""Builds what a plug-in offers, from validated settings, and checks that it keeps its contract."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hobnail.contracts import (
    Bridge,
    Codec,
    CodecSpec,
    Component,
    ControlSpec,
    Effect,
    Encoder,
    Engine,
    EngineSpec,
    Sink,
    TelemetryExporter,
)
from hobnail.errors import ConfigError, HobnailError, MissingExtraError, PluginError
from hobnail.hooks import PROJECT
from hobnail.packages import extra_that_brings, pip_line
from hobnail.registry import TABLES, Kind, Offer
from hobnail.settings import settings_from

CONTRACTS: Final[Mapping[Kind, type]] = {
    "engines": Engine,
    "components": Component,
    "encoders": Encoder,
    "controls": ControlSpec,
    "bridges": Bridge,
    "sinks": Sink,
    "effects": Effect,
    "telemetry": TelemetryExporter,
}

_TORCH_HALF: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
_PLACES: Final = ("fusion", "weighting", "adapter", "teacher")


def build_offer(offer: Offer, settings: Mapping[str, Any]) -> object:
    """The built part. Raises ConfigError (settings), MissingExtraError or PluginError (everything else)."""
    arguments = _arguments(offer, settings)
    try:
        built = offer.build(*arguments)
        _check(offer, built)
    except HobnailError:
        raise
    except ModuleNotFoundError as error:
        raise _missing_package(offer, error) from error
    except (Exception, SystemExit) as error:  # a stranger's code may raise anything, or try to end us
        raise PluginError(
            f"{TABLES[offer.kind]} {offer.id!r} could not be built: {type(error).__name__}: {error}.",
            plugin=offer.plugin,
            cure=_report_to(offer),
        ) from error
    return built


def _arguments(offer: Offer, settings: Mapping[str, Any]) -> tuple[Any, ...]:
    if offer.config is not None:
        return (settings_from(offer.config, settings, where=offer.table),)
    if settings:
        raise ConfigError(f"{offer.table}: this {TABLES[offer.kind]} takes no settings.", cure="Remove the table.")
    return ()


def _contract(offer: Offer, built: object) -> type:
    """What ``built`` has to be: a component of kind "codec" is a part of another shape."""
    if offer.kind == "components" and getattr(built, "kind", None) == "codec":
        return Codec
    return CONTRACTS[offer.kind]


def _check(offer: Offer, built: object) -> None:
    contract = _contract(offer, built)
    if not isinstance(built, contract):
        lacks = [member for member in _members(contract) if not hasattr(built, member)]
        raise _broken(offer, f"build() gave {type(built).__name__}, which lacks {', '.join(lacks) or 'its type'}")
    if isinstance(built, Engine):
        _check_engine(offer, built.spec)
    if isinstance(built, Codec):
        _check_codec(offer, built.spec)
    elif isinstance(built, Component):
        _check_component(offer, built)
    if isinstance(built, ControlSpec):
        _check_control(offer, built)


def _check_engine(offer: Offer, spec: object) -> None:
    if not isinstance(spec, EngineSpec):
        raise _broken(offer, f"spec is {type(spec).__name__}, expected EngineSpec")
    names = [event.name for event in spec.events]
    if spec.id != offer.id:
        raise _broken(offer, f"spec.id is {spec.id!r}, expected {offer.id!r}, the id that it was registered under")
    if not names or len(set(names)) != len(names):
        raise _broken(offer, f"spec.events are {names}, expected at least one, each name once")
    if any(event.kind not in ("one_shot", "sustained") for event in spec.events):
        raise _broken(offer, "an event's kind is neither 'one_shot' nor 'sustained'")
    if spec.step_frames < 1 or spec.model_latency_frames < 0:
        raise _broken(offer, f"step_frames is {spec.step_frames}, model_latency_frames {spec.model_latency_frames}")


def _check_codec(offer: Offer, spec: object) -> None:
    if not isinstance(spec, CodecSpec):
        raise _broken(offer, f"spec is {type(spec).__name__}, expected CodecSpec")
    if spec.id != offer.id:
        raise _broken(offer, f"spec.id is {spec.id!r}, expected {offer.id!r}, the id that it was registered under")
    if min(spec.rate_hz, spec.hop_frames, spec.dimensions) < 1:
        raise _broken(
            offer, f"rate_hz is {spec.rate_hz}, hop_frames {spec.hop_frames}, dimensions {spec.dimensions}: all from 1"
        )
    if any(frames is not None and frames < 0 for frames in (spec.lookahead_frames, spec.lag_frames)):
        raise _broken(offer, f"lookahead_frames is {spec.lookahead_frames}, lag_frames {spec.lag_frames}: none below 0")


def _check_component(offer: Offer, part: Component) -> None:
    if problem := component_problem(part):
        raise _broken(offer, problem)


def component_problem(part: Component) -> str:
    """What of a component's description breaks the contract; "" when it is sound. Nothing of torch is imported."""
    if part.kind not in _PLACES:
        return f"kind is {part.kind!r}, expected one of {', '.join(_PLACES)}"
    may_lack = part.kind in ("adapter", "teacher") and part.torch_half == ""
    if not may_lack and not (isinstance(part.torch_half, str) and _TORCH_HALF.fullmatch(part.torch_half)):
        return f"torch_half is {part.torch_half!r}, expected 'package.module:Class'"
    if not isinstance(part.settings, msgspec.Struct):
        return f"settings is {type(part.settings).__name__}, expected a msgspec.Struct"
    for name, shapes in (("inputs", part.inputs), ("outputs", part.outputs)):
        if not isinstance(shapes, Mapping):
            return f"{name} is {type(shapes).__name__}, expected a mapping of names to shapes"
        least = 1 if name == "inputs" else -1
        for key, shape in shapes.items():
            if not all(isinstance(size, int) and size >= least and size != 0 for size in shape):
                return f"{name}[{key!r}] has shape {tuple(shape)}, expected whole numbers from 1 (outputs: or -1)"
    return ""


def _check_control(offer: Offer, spec: ControlSpec) -> None:
    if spec.id != offer.id:
        raise _broken(offer, f"its id is {spec.id!r}, expected {offer.id!r}, the id that it was registered under")
    finite = all(math.isfinite(value) for value in (spec.minimum, spec.maximum, spec.default))
    if not finite or not spec.minimum < spec.maximum or not spec.minimum <= spec.default <= spec.maximum:
        raise _broken(
            offer,
            f"minimum {spec.minimum}, default {spec.default}, maximum {spec.maximum}: "
            "expected finite numbers in this order, minimum below maximum",
        )


def _members(contract: type) -> list[str]:
    return sorted(name for name in vars(contract) if not name.startswith("_"))


def _broken(offer: Offer, problem: str) -> PluginError:
    return PluginError(
        f"{TABLES[offer.kind]} {offer.id!r} breaks its contract: {problem}.",
        plugin=offer.plugin,
        cure="hobnail.testing.check_plugin shows its author every rule.",
    )


def _report_to(offer: Offer) -> str:
    return f"Report it to the authors of {offer.distribution or offer.plugin}, or use another {TABLES[offer.kind]}."


def _missing_package(offer: Offer, error: ModuleNotFoundError) -> HobnailError:
    package = (error.name or "").partition(".")[0]
    part = f"{TABLES[offer.kind]} {offer.id!r}"
    if offer.distribution == PROJECT and (extra := extra_that_brings(PROJECT, package)):
        return MissingExtraError(f"The {part}", extra=extra)
    return PluginError(
        f"{part} needs the package {package!r}, which is not installed.",
        plugin=offer.plugin,
        cure=pip_line(offer.distribution, error.name or ""),
    )
