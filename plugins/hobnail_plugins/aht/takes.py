"""The pool of takes: whole one-shots made ahead of time, each played once.

A take is for one kind of event: prompt, force, controls and what was seen, each on a coarse grid. Kinds that were asked
for lately are filled first; where memory is short, the kinds that nobody asked for longest lose theirs.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from hobnail.contracts import Float32, VoiceStart
from hobnail.scene import SCENE_FEATURES
from hobnail.stage import stable_seed
from hobnail_plugins.vision.squash import IMPULSE, POSITION, squashed

CONTROL_STEPS: Final = 8
"""Steps of a control from 0 to 1."""

FINE_STEPS: Final = {"pitch": 96, "texture": 32}
"""Of those that are heard exactly: a quarter of a semitone, half a decibel. Axes at rest are the rule."""

SIGHT_STEPS: Final = 2
"""Steps of a squashed feature from 0 to 1."""

KINDS: Final = 512
"""Kinds that are remembered."""


class Kind(NamedTuple):
    """What a take is for."""

    prompt: str
    event: str
    force: int
    controls: tuple[tuple[str, int], ...]
    sights: tuple[int | None, ...]

    @property
    def slid(self) -> bool:
        """Whether a slider that is told finely is away from its middle."""
        return any(2 * step != FINE_STEPS[name] for name, step in self.controls if name in FINE_STEPS)


@dataclass(slots=True)
class _Shelf:
    asked: VoiceStart  #: the newest that asked
    takes: deque[Float32] = field(default_factory=deque)
    made: int = 0
    asks: int = 0


class Pool:
    """Takes by kind. [engine] ``depth``: takes of a kind; ``limit_bytes``: of all of them together."""

    def __init__(self, *, depth: int, limit_bytes: int) -> None:
        self._depth, self._limit_bytes = depth, limit_bytes
        self._shelves: OrderedDict[Kind, _Shelf] = OrderedDict()  # asked for longest ago first
        self.hits = self.misses = self.bytes = 0

    def __len__(self) -> int:
        return sum(len(shelf.takes) for shelf in self._shelves.values())

    def draw(self, kind: Kind, voice: VoiceStart) -> Float32 | None:
        """A take that was never played, at the level of a middling force; None: there is none yet."""
        shelf = self._shelves.setdefault(kind, _Shelf(voice))
        shelf.asked = voice
        shelf.asks += 1
        self._shelves.move_to_end(kind)
        while len(self._shelves) > KINDS:
            self._drop(self._shelves.popitem(last=False)[1])
        if not shelf.takes:
            self.misses += 1
            return None
        self.hits += 1
        take = shelf.takes.popleft()
        self.bytes -= take.nbytes
        return take

    def wish(self) -> tuple[Kind, VoiceStart, int] | None:
        """What to make next, and its seed: of the emptiest kind, the newest first; None: all is there.

        Of sliders that moved, only what was asked for again: where each event has a pitch of its own, none comes again.
        Where memory is full, only a kind that has none is made, at the cost of one that was asked for longer ago.
        """
        full = self._full
        older = [shelf for shelf in self._shelves.values() if shelf.takes]
        best: tuple[int, Kind] | None = None
        for kind, shelf in reversed(self._shelves.items()):
            count = len(shelf.takes)
            if count:
                older = [other for other in older if other is not shelf]
            if count >= self._depth or (full and (count or not older)) or (kind.slid and shelf.asks < 2):
                continue
            if best is None or count < best[0]:
                best = count, kind
                if count == 0:
                    break
        if best is None:
            return None
        shelf = self._shelves[best[1]]
        shelf.made += 1
        return best[1], shelf.asked, stable_seed("take", shelf.asked.seed, shelf.made)

    def put(self, kind: Kind, take: Float32) -> None:
        """Keep a take; where there is no room for it, kinds that were asked for longer ago make some."""
        shelf = self._shelves.get(kind)
        if shelf is None or take.nbytes > self._limit_bytes:
            return
        for other in self._shelves.values():
            if self.bytes + take.nbytes <= self._limit_bytes or other is shelf:
                break
            self._drop(other)
        if self.bytes + take.nbytes <= self._limit_bytes:
            shelf.takes.append(take)
            self.bytes += take.nbytes

    @property
    def _full(self) -> bool:
        """Whether a take of the usual size would push others out."""
        count = len(self)
        return count > 0 and self.bytes + self.bytes // count > self._limit_bytes

    def clear(self) -> None:
        """Forget every take, not what was asked for: another model makes others."""
        for shelf in self._shelves.values():
            self._drop(shelf)

    def _drop(self, shelf: _Shelf) -> None:
        self.bytes -= sum(take.nbytes for take in shelf.takes)
        shelf.takes.clear()


def kind_of(voice: VoiceStart, prompt: str, force: float) -> Kind:
    """The kind of a one-shot; ``force``: what it adds to the intensity axis, -1..1."""
    return Kind(
        prompt=prompt,
        event=voice.event.name,
        force=round(force * CONTROL_STEPS),
        controls=tuple(
            sorted((name, round(value * FINE_STEPS.get(name, CONTROL_STEPS))) for name, value in voice.controls.items())
        ),
        sights=_sights(voice.features),
    )


def _sights(features: Mapping[str, float]) -> tuple[int | None, ...]:
    """Features that count in a one-shot's first look, coarsely; where it stands does not."""
    if not features:
        return ()
    names = [name for index, name in enumerate(SCENE_FEATURES) if index < POSITION and index != IMPULSE]
    values = np.array([features.get(name, np.nan) for name in SCENE_FEATURES])
    row = squashed(np.where(np.isfinite(values), values, 0.0))
    return tuple(
        round(float(row[SCENE_FEATURES.index(name)]) * SIGHT_STEPS) if name in features else None for name in names
    )
