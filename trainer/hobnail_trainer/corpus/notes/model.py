"""The ``[notes]`` table of a recipe: which instruments of which soundfont are played, how high, how hard, how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

Midi = Annotated[int, Meta(ge=0, le=127)]
Velocity = Annotated[int, Meta(ge=1, le=127)]
Seconds = Annotated[float, Meta(gt=0, le=20)]

_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


class Program(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One instrument."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z -]+$")]  #: as captions say it: "vibraphone"
    number: Midi  #: General MIDI program, from 0
    low: Midi  #: the range that it plausibly plays; 60 is C4
    high: Midi
    held_s: Seconds | None = None  #: None: as the table says
    release_s: Seconds | None = None
    pitched: bool = True  #: False: a drum; its clips are "hits", and nobody expects a pitch of them


class Note(NamedTuple):
    """One note of one instrument."""

    program: Program
    midi: int
    velocity: int

    @property
    def stem(self) -> str:
        """Name of its file: ``vibraphone-069-040``."""
        return f"{self.program.name.replace(' ', '-')}-{self.midi:03d}-{self.velocity:03d}"


class Notes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    package: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
    font: str  #: the soundfont's path in the package
    why: str
    licence: str
    author: str
    evidence: str  #: where ``licence`` was read
    every_semitones: Annotated[int, Meta(ge=1, le=24)] = 5
    velocities: Annotated[tuple[Velocity, ...], Meta(min_length=1)] = (40, 80, 120)
    held_s: Seconds = 1.0
    release_s: Seconds = 0.8
    programs: Annotated[tuple[Program, ...], Meta(min_length=1)]

    def notes_of(self, program: Program) -> Iterator[Note]:
        """Every note of an instrument, from low to high, from soft to loud."""
        for midi in range(program.low, program.high + 1, self.every_semitones):
            for velocity in sorted(self.velocities):
                yield Note(program, midi, velocity)

    def path_of(self, note: Note) -> str:
        """What the note's clip has for ``path``: the soundfont as a container."""
        return f"{self.font}//{note.stem}.wav"

    def problem(self, packages: Sequence[str] = ()) -> str:
        """Why the table cannot stand in a recipe with these packages of effects; empty when it can."""
        names = [key for program in self.programs for key in (program.name, f"number {program.number}")]
        twice = [name for name in names if names.count(name) > 1]
        upside = [program for program in self.programs if program.low > program.high]
        if self.package in packages:
            return f"notes: package {self.package!r} is named among the effects too"
        if twice:
            return f"notes: program {twice[0]} is there twice"
        if upside:
            return f"notes: program {upside[0].name}: low {upside[0].low} is above high {upside[0].high}"
        return ""


def frequency_hz(midi: int) -> float:
    """Equal temperament, A4 = 440 Hz = note 69."""
    return float(440.0 * 2.0 ** ((midi - 69) / 12.0))


def pitch_name(midi: int) -> str:
    """``69`` -> ``A4``; 60 is C4."""
    return f"{_NAMES[midi % 12]}{midi // 12 - 1}"
