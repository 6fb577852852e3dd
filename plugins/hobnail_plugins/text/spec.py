"""The numbers of the shipped text encoder. Trainer, export and engine must agree on them."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

WIDTH: Final = 128
"""Numbers of a token."""

MOST_TOKENS: Final = 12
"""Tokens of a prompt, at most; the least telling are left out of a longer one."""

MOST_CHARACTERS: Final = 4096
"""What follows is not read."""

IGNORED: Final = frozenset(
    {"a", "an", "the", "of", "on", "in", "at", "to", "with", "and", "or", "from", "by", "for", "as", "is", "are", "be"}
    | {"being", "it", "its", "sound", "sounds", "effect", "some", "this", "that"}
)
"""Words that say nothing about a sound."""


class WordsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[encoder.words]``."""

    table: str = ""  #: a file written by `hobnail-train text distil`; "": the one that comes with Hobnail


class MiniLmConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[encoder.minilm]``."""

    path: str  #: folder with model.onnx and vocab.txt or tokenizer.json, as the model's page has it
    file: str = ""  #: the ONNX file in it, where it is another
    most_tokens: Annotated[int, msgspec.Meta(ge=1, le=254)] = MOST_TOKENS  #: of a text


class ClapTextConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[encoder.clap_text]``."""

    path: str  #: folder with text_model.onnx and tokenizer.json, or vocab.json and merges.txt
    file: str = ""  #: the ONNX file in it, where it is another
