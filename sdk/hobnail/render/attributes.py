"""What came out: for each event when it began, how loud, how bright and how long it was; for each stem its levels."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.commands import AnyCommand, TriggerEvent
from hobnail.contracts import Float32
from hobnail.notices import Accepted, AnyNotice, Refused, VoiceEnded

AUDIBLE: Final = 1e-4  # -80 dBFS, as the mixer has it
_LONGEST: Final = 10 * RATE_HZ  # of an event's window that is looked at
_SILENCE_DB: Final = -200.0


class EventAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it was rendered. Sound figures are of its emitter's stem until the emitter's next event."""

    number: int  #: in the input
    emitter: str
    name: str
    at_frame: int
    seed: int | None
    onset_frame: int | None  #: first sample above -80 dBFS in the mix, as the mixer saw it
    ended_frame: int | None
    reason: str  #: how it ended: finished, stopped, stolen, ...; "sounding": it was cut by the end
    refused: str = ""  #: why nothing was made of it
    peak_db: float | None = None
    rms_db: float | None = None
    centroid_hz: float | None = None  #: where its spectrum balances
    flatness: float | None = None  #: 0 a tone .. 1 white noise


class StemAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """Levels of a whole stem."""

    peak_db: float
    rms_db: float
    first_sound_frame: int | None


def event_attributes(
    commands: Sequence[AnyCommand], notices: Iterable[AnyNotice], stems: Mapping[str, Float32]
) -> list[EventAttributes]:
    """In order of time. Events must carry their number as ``request``; stops of sustained events are left out."""
    ended: dict[int | None, VoiceEnded] = {}
    refused: dict[int | None, Refused] = {}
    accepted: dict[int | None, Accepted] = {}
    for notice in notices:
        match notice:
            case VoiceEnded():
                ended[notice.request] = notice
            case Refused():
                refused[notice.request] = notice
            case Accepted():
                accepted[notice.request] = notice
    events = [command for command in commands if isinstance(command, TriggerEvent) and command.action != "stop"]
    following = _following(events)
    made = []
    for event in events:
        end, no = ended.get(event.request), refused.get(event.request)
        at = event.at_frame or 0
        began = accepted.get(event.request)
        until = min(at + _LONGEST, following[id(event)])
        stem = stems.get(event.emitter)
        made.append(
            EventAttributes(
                number=event.request or 0,
                emitter=event.emitter,
                name=event.name,
                at_frame=at if began is None else began.at_frame,
                seed=event.seed,
                onset_frame=None if end is None else end.onset_frame,
                ended_frame=None if end is None else _ended_frame(end, stem, at, until),
                reason="refused" if no is not None else "sounding" if end is None else end.reason,
                refused="" if no is None else no.problem,
                **({} if stem is None or no is not None else _figures(stem[at:until])),
            )
        )
    return made


def stem_attributes(sound: Float32) -> StemAttributes:
    """Of float32 [frames, channels]."""
    level = np.abs(sound).max(axis=1, initial=0.0)
    loud = np.flatnonzero(level > AUDIBLE)
    return StemAttributes(
        peak_db=_db(float(level.max(initial=0.0))),
        rms_db=_db(_rms(sound)),
        first_sound_frame=int(loud[0]) if loud.size else None,
    )


def _following(events: Sequence[TriggerEvent]) -> dict[int, int]:
    """id of an event -> the frame of the next one of its emitter."""
    by_emitter: dict[str, list[TriggerEvent]] = defaultdict(list)
    for event in events:
        by_emitter[event.emitter].append(event)
    return {
        id(event): (theirs[number + 1].at_frame or 0) if number + 1 < len(theirs) else 1 << 62
        for theirs in by_emitter.values()
        for number, event in enumerate(theirs)
    }


def _ended_frame(end: VoiceEnded, stem: Float32 | None, at: int, until: int) -> int | None:
    """The notice does not tell it; the stem does, where there is one: after the last audible sample."""
    if stem is None or end.onset_frame is None:
        return None
    loud = np.flatnonzero(np.abs(stem[at:until]).max(axis=1, initial=0.0) > AUDIBLE)
    return at + int(loud[-1]) + 1 if loud.size else None


def _figures(sound: Float32) -> dict[str, float]:
    """Level and colour of float32 [frames, 2]; nothing for silence."""
    mono = np.asarray(sound.sum(axis=1), np.float64)
    loud = np.flatnonzero(np.abs(mono) > AUDIBLE)
    if loud.size == 0:
        return {}
    mono = mono[loud[0] : loud[-1] + 1]
    size = max(256, min(1 << (len(mono) - 1).bit_length(), 1 << 16))
    power = np.abs(np.fft.rfft(mono[:size] * np.hanning(len(mono[:size])), size)) ** 2 + 1e-20
    hz = np.fft.rfftfreq(size, 1.0 / RATE_HZ)
    return {
        "peak_db": _db(float(np.abs(sound).max())),
        "rms_db": _db(_rms(sound[loud[0] : loud[-1] + 1])),
        "centroid_hz": round(float((power * hz).sum() / power.sum()), 1),
        "flatness": round(float(np.exp(np.log(power).mean()) / power.mean()), 5),
    }


def _rms(sound: Float32) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if sound.size else 0.0


def _db(value: float) -> float:
    return round(20.0 * math.log10(value), 2) if value > 1e-10 else _SILENCE_DB
