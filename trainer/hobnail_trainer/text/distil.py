"""Every word piece through the sentence encoder alone, then fewer dimensions, then less of what is frequent.

As in Model2Vec (Tulkens and van Dongen 2024): the vector of a piece is what the encoder makes of "[CLS] piece [SEP]";
principal components; a weight that grows with the logarithm of a piece's rank, as the vocabulary stands in order of
frequency (Zipf's law), in place of the smooth inverse frequency of Arora, Liang and Ma (2017).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from hobnail.contracts import Float32
from hobnail_plugins.text.spec import WIDTH
from hobnail_plugins.text.table import table_to
from hobnail_trainer.text.minilm import MiniLM

_KEPT: Final = re.compile(r"(##)?[a-z0-9]+")


def kept_pieces(vocabulary: Sequence[str]) -> list[int]:
    """Numbers of the pieces that English prompts can fall into: letters a-z and digits."""
    return [number for number, piece in enumerate(vocabulary) if _KEPT.fullmatch(piece)]


def distil(model: MiniLM) -> bytes:
    """The table that ships, as the bytes of its file."""
    kept = kept_pieces(model.pieces)
    whole = model.alone([[number] for number in kept]).numpy()
    tells = np.log1p(np.arange(len(kept), dtype=np.float32) + 1.0)
    tells /= tells.mean()
    return table_to([model.pieces[number] for number in kept], _fewer(whole) * tells[:, None], tells)


def _fewer(vectors: Float32) -> Float32:
    """Onto the strongest directions; the RMS of all numbers is 1."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    projected = centred @ axes[:, ::-1][:, :WIDTH]
    return np.asarray(projected / np.sqrt(np.square(projected).mean()), np.float32)
