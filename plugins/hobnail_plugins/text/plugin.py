"""Registers the encoder of words."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.text.encoder import WordsEncoder
from hobnail_plugins.text.spec import WordsConfig


@hookimpl
def hobnail_register_encoders(register: Register) -> None:
    """The text encoder that comes with Hobnail."""
    register("words", WordsEncoder, help="Text as up to 12 static tokens, without a network.", config=WordsConfig)
