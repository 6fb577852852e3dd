"""Folders of models that a user has: the files in them, found and read, each fault named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hobnail.errors import ConfigError

_WHOLE = "Give the folder as it was downloaded, with its configuration and vocabulary."


def open_folder(path: str, *, where: str) -> Path:
    """The folder of a setting; ``where`` is its place, "[encoder.minilm] path". Raises ConfigError."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        found = "is a file" if folder.exists() else "does not exist"
        raise ConfigError(f"{where}: {path!r} {found}, expected a folder.", cure=_WHOLE)
    return folder


def find_file(folder: Path, names: Sequence[str]) -> Path:
    """The first of ``names``, which may lie in folders below. Raises ConfigError."""
    for name in names:
        if (folder / name).is_file():
            return folder / name
    there = ", ".join(sorted(item.name for item in folder.iterdir())[:8]) or "nothing"
    raise ConfigError(f"{folder}: there is no {' or '.join(names)}; found {there}.", cure=_WHOLE)


def read_text(file: Path) -> str:
    """A UTF-8 file. Raises ConfigError."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}.", cure="Copy the file again.") from error


def read_object(file: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises ConfigError."""
    try:
        found = json.loads(read_text(file))
    except ValueError as error:
        raise ConfigError(f"{file}: not JSON: {error}.", cure="Copy the file again.") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: found {type(found).__name__}, expected an object.", cure="Copy the file again.")
    return found
