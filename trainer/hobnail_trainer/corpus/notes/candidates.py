"""Rendered notes, ready for the manifest: words, terms, family and true values."""

from __future__ import annotations

from collections.abc import Iterable

from hobnail_trainer.corpus.finish import Candidate, Played
from hobnail_trainer.corpus.licences import Terms
from hobnail_trainer.corpus.model import Rejected
from hobnail_trainer.corpus.notes.model import Note, Notes
from hobnail_trainer.corpus.notes.words import captions_of
from hobnail_trainer.corpus.process import Measured, Refused
from hobnail_trainer.corpus.rules import Reading


def candidates_of(
    notes: Notes, results: Iterable[tuple[Note, Measured | Refused]]
) -> tuple[list[Candidate], list[Rejected]]:
    """(what can stand in a manifest, what was refused and why)."""
    candidates, rejected = list[Candidate](), list[Rejected]()
    terms = Terms(notes.licence, notes.author)
    for note, result in results:
        if isinstance(result, Refused):
            rejected.append(
                Rejected(package=notes.package, path=result.path, reason=result.reason, detail=result.detail)
            )
            continue
        captions = captions_of(note)
        changes = {
            "midi_note": float(note.midi),
            "velocity": float(note.velocity),
            "program": float(note.program.number),
        }
        candidates.append(
            Candidate(
                sound=result,
                reading=Reading("note", captions.exact, family=result.note),
                terms=terms,
                package=notes.package,
                played=Played(captions=captions, changes=changes),
            )
        )
    return candidates, rejected
