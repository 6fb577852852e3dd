"""A bundle's graphs, run by onnxruntime: one thread, no spinning; plain functions from arrays to arrays.

On the CPU arrays are inputs where they lie. Elsewhere a step's arrays have copies on the device
(:mod:`hobnail_plugins.aht.staging`), and passes may be captured as CUDA graphs, one for each set of shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_plugins.aht.bundle import Bundle
from hobnail_plugins.aht.graph_io import (
    BLOCK,
    CUE,
    LASTS,
    REPORTS,
    STEERING,
    STRENGTH,
    VELOCITY,
    GraphName,
    factor_of,
    rows_of,
    seen_of,
)
from hobnail_plugins.aht.native import NativeBinding, native_of
from hobnail_plugins.aht.neutral import Neutral
from hobnail_plugins.aht.rows import NewRows, Rows, empty_rows
from hobnail_plugins.aht.runtime import CPU, Device, captured_as, runtime_for, session_on
from hobnail_plugins.aht.spec import CUE_WIDTH
from hobnail_plugins.streams import STREAMS

if TYPE_CHECKING:
    import onnxruntime

    from hobnail_native import NeuralMemory
    from hobnail_plugins.aht.slab import Slab

Bools = NDArray[np.bool_]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """What may change from step to step besides the block: steering and adapters. Missing names are neutral."""

    steering: Mapping[str, Float32] = field(default_factory=dict)  #: as STEERING names them, [voices, 3] or [voices, 1]
    factors: Mapping[str, Float32] = field(default_factory=dict)  #: ``down_<place>``, ``up_<place>``, layer by layer
    strength: Float32 | None = None  #: [voices, 1 or hops, ranks]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What one pass works on. ``live`` None, or without factors: the plain graph, cheaper."""

    x: Float32  #: [voices, hops, latents], in the network's units
    t: Float32  #: [voices]
    r: Float32  #: [voices]
    first: Int64  #: [voices], hop of the clock
    age: Int64  #: [voices], hops since the voice began
    prompt: Float32  #: [voices, width]
    text: Rows
    vision: Rows
    history: Rows
    live: Live | None = None
    cue: Float32 | None = None  #: [voices, hops, cue_hops * CUE_WIDTH]; None: nothing is told
    lasts: Int64 | None = None  #: [voices], as LASTS; None: unknown


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """What one pass gave."""

    velocity: Float32  #: [voices, hops, latents]
    reports: Mapping[str, Float32]  #: by the names of REPORTS, [voices, 3], of the gates [voices, layers]


class Graphs:
    """Sessions of one bundle. ``tell``, ``see``, ``remember`` and ``step`` may be called by one thread at a time."""

    def __init__(
        self,
        bundle: Bundle,
        *,
        device: Device = "cpu",
        native: bool = True,
        captured: bool = False,
        staged: bool | None = None,
    ) -> None:
        """Load every graph that is needed at once. [control] Raises MissingExtraError, BundleError.

        ``native``: on a CPU ``plain`` is played without onnxruntime where bundle and processor allow. ``captured``:
        passes of ``plain`` are CUDA graphs, where they run on a GPU. ``staged``: a step's arrays are copied, as for a
        device; None: as the device wants it.
        """
        self.bundle, self.spec = bundle, bundle.manifest.network
        self._runtime = runtime_for(device)
        self._factors: Factors | None = None
        self._device: Device = device
        self._captured = captured
        self._numbers = count()
        names: tuple[GraphName, ...] = ("tell", "see", "scene", "remember")
        self._sessions: dict[GraphName, onnxruntime.InferenceSession] = {
            name: self._made(name) for name in names if bundle.graph(name).is_file()
        }
        self._elsewhere = self.provider != CPU
        self.staged = self._elsewhere if staged is None else staged
        """[any] Whether a step's arrays are copied before a pass and after."""
        self._native = native_of(bundle) if native and not self._elsewhere else None
        self.plain_is_steered = self.is_native or STEERING[0] in {
            value.name for value in self._session("plain").get_inputs()
        }
        """[any] Whether ``plain`` can be; not in bundles of version 1."""
        if not self.plain_is_steered:
            self.ready_for_adapters()
        self._neutral = Neutral(self.spec, bundle.manifest.adapters.slots * bundle.manifest.adapters.slot_rank)

    @property
    def provider(self) -> str:
        """[any] What the steps really run on, read back from the session: its first choice comes first."""
        session = self._sessions.get("plain") or self._sessions["remember"]
        return str(session.get_providers()[0])

    @property
    def is_native(self) -> bool:
        """[any] Whether ``plain`` is played by the native pass."""
        return self._native is not None

    def ready_for_adapters(self) -> None:
        """[control] Load the graph with room for them: without a palette there is no need. Raises BundleError."""
        self._session("step")

    def _session(self, name: GraphName) -> onnxruntime.InferenceSession:
        """A graph that is loaded when it is first needed."""
        if name not in self._sessions:
            self._sessions[name] = self._made(name)
        return self._sessions[name]

    def _made(self, name: GraphName) -> onnxruntime.InferenceSession:
        captured = self._captured and name == "plain"
        return session_on(self._runtime, self.bundle.graph(name), self._device, captured=captured)

    def place(self, array: NDArray[Any]) -> onnxruntime.OrtValue:
        """[control] Room for such an array where the graphs run."""
        where = "cuda" if self._elsewhere else "cpu"
        return self._runtime.OrtValue.ortvalue_from_shape_and_type(array.shape, array.dtype, where, 0)

    def number(self) -> int | None:
        """[control] Of a new CUDA graph, for steps of ``plain`` of other shapes than before; None: there are none."""
        return next(self._numbers) if self._captured and self._elsewhere else None

    def value(self, array: NDArray[Any]) -> onnxruntime.OrtValue:
        """[any] An array as an input or output, where it lies; it has to lie in one piece."""
        if not array.flags.c_contiguous:
            raise ValueError(f"an array of {list(array.shape)} does not lie in one piece")
        return self._runtime.OrtValue.ortvalue_from_numpy(array)

    def binding(self, *, adapted: bool) -> onnxruntime.IOBinding:
        """[engine] Empty bindings of ``step`` (with adapters) or ``plain``."""
        return self._session("step" if adapted else "plain").io_binding()

    def native_binding(self, voices: int, hops: int) -> NativeBinding:
        """[engine] Empty bindings of ``plain``, for the native pass."""
        assert self._native is not None
        return self._native.binding(voices=voices, hops=hops)

    def memory(self, slab: Slab) -> NeuralMemory | None:
        """[control] A slab as the native networks write it; None: they do not play."""
        return None if self._native is None else self._native.memory(slab.arrays, slab.voices)

    def run_bound(
        self, binding: onnxruntime.IOBinding | NativeBinding, *, adapted: bool, number: int | None = None
    ) -> None:
        """[engine] One pass over what is bound. ``number``: of the CUDA graph of these shapes."""
        if isinstance(binding, NativeBinding):
            binding.run()
            return
        session = self._sessions["step" if adapted else "plain"]
        if number is None:
            session.run_with_iobinding(binding)
        else:
            session.run_with_iobinding(binding, captured_as(self._runtime, number))

    def factors(self, of: Mapping[str, Float32]) -> Factors:
        """[engine] A snapshot's factors as inputs; an empty one: some that add nothing. Made once for each."""
        of = of or self._neutral.factors
        if self._factors is None or self._factors.of is not of:
            self._factors = Factors(of, self.spec.layers, self._value)
        return self._factors

    def tell(self, text: Float32, seen: Bools) -> tuple[NewRows, Float32]:
        """[control] text [voices, tokens, width], seen [voices, tokens] -> rows and prompts [voices, width]."""
        keys, values, prompt = self._sessions["tell"].run(None, {"text": text, "seen": seen})
        return NewRows(keys, values), prompt

    def see(
        self, scene: Float32, scene_seen: Bools, pixels: Float32 | None, pixels_seen: Bools | None, first: Int64
    ) -> NewRows:
        """[engine] scene [voices, window - 1 + n, 24], pixels [voices, window - 1 + n, 64, 6] -> rows of n hops.

        ``first`` [voices]: the hop of the first row; a hop has ``resampler.tokens`` rows, one after the other. Without
        pixels it is a fifth of the work.
        """
        if pixels is None and self._native is not None:
            return NewRows(*self._native.rows.see(scene, scene_seen, first))
        if pixels is None and "scene" in self._sessions:
            given = {"scene": scene, "scene_seen": scene_seen, "first": first}
            return NewRows(*self._sessions["scene"].run(None, given))
        if pixels is None or pixels_seen is None:
            pixels = np.zeros((*scene_seen.shape, self.spec.cells, self.spec.cell_width), np.float32)
            pixels_seen = np.zeros_like(scene_seen)
        given = {"scene": scene, "scene_seen": scene_seen, "pixels": pixels, "pixels_seen": pixels_seen, "first": first}
        return NewRows(*self._sessions["see"].run(None, given))

    def remember(self, latents: Float32, first: Int64) -> NewRows:
        """[engine] latents [voices, taps - 1 + n, latents] in the network's units -> rows of n hops from ``first``."""
        if self._native is not None:
            return NewRows(*self._native.rows.remember(latents, first))
        return NewRows(*self._sessions["remember"].run(None, {"latents": latents, "first": first}))

    def step(self, block: Block) -> Passed:
        """[engine] One pass. Rows that lie in one piece (:meth:`Rows.voices` from voice 0 on) are not copied."""
        values = {each: self._value(array) for each, array in self._common(block).items()}
        live = block.live or Live()
        adapted = bool(live.factors) or live.strength is not None or (bool(live.steering) and not self.plain_is_steered)
        if adapted or self.plain_is_steered:
            steering = self._neutral.steering(len(block.x)) | dict(live.steering)
            values |= {name: self._value(array) for name, array in steering.items()}
        if adapted:
            values |= self._adapted(live, len(block.x))
        session = self._session("step" if adapted else "plain")
        loose = captured_as(self._runtime, -1) if self._captured and self._elsewhere else None
        velocity, *reports = session.run_with_ort_values([VELOCITY, *REPORTS], values, loose)
        return Passed(velocity.numpy(), {name: value.numpy() for name, value in zip(REPORTS, reports, strict=True)})

    def rows(self, stream: str, voices: int, rows: int) -> Rows:
        """[control] Memory for a stream, of which only the sinks are seen."""
        made = empty_rows(self.bundle.sinks[stream], voices, rows)
        return made.halved() if self.is_native else made

    def _common(self, block: Block) -> dict[str, NDArray[Any]]:
        given: dict[str, NDArray[Any]] = {name: getattr(block, name) for name in BLOCK}
        if width := self.spec.cue_hops * CUE_WIDTH:
            given[CUE] = np.zeros((*block.x.shape[:2], width), np.float32) if block.cue is None else block.cue
        if self.spec.told_end:
            given[LASTS] = np.zeros(len(block.x), np.int64) if block.lasts is None else block.lasts
        for stream, rows in zip(STREAMS, (block.text, block.vision, block.history), strict=True):
            given[seen_of(stream)] = rows.seen
            for layer in range(self.spec.layers):
                given[rows_of(stream, "keys", layer)] = rows.keys[layer]
                given[rows_of(stream, "values", layer)] = rows.values[layer]
        return given

    def _adapted(self, live: Live, voices: int) -> dict[str, onnxruntime.OrtValue]:
        factors = self.factors(live.factors)
        strength = self._neutral.strength(voices) if live.strength is None else live.strength
        return {STRENGTH: self._value(strength[..., : factors.ranks])} | factors.values

    def _value(self, array: NDArray[Any]) -> onnxruntime.OrtValue:
        """An array as it lies, where it lies in one piece."""
        return self._runtime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array))


class Factors:
    """A snapshot's factors as inputs, made once; ranks behind the last one that does anything are left out."""

    def __init__(self, of: Mapping[str, Float32], layers: int, value: Callable[..., onnxruntime.OrtValue]) -> None:
        self.of = of
        ups = [array for name, array in of.items() if name.startswith("up_")]
        used = np.logical_or.reduce([array.any(axis=(0, 2)) for array in ups])
        self.ranks = int(used.nonzero()[0].max(initial=0)) + 1
        self.values = {
            factor_of(name, layer): value(
                array[layer, : self.ranks] if name.startswith("up_") else array[layer, :, : self.ranks]
            )
            for name, array in of.items()
            for layer in range(layers)
        }
