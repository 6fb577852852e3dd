"""What a session has of what a map names."""

from __future__ import annotations

from hobnail.contracts import ControlSpec, EngineSpec, SessionInfo


def engine_of(info: SessionInfo, id: str) -> EngineSpec:
    """The engine of an emitter; the session's own when it is not known."""
    wanted = id or info.engine
    known = {engine.id: engine for engine in info.engines}
    return known.get(wanted) or known[info.engine]


def control_of(info: SessionInfo, id: str) -> ControlSpec | None:
    """A control of the session; None when it has none of this id."""
    return next((control for control in info.controls if control.id == id), None)
