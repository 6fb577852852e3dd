"""Weights from local files, whole or not at all: safetensors, or checkpoints of torch read with ``weights_only``."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from hobnail_trainer.errors import TeacherError

if TYPE_CHECKING:
    from torch import Tensor, nn

SHOWN: Final = 3  #: names in a message
_MIXED: Final = "Take weights and settings from one model."


def read_file(file: Path) -> dict[str, object]:
    """The tensors of a .safetensors file, or the dictionary of a torch checkpoint. Raises TeacherError.

    A checkpoint is a pickle, and a pickle can run code: it is read with ``weights_only=True``, which allows tensors and
    plain values only and refuses everything else.
    """
    try:
        if file.suffix == ".safetensors":
            return dict(load_file(file))
        found = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise TeacherError(
            f"{file}: holds more than tensors and plain values, or is no checkpoint: {_first_line(error)}",
            cure="Where you trust it: load it in a program of its own, and save its tensors as safetensors.",
        ) from error
    except (OSError, SafetensorError, RuntimeError, EOFError, ValueError) as error:
        raise no_weights(file, error) from error
    if not isinstance(found, dict):
        raise TeacherError(f"{file}: holds a {type(found).__name__}, expected a dictionary.", cure=_MIXED)
    return found


def tensors_of(found: object, file: Path, *, prefix: str = "", without: tuple[str, ...] = ()) -> dict[str, Tensor]:
    """The tensors whose names begin with ``prefix``, which is taken off, as float32; names that begin with one of
    ``without`` are left out. Raises TeacherError when there are none."""
    named = found if isinstance(found, Mapping) else {}
    tensors = {
        name.removeprefix(prefix): value.float() if value.is_floating_point() else value
        for name, value in named.items()
        if isinstance(name, str) and isinstance(value, torch.Tensor) and name.startswith(prefix)
    }
    tensors = {name: value for name, value in tensors.items() if not name.startswith(without or ("\0",))}
    if not tensors:
        raise TeacherError(
            f"{file}: no tensor's name begins with {prefix!r}; found {some(map(str, named))}.", cure=_MIXED
        )
    return tensors


def fill(network: nn.Module, tensors: Mapping[str, Tensor], file: Path) -> None:
    """Put tensors into a network, which must have exactly these. Raises TeacherError."""
    places = network.state_dict()
    if missing := places.keys() - tensors.keys():
        raise TeacherError(f"{file}: {some(missing)} not in it.", cure=_MIXED)
    if extra := tensors.keys() - places.keys():
        raise TeacherError(f"{file}: {some(extra)} in it, of another network.", cure=_MIXED)
    for name, tensor in tensors.items():
        if tensor.shape != places[name].shape:
            raise TeacherError(
                f"{file}: {name} has the sizes {list(tensor.shape)}, expected {list(places[name].shape)}.", cure=_MIXED
            )
        if not bool(torch.isfinite(tensor).all()):
            raise TeacherError(f"{file}: {name} has values that are not finite.", cure="Copy the file again.")
    network.load_state_dict(dict(tensors))


def digest_of(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, sizes and values: the same weights in another kind of file have the same."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name}{list(value.shape)}".encode() + value.numpy().tobytes())
    return digest.hexdigest()


def no_weights(file: Path, error: Exception) -> TeacherError:
    """What to tell when a file cannot be read at all."""
    return TeacherError(f"{file}: no weights that can be read: {_first_line(error)}", cure="Copy the file again.")


def some(names: Iterable[str]) -> str:
    """The first few of many names."""
    found = sorted(names)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{', '.join(found[:SHOWN]) or 'nothing'}{more}"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") + "."
