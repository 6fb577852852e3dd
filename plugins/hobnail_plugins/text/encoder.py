"""The text encoder that ships: a static table of word pieces, distilled from a sentence encoder. No network.

The model's attention puts the words together; here each piece only brings what it means.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import EngineError
from hobnail_plugins.text.pieces import tokens_of
from hobnail_plugins.text.spec import MOST_TOKENS, WIDTH, WordsConfig
from hobnail_plugins.text.table import WordTable, read_table


class WordsEncoder:
    """Words to tokens by a table. Keeps the contract ``Encoder``; no text is an error."""

    def __init__(self, settings: WordsConfig) -> None:
        self._settings = settings

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
        """[control] Read the table, 4 MB; without it the first text does. Raises ConfigError."""
        _ = self._table

    def encode(self, value: object) -> Float32:
        """[any] str -> tokens, float32 [0..12, 128], in the order of the words. Raises EngineError, ConfigError.

        No token for a text without words; of a longer text the most telling twelve. What no piece knows is passed over.
        """
        if not isinstance(value, str):
            raise EngineError(f"encoder 'words': a prompt is {type(value).__name__}, expected str.")
        return self._table.vectors(tokens_of(value, self._table.places, self._table.tells))

    def pooled(self, tokens: Float32) -> Float32:
        """[any] The tokens of a text as one vector, float32 [128]: their mean, 0 without any."""
        return np.asarray(tokens.mean(axis=0)) if len(tokens) else np.zeros(WIDTH, np.float32)

    @cached_property
    def _table(self) -> WordTable:
        return read_table(self._settings.table)


def words_encoder(settings: WordsConfig | None = None) -> WordsEncoder:
    """The shipped encoder; without settings, with the table that comes with Hobnail."""
    return WordsEncoder(settings or WordsConfig())
