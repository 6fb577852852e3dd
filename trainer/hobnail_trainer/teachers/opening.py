"""Teachers by what people type: ``own:FILE``, ``random``, ``random:FILE``, ``shuffled:own:FILE``, ``atst:FILE`` ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from hobnail_trainer.errors import TeacherError
from hobnail_trainer.teachers.contract import JUDGES, ClipTeacher, Teacher
from hobnail_trainer.teachers.controls import Shuffled

KINDS: Final = (
    "own:FILE",
    "random[:FILE]",
    "spectra",
    "shuffled:TEACHER",
    "atst:FILE",
    "dasheng:PATH",
    "beats:FILE",
    "soundnet:FILE",
    "onnx:FOLDER",
)


def open_teacher(text: str) -> Teacher:
    """The teacher that ``text`` names. Raises TeacherError."""
    kind, _, path = text.partition(":")
    if kind in JUDGES:
        raise TeacherError(
            f"{kind!r} is a judge, and judges may not teach: who learns from one is judged well whatever comes out.",
            cure="Choose another teacher.",
        )
    if kind == "shuffled":
        return Shuffled(open_teacher(path))
    loaders: Mapping[str, Callable[[Path], Teacher]] = {
        "own": _own,
        "random": _random,
        "spectra": _spectra,
        "atst": _atst,
        "dasheng": _dasheng,
        "beats": _beats,
        "soundnet": _soundnet,
        "onnx": _exported,
    }
    if kind not in loaders or not (path or kind in ("random", "spectra")):
        raise TeacherError(f"{text!r} names no teacher.", cure=f"Write one of: {', '.join(KINDS)}.")
    return loaders[kind](Path(path) if path else Path())


def open_clip_teacher(text: str) -> ClipTeacher:
    """The clip-level teacher that ``text`` names: ``clap:FOLDER``. Raises TeacherError."""
    kind, _, path = text.partition(":")
    if kind != "clap" or not path:
        raise TeacherError(f"{text!r} names no clip-level teacher.", cure="Write clap:FOLDER.")
    from hobnail_trainer.teachers.foreign.clap import Clap

    return Clap.load(Path(path))


def _own(path: Path) -> Teacher:
    from hobnail_trainer.teachers.own.teacher import OwnTeacher

    return OwnTeacher.load(path)


def _random(path: Path) -> Teacher:
    from hobnail_trainer.teachers.own.teacher import OwnTeacher, random_teacher

    return random_teacher(OwnTeacher.load(path) if path != Path() else None)


def _spectra(_path: Path) -> Teacher:
    from hobnail_trainer.teachers.own.teacher import Spectra

    return Spectra()


def _atst(path: Path) -> Teacher:
    from hobnail_trainer.teachers.foreign.atst import AtstFrame

    return AtstFrame.load(path)


def _dasheng(path: Path) -> Teacher:
    from hobnail_trainer.teachers.foreign.dasheng import Dasheng

    return Dasheng.load(path)


def _beats(path: Path) -> Teacher:
    from hobnail_trainer.teachers.foreign.beats import BeatsTeacher

    return BeatsTeacher.load(path)


def _soundnet(path: Path) -> Teacher:
    from hobnail_trainer.teachers.foreign.soundnet import SoundNet

    return SoundNet.load(path)


def _exported(path: Path) -> Teacher:
    from hobnail_trainer.teachers.foreign.exported import Exported

    return Exported.load(path)
