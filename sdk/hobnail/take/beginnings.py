"""Keeps the first 0.3 s of every voice as its engine made it, so that a report can look for it in a recording.

Unlike a take it changes nothing, not even a voice's first frame: the engine's thread copies a block, and files are
written when the session is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.commands import AnyCommand
from hobnail.config import Config
from hobnail.contracts import Block, Engine, Float32, Step, VoiceInput, VoiceStart
from hobnail.errors import SinkError
from hobnail.notices import AnyNotice
from hobnail.take.listening import heard
from hobnail_native import Mixer, SynthRenderer

BEGINNING_FRAMES: Final = 3 * RATE_HZ // 10
MOST_VOICES: Final = 1024
"""59 MB of them; later ones are not kept."""

Beginnings = Mapping[int, Float32]
"""Voice -> float32 [at most ``BEGINNING_FRAMES``], mono, before every gain."""


@dataclass(slots=True)
class _Voice:
    seed: int
    blocks: list[Block] = field(default_factory=list)
    frames: int = 0


class BeginningsRecorder:
    """Records one session's voices into ``path`` (.npz). Implements :class:`hobnail.recording.SessionRecorder`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._voices: dict[int, _Voice] = {}

    def new_mixer(self, **arguments: Any) -> Mixer:  # noqa: ANN401 - handed on as new_mixer gives them
        """A plain mixer: there is nothing to note."""
        return Mixer(**arguments)

    def noted(self, engines: Mapping[str, Engine]) -> Mapping[str, Engine]:
        """The same engines; what they make is kept."""
        return heard(engines, self, rules=True)

    def open(self, config: Config) -> None:
        """Raises SinkError when there is no such folder."""
        if not self._path.parent.is_dir():
            raise SinkError(f"{self._path.parent}: there is no such folder.", cure="Make it, or name another one.")

    def close(self) -> None:
        """Write the file. Raises SinkError."""
        write_beginnings({voice: _samples_of(kept) for voice, kept in self._voices.items()}, self._path)

    def took(self, command: AnyCommand) -> None:
        """[engine] Nothing to note."""

    def answered(self, notices: Sequence[AnyNotice]) -> None:
        """[engine] Nothing to note."""

    def note_start(self, voice: VoiceStart, engine: str) -> None:
        """[engine] An engine opens a voice."""
        if len(self._voices) < MOST_VOICES:
            self._voices[voice.voice] = _Voice(voice.seed)

    def note_step(self, voices: Sequence[VoiceInput], engine: str) -> None:
        """[engine] Nothing to note."""

    def note_sound(self, voice: int, step: Step) -> None:
        """[engine] What an engine made of it."""
        kept, block = self._voices.get(voice), step.block
        if kept is None or kept.frames >= BEGINNING_FRAMES or not block.frames:
            return
        samples = None if block.samples is None else block.samples[: BEGINNING_FRAMES - kept.frames].copy()
        kept.blocks.append(Block(block.frames, samples=samples, patch=block.patch, last=block.last))
        kept.frames += block.frames


def write_beginnings(beginnings: Beginnings, path: Path) -> None:
    """Write them as arrays ``voices`` [n], ``ends`` [n], ``samples`` [all of them]. Raises SinkError."""
    ends = np.cumsum([len(samples) for samples in beginnings.values()], dtype=np.int64)
    whole = np.concatenate([np.zeros(0, np.float32), *beginnings.values()])
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            np.savez(file, voices=np.array(list(beginnings), np.int64), ends=ends, samples=whole)
        part.replace(path)
    except OSError as error:
        raise SinkError(f"{path}: cannot be written: {error.strerror}.", cure="Free some space.") from error


def read_beginnings(path: Path) -> Beginnings:
    """Read them back. Raises SinkError."""
    try:
        with path.open("rb") as opened, np.load(opened) as file:
            voices, ends, samples = file["voices"], file["ends"], file["samples"]
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise SinkError(f"{path}: holds no beginnings of voices: {error}.", cure="Record the session again.") from error
    return {int(voice): each for voice, each in zip(voices, np.split(samples, ends[:-1]), strict=True)}


def _samples_of(kept: _Voice) -> Float32:
    renderer: SynthRenderer | None = None
    pieces: list[Float32] = [np.zeros(0, np.float32)]
    for block in kept.blocks:
        if block.samples is not None:
            pieces.append(block.samples)
        elif block.patch is not None:
            renderer = renderer or SynthRenderer(kept.seed)
            renderer.play(block.patch, block.frames, last=block.last)
            pieces.append(renderer.render(block.frames))
    return np.concatenate(pieces)[:BEGINNING_FRAMES]
