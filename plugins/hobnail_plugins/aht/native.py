"""The graph ``plain`` without onnxruntime, where a bundle has its weights by name and the processor AVX-512 with VNNI.

The same numbers, but for the last places of float32, in a third of the time: no operation is a call of its own, and
what lies between two of them stays in the cache (``native/include/hobnail/neural``). A voice is the same in any
company.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hobnail.errors import BundleError
from hobnail_native import NeuralNetwork, NeuralPass, neural_supported
from hobnail_plugins.aht.bundle import Bundle
from hobnail_plugins.aht.manifest import NATIVE
from hobnail_plugins.aht.spec import CUE_WIDTH

_CURE: Final = "Copy the bundle again, or export it again: hobnail-train export RUN --to BUNDLE."


def native_network(bundle: Bundle) -> NeuralNetwork | None:
    """[control] A bundle's network; None: it has no native weights, or this processor cannot. Raises BundleError."""
    path, spec = bundle.folder / NATIVE, bundle.manifest.network
    if not neural_supported() or NATIVE not in {file.name for file in bundle.manifest.files}:
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        return NeuralNetwork(
            arrays,
            latents=spec.latents,
            width=spec.width,
            layers=spec.layers,
            heads=spec.heads,
            inner=spec.mlp * spec.width,
            cue=spec.cue_hops * CUE_WIDTH,
            cue_inner=arrays["cue_in_weight"].shape[1] if spec.cue_hops else 0,
            ages=len(arrays["old"]),
            ends=len(arrays["ends"]) if spec.told_end else 0,
            history_least=spec.history_least,
        )
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path}: not whole: {error}", cure=_CURE) from error


class NativeBinding:
    """Inputs and outputs of a pass, by the names of the graph: what onnxruntime's binding is elsewhere. [engine]"""

    def __init__(self, network: NeuralNetwork, *, voices: int, hops: int) -> None:
        self._pass = NeuralPass(network, voices=voices, hops=hops)

    def bind_ortvalue_input(self, name: str, value: NDArray[Any]) -> None:
        """An array as it lies; what is seen of a stream comes before its rows."""
        self._pass.bind(name, value)

    def bind_ortvalue_output(self, name: str, value: NDArray[Any]) -> None:
        """An array to be written."""
        self._pass.bind(name, value)

    def run(self) -> None:
        """One pass; the interpreter is free meanwhile."""
        self._pass.run()
