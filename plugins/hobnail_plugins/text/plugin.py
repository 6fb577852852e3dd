"""Registers the text encoders."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.text.encoder import words_encoder


@hookimpl
def hobnail_register_encoders(register: Register) -> None:
    """The encoder that ships."""
    register("words", words_encoder, help="Text: a static table of word pieces, distilled from MiniLM.")
