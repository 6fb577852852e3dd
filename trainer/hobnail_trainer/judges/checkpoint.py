"""Checkpoints of torch as arrays, read by an unpickler that knows tensors and plain values and nothing else.

A checkpoint is a zip: ``*/data.pkl`` describes the values, ``*/data/N`` are the bytes of the tensors. A pickle can call
anything; this one can name the six things below, and a file that names another is refused. The bytes must be a
little-endian machine's, which is what torch writes on all that it runs on.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.errors import JudgeError

_STORAGES: Final = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8"}


def read_checkpoint(data: bytes, *, source: str) -> object:
    """The values of a checkpoint with numpy arrays for tensors. Raises JudgeError naming ``source``."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            return _Reader(archive, name.removesuffix("/data.pkl")).load()
    except StopIteration as error:
        raise JudgeError(f"{source}: there is no data.pkl in it; not a checkpoint.", cure="Fetch it again.") from error
    except JudgeError:
        raise
    except Exception as error:  # a broken pickle may fail in any way
        raise JudgeError(f"{source}: not a checkpoint that can be read: {error}.", cure="Fetch it again.") from error


class _Reader(pickle.Unpickler):
    """Reads ``data.pkl``."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{root}/data.pkl")))
        self._archive = archive
        self._root = root

    def find_class(self, module: str, name: str) -> object:
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("numpy", "dtype"): np.dtype,
            ("numpy.core.multiarray", "scalar"): _scalar,
            ("numpy._core.multiarray", "scalar"): _scalar,
            ("_codecs", "encode"): _latin,
        }
        if (module, name) not in known:
            raise JudgeError(
                f"A checkpoint names {module}.{name}, which weights do not need.", cure="Do not use that file."
            )
        return known[module, name]

    def persistent_load(self, pid: tuple[str, str, str, str, int]) -> NDArray[Any]:
        """A tensor's bytes: pid is ("storage", type, key, device, count)."""
        _, dtype, key, _, count = pid
        values = np.frombuffer(self._archive.read(f"{self._root}/data/{key}"), dtype)
        if values.size != count:
            raise JudgeError(f"Tensor data {key} has {values.size} values, expected {count}.", cure="Fetch it again.")
        return values


def _tensor(
    values: NDArray[Any], offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> NDArray[Any]:
    """A tensor's view of its values, copied. Sizes and strides are in values."""
    last = offset + sum((count - 1) * step for count, step in zip(size, stride, strict=True)) if all(size) else offset
    if offset < 0 or min(stride, default=0) < 0 or last > max(values.size - 1, 0):
        raise JudgeError("A tensor of a checkpoint reaches beyond its data.", cure="Fetch it again.")
    steps = tuple(step * values.itemsize for step in stride)
    return np.lib.stride_tricks.as_strided(values[offset:], size, steps).copy()


def _scalar(dtype: np.dtype[Any], data: bytes) -> object:
    if dtype.hasobject:
        raise JudgeError("A checkpoint holds objects where numbers belong.", cure="Do not use that file.")
    return np.frombuffer(data, dtype)[0]


def _latin(text: str, _encoding: str) -> bytes:
    """Pickle's way to store bytes in its old protocol."""
    return text.encode("latin-1")
