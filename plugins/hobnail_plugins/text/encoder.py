"""The text encoder that ships: a static table of word pieces, distilled from a sentence encoder. Microseconds, no network.

The model's attention puts the words together; here each piece only brings what it means.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import PluginError
from hobnail_plugins.text.pieces import pieces_of, words_of
from hobnail_plugins.text.spec import MOST_TOKENS, WIDTH
from hobnail_plugins.text.table import PACKAGED, WordTable, packaged_bytes, table_from


class WordsEncoder:
    """Words to tokens by a table. Any text is fine: what is not known falls into pieces."""

    def __init__(self, table: WordTable) -> None:
        self._table = table

    @property
    def kind(self) -> Literal["text"]:
        """[any] What it reads."""
        return "text"

    @property
    def width(self) -> int:
        """[any] Numbers of a token."""
        return WIDTH

    @property
    def most_tokens(self) -> int:
        """[any] Tokens of a prompt, at most."""
        return MOST_TOKENS

    def prepare(self) -> None:
        """[control] Nothing to load."""

    def encode(self, value: object) -> Float32:
        """[any] str -> tokens, float32 [0..12, 128], in the order of the words; of a longer text the most telling ones."""
        if not isinstance(value, str):
            raise PluginError(f"a prompt is {type(value).__name__}, expected str.", plugin="text", cure="Give words.")
        numbers = [number for word in words_of(value) for number in pieces_of(word, self._table.places)]
        if len(numbers) > MOST_TOKENS:
            kept = sorted(np.argsort(-self._table.tells[numbers], kind="stable")[:MOST_TOKENS].tolist())
            numbers = [numbers[place] for place in kept]
        return self._table.vectors(numbers)

    def pooled(self, value: object) -> Float32:
        """[any] A text as one vector, float32 [128]: the mean of its tokens, 0 without any."""
        tokens = self.encode(value)
        return tokens.mean(axis=0) if len(tokens) else np.zeros(WIDTH, np.float32)


def words_encoder() -> WordsEncoder:
    """The encoder with the table that comes with Hobnail."""
    return WordsEncoder(table_from(packaged_bytes(), source=f"the packaged {PACKAGED}"))
