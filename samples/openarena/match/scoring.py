"""Writes the heard events down as a trace."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from hobnail.audio import RATE_HZ
from hobnail.scene import EmitterSettings, Vector
from hobnail.trace import (
    FORMAT,
    VERSION,
    Trace,
    TraceEmitter,
    TraceEvent,
    TraceFrame,
    TraceHeader,
    TraceItem,
    TraceListener,
)
from match.hearing import HeardEvent, followed_player, heard_events
from match.log import MatchLog, View
from match.placing import feet_of, place_of, pose_of
from match.vocabulary import KINDS

PICTURES_HZ: Final = 25
FRAME_FRAMES: Final = RATE_HZ // PICTURES_HZ
COLUMNS: Final = ("position_x_m", "position_y_m", "position_z_m")
LICENCE: Final = "Apache-2.0: only times, places and kinds of events of a match that we recorded; nothing of the game's"
_TAIL_FRAMES: Final = RATE_HZ
_NOWHERE: Final = View((0, 0, 0), 0)


@dataclass(frozen=True, slots=True)
class Scored:
    """A trace, and what became of the game's events on the way."""

    trace: Trace
    heard: tuple[HeardEvent, ...]  #: one for each event of the trace, in the same order
    silent: Counter[str]  #: events of the game that gave nothing: not audible, or not Foley


def score(log: MatchLog, *, title: str, made_with: str) -> Scored:
    """The trace of a match: picture k of the video is frame ``k * FRAME_FRAMES``."""
    heard = heard_events(log)
    names = _Names(followed_player(log))
    items: list[TraceItem] = []
    silent = Counter(event.name for frame in log.frames for event in frame.events)
    silent.subtract(event.event.name for event in heard)
    waiting = iter([*heard, None])
    event = next(waiting)
    view, told = _NOWHERE, None
    for number, frame in enumerate(log.frames):
        view = frame.view or view
        at = number * FRAME_FRAMES
        rows: dict[str, tuple[float | None, ...]] = {}
        events: list[TraceItem] = []
        while event is not None and event.frame == number:
            id, place = names.of(event, view)
            rows[id] = place
            events.append(TraceEvent(at=at, emitter=id, name=event.rule.event, contact=event.rule.contact))
            event = next(waiting)
        if (pose := pose_of(view)) != told:
            items.append(TraceListener(at=at, pose=pose))
            told = pose
        if rows:
            items.append(TraceFrame(at=at, rows=rows))
        items += events
    header = TraceHeader(
        format=FORMAT,
        version=VERSION,
        rate_hz=RATE_HZ,
        tick_hz=float(PICTURES_HZ),
        duration_frames=len(log.frames) * FRAME_FRAMES + _TAIL_FRAMES,
        title=title,
        licence=LICENCE,
        made_with=made_with,
        columns=COLUMNS,
    )
    return Scored(Trace(header=header, emitters=names.emitters(), items=tuple(items)), tuple(heard), +silent)


class _Names:
    """Which emitter an event belongs to: each player has his own, other things take turns. [one thread]"""

    def __init__(self, followed: int) -> None:
        self._followed = followed
        self._settings: dict[str, EmitterSettings] = {}
        self._turns: Counter[str] = Counter()

    def of(self, heard: HeardEvent, view: View) -> tuple[str, Vector]:
        """The emitter's id, and where it is now."""
        thing = heard.rule.thing
        kind = KINDS[thing]
        mine = heard.event.entity == self._followed
        place = feet_of(view) if mine else place_of(heard.sound, view)
        if kind.places:
            id = f"{thing}_{self._turns[thing] % kind.places + 1}"
            self._turns[thing] += 1
        else:
            id = f"{thing}_{heard.event.entity}"
        if id not in self._settings:
            self._settings[id] = EmitterSettings(
                prompt=kind.prompt, material=kind.material, gain_db=kind.gain_db, position_m=place
            )
        return id, place

    def emitters(self) -> tuple[TraceEmitter, ...]:
        """All that were named, each at its first place."""
        return tuple(TraceEmitter(id=id, settings=settings) for id, settings in sorted(self._settings.items()))
