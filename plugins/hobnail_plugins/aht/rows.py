"""Rows of keys and values as a step reads them: one block of memory for many voices, layer by layer, its sinks inside.

::

    layer 0   voice 0 | sink | row 1 | row 2 | ...          one array of keys, one of values:
              voice 1 | sink | row 1 | ...                  [layers, voices, key heads, rows, head width]
    layer 1   voice 0 | ...

In which order rows stand does not matter: positions are in the keys. So history is a ring: a new hop's row goes where
the oldest was, nothing moves, and a step reads what lies there.

The native pass reads them in half precision (:class:`Halves`): half of the memory, keys turned over sixteen by sixteen,
so that it need not turn them in every pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32

Bools = NDArray[np.bool_]
Float16 = NDArray[np.float16]

PIECE: Final = 16
"""Rows that the native pass looks at together."""


class Sinks(NamedTuple):
    """Row 0 of a stream. float32 [layers, key heads, head width]."""

    keys: Float32
    values: Float32


class NewRows(NamedTuple):
    """What ``tell``, ``see`` and ``remember`` make. float32 [layers, voices, key heads, rows, head width]."""

    keys: Float32
    values: Float32

    def last(self, rows: int) -> NewRows:
        """The newest of them: views."""
        return NewRows(self.keys[:, :, :, -rows:], self.values[:, :, :, -rows:])


class Halves(NamedTuple):
    """Rows of one key head as the native pass reads them. float16."""

    keys: Float16  #: [layers, voices, pieces, head width, 16], a piece is sixteen rows
    values: Float16  #: [layers, voices, rows, head width]

    @staticmethod
    def of(keys: Float32, values: Float32) -> Halves:
        """Of rows [layers, voices, 1, rows, head width]."""
        layers, voices, _, rows, width = keys.shape
        pieces = -(-rows // PIECE)
        turned = np.zeros((layers, voices, pieces * PIECE, width), np.float16)
        turned[:, :, :rows] = keys[:, :, 0]
        pieced = turned.reshape(layers, voices, pieces, PIECE, width).swapaxes(3, 4)
        return Halves(np.ascontiguousarray(pieced), values[:, :, 0].astype(np.float16))

    def voices(self, which: slice) -> Halves:
        """Of neighbouring voices: views."""
        return Halves(self.keys[:, which], self.values[:, which])


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A stream of some voices: row 0 is the sink. The arrays are written in place by whoever owns them."""

    keys: Float32  #: [layers, voices, key heads, 1 + rows, head width]
    values: Float32  #: the same shape
    seen: Bools  #: [voices, 1 + rows]; true in row 0
    halves: Halves | None = None  #: the same again; None: nobody reads them

    def halved(self) -> Rows:
        """The same arrays, and a copy for the native pass, which is kept up to date from now on."""
        return replace(self, halves=Halves.of(self.keys, self.values))

    def voices(self, which: slice) -> Rows:
        """Of neighbouring voices: views, nothing is copied."""
        halves = None if self.halves is None else self.halves.voices(which)
        return Rows(self.keys[:, which], self.values[:, which], self.seen[which], halves)

    def taken(self, which: NDArray[np.intp]) -> Rows:
        """Of any voices, in any order, as a copy. Views of :meth:`voices` are cheaper."""
        return Rows(self.keys[:, which], self.values[:, which], self.seen[which])

    def write(self, voice: int, places: slice | NDArray[np.intp], new: NewRows, source: int = 0) -> None:
        """Put rows of voice ``source`` of ``new`` at ``places``, from 1 on (0 is the sink), and let them be seen."""
        self.keys[:, voice][:, :, places] = new.keys[:, source]
        self.values[:, voice][:, :, places] = new.values[:, source]
        self.seen[voice, places] = True
        self._halve(np.array([voice]), np.arange(self.seen.shape[1])[places][None])

    def scatter(self, voices: NDArray[np.intp], places: NDArray[np.int64], new: NewRows, seen: Bools) -> None:
        """Put rows of several voices [voices, rows] where each has its own ``places``; ``seen`` says which count."""
        each = voices[:, None]
        self.keys[:, each, :, places] = new.keys.transpose(1, 3, 0, 2, 4)
        self.values[:, each, :, places] = new.values.transpose(1, 3, 0, 2, 4)
        self.seen[each, places] = seen
        self._halve(voices, places)

    def take(self, voice: int, other: Rows) -> None:
        """Everything of a single voice's rows."""
        self.keys[:, voice], self.values[:, voice] = other.keys[:, 0], other.values[:, 0]
        self.seen[voice] = other.seen[0]
        self._halve(np.array([voice]), np.arange(self.seen.shape[1])[None])

    def arrays(self) -> list[NDArray[Any]]:
        """Everything that it holds, voices along the first axis: views."""
        halves = [] if self.halves is None else [each.swapaxes(0, 1) for each in self.halves]
        return [self.keys.swapaxes(0, 1), self.values.swapaxes(0, 1), self.seen, *halves]

    def _halve(self, voices: NDArray[np.intp], places: NDArray[np.int64]) -> None:
        """Rows of several voices [voices, rows] that have been written."""
        if self.halves is None:
            return
        each = voices[:, None]
        piece, row = np.divmod(places, PIECE)
        self.halves.keys[:, each, piece, :, row] = self.keys[:, each, 0, places].transpose(1, 2, 0, 3)
        self.halves.values[:, each, places] = self.values[:, each, 0, places]

    def forget(self, voice: int) -> None:
        """Nothing of this voice is seen any more but its sink."""
        self.seen[voice, 1:] = False


def empty_rows(sinks: Sinks, voices: int, rows: int) -> Rows:
    """Memory for so many voices and rows, of which only the sinks are seen."""
    layers, key_heads, width = sinks.keys.shape
    shape = (layers, voices, key_heads, 1 + rows, width)
    keys, values = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    keys[:, :, :, 0] = sinks.keys[:, None]
    values[:, :, :, 0] = sinks.values[:, None]
    seen = np.zeros((voices, 1 + rows), np.bool_)
    seen[:, 0] = True
    return Rows(keys, values, seen)


def ring_places(hops: int, new: int, rows: int) -> NDArray[np.intp]:
    """Where the rows of the hops ``hops`` .. ``hops + new - 1`` of a voice stand in a ring of ``rows``, from 1 on."""
    return 1 + (np.arange(hops, hops + new) % rows)
