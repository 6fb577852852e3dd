"""Rows of keys and values as a step reads them: one block of memory for many voices, layer by layer, its sinks inside.

::

    layer 0   voice 0 | sink | row 1 | row 2 | ...          one array of keys, one of values:
              voice 1 | sink | row 1 | ...                  [layers, voices, key heads, rows, head width]
    layer 1   voice 0 | ...

In which order rows stand does not matter: positions are in the keys. So history is a ring: a new hop's row goes where
the oldest was, nothing moves, and a step reads what lies there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32

Bools = NDArray[np.bool_]


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


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A stream of some voices: row 0 is the sink. The arrays are written in place by whoever owns them."""

    keys: Float32  #: [layers, voices, key heads, 1 + rows, head width]
    values: Float32  #: the same shape
    seen: Bools  #: [voices, 1 + rows]; true in row 0

    def voices(self, which: slice) -> Rows:
        """Of neighbouring voices: views, nothing is copied."""
        return Rows(self.keys[:, which], self.values[:, which], self.seen[which])

    def taken(self, which: NDArray[np.intp]) -> Rows:
        """Of any voices, in any order, as a copy. Views of :meth:`voices` are cheaper."""
        return Rows(self.keys[:, which], self.values[:, which], self.seen[which])

    def write(self, voice: int, places: slice | NDArray[np.intp], new: NewRows, source: int = 0) -> None:
        """Put rows of voice ``source`` of ``new`` at ``places``, from 1 on (0 is the sink), and let them be seen."""
        self.keys[:, voice][:, :, places] = new.keys[:, source]
        self.values[:, voice][:, :, places] = new.values[:, source]
        self.seen[voice, places] = True

    def scatter(self, voices: NDArray[np.intp], places: NDArray[np.int64], new: NewRows, seen: Bools) -> None:
        """Put rows of several voices [voices, rows] where each has its own ``places``; ``seen`` says which count."""
        each = voices[:, None]
        self.keys[:, each, :, places] = new.keys.transpose(1, 3, 0, 2, 4)
        self.values[:, each, :, places] = new.values.transpose(1, 3, 0, 2, 4)
        self.seen[each, places] = seen

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
