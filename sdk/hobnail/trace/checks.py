"""What a line of a trace must keep to beyond its types: known emitters, rising times, numbers that make sense."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from hobnail.audio import RATE_HZ
from hobnail.scene import SCENE_FEATURES, Contact, EmitterSettings
from hobnail.trace.model import (
    FORMAT,
    VERSION,
    TraceControl,
    TraceEvent,
    TraceFrame,
    TraceHeader,
    TraceItem,
    TraceListener,
)


def header_problem(header: TraceHeader) -> str:
    """Why the header cannot be used; empty when it can."""
    for name, expected in (("format", FORMAT), ("version", VERSION), ("rate_hz", RATE_HZ)):
        if (found := getattr(header, name)) != expected:
            return f"$.{name} is {found!r}, expected {expected!r}"
    if not 0.0 < header.tick_hz <= RATE_HZ:
        return f"$.tick_hz is {header.tick_hz}, expected more than 0 and at most {RATE_HZ}"
    if header.duration_frames <= 0:
        return f"$.duration_frames is {header.duration_frames}, expected more than 0"
    unknown = [column for column in header.columns if column not in SCENE_FEATURES]
    if unknown:
        return f"$.columns has {unknown[0]!r}, expected some of {', '.join(SCENE_FEATURES)}"
    if len(set(header.columns)) != len(header.columns):
        return "$.columns names a column twice"
    return ""


def settings_problem(settings: EmitterSettings) -> str:
    """Why an emitter cannot be created like this; empty when it can."""
    for name in ("mass_kg", "size_m"):
        value = getattr(settings, name)
        if value is not msgspec.UNSET and not value > 0.0:
            return f"$.settings.{name} is {value}, expected more than 0"
    if settings.controls is not msgspec.UNSET:
        return next(_control_problems(settings.controls, "$.settings.controls"), "")
    return ""


class ItemChecks:
    """Checks items one after another, since an item is judged by what came before it. [one thread]"""

    def __init__(self, header: TraceHeader, emitters: frozenset[str]) -> None:
        self._header = header
        self._emitters = emitters
        self._last_at = 0
        self._running: set[tuple[str, str]] = set()

    def problem(self, item: TraceItem) -> str:
        """Why the item cannot be played; empty when it can."""
        if not 0 <= item.at <= self._header.duration_frames:
            return f"$.at is {item.at}, expected 0..{self._header.duration_frames}, the scene's duration"
        if item.at < self._last_at:
            return f"$.at is {item.at}, before the item above it at {self._last_at}; items are in order of time"
        self._last_at = item.at
        match item:
            case TraceEvent():
                return self._event_problem(item)
            case TraceFrame():
                return self._frame_problem(item)
            case TraceControl():
                return self._unknown(item.emitter) or next(_control_problems({item.control: item.value}, "$"), "")
            case TraceListener():
                return "" if any(item.pose.forward) and any(item.pose.up) else "$.pose has a direction of no length"

    def unfinished(self) -> tuple[str, str] | None:
        """A sustained event (emitter, name) that was started and never stopped, if any."""
        return min(self._running, default=None)

    def _unknown(self, emitter: str) -> str:
        return "" if emitter in self._emitters else f"emitter {emitter!r} is not among the trace's emitters"

    def _event_problem(self, event: TraceEvent) -> str:
        key = (event.emitter, event.name)
        if event.action == "start":
            if key in self._running:
                return f"{event.name!r} of {event.emitter!r} is started twice without a stop between"
            self._running.add(key)
        if event.action == "stop":
            if key not in self._running:
                return f"{event.name!r} of {event.emitter!r} is stopped but was not started"
            self._running.remove(key)
        return (
            self._unknown(event.emitter)
            or contact_problem(event.contact)
            or next(_control_problems(event.controls, "$.controls"), "")
        )

    def _frame_problem(self, frame: TraceFrame) -> str:
        wanted = len(self._header.columns)
        for emitter, row in frame.rows.items():
            if len(row) != wanted:
                return f"$.rows.{emitter} has {len(row)} numbers, expected {wanted}, one per column of the header"
            if unknown := self._unknown(emitter):
                return unknown
        return ""


def contact_problem(contact: Contact) -> str:
    """Why a contact makes no sense; empty when it does."""
    for name in ("speed_m_s", "slip_m_s", "impulse_n_s"):
        value = getattr(contact, name)
        if value is not None and not (math.isfinite(value) and value >= 0.0):
            return f"$.contact.{name} is {value}, expected 0 or more"
    for name in ("mass_kg", "size_m"):
        value = getattr(contact, name)
        if value is not None and not (math.isfinite(value) and value > 0.0):
            return f"$.contact.{name} is {value}, expected more than 0"
    if contact.intensity is not None and not 0.0 <= contact.intensity <= 1.0:
        return f"$.contact.intensity is {contact.intensity}, expected 0..1"
    return ""


def _control_problems(controls: dict[str, float], path: str) -> Iterator[str]:
    for control, value in controls.items():
        if not 0.0 <= value <= 1.0:
            yield f"{path}: control {control!r} is {value}, expected 0..1"
