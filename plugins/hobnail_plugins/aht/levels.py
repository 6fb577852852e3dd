"""How loud what the network makes is, event by event, so that it stands beside the procedural engine at one level.

Recordings come at all levels, and so do takes of the network. A one-shot is known whole before it sounds, so it is
turned towards what its event usually has; a sustained voice, by what its event needs on the average, and it is held
there (:class:`Hold`). The tables are the bundle's (:class:`hobnail_plugins.aht.manifest.Levels`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ, db_to_gain
from hobnail.contracts import Float32
from hobnail_native import LevelHold
from hobnail_plugins.aht.force import AXIS_DB
from hobnail_plugins.aht.manifest import Levels

USUAL_DB: Final = -18.0
"""RMS of the loudest 50 ms of a one-shot whose event the bundle has no level of."""

EVENED: Final = 0.8
"""Share of a one-shot's distance from its level that is taken away; the rest is the difference between takes."""

MOST_DB: Final = 18.0
"""What a one-shot is turned up by, at most; down by twice as much."""

WINDOW: Final = RATE_HZ // 20

FREE_DB: Final = 6.0
"""So far above its event's level a sustained voice may be: what follows speed and force stays."""

HELD_DB: Final = 18.0
"""What a sustained voice is turned down by, at most."""

HOLD_S: Final = 1.5
"""Of the mean power that is looked at: a gust passes, a swell does not."""

ATTACK: Final = 64 * HOP_FRAMES
"""Frames of a one-shot, 0.68 s, within which it may be as loud as it likes; what comes after is its tail."""

FALL_DB_S: Final = 12.0
"""By so much what a one-shot's tail may reach falls in a second."""

TURN: Final = RATE_HZ // 50
"""Frames within which a tail is turned: 20 ms."""

STRUCK: Final = frozenset({"footstep", "impact"})
"""Events that are over once they have been silent: what stirs after that was never struck."""

SILENT_DB: Final = 50.0
"""Below a struck sound's loudest 50 ms: silence, when it lasts for SILENCE."""

SILENCE: Final = 8 * HOP_FRAMES
"""Frames, 85 ms."""

BEGUN: Final = 10.0 ** (-40.0 / 20.0)
"""Of a first block's peak: below it a one-shot has not begun."""

LEAD: Final = RATE_HZ // 2000
"""Frames that every voice is faded in by, half a millisecond: a step from nothing is heard as a click. So much is
left before its attack."""

LATE: Final = RATE_HZ // 1000
"""Of what begins within a millisecond nothing is left out."""

KNEE: Final = 0.7

_LEAST: Final = 1e-12
_LEVELS: Final = LevelHold(free_db=FREE_DB, most_db=HELD_DB, seconds=HOLD_S, knee=KNEE)


def level_db(levels: Levels, event: str) -> float:
    """What a sustained event is turned up by."""
    return levels.sustained_db.get(event, 0.0)


def loudest_db(samples: Float32) -> float:
    """RMS of the loudest 50 ms, dB of full scale; ``samples`` float32 [frames], at least 50 ms."""
    power = np.cumsum(np.square(samples, dtype=np.float64))
    return float(10.0 * np.log10((power[WINDOW:] - power[:-WINDOW]).max(initial=0.0) / WINDOW + _LEAST))


def evening(samples: Float32, event: str, levels: Levels, intensity: float = 0.0) -> float:
    """What a one-shot's sound is multiplied by, from its first block as the network made it.

    ``intensity``, -1..1, moves it by what it is worth in the pairs, AXIS_DB at its ends: what the axis does to a
    take's own level is evened away with the rest.
    """
    away = levels.one_shot_db.get(event, USUAL_DB) - loudest_db(samples)
    return db_to_gain(EVENED * min(MOST_DB, max(-2.0 * MOST_DB, away)) + AXIS_DB * intensity)


def from_attack(samples: Float32) -> Float32:
    """A one-shot's first block without the silence before its attack, faded in: it sounds when it is due.

    Half of the block stays in any case.
    """
    size = np.abs(samples)
    begun = int(np.argmax(size > BEGUN * size.max(initial=0.0))) if samples.size else 0
    first = 0 if begun <= LATE else min(begun - LEAD, len(samples) // 2)
    return faded_in(samples[first:])


def faded_in(samples: Float32) -> Float32:
    """A voice's first block, from nothing within half a millisecond."""
    kept = samples.copy()
    kept[:LEAD] *= np.linspace(0.0, 1.0, LEAD, endpoint=False, dtype=np.float32)[: len(kept)]
    return kept


def over_at(samples: Float32, top_db: float) -> int | None:
    """Where a struck sound is over, in frames: the end of its first silence; None: it is not, or only began to be.

    ``top_db``: its loudest 50 ms.
    """
    hops = len(samples) // HOP_FRAMES
    power = np.square(samples[: hops * HOP_FRAMES], dtype=np.float64).reshape(hops, HOP_FRAMES).mean(axis=1)
    loud = 10.0 * np.log10(power + _LEAST) > top_db - SILENT_DB
    begun = int(np.argmax(loud)) if loud.any() else hops
    need = SILENCE // HOP_FRAMES
    quiet = np.concatenate([[0], np.cumsum(~loud[begun:])])
    runs = np.flatnonzero(quiet[need:] - quiet[:-need] == need) if len(quiet) > need else np.zeros(0, np.intp)
    return (begun + int(runs[0]) + need) * HOP_FRAMES if runs.size else None


class Hold(NamedTuple):
    """Keeps a sustained voice from swelling: the power of the last second or so, and the gain that was last used.

    The network hears its own past, so a voice that came out a little loud goes on louder. What lies more than FREE_DB
    above the event's level is taken away again, HELD_DB at most, in dB slowly enough that a gust stays a gust. Of
    samples alone: the same voice is turned the same in any company.
    """

    power: float = 0.0  #: mean square, as the network made it
    gain: float = 1.0  #: at the end of the last block


class Turn(NamedTuple):
    """What a block is turned by."""

    hold: Hold
    steady_db: float | None  #: level at which it is held; None: it is not
    gain: float
    before: float = 1.0  #: what is left of it after a stop, at the block's beginning
    after: float = 1.0  #: and at its end


def turned(blocks: Sequence[Float32], turns: Sequence[Turn], *, bends: bool) -> list[Hold]:
    """Blocks as the network made them, float32 [frames], at their levels: written over. Holds after them.

    ``bends``: softly above 0.7, and never past 1, as what the procedural engine makes: one voice cannot drown a mix.
    """
    told = [
        (*turn.hold, math.nan if turn.steady_db is None else turn.steady_db, turn.gain, turn.before, turn.after)
        for turn in turns
    ]
    return [Hold(*after) for after in _LEVELS.together(blocks, told, bends=bends)]


def bent(samples: Float32) -> Float32:
    """Softly bent above 0.7, and never past 1."""
    out = samples.copy()
    _LEVELS.bend(out)
    return out


@dataclass(frozen=True, slots=True)
class Fall:
    """Keeps a one-shot's tail below its attack, as what was struck rings down: a tail that swells is turned down.

    The same cause as with :class:`Hold`; a tail is heard after what it belongs to, so it has less room.
    """

    top_db: float = -120.0  #: loudest 50 ms of the attack
    frames: int = 0  #: that were played
    gain: float = 1.0  #: at the end of the last block

    def next(self, samples: Float32) -> Fall:
        """After a block, float32 [frames], at least 50 ms."""
        loudest, frames = loudest_db(samples), self.frames + len(samples)
        if self.frames < ATTACK:
            return Fall(max(self.top_db, loudest), frames)
        allowed = self.top_db - FALL_DB_S * (frames - ATTACK) / RATE_HZ
        return Fall(self.top_db, frames, db_to_gain(-max(0.0, loudest - allowed)))

    def turned(self, samples: Float32, before: float) -> Float32:
        """The block at this gain, reached within 20 ms from the gain of the block before."""
        if before == 1.0 and self.gain == 1.0:
            return samples
        gain = np.full(len(samples), self.gain, np.float32)
        gain[:TURN] = np.linspace(before, self.gain, TURN, endpoint=False, dtype=np.float32)
        return samples * gain
