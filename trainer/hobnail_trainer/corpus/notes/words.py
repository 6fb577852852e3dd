"""What a note is called: by instrument, pitch and force; from exact to vague."""

from __future__ import annotations

from hobnail_trainer.corpus.captions import CATEGORY_CAPTIONS, VAGUE
from hobnail_trainer.corpus.model import Captions
from hobnail_trainer.corpus.notes.model import Note, Program, pitch_name


def captions_of(note: Note) -> Captions:
    """ "a vibraphone note, A4, soft"; a drum has no pitch to name: "a taiko drum hit, low, soft"."""
    name, force = note.program.name, force_of(note.velocity)
    article = "an" if name[0] in "aeiou" else "a"
    if note.program.pitched:
        pitch = pitch_name(note.midi)
        spoken = pitch.replace("#", " sharp ")
        exact = f"{article} {name} note, {pitch}, {force}"
        others: tuple[str, ...] = (
            f"{name} note, {pitch}, {force}",
            f"{article} {name} playing {spoken}, {force}",
            f"the sound of {article} {name}, {pitch}, {force}",
            f"one {force} {name} tone",
        )
    else:
        place = place_of(note.midi, note.program)
        exact = f"{article} {name} hit, {place}, {force}"
        others = (
            f"{name} hit, {place}, {force}",
            f"one {force} stroke on {article} {place} {name}",
            f"the sound of {article} {place} {name}, {force}",
        )
    return Captions(exact=exact, paraphrases=others, category=CATEGORY_CAPTIONS["note"], vague=VAGUE)


def force_of(velocity: int) -> str:
    """A MIDI velocity in a word."""
    return "soft" if velocity < 56 else "medium" if velocity < 96 else "loud"


def place_of(midi: int, program: Program) -> str:
    """Where in its range a drum was struck: "low", "middle" or "high"."""
    share = (midi - program.low) / max(1, program.high - program.low)
    return "low" if share < 1 / 3 else "middle" if share < 2 / 3 else "high"
