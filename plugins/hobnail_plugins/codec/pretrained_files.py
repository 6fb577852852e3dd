"""Folders with weights: what must lie in them, read and checked without torch. Nothing is downloaded."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from hobnail.errors import ConfigError

_COPY: Final = "Copy the file again from where it came; a Git LFS pointer becomes the file by `git lfs pull`."
_LONGEST_HEADER: Final = 100_000_000  #: bytes; the format's own limit

Read = TypeVar("Read")


def open_folder(path: str, *, codec: str) -> Path:
    """The folder of a setting ``path``. Raises ConfigError."""
    where = f"[component.{codec}] path"
    folder = Path(path).expanduser()
    cure = "Give the folder that holds the codec's configuration and its .safetensors file."
    if not folder.exists():
        raise ConfigError(f"{where}: there is no folder {path!r}.", cure=cure)
    if not folder.is_dir():
        raise ConfigError(f"{where}: {path!r} is a file, expected a folder.", cure=cure)
    return folder


def read_settings(file: Path) -> dict[str, object]:
    """The object in a JSON file. Raises ConfigError."""
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        there = ", ".join(sorted(item.name for item in file.parent.iterdir())[:8]) or "nothing"
        raise ConfigError(
            f"{file.parent}: there is no {file.name}; found {there}.",
            cure="Give the folder that the model's own library saves.",
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: not JSON that can be read: {error}.", cure=_COPY) from error
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: found {type(found).__name__}, expected an object of settings.", cure=_COPY)
    return found


def converted(tree: dict[str, object], file: Path, kind: type[Read]) -> Read:
    """Settings of ``file`` as a struct; keys that it does not know are left alone. Raises ConfigError."""
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        name = str(error).rpartition("$.")[2].partition("`")[0].partition("[")[0]
        found = f" Found {tree[name]!r}." if name in tree else ""
        raise ConfigError(f"{file}: {error}.{found}", cure="Restore the model's own configuration.") from error


def find_weights(folder: Path, names: Sequence[str]) -> Path:
    """The first of ``names`` that is in ``folder``, found whole. Raises ConfigError."""
    for name in names:
        if (folder / name).is_file():
            refuse_cut_off(folder / name)
            return folder / name
    there = ", ".join(sorted(item.name for item in folder.iterdir())[:8]) or "nothing"
    raise ConfigError(
        f"{folder}: there is no {' or '.join(names)}; found {there}.",
        cure="Save the weights as safetensors; pickled ones (.bin, .ckpt, .pth) can run code and are not read.",
    )


def refuse_cut_off(file: Path) -> None:
    """Raises ConfigError unless a safetensors file is as long as its header says.

    The format: uint64 length of the header, little-endian; the header, JSON with each tensor's ``data_offsets``; bytes.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            start = stream.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 2 <= length <= min(size - 8, _LONGEST_HEADER):
                raise ConfigError(
                    f"{file}: {size} bytes, the first 8 are no header's length; not a whole safetensors file.",
                    cure=_COPY,
                )
            header = json.loads(stream.read(length))
        ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        expected = 8 + length + max(ends, default=0)
    except (OSError, ValueError, AttributeError, KeyError, IndexError, TypeError) as error:
        raise ConfigError(f"{file}: its header cannot be read: {error}.", cure=_COPY) from error
    if size != expected:
        raise ConfigError(f"{file}: found {size} bytes, its header tells of {expected}.", cure=_COPY)
