"""Memory of many voices in one piece: each has a slot for its life, those that sound lie side by side.

::

    slot        0        1        2        3 ...      K-1        keys, values of a layer [K, heads, 1 + rows, width]
             voice 7 | voice 2 | voice 9 | free  ...             prompt [K, width], latents lately made, sights
             `------ a window: slots [1, 3) ----'                a step takes it as a view: nothing is copied

Rows are written where they lie: history and vision are rings, and positions are in the keys. A voice that ends leaves a
gap, which the last one fills, so what sounds stays in one piece. A batch that is spread is brought together once, by
swapping; voices that step together stay together.

A :class:`Seat` is what a voice holds of it. When nobody holds it any more (ended, stolen, forgotten) its slot is free.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_native import NeuralMemory
from hobnail_plugins.aht.rows import Rows, Sinks, empty_rows
from hobnail_plugins.aht.sights import Eyes
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.streams import STREAMS

SIZES: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 28, 32)
"""Voices of a padded batch: at most a quarter of one is padding."""


class Window(NamedTuple):
    """Neighbouring slots that a batch runs on."""

    first: int
    size: int  #: one of SIZES


class _Place:
    """Where a voice is now; it moves with its rows."""

    __slots__ = ("slot",)

    def __init__(self, slot: int) -> None:
        self.slot = slot


class Seat:
    """A voice's slot. Let go of it and the slot is free."""

    __slots__ = ("_freed", "_place")

    def __init__(self, place: _Place, freed: deque[_Place]) -> None:
        self._place, self._freed = place, freed

    @property
    def slot(self) -> int:
        """[engine] Valid until the slab's next `take` or `gather`."""
        return self._place.slot

    def __del__(self) -> None:
        self._freed.append(self._place)  # whichever thread lets go; the engine's next call tidies up


class Slab:
    """Memory for ``voices`` voices. [engine], one thread at a time."""

    def __init__(self, spec: NetworkSpec, sinks: Mapping[str, Sinks], voices: int, *, halved: bool = False) -> None:
        """``halved``: the native pass will read it."""
        sizes = {
            "text": spec.text_tokens,
            "vision": spec.seen_hops * spec.resampler.tokens,
            "history": spec.history_hops,
        }
        self.voices = voices
        self.rows: dict[str, Rows] = {stream: empty_rows(sinks[stream], voices, sizes[stream]) for stream in STREAMS}
        if halved:
            self.rows = {stream: rows.halved() for stream, rows in self.rows.items()}
        self.prompt: Float32 = np.zeros((voices, spec.width), np.float32)
        self.recent: Float32 = np.zeros((voices, spec.history_taps - 1, spec.latents), np.float32)
        self.eyes = Eyes(spec, voices)
        self.native: NeuralMemory | None = None  #: whoever writes it without onnxruntime
        self.moves = 0  #: voices that were moved, so far
        self._places: list[_Place] = []
        self._freed: deque[_Place] = deque()

    @property
    def taken(self) -> int:
        """[engine] Slots in use; they are the first ones."""
        self._tidy()
        return len(self._places)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """[control] What a step writes, by name: rings, latents lately made, sights."""
        found: dict[str, NDArray[Any]] = {"recent": self.recent, "scene": self.eyes.scene, "scene_seen": self.eyes.seen}
        for stream in ("vision", "history"):
            rows = self.rows[stream]
            found |= {f"{stream}_keys": rows.keys, f"{stream}_values": rows.values, f"{stream}_seen": rows.seen}
            if rows.halves is not None:
                found |= {f"{stream}_half_keys": rows.halves.keys, f"{stream}_half_values": rows.halves.values}
        return found

    @property
    def bytes(self) -> int:
        """[any] Of rows, the largest part of it."""
        return sum(half.nbytes for rows in self.rows.values() for half in (rows.keys, rows.values))

    def take(self) -> Seat | None:
        """[engine] An empty slot; None: all are taken."""
        self._tidy()
        if len(self._places) == self.voices:
            return None
        place = _Place(len(self._places))
        self._places.append(place)
        self.forget(place.slot)
        return Seat(place, self._freed)

    def forget(self, slot: int) -> None:
        """[engine] A slot as if its voice had just begun; its prompt stays."""
        for stream in ("vision", "history"):
            self.rows[stream].forget(slot)
        self.recent[slot] = 0.0
        self.eyes.forget(slot)

    def gather(self, seats: Sequence[Seat]) -> Window:
        """[engine] A window with all these voices in it, at most ``SIZES[-1]``; in it may be others too."""
        self._tidy()
        slots = sorted(seat.slot for seat in seats)
        if slots[-1] - slots[0] >= self._size(len(seats)):
            self._bring(slots)
        return self.window(seats)

    def parts(self, seats: Sequence[Seat], most: int) -> list[list[int]]:
        """[engine] Voices as batches of at most ``most``, of equal sizes, by index; each lies in one piece."""
        self._tidy()
        slots = sorted(seat.slot for seat in seats)
        if slots[-1] - slots[0] >= len(seats):
            self._bring(slots)
        order = sorted(range(len(seats)), key=lambda index: seats[index].slot)
        count = -(-len(order) // most)
        bounds = [len(order) * part // count for part in range(count + 1)]
        return [order[first:last] for first, last in pairwise(bounds)]

    def window(self, seats: Sequence[Seat]) -> Window:
        """[engine] The window of voices that lie in one piece. Nothing moves."""
        first, size = min(seat.slot for seat in seats), self._size(len(seats))
        return Window(min(first, self.voices - size), size)

    def _size(self, voices: int) -> int:
        return min(padded(voices), self.voices)

    def _bring(self, slots: Sequence[int]) -> None:
        """Voices into neighbouring slots, where most of them are already."""
        first = _fullest(slots, len(slots))
        inside = range(first, first + len(slots))
        gaps = iter(sorted(set(inside) - set(slots)))
        for slot in slots:
            if slot not in inside:
                self._swap(slot, next(gaps))

    def _tidy(self) -> None:
        """The last voice moves into each gap."""
        while self._freed:
            gap = self._freed.popleft().slot
            last = len(self._places) - 1
            if gap != last:
                self._copy(last, gap)
                self._places[gap] = self._places[last]
                self._places[gap].slot = gap
            self._places.pop()

    def _swap(self, one: int, two: int) -> None:
        for array in self._arrays():
            kept = array[one].copy()
            array[one] = array[two]
            array[two] = kept
        self.eyes.swap(one, two)
        self._places[one], self._places[two] = self._places[two], self._places[one]
        self._places[one].slot, self._places[two].slot = one, two
        self.moves += 2

    def _copy(self, source: int, to: int) -> None:
        for array in self._arrays():
            array[to] = array[source]
        self.eyes.copy(source, to)
        self.moves += 1

    def _arrays(self) -> list[NDArray[Any]]:
        """Everything that a voice has here, voices along the first axis: views."""
        found: list[NDArray[Any]] = [self.prompt, self.recent]
        for rows in self.rows.values():
            found += rows.arrays()
        return found


def padded(voices: int) -> int:
    """The size of the batch that so many voices run in."""
    return next(size for size in SIZES if size >= voices)


def _fullest(slots: Sequence[int], size: int) -> int:
    """First of the ``size`` neighbouring slots among those in use that hold most of ``slots``."""
    best, most = 0, -1
    for first in range(max(0, slots[-1] - size) + 1):
        held = sum(first <= slot < first + size for slot in slots)
        if held > most:
            best, most = first, held
    return best
