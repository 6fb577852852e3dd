"""Tokenisers of local models, read from the files beside them: BERT's word pieces, and byte-level BPE."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hobnail.errors import ConfigError
from hobnail_plugins.folders import find_file, read_object, read_text
from hobnail_plugins.text import bert, bpe

_OTHER = "Give the folder of that model, not of another."


class Tokeniser(Protocol):
    """Text to numbers."""

    def numbers(self, text: str, *, most: int) -> list[int]:
        """At most ``most`` numbers, the marks of beginning and end among them; the end of a longer text is cut off."""


@dataclass(frozen=True, slots=True)
class WordPieces:
    """BERT's, lower case."""

    vocabulary: dict[str, int]

    def numbers(self, text: str, *, most: int) -> list[int]:
        """[CLS] pieces [SEP]; a word that cannot be cut is [UNK]."""
        get = self.vocabulary
        pieces = (piece for word in bert.split_words(text) for piece in bert.pieces_of(word, get) or ["[UNK]"])
        return [get["[CLS]"], *[get[piece] for piece in pieces][: most - 2], get["[SEP]"]]


@dataclass(frozen=True, slots=True)
class BytePairs:
    """RoBERTa's."""

    vocabulary: dict[str, int]
    ranks: dict[bpe.Pair, int]

    def numbers(self, text: str, *, most: int) -> list[int]:
        """<s> pieces </s>; a piece that the vocabulary lacks is <unk>."""
        get = self.vocabulary
        pieces = (piece for part in bpe.split_text(text) for piece in bpe.pieces_of(part, self.ranks))
        return [get["<s>"], *[get.get(piece, get["<unk>"]) for piece in pieces][: most - 2], get["</s>"]]


def word_pieces(folder: Path) -> WordPieces:
    """From vocab.txt, or tokenizer.json. Raises ConfigError."""
    file = find_file(folder, ["vocab.txt", "tokenizer.json"])
    if file.suffix == ".txt":
        vocabulary = {piece: number for number, piece in enumerate(read_text(file).rstrip("\n").split("\n"))}
    else:
        vocabulary = _vocabulary(_model(file, "WordPiece").get("vocab"), file)
    return WordPieces(_with(vocabulary, ("[CLS]", "[SEP]", "[UNK]"), file))


def byte_pairs(folder: Path) -> BytePairs:
    """From tokenizer.json, or vocab.json and merges.txt. Raises ConfigError."""
    file = find_file(folder, ["tokenizer.json", "vocab.json"])
    if file.name == "vocab.json":
        vocabulary = _vocabulary(read_object(file), file)
        lines = read_text(find_file(folder, ["merges.txt"])).split("\n")
        merges: Any = [line for line in lines if line.strip() and not line.startswith("#version")]
    else:
        model = _model(file, "BPE")
        vocabulary, merges = _vocabulary(model.get("vocab"), file), model.get("merges")
    return BytePairs(_with(vocabulary, ("<s>", "</s>", "<unk>"), file), _ranks(merges, file))


def _model(file: Path, kind: str) -> dict[str, Any]:
    model = read_object(file).get("model")
    if not isinstance(model, dict) or model.get("type", kind) != kind:
        found = model.get("type") if isinstance(model, dict) else type(model).__name__
        raise ConfigError(f"{file}: its model is {found}, expected {kind}.", cure=_OTHER)
    return model


def _vocabulary(found: object, file: Path) -> dict[str, int]:
    if not isinstance(found, dict) or not all(isinstance(number, int) for number in found.values()):
        raise ConfigError(f"{file}: it has no vocabulary of pieces and numbers.", cure=_OTHER)
    return found


def _with(vocabulary: dict[str, int], marks: tuple[str, ...], file: Path) -> dict[str, int]:
    if missing := [mark for mark in marks if mark not in vocabulary]:
        raise ConfigError(f"{file}: its vocabulary lacks {', '.join(missing)}.", cure=_OTHER)
    return vocabulary


def _ranks(merges: object, file: Path) -> dict[bpe.Pair, int]:
    """Pairs as "a b", as files had them first, or ["a", "b"]."""
    ranks: dict[bpe.Pair, int] = {}
    for merge in merges if isinstance(merges, list) else [None]:
        pair = merge.split(" ") if isinstance(merge, str) else merge
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(half, str) for half in pair):
            raise ConfigError(f"{file}: a merge is {merge!s:.40}, expected two pieces.", cure=_OTHER)
        ranks[pair[0], pair[1]] = len(ranks)
    return ranks
