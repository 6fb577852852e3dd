"""Arrays that numpy pickled, a dictionary of dictionaries of them, read without running anything that a file names."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import torch

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.weights import no_weights

KNOWN: Final = {
    (module, name): value
    for modules, name, value in (
        (("numpy",), "ndarray", np.ndarray),
        (("numpy",), "dtype", np.dtype),
        (("numpy.core.multiarray", "numpy._core.multiarray"), "_reconstruct", np.empty(0).__reduce__()[0]),
    )
    for module in modules
}
"""All that such a file may name."""


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> object:
        """Raises UnpicklingError for anything but arrays."""
        try:
            return KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"names {module}.{name}") from None


def read_arrays(file: Path) -> dict[str, object]:
    """Tensors by ``outer.inner`` name from an .npy file of pickled dictionaries. Raises TeacherError."""
    try:
        with file.open("rb") as opened:
            found = _dictionary(opened)
    except pickle.UnpicklingError as error:
        raise TeacherError(
            f"{file}: holds more than arrays, or is cut off: {error}.",
            cure="Fetch it again: hobnail-train teacher fetch; or save its arrays as safetensors.",
        ) from error
    except (OSError, EOFError, ValueError, TypeError, AttributeError, IndexError, UnicodeDecodeError) as error:
        raise no_weights(file, error) from error
    return {
        f"{outer}.{inner}": torch.from_numpy(np.ascontiguousarray(array))
        for outer, arrays in found.items()
        if isinstance(arrays, dict)
        for inner, array in arrays.items()
        if isinstance(array, np.ndarray) and array.dtype == np.float32
    }


def _dictionary(opened: BinaryIO) -> dict[str, object]:
    if np.lib.format.read_magic(opened) != (1, 0):
        raise ValueError("an .npy file of another version")
    shape, _, dtype = np.lib.format.read_array_header_1_0(opened)
    if shape != () or dtype != np.dtype(object):
        raise ValueError(f"holds {dtype} {list(shape)}, expected one dictionary")
    loaded = _ArraysOnly(opened, encoding="latin1").load()
    found = loaded.item() if isinstance(loaded, np.ndarray) and loaded.ndim == 0 else loaded
    if not isinstance(found, dict):
        raise ValueError(f"holds a {type(found).__name__}, expected a dictionary")
    return found
