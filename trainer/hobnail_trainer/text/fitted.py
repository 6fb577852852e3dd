"""A better table, for the next training: rows fitted so that their sums lie as the model's sentences do.

::

    each piece, and words of sounds that the vocabulary lacks, alone through the model -> 384 numbers, mean taken off
    weighed by a / (a + p), p its frequency by Zipf's law               (Arora, Liang and Ma 2017)
    one linear map to 120 numbers: ridge regression of sentences on sums of rows, then its strongest directions
    eight numbers more that only note names fill                        (notes.py)

The map moves all words alike, so words that no sentence had are moved with the others. The file and the tokeniser are
those of the table that ships; tokens differ, so a network needs the table that it was trained with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail_plugins.text.bert import pieces_of
from hobnail_plugins.text.pieces import tokens_of
from hobnail_plugins.text.spec import WIDTH
from hobnail_plugins.text.table import table_to
from hobnail_trainer.errors import TextError
from hobnail_trainer.text.distil import kept_pieces
from hobnail_trainer.text.minilm import MiniLM
from hobnail_trainer.text.notes import PITCH_WIDTH, note_names, pitch_code
from hobnail_trainer.text.sentences import FREQUENT, invented

Float64 = NDArray[np.float64]
Tell = Callable[[str], None]

MEANING_WIDTH: Final = WIDTH - PITCH_WIDTH
RIDGE: Final = 3.0
RARE: Final = 1e-3  #: a of the weight
LETTER_RANK: Final = 10  #: single letters count as frequent as the tenth word
NOTE: Final = "note"  #: the piece whose meaning every note name has


class Bare(NamedTuple):
    """Pieces and words before the map."""

    pieces: list[str]
    states: Float64  #: [pieces, 384], the mean of the vocabulary taken off, weighed
    tells: Float64  #: [pieces], the weights, 0..1


def distil_fitted(
    model: MiniLM, captions: Sequence[str], words: Sequence[str], *, sentences: int, seed: int, tell: Tell
) -> bytes:
    """The table as the bytes of its file, fitted to captions and to so many invented ``sentences``.

    ``words`` are those that get rows of their own beside the vocabulary; ``tell`` hears what is being done. Raises
    TextError.
    """
    texts = [*captions, *invented(captions, model.pieces, sentences, seed=seed)]
    if len(texts) < 2 * MEANING_WIDTH:
        raise TextError(f"{len(texts)} sentences, at least {2 * MEANING_WIDTH} are needed.", cure="Ask for more.")
    if NOTE not in model.numbers:
        raise TextError(f"vocab.txt lacks {NOTE!r}.", cure="Fetch it again: hobnail-train text fetch.")
    tell("each piece alone")
    bare = _bare(model, words)
    tell(f"{len(texts)} sentences")
    meant = model.sentences(texts).numpy().astype(np.float64)
    tell("the map")
    rows = bare.states @ _map(_sums(texts, bare), meant - meant.mean(axis=0))
    rows /= np.sqrt((rows**2).mean())
    vectors = np.concatenate([rows, np.zeros((len(rows), PITCH_WIDTH))], axis=1)
    names = note_names()  # none is among the pieces: _bare leaves them out
    place = bare.pieces.index(NOTE)
    notes = [np.concatenate([rows[place] / bare.tells[place], pitch_code(midi)]) for midi in names.values()]
    tells = np.concatenate([bare.tells, np.ones(len(names))])
    found = np.concatenate([vectors, np.stack(notes)]).astype(np.float32)
    return table_to([*bare.pieces, *names], found, tells.astype(np.float32))


def _bare(model: MiniLM, words: Sequence[str]) -> Bare:
    notes = note_names()
    kept = [number for number in kept_pieces(model.pieces) if model.pieces[number] not in notes]
    pieces = [model.pieces[number] for number in kept]
    cut = [[model.numbers[piece] for piece in pieces_of(word, model.numbers)] for word in words]
    if not all(cut):
        raise TextError("vocab.txt lacks a Latin letter.", cure="Fetch it again: hobnail-train text fetch.")
    states = model.alone([*([number] for number in kept), *cut]).numpy().astype(np.float64)
    numbers = np.array(kept)
    states -= states[: len(kept)].mean(axis=0)
    ranks = np.where(numbers < FREQUENT.start, LETTER_RANK, np.maximum(1, numbers - FREQUENT.start + 1))
    ranks[[piece.isdigit() for piece in pieces]] = FREQUENT.stop  # numbers say something
    common = 1.0 / ((ranks + 2.7) * np.log(len(model.pieces)))  # Zipf and Mandelbrot
    tells = np.concatenate([RARE / (RARE + common), np.ones(len(words))])
    return Bare([*pieces, *words], states * tells[:, None], tells)


def _sums(texts: Sequence[str], bare: Bare) -> Float64:
    """Each text as the unit sum of its tokens, [texts, 384]."""
    places = {piece: number for number, piece in enumerate(bare.pieces)}
    tells = bare.tells.astype(np.float32)
    sums = np.stack([bare.states[tokens_of(text, places, tells)].sum(axis=0) for text in texts])
    return np.asarray(sums / np.maximum(np.sqrt((sums**2).sum(axis=1, keepdims=True)), 1e-9))


def _map(sums: Float64, wanted: Float64) -> Float64:
    """[384, 120]: ridge regression of what is wanted on the sums, then the strongest directions of what it gives."""
    towards = np.linalg.solve(sums.T @ sums + RIDGE * np.eye(sums.shape[1]), sums.T @ wanted)
    given = sums @ towards
    _, axes = np.linalg.eigh(given.T @ given)
    strongest = axes[:, ::-1][:, :MEANING_WIDTH]
    signs = np.sign(strongest[np.abs(strongest).argmax(axis=0), np.arange(strongest.shape[1])])
    return np.asarray(towards @ (strongest * signs))
