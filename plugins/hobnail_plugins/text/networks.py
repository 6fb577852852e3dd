"""Sentence encoders that a user has as ONNX: all-MiniLM-L6-v2, and the text half of CLAP.

Folders are those of the models' pages: ``model.onnx`` (or ``text_model.onnx``), perhaps in a folder ``onnx``, and the
tokeniser's files. They are slower than the table that ships, some milliseconds a text, and know what words do together.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from hobnail.contracts import Float32
from hobnail.errors import ConfigError, EngineError
from hobnail_plugins.folders import find_file, open_folder
from hobnail_plugins.onnx import Network, open_network
from hobnail_plugins.text.spec import MOST_CHARACTERS, ClapTextConfig, MiniLmConfig
from hobnail_plugins.text.tokenisers import Tokeniser, byte_pairs, word_pieces

_STATES: Final = ("last_hidden_state", "token_embeddings")
_SENTENCE: Final = ("text_embeds",)


@dataclass(frozen=True, slots=True)
class _Open:
    """A network with its tokeniser."""

    network: Network
    output: str
    tokeniser: Tokeniser
    width: int

    def run(self, text: str, most: int) -> Float32:
        """The output for one text of at most ``most`` pieces, without the batch. Raises EngineError."""
        numbers = np.array([self.tokeniser.numbers(text[:MOST_CHARACTERS], most=most)])
        given = {"input_ids": numbers, "attention_mask": np.ones_like(numbers), "token_type_ids": 0 * numbers}
        found = self.network.run(given, self.output)
        if found.shape[:1] != (1,) or found.shape[-1] != self.width or not np.isfinite(found).all():
            raise EngineError(
                f"{self.network.file}: {self.output} is {list(found.shape)}, expected finite [1, ..., {self.width}].",
                cure="Give the ONNX file of that model.",
            )
        return np.asarray(found[0])


class MiniLmEncoder:
    """all-MiniLM-L6-v2: a token for each word piece, in its context. Keeps the contract ``Encoder``."""

    width: Final = 384

    def __init__(self, settings: MiniLmConfig) -> None:
        self._settings = settings
        self._open: _Open | None = None

    @property
    def kind(self) -> Literal["text"]:
        """[any] What it reads."""
        return "text"

    @property
    def most_tokens(self) -> int:
        """[any] Tokens of a text, at most."""
        return self._settings.most_tokens

    def prepare(self) -> None:
        """[control] Open the network and try it. Raises ConfigError, MissingExtraError."""
        folder = open_folder(self._settings.path, where="[encoder.minilm] path")
        self._open = _opened(folder, self._settings.file, "model", _STATES, word_pieces(folder), self.width)

    def encode(self, value: object) -> Float32:
        """[control] float32 [0..most_tokens, 384]: the first pieces of a text, read whole. Raises EngineError."""
        states = _ready(self._open, "minilm").run(_text(value, "minilm"), 256)
        if states.ndim != 2:
            raise EngineError(f"encoder 'minilm': the network gave {list(states.shape)}, expected [pieces, 384].")
        return np.asarray(states[1:-1][: self.most_tokens])  # without [CLS] and [SEP]


class ClapTextEncoder:
    """The text half of CLAP: one token for the whole text, at length one. Keeps the contract ``Encoder``."""

    width: Final = 512
    most_tokens: Final = 1

    def __init__(self, settings: ClapTextConfig) -> None:
        self._settings = settings
        self._open: _Open | None = None

    @property
    def kind(self) -> Literal["text"]:
        """[any] What it reads."""
        return "text"

    def prepare(self) -> None:
        """[control] Open the network and try it. Raises ConfigError, MissingExtraError."""
        folder = open_folder(self._settings.path, where="[encoder.clap_text] path")
        self._open = _opened(folder, self._settings.file, "text_model", _SENTENCE, byte_pairs(folder), self.width)

    def encode(self, value: object) -> Float32:
        """[control] float32 [1, 512], no token for an empty text. Raises EngineError."""
        text, ready = _text(value, "clap_text"), _ready(self._open, "clap_text")
        if not text.strip():
            return np.zeros((0, self.width), np.float32)
        found = ready.run(text, 512)
        if found.ndim != 1:
            raise EngineError(f"encoder 'clap_text': the network gave {list(found.shape)}, expected [512].")
        return np.asarray(found / max(float(np.sqrt((found**2).sum())), 1e-12), np.float32)[None]


def _opened(folder: Path, file: str, name: str, outputs: tuple[str, ...], tokeniser: Tokeniser, width: int) -> _Open:
    names = (
        [file]
        if file
        else [f"{name}.onnx", f"onnx/{name}.onnx", f"{name}_quantized.onnx", f"onnx/{name}_quantized.onnx"]
    )
    network = open_network(find_file(folder, names), part=f"The encoder of {folder.name or folder}")
    output = network.require(given=("input_ids",), may=("attention_mask", "token_type_ids"), one_of=outputs)
    opened = _Open(network, output, tokeniser, width)
    try:
        opened.run("a footstep on gravel", 64)
    except EngineError as error:
        raise ConfigError(error.problem, cure=error.cure) from error
    return opened


def _ready(opened: _Open | None, id: str) -> _Open:
    if opened is None:
        raise EngineError(f"encoder {id!r}: its weights are not loaded.", cure="Call prepare() first.")
    return opened


def _text(value: object, id: str) -> str:
    if not isinstance(value, str):
        raise EngineError(f"encoder {id!r}: found {type(value).__name__}, expected text.")
    return value
