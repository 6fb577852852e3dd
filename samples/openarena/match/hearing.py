"""Joins the game's events to the sounds that its mixer began for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from match.log import GameEvent, GameFrame, HeardSound, MatchLog
from match.placing import own
from match.vocabulary import RULES, Rule

_MEMORY_FRAMES: Final = 12
"""For so long a player is about where he was last heard."""

_OLD_SOUND: Final = 1000
"""A sound that rang before the event was hardly begun by it: only when a new one replaced it in its channel."""


@dataclass(frozen=True, slots=True)
class HeardEvent:
    """An event that can be heard, with the rule that says what it is."""

    frame: int  #: index of the picture
    event: GameEvent
    sound: HeardSound
    rule: Rule
    fresh: bool  #: no sound of that name rang in the frame before


class _Ear:
    """Goes through the frames and remembers where each player was heard. [one thread]"""

    def __init__(self, followed: int) -> None:
        self._followed = followed
        self._heard: dict[int, tuple[int, HeardSound]] = {}

    def hear(self, number: int, frame: GameFrame, before: Sequence[HeardSound]) -> list[HeardEvent]:
        free = list(frame.sounds)
        ringing = Counter(sound.name for sound in before)
        new = Counter(sound.name for sound in free) - ringing
        found = []
        for event in frame.events:
            choices = [
                (rule, sound)
                for rule in RULES.get(event.name, ())
                for sound in free
                if rule.sound.search(sound.name)
                and own(sound) == (event.entity == self._followed)
                and (new[sound.name] > 0 or not rule.new_only)
            ]
            if choices:
                rule, sound = min(choices, key=lambda choice: self._doubt(number, event, choice[1], new))
                free.remove(sound)
                found.append(HeardEvent(number, event, sound, rule, fresh=new[sound.name] > 0))
                new[sound.name] -= 1
                self._heard[event.entity] = number, sound
        return found

    def _doubt(self, number: int, event: GameEvent, sound: HeardSound, new: Counter[str]) -> float:
        doubt = 0.0 if new[sound.name] > 0 else float(_OLD_SOUND)
        at, known = self._heard.get(event.entity, (-_MEMORY_FRAMES, sound))
        if number - at < _MEMORY_FRAMES:
            doubt += abs(sound.left - known.left) + abs(sound.right - known.right)
        return doubt


def followed_player(log: MatchLog) -> int:
    """The entity whose events sound in full in both ears; -1 when there is none."""
    votes: Counter[int] = Counter()
    for frame in log.frames:
        loud = [sound.name for sound in frame.sounds if own(sound)]
        for event in frame.events:
            votes[event.entity] += any(rule.sound.search(name) for rule in RULES.get(event.name, ()) for name in loud)
    return votes.most_common(1)[0][0] if votes.total() else -1


def heard_events(log: MatchLog) -> list[HeardEvent]:
    """All events that can be heard, in order of time."""
    ear = _Ear(followed_player(log))
    before: Sequence[HeardSound] = ()
    found: list[HeardEvent] = []
    for number, frame in enumerate(log.frames):
        found += ear.hear(number, frame, before)
        before = frame.sounds
    return found
