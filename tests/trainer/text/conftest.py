"""A sentence encoder of random weights in the real file formats, of the real width, but two layers and few words."""

import json
import struct

import numpy as np
import pytest

WIDTH = 384
LAYERS = 2
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = ["note", "gravel", "boots", "door", "oak", "water", "rain", "fire", "the", "of", "on", "sound", "heavy"]


def vocabulary():
    """[PAD], unused places up to the first word as in the real file, marks, letters, words."""
    marks = {100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]"}
    pieces = [marks.get(number, f"[unused{number}]") for number in range(1996)]
    pieces[0] = "[PAD]"
    pieces[1000 : 1000 + len(LETTERS)] = LETTERS
    pieces[1100:1103] = [",", "#", "靴"]
    return [*pieces, *dict.fromkeys(WORDS), *(f"##{letter}" for letter in LETTERS), "##ly", "##ing"]


def shapes(pieces):
    found = {
        "embeddings.word_embeddings.weight": (pieces, WIDTH),
        "embeddings.position_embeddings.weight": (512, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for layer in range(LAYERS):
        for name, rows, columns in (
            ("attention.self.query", WIDTH, WIDTH),
            ("attention.self.key", WIDTH, WIDTH),
            ("attention.self.value", WIDTH, WIDTH),
            ("attention.output.dense", WIDTH, WIDTH),
            ("intermediate.dense", 4 * WIDTH, WIDTH),
            ("output.dense", WIDTH, 4 * WIDTH),
        ):
            found[f"encoder.layer.{layer}.{name}.weight"] = (rows, columns)
            found[f"encoder.layer.{layer}.{name}.bias"] = (rows,)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            found[f"encoder.layer.{layer}.{name}.weight"] = (WIDTH,)
            found[f"encoder.layer.{layer}.{name}.bias"] = (WIDTH,)
    return found


def safetensors_of(arrays):
    """Bytes of a .safetensors file, as the format's page has it."""
    header, parts, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, array in arrays.items():
        kind = {"float32": "F32", "int64": "I64"}[str(array.dtype)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        parts.append(array.tobytes())
        at += array.nbytes
    said = json.dumps(header).encode()
    return struct.pack("<Q", len(said)) + said + b"".join(parts)


@pytest.fixture(scope="session")
def arrays():
    rng = np.random.default_rng(4)
    made = {name: rng.normal(0.0, 0.06, shape).astype(np.float32) for name, shape in shapes(len(vocabulary())).items()}
    norms = {name: 1.0 + array for name, array in made.items() if name.endswith("LayerNorm.weight")}
    return {**made, **norms, "embeddings.position_ids": np.arange(512)[None]}  # the real file has it; nobody reads it


@pytest.fixture(scope="session")
def files(arrays):
    """(model.safetensors, vocab.txt)."""
    return safetensors_of(arrays), "\n".join(vocabulary()).encode() + b"\n"
