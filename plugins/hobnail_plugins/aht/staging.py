"""Arrays of the host, and their copies on a device: each at one address for as long as its shape is in use.

A graph on a GPU reads and writes device memory. What is bound there is bound once; before a pass what changed is
copied into it, afterwards what came out is copied back. Addresses that stay are also what a CUDA graph wants.

On the CPU the same code copies from host to host, which is how it is tested without a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnxruntime

Arrays = Mapping[str, NDArray[Any]]


class Staging:
    """Copies of one step's arrays. [engine]"""

    def __init__(self, place: Callable[[NDArray[Any]], onnxruntime.OrtValue]) -> None:
        """``place`` gives room on the device for an array of that shape and kind."""
        self._place = place
        self._values: dict[tuple[str, tuple[int, ...]], onnxruntime.OrtValue] = {}

    def copied(self, arrays: Arrays) -> dict[str, onnxruntime.OrtValue]:
        """Arrays as they are now, on the device; of one name and shape always in the same place."""
        found = {}
        for name, array in arrays.items():
            found[name] = value = self._room(name, array)
            if array.size:
                value.update_inplace(array)
        return found

    def outputs(self, arrays: Arrays) -> dict[str, onnxruntime.OrtValue]:
        """Room for what a graph writes."""
        return {name: self._room(name, array) for name, array in arrays.items()}

    def fetch(self, names: Iterable[str], into: Arrays) -> None:
        """What a graph wrote, back into arrays of the host."""
        for name in names:
            into[name][...] = self._room(name, into[name]).numpy()

    def _room(self, name: str, array: NDArray[Any]) -> onnxruntime.OrtValue:
        key = name, array.shape
        if key not in self._values:
            self._values[key] = self._place(array)
        return self._values[key]
