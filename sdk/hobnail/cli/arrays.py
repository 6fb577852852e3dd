"""Arrays in files, there whole or not at all."""

from __future__ import annotations

import io
import os
import secrets
from pathlib import Path

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import CodecError


def read_array(path: Path, *, columns: int) -> Float32:
    """float32 [rows, columns] from a .npy file. Raises CodecError."""
    try:
        array = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).rstrip(".")
        raise CodecError(f"{path}: cannot be read as an array: {reason}.", cure="Give a whole .npy file.") from error
    if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.shape[1:] != (columns,):
        found = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else "an archive"
        raise CodecError(
            f"{path}: found {found}, expected float32 [rows, {columns}].", cure="Was it written by another codec?"
        )
    return array


def write_array(path: Path, array: Float32) -> None:
    """Write a .npy file. Raises CodecError."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    packed = io.BytesIO()
    np.save(packed, array, allow_pickle=False)
    try:
        part.write_bytes(packed.getvalue())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CodecError(
            f"{path}: cannot be written: {error.strerror}.", cure="Name a file that you may write to."
        ) from error
