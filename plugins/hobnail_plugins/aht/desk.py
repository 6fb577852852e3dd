"""What voices of a kind share on their thread: the slab with their memory, steps laid out beforehand, a decoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hobnail.contracts import Codec
from hobnail_plugins.aht.bound import BoundStep, RowWindows
from hobnail_plugins.aht.bundle import Bundle
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.aht.slab import Slab
from hobnail_plugins.codec.codec import linear_codec


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """[one thread at a time]"""

    slab: Slab
    windows: RowWindows
    codec: Codec
    graphs: Graphs
    bound: dict[tuple[int, int, int, bool], BoundStep] = field(default_factory=dict)

    @staticmethod
    def of(graphs: Graphs, bundle: Bundle, codec: Callable[[], Codec], voices: int) -> Desk:
        """For so many voices."""
        slab = Slab(bundle.manifest.network, bundle.sinks, voices, halved=graphs.is_native)
        slab.native = graphs.memory(slab)
        return Desk(slab, RowWindows(graphs, slab), codec(), graphs)

    def step(self, size: int, hops: int, *, lane: int, adapted: bool) -> BoundStep:
        """The step of one size of batch, made once for each lane."""
        key = size, hops, lane, adapted
        if (found := self.bound.get(key)) is None:
            found = self.bound[key] = BoundStep(self.graphs, size, hops, adapted=adapted)
        return found


def prepared_codec() -> Codec:
    """The codec that bundles are made for."""
    codec = linear_codec()
    codec.prepare()
    return codec
