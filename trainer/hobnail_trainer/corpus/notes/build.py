"""Brings the notes of a recipe up to date: font out of its package, notes rendered, measured, written down."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from hobnail_trainer.corpus.deb import members
from hobnail_trainer.corpus.journal import Finished, Journal, opening_of
from hobnail_trainer.corpus.notes.model import Note, Notes
from hobnail_trainer.corpus.notes.render import RenderError, families_of, note_table, rendered
from hobnail_trainer.corpus.packages import COPYRIGHTS
from hobnail_trainer.corpus.pool import Workers
from hobnail_trainer.corpus.process import Measured, Refused
from hobnail_trainer.corpus.recipe import Limits

NOTES_VERSION: Final = 1
"""Raised when notes are rendered otherwise: then they are made again."""

NOTE_LIMITS: Final = Limits(least_bandwidth_hz=0.0)
"""A low note that is played softly has nothing above 6 kHz, and has not lost it either."""


class _Made(msgspec.Struct, frozen=True):
    """What the journal of the notes belongs to."""

    limits: Limits
    notes: Notes
    version: int = NOTES_VERSION


def build_notes(
    notes: Notes, archive: Path, corpus: Path, limits: Limits, workers: Workers, tick: Callable[[str, int], None]
) -> list[tuple[Note, Measured | Refused]]:
    """Every note and what became of it, now or before. Raises RenderError when the font cannot be played."""
    limits_and_notes = _Made(limits, notes)
    font = corpus / "journal" / "font.part"
    journal = Journal(corpus / "journal" / f"{notes.package}.jsonl", opening_of(archive, limits_and_notes))
    try:
        if not journal.entries.keys() >= note_table(notes).keys():
            _take_out(notes, archive, corpus, font)
            families = families_of(notes, font)
            sounds = rendered(notes, font, families, lambda path: path not in journal.entries)
            for done, result in enumerate(workers.run(notes.package, sounds), start=1):
                journal.add(result)
                tick(notes.package, done)
            journal.add(Finished(rules="", dropped={}))
    finally:
        journal.close()
        font.unlink(missing_ok=True)
    return [(note, journal.entries[path]) for path, note in note_table(notes).items()]


def _take_out(notes: Notes, archive: Path, corpus: Path, font: Path) -> None:
    """The font and the copyright file, out of the package."""
    copyright_file = f"usr/share/doc/{notes.package}/copyright"
    found = False
    for member in members(archive):
        if member.path == copyright_file:
            target = corpus / COPYRIGHTS / notes.package
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(member.stream.read())
        elif member.path == notes.font:
            found = True
            with font.open("wb") as file:
                shutil.copyfileobj(member.stream, file)
    if not found:
        raise RenderError(f"{archive.name} holds no {notes.font}")
