"""Where fetched weights lie on this machine: the environment is read here, in the command line, and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "HOBNAIL_CACHE"


def cache_folder(environment: Mapping[str, str] = os.environ, *, platform: str = sys.platform) -> Path:
    """HOBNAIL_CACHE, else ``hobnail`` in the user's cache as the system has it."""
    if chosen := environment.get(VARIABLE):
        return Path(chosen)
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "hobnail" / "Cache"
    if platform == "darwin":
        return Path.home() / "Library" / "Caches" / "hobnail"
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hobnail"


def weights_folder() -> Path:
    """Where ``hobnail-train judges fetch`` leaves weights unless told otherwise."""
    return cache_folder() / "judges"
