"""``plain``, ``remember`` and ``scene`` without onnxruntime, given weights by name and a processor with AVX-512 VNNI.

The same numbers, but for the last places of float32, in a third of the time: no operation is a call of its own, and
what lies between two of them stays in the cache (``native/include/hobnail/neural``). A voice is the same in any
company.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.errors import BundleError
from hobnail_native import NeuralMemory, NeuralNetwork, NeuralPass, NeuralRows, Team, neural_supported
from hobnail_plugins.aht.bundle import Bundle
from hobnail_plugins.aht.manifest import NATIVE
from hobnail_plugins.aht.rows import Halves
from hobnail_plugins.aht.spec import CUE_WIDTH, NetworkSpec

_CURE: Final = "Copy the bundle again, or export it again: hobnail-train export RUN --to BUNDLE."


class Native(NamedTuple):
    """A bundle's network. Any thread may ask for rows."""

    network: NeuralNetwork
    rows: NeuralRows

    def binding(self, *, voices: int, hops: int) -> NativeBinding:
        """[control] A pass of its own."""
        return NativeBinding(NeuralPass(self.network, voices=voices, hops=hops))

    def memory(self, arrays: Mapping[str, NDArray[Any]], slots: int) -> NeuralMemory:
        """[control] Arrays of a slab, written where they lie."""
        return NeuralMemory(self.rows, arrays, slots=slots)


def native_of(bundle: Bundle) -> Native | None:
    """[control] A bundle's network; None: it has no native weights, or this processor cannot. Raises BundleError."""
    path, spec = bundle.folder / NATIVE, bundle.manifest.network
    if not neural_supported() or NATIVE not in {file.name for file in bundle.manifest.files}:
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        network = NeuralNetwork(arrays, **sizes_of(spec, arrays))
        rows = NeuralRows(network, arrays, **row_sizes(spec))
        return Native(network, rows)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path}: not whole: {error}", cure=_CURE) from error


def sizes_of(spec: NetworkSpec, arrays: Mapping[str, NDArray[Any]]) -> dict[str, int]:
    """What ``NeuralNetwork`` has to know besides its weights."""
    return {
        "latents": spec.latents,
        "width": spec.width,
        "layers": spec.layers,
        "heads": spec.heads,
        "inner": spec.mlp * spec.width,
        "cue": spec.cue_hops * CUE_WIDTH,
        "cue_inner": arrays["cue_in_weight"].shape[1] if spec.cue_hops else 0,
        "ages": len(arrays["old"]),
        "ends": len(arrays["ends"]) if spec.told_end else 0,
        "history_least": spec.history_least,
    }


def row_sizes(spec: NetworkSpec) -> dict[str, int]:
    """The same of ``NeuralRows``."""
    seen = spec.resampler
    sizes = {"width": seen.width, "heads": seen.heads, "tokens": seen.tokens, "window": seen.window_hops}
    return sizes | {"taps": spec.history_taps, "features": spec.scene_width}


def natively(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """An input of ``plain``, by its name there, as the native pass reads it: rows are halves, keys turned over."""
    if array.ndim < 4:
        return array
    halves = Halves.of(array[None], array[None])
    found: NDArray[np.float16] = halves.keys[0] if "_keys_" in name else halves.values[0]
    return found


class NativeBinding:
    """Inputs and outputs of a pass, by the names of the graph: what onnxruntime's binding is elsewhere. [engine]"""

    def __init__(self, step: NeuralPass) -> None:
        self._pass = step

    def bind_ortvalue_input(self, name: str, value: NDArray[Any]) -> None:
        """An array as it lies; what is seen of a stream comes before its rows."""
        self._pass.bind(name, value)

    def bind_ortvalue_output(self, name: str, value: NDArray[Any]) -> None:
        """An array to be written."""
        self._pass.bind(name, value)

    def run(self) -> None:
        """One pass; the interpreter is free meanwhile."""
        self._pass.run()

    def descend(self, times: Sequence[float], rows: range, *, instant: bool, team: Team | None) -> None:
        """All passes of a block, which ``rows`` of ``x`` are led through in place; threads of ``team`` share them."""
        self._pass.descend(times, first=rows.start, count=len(rows), instant=instant, team=team)
