"""Fetches packages with ``apt-get download``, as an ordinary user, into a folder; nothing is installed.

apt checks what it loads against the archive's signed lists; size and SHA-256 are checked again here before a package
gets its final name, so a file with that name is whole. A partial download is continued.
"""

from __future__ import annotations

import hashlib
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from hobnail_trainer.errors import CorpusError

Progress = Callable[[str], None]


class Wanted(NamedTuple):
    """A package as the archive offers it."""

    package: str
    file: str
    size: int
    sha256: str


def fetch(packages: Iterable[str], folder: Path, *, progress: Progress) -> tuple[dict[str, Path], dict[str, str]]:
    """(package -> file, package -> why it could not be had). Raises CorpusError when apt is not there."""
    found, missing = dict[str, Path](), dict[str, str]()
    folder.mkdir(parents=True, exist_ok=True)
    for package in packages:
        here = local_package(package, folder)
        if here is not None:
            found[package] = here
            continue
        progress(f"fetching {package}")
        try:
            found[package] = _fetch_one(package, folder)
        except subprocess.CalledProcessError as error:
            lines = [line for line in (error.stderr or "").splitlines() if line.startswith("E:")]
            missing[package] = lines[-1].removeprefix("E: ") if lines else f"apt-get ended with {error.returncode}"
    return found, missing


def local_package(package: str, folder: Path) -> Path | None:
    """A whole package that is already in ``folder``; the newest when there are several."""
    return max(folder.glob(f"{package}_*.deb"), key=lambda path: path.stat().st_mtime, default=None)


def _fetch_one(package: str, folder: Path) -> Path:
    incoming = folder / "incoming"
    incoming.mkdir(exist_ok=True)
    offer = _offer(package, folder)
    for attempt in ("first", "again"):
        _apt(folder, ["download", package], incoming)
        loaded = incoming / offer.file
        if loaded.exists() and loaded.stat().st_size == offer.size and _sha256(loaded) == offer.sha256:
            target = folder / offer.file
            loaded.replace(target)
            return target
        loaded.unlink(missing_ok=True)
        if attempt == "again":
            break
    raise CorpusError(f"{package}: what was loaded is not what the archive promises.", cure="Run the command again.")


def _offer(package: str, folder: Path) -> Wanted:
    """What the archive says of a package, from ``apt-get --print-uris download``."""
    lines = _apt(folder, ["--print-uris", "download", package], folder).splitlines()
    for line in lines:
        parts = shlex.split(line)
        if len(parts) == 4 and parts[3].startswith("SHA256:"):
            return Wanted(package, parts[1], int(parts[2]), parts[3].removeprefix("SHA256:"))
    raise CorpusError(f"{package}: the archive gives no SHA-256 for it.", cure="Run `apt-get update` first.")


def _apt(folder: Path, arguments: list[str], where: Path) -> str:
    program = shutil.which("apt-get")
    if program is None:
        raise CorpusError(
            "apt-get is not on this system.",
            cure="Put the .deb files into DIR/packages by other means, or build from your own sounds: --folder.",
        )
    caches = [  # else apt rebuilds its cache, half a minute of CPU, at each call of a user who may not write it
        f"-oDir::Cache::pkgcache={folder / 'pkgcache.bin'}",
        f"-oDir::Cache::srcpkgcache={folder / 'srcpkgcache.bin'}",
    ]
    command = [program, "-qq", *caches, *arguments]
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=True).stdout


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
