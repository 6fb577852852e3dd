"""Safe mode: a bundle that brought the program down while it was loaded is not loaded again at the next start.

A marker in the user's cache names the bundle and the process while a bundle is loaded and tried; it goes when the first
steps were good, or when loading failed in an orderly way. One that is left, whose process is gone, tells of a crash.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hobnail.errors import BundleError


def cache_folder() -> Path:
    """Where markers lie: the user's cache."""
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "hobnail"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "hobnail" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "hobnail"
    return Path.home() / ".cache" / "hobnail"


def marker_of(bundle: Path) -> Path:
    """A bundle's marker."""
    name = hashlib.sha256(str(bundle.resolve()).encode()).hexdigest()[:16]
    return cache_folder() / f"loading-{name}.json"


def refuse_if_it_crashed(bundle: Path) -> None:
    """Raises BundleError when the last process that loaded this bundle did not live to see it play."""
    marker = marker_of(bundle)
    try:
        process = int(json.loads(marker.read_text(encoding="utf-8"))["process"])
    except (OSError, ValueError, KeyError, TypeError):  # none, or one that nobody can read
        return
    if process == os.getpid() or _lives(process):
        return
    raise BundleError(
        f"{bundle}: the program ended while it loaded this bundle the last time, so it is left out.",
        cure=f"Take another bundle, or delete {marker} to try it again.",
    )


@contextmanager
def marked(bundle: Path) -> Iterator[None]:
    """While a bundle is loaded and tried. A cache that cannot be written does without."""
    marker = marker_of(bundle)
    try:
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(json.dumps({"process": os.getpid(), "bundle": str(bundle)}), encoding="utf-8")
    except OSError:
        yield
        return
    try:
        yield
    finally:
        marker.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    if sys.platform == "win32":  # os.kill would end it
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
