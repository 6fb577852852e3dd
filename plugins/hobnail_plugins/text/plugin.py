"""Registers the encoders of text."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.text.encoder import WordsEncoder
from hobnail_plugins.text.networks import ClapTextEncoder, MiniLmEncoder
from hobnail_plugins.text.spec import ClapTextConfig, MiniLmConfig, WordsConfig


@hookimpl
def hobnail_register_encoders(register: Register) -> None:
    """The text encoder that comes with Hobnail, and two whose weights the user has."""
    register("words", WordsEncoder, help="Text as up to 12 static tokens, without a network.", config=WordsConfig)
    register("minilm", MiniLmEncoder, help="all-MiniLM-L6-v2, from an ONNX file that you have.", config=MiniLmConfig)
    register("clap_text", ClapTextEncoder, help="CLAP's text half, from an ONNX file you have.", config=ClapTextConfig)
