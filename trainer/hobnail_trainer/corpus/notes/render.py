"""Plays notes with the program ``fluidsynth`` and cuts what it renders into one WAV a note."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.containers import Sound
from hobnail_trainer.corpus.notes.font import BrokenFontError, samples_of_programs
from hobnail_trainer.corpus.notes.midi import Slot, midi_file, slots_of
from hobnail_trainer.corpus.notes.model import Note, Notes, Program

GAIN: Final = 1.0
"""fluidsynth's own; with it the loudest note of the default recipe peaks at -2.8 dBFS."""

TIMEOUT_S: Final = 600.0
END_FADE_FRAMES: Final = RATE_HZ // 100
"""10 ms: what rings on is cut at the end of its slot."""

NO_FLUIDSYNTH: Final = (
    "the program fluidsynth, which plays the notes, is not on this system. "
    "Cure: install it (Debian and Ubuntu: apt-get install fluidsynth) and run the same command again"
)


class RenderError(Exception):
    """Notes cannot be rendered; the message says why."""


def fluidsynth_program() -> str | None:
    """Where fluidsynth is; None when it is not there."""
    return shutil.which("fluidsynth")


def families_of(notes: Notes, font: Path) -> dict[int, str]:
    """Program number -> its family: its name, or that of the first program that it shares a sample with.

    A soundfont makes several presets of one recording; they must not come into different splits. Raises RenderError.
    """
    try:
        samples = samples_of_programs(font)
    except BrokenFontError as error:
        raise RenderError(f"{notes.font}: {error}") from error
    if unknown := [program for program in notes.programs if not samples.get(program.number)]:
        raise RenderError(f"{notes.font}: it has no program {unknown[0].number} ({unknown[0].name})")
    homes: list[tuple[set[int], list[Program]]] = []
    for program in notes.programs:
        shared, members = set(samples[program.number]), [program]
        for home in [home for home in homes if home[0] & shared]:
            homes.remove(home)
            shared |= home[0]
            members = [*home[1], *members]
        homes.append((shared, members))
    return {program.number: min(members, key=_number).name for _, members in homes for program in members}


def _number(program: Program) -> int:
    return program.number


def rendered(notes: Notes, font: Path, families: Mapping[int, str], wanted: Callable[[str], bool]) -> Iterator[Sound]:
    """Every note whose path is wanted, as a WAV; its ``note`` is its family. Raises RenderError."""
    for program in notes.programs:
        every = list(notes.notes_of(program))
        if any(wanted(notes.path_of(note)) for note in every):  # all again: a note's bytes depend on where it stands
            held = program.held_s or notes.held_s
            slots = slots_of(every, held, program.release_s or notes.release_s)
            for slot, wav in _cut(slots, _play(midi_file(slots, held), font)):
                if wanted(notes.path_of(slot.note)):
                    yield Sound(notes.path_of(slot.note), wav, families[program.number])


def _play(midi: bytes, font: Path) -> bytes:
    """What fluidsynth makes of a MIDI file: a stereo WAV, float, 48 kHz. Neither reverb nor chorus."""
    program = fluidsynth_program()
    if program is None:
        raise RenderError(NO_FLUIDSYNTH)
    with tempfile.TemporaryDirectory(prefix="hobnail-notes-") as name:
        folder = Path(name)
        score, settings, sound = folder / "notes.mid", folder / "settings", folder / "notes.wav"
        score.write_bytes(midi)
        settings.write_bytes(b"")  # else it reads the user's own
        options = ["-n", "-i", "-q", "-f", str(settings), "-R", "0", "-C", "0", "-g", str(GAIN), "-r", str(RATE_HZ)]
        output = ["-o", "synth.dynamic-sample-loading=1", "-T", "wav", "-O", "float", "-F", str(sound)]
        try:
            done = subprocess.run(
                [program, *options, *output, str(font), str(score)], capture_output=True, timeout=TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RenderError(f"fluidsynth did not come to an end: {error}") from error
        if done.returncode or not sound.is_file():
            lines = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
            said = lines[-1] if lines else "nothing"
            raise RenderError(f"fluidsynth ended with {done.returncode} and said: {said}")
        return sound.read_bytes()


def _cut(slots: Sequence[Slot], wav: bytes) -> Iterator[tuple[Slot, bytes]]:
    """(slot, its WAV: 24 bits, stereo). A WAV of floats would carry the time at which it was written."""
    samples, rate_hz = soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)
    needed = round((slots[-1].start_s + slots[-1].seconds) * RATE_HZ)
    if rate_hz != RATE_HZ or samples.shape[0] < needed:
        raise RenderError(f"fluidsynth gave {samples.shape[0]} frames at {rate_hz} Hz, expected {needed} at {RATE_HZ}")
    for slot in slots:
        start = round(slot.start_s * RATE_HZ)
        piece = samples[start : start + round(slot.seconds * RATE_HZ)].copy()
        piece[-END_FADE_FRAMES:] *= np.linspace(1.0, 0.0, END_FADE_FRAMES, dtype=np.float32)[:, None]
        file = io.BytesIO()
        soundfile.write(file, piece, RATE_HZ, format="WAV", subtype="PCM_24")
        yield slot, file.getvalue()


def note_table(notes: Notes) -> dict[str, Note]:
    """Path of a clip -> its note."""
    return {notes.path_of(note): note for program in notes.programs for note in notes.notes_of(program)}
