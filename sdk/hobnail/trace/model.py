"""What a trace holds: a header, the emitters, and everything that happened, in order of time.

A trace is JSON Lines: one object a line, told apart by ``is``. The first line is the header, then come the emitters,
then the items. Times are whole frames from the start of the scene; numbers are in canonical units (metres, seconds,
kilograms; right-handed, y up), as in :mod:`hobnail.scene`.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.scene import Contact, EmitterSettings, EventAction, Pose

FORMAT: Final = "hobnail-trace"
VERSION: Final = 1


class TraceHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="header"):
    """What the trace is, how long it runs, and how it was made."""

    format: str
    version: int
    rate_hz: int
    tick_hz: float  #: how often the frame items come
    duration_frames: int
    title: str
    licence: str
    made_with: str  #: the recorder, its physics library and its seed, in words
    columns: tuple[str, ...]  #: what each number of a frame item's rows means


class TraceEmitter(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="emitter"
):
    """A sounding thing of the scene, as the client will create it."""

    id: str
    settings: EmitterSettings


class TraceEvent(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="is",
    tag="event",
):
    """Something happens at an exact frame, between ticks if need be."""

    at: int
    emitter: str
    name: str
    action: EventAction = "trigger"
    contact: Contact = Contact()
    controls: dict[str, float] = {}
    gain_db: float = 0.0
    seed: int | None = None


class TraceFrame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="frame"):
    """The features of the emitters that move, at one tick. ``null`` means unknown."""

    at: int
    rows: dict[str, tuple[float | None, ...]]  #: emitter -> one number per column of the header

    def matrix(self) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """The emitters, and their rows as float32 [emitters, columns] with NaN for unknown."""
        values = [[np.nan if value is None else value for value in row] for row in self.rows.values()]
        return tuple(self.rows), np.array(values, dtype=np.float32)


class TraceControl(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="control"
):
    """One control of one emitter moves, normalised 0..1."""

    at: int
    emitter: str
    control: str
    value: float


class TraceListener(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="listener"
):
    """The ears move."""

    at: int
    pose: Pose


TraceItem = TraceEvent | TraceFrame | TraceControl | TraceListener


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A whole scene. Made by :func:`hobnail.trace.decode_trace`, which has checked it."""

    header: TraceHeader
    emitters: tuple[TraceEmitter, ...]
    items: tuple[TraceItem, ...]

    @property
    def duration_s(self) -> float:
        """How long the scene runs, its tail included."""
        return self.header.duration_frames / RATE_HZ

    @property
    def events(self) -> tuple[TraceEvent, ...]:
        """Only the events, in order of time."""
        return tuple(item for item in self.items if isinstance(item, TraceEvent))
