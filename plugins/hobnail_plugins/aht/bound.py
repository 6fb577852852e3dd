"""Steps laid out beforehand: inputs and outputs of one size of batch, bound once and written in place.

On the CPU a graph reads the slab's rows where they lie. Elsewhere what is bound are copies on the device
(:mod:`hobnail_plugins.aht.staging`): rows are copied once a step, the rest before each pass, results after it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_native import Team
from hobnail_plugins.aht.graph_io import CUE, LASTS, REPORTS, STEERING, STRENGTH, VELOCITY, rows_of, seen_of
from hobnail_plugins.aht.native import NativeBinding
from hobnail_plugins.aht.rows import Rows
from hobnail_plugins.aht.slab import Slab, Window
from hobnail_plugins.aht.spec import CUE_WIDTH
from hobnail_plugins.aht.staging import Arrays, Staging

if TYPE_CHECKING:
    import onnxruntime

    from hobnail_plugins.aht.graphs import Graphs

WINDOWS: Final = 64
"""Windows of a slab whose inputs are kept."""

YOUNG_ROWS: Final = 5
"""Of history that voices without any look at: the sink and a few that are hidden."""

Inputs = Mapping[str, "onnxruntime.OrtValue | NDArray[Any]"]
"""Arrays themselves for the native pass, and where they are copied."""


class RowWindows:
    """A slab's rows as inputs, window by window."""

    def __init__(self, graphs: Graphs, slab: Slab) -> None:
        self._graphs, self._slab = graphs, slab
        self._kept: OrderedDict[tuple[Window, bool, bool, bool], Inputs] = OrderedDict()
        self._nothing: dict[int, Rows] = {}

    def inputs(self, window: Window, *, young: bool = False, native: bool = False, halved: bool = False) -> Inputs:
        """[engine] Prompt, rows and what is seen of them: views, made once for a window.

        ``young``: all of its voices that count remember nothing yet. Hidden rows add exact zeros to every sum: with a
        few in place of all, a voice is the same to the bit, and its first block a tenth to a fifth less work.
        ``native``: arrays themselves. ``halved``: rows in half precision, for the native pass.
        """
        key = window, young, native, halved
        if (found := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return found
        which = slice(window.first, window.first + window.size)
        given: dict[str, NDArray[Any]] = {"prompt": self._slab.prompt[which]}
        for stream, whole in self._slab.rows.items():
            rows = self._no_history(window.size) if young and stream == "history" else whole.voices(which)
            given[seen_of(stream)] = rows.seen
            keys, values = (rows.keys, rows.values) if not halved or rows.halves is None else rows.halves
            for layer in range(self._graphs.spec.layers):
                given[rows_of(stream, "keys", layer)] = keys[layer]
                given[rows_of(stream, "values", layer)] = values[layer]
        self._kept[key] = made = given if native else {name: self._graphs.value(array) for name, array in given.items()}
        if len(self._kept) > WINDOWS:
            self._kept.popitem(last=False)
        return made

    def _no_history(self, voices: int) -> Rows:
        """The sink, and a few rows that nobody sees."""
        if voices not in self._nothing:
            self._nothing[voices] = self._graphs.rows("history", voices, YOUNG_ROWS - 1)
        return self._nothing[voices]


class BoundStep:
    """One graph at one number of voices and hops. Fill its arrays, then :meth:`run`; read ``velocity``, ``reports``."""

    def __init__(self, graphs: Graphs, voices: int, hops: int, *, adapted: bool) -> None:
        spec = graphs.spec
        self._graphs, self._adapted = graphs, adapted
        self.x: Float32 = np.zeros((voices, hops, spec.latents), np.float32)
        self.t: Float32 = np.ones(voices, np.float32)
        self.r: Float32 = np.ones(voices, np.float32)
        self.first = np.zeros(voices, np.int64)
        self.age = np.zeros(voices, np.int64)
        self.steering: dict[str, Float32] = {}
        if adapted or graphs.plain_is_steered:
            widths = dict(zip(STEERING, (3, 1, 3, 1), strict=True))
            self.steering = {name: np.zeros((voices, width), np.float32) for name, width in widths.items()}
        self.velocity: Float32 = np.zeros_like(self.x)
        widths = {name: spec.layers if name == "gca_gates" else 3 for name in REPORTS}
        self.reports: dict[str, Float32] = {
            name: np.zeros((voices, width), np.float32) for name, width in widths.items()
        }
        native = graphs.is_native and not adapted
        self._staging = Staging(graphs.place) if graphs.staged and not native else None
        self.native = native or self._staging is not None  #: it wants arrays themselves
        self.halved = native  #: and rows in half precision
        self._binding = graphs.native_binding(voices, hops) if native else graphs.binding(adapted=adapted)
        value: Callable[[NDArray[Any]], Any] = _as_it_is if self.native else graphs.value
        own: dict[str, NDArray[Any]] = {"x": self.x, "t": self.t, "r": self.r, "first": self.first, "age": self.age}
        own.update(self.steering)
        self.cue: Float32 = np.zeros((voices, hops, spec.cue_hops * CUE_WIDTH), np.float32)
        if spec.cue_hops:
            own[CUE] = self.cue
        self.lasts = np.zeros(voices, np.int64)
        if spec.told_end:
            own[LASTS] = self.lasts
        self._told = False
        self._arrays = own
        self._own = {name: value(array) for name, array in own.items()}
        self._results = {VELOCITY: self.velocity} | self.reports
        staging = self._staging
        self._outputs = (
            {name: value(array) for name, array in self._results.items()}
            if staging is None
            else staging.outputs(self._results)
        )
        self._bind(self._own if staging is None else staging.copied(own))
        for name, output in self._outputs.items():
            self._binding.bind_ortvalue_output(name, output)
        self._rows: Inputs = {}
        self._numbers: dict[tuple[int, ...], int | None] = {}  # of CUDA graphs, by how many rows there are
        self._number: int | None = None
        self._factors: Inputs = {}
        self._strength: Float32 = np.zeros((voices, 1, 0), np.float32)

    def lay(self, rows: Inputs, factors: Inputs, strength: Float32 | None, ranks: int) -> None:
        """[engine] What the next passes read: a window's rows; with adapters, theirs, ``strength`` [voices, 1, n].

        ``factors`` have ``ranks`` ranks; None: every strength is 0.
        """
        if self._staging is not None:  # what lies there has changed, wherever it lies
            arrays = cast("Arrays", rows)
            self._bind(self._staging.copied(arrays))
            self._number = self._number_of(arrays)
        elif rows is not self._rows:
            self._bind(rows)
            self._rows = rows
        if not self._adapted:
            return
        if factors is not self._factors:
            self._bind(factors)
            self._factors = factors
            self._strength = np.zeros((len(self.x), 1, ranks), np.float32)
            self._arrays[STRENGTH] = self._strength
            if self._staging is None:
                self._own[STRENGTH] = self._graphs.value(self._strength)
                self._bind({STRENGTH: self._own[STRENGTH]})
        self._strength[...] = 0.0 if strength is None else strength[..., :ranks]

    def tell(self, rows: NDArray[np.intp], cue: Float32 | None) -> None:
        """[engine] Cues of some voices of the batch, [voices, hops, cue_hops * CUE_WIDTH]; None: nothing is told."""
        if self._told:
            self.cue[...] = 0.0
        self._told = cue is not None
        if cue is not None:
            self.cue[rows] = cue

    def run(self) -> None:
        """[engine] One pass."""
        if self._staging is None:
            self._graphs.run_bound(self._binding, adapted=self._adapted)
            return
        self._bind(self._staging.copied(self._arrays))
        self._graphs.run_bound(self._binding, adapted=self._adapted, number=self._number)
        self._staging.fetch(self._results, self._results)

    def _number_of(self, rows: Arrays) -> int | None:
        if self._adapted:
            return None
        key = tuple(len(value[0][0]) for name, value in rows.items() if name.endswith("_keys_0"))
        if key not in self._numbers:
            self._numbers[key] = self._graphs.number()
        return self._numbers[key]

    def descend(self, times: Sequence[float], rows: range, *, instant: bool, team: Team | None) -> bool:
        """[engine] All passes by one call, where the native pass plays: ``rows`` of ``x`` through all ``times``.

        False: it does not, and nothing was done.
        """
        if not isinstance(self._binding, NativeBinding):
            return False
        self._binding.descend(times, rows, instant=instant, team=team)
        return True

    def _bind(self, inputs: Inputs) -> None:
        for name, value in inputs.items():
            self._binding.bind_ortvalue_input(name, value)


def _as_it_is(array: NDArray[Any]) -> NDArray[Any]:
    return array
