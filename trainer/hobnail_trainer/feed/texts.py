"""Every distinct text of a feed as tokens, encoded once.

``texts.json`` names the encoder, the texts and how many tokens each has; ``texts.f16`` holds the tokens one after the
other, float16 [texts, 12, 128], zeros behind the last token of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.model import TEXTS, TOKENS, Words

MOST_TOKENS: Final = 12
TOKEN_WIDTH: Final = 128
_PROBE: Final = ("a footstep on gravel", "a heavy wooden door creaking open", "sound")
_CURE: Final = "Make it again: hobnail-train feed prepare; what is whole is kept."


class TextEncoder(Protocol):
    """Words to tokens."""

    def encode(self, text: str) -> Float32:
        """float32 [at most 12, 128]; no row for an empty text."""


class TextIndex(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``texts.json``."""

    encoder: str  #: digest of what the encoder makes of fixed sentences
    texts: tuple[str, ...]
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """Open texts."""

    encoder: str
    rows: NDArray[np.float16]  #: [texts, 12, 128]
    tokens: NDArray[np.int32]  #: [texts]
    places: dict[str, int]


def encoder_print(encoder: TextEncoder) -> str:
    """What names an encoder with its weights."""
    digest = hashlib.sha256()
    for text in _PROBE:
        digest.update(encoder.encode(text).astype("<f2").tobytes())
    return digest.hexdigest()[:16]


def texts_of(words: Iterable[Words]) -> list[str]:
    """Distinct texts, sorted."""
    return sorted({text for each in words for text in (each.exact, *each.paraphrases, each.category, each.vague)})


def write_texts(folder: Path, texts: list[str], encoder: TextEncoder) -> TextIndex:
    """Encode texts; those that this encoder has done before are kept. Raises CorpusError, FeedError."""
    name, old = encoder_print(encoder), open_texts(folder)
    if old is not None and old.encoder != name:
        old = None
    if old is not None and old.places.keys() >= set(texts):
        return TextIndex(encoder=name, texts=tuple(old.places), tokens=tuple(old.tokens.tolist()))
    rows = np.zeros((len(texts), MOST_TOKENS, TOKEN_WIDTH), "<f2")
    tokens = np.zeros(len(texts), np.int32)
    for row, text in enumerate(texts):
        if old is not None and (place := old.places.get(text)) is not None:
            rows[row], tokens[row] = old.rows[place], old.tokens[place]
            continue
        made = encoder.encode(text)
        if made.ndim != 2 or len(made) > MOST_TOKENS or made.shape[1] != TOKEN_WIDTH or not np.isfinite(made).all():
            raise FeedError(
                f"the text {text!r} became {made.dtype} {list(made.shape)}, expected finite float32 [at most "
                f"{MOST_TOKENS}, {TOKEN_WIDTH}].",
                cure="Report it to the encoder's authors.",
            )
        rows[row, : len(made)], tokens[row] = made, len(made)
    index = TextIndex(encoder=name, texts=tuple(texts), tokens=tuple(tokens.tolist()))
    (folder / TEXTS).unlink(missing_ok=True)
    write_whole(folder / TOKENS, rows.tobytes())
    write_whole(folder / TEXTS, msgspec.json.encode(index))
    return index


def open_texts(folder: Path) -> TextTable | None:
    """None when no text has been encoded. Raises FeedError for a file that was cut off."""
    try:
        index = msgspec.json.decode((folder / TEXTS).read_bytes(), type=TextIndex)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise FeedError(f"{folder / TEXTS}: cannot be read: {error}.", cure=_CURE) from error
    shape = (len(index.texts), MOST_TOKENS, TOKEN_WIDTH)
    try:
        rows = np.memmap(folder / TOKENS, "<f2", mode="r", shape=shape)
        if (size := (folder / TOKENS).stat().st_size) != rows.nbytes:
            raise FeedError(f"{folder / TOKENS}: has {size} bytes, expected {rows.nbytes}.", cure=_CURE)
    except (OSError, ValueError) as error:
        raise FeedError(f"{folder / TOKENS}: cannot be read: {error}.", cure=_CURE) from error
    places = {text: place for place, text in enumerate(index.texts)}
    return TextTable(index.encoder, np.asarray(rows), np.array(index.tokens, np.int32), places)
