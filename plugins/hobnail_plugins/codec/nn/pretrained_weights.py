"""Weights into the networks of transformers and diffusers: from local safetensors files, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, TypeAlias

import torch
from safetensors import SafetensorError, safe_open

from hobnail.errors import ConfigError
from hobnail_plugins.codec.pretrained_layouts import Layout, OobleckLayout
from hobnail_plugins.codec.pretrained_original import diffusers_name, find_prefix

Foreign: TypeAlias = Any
"""What a library gives: its types are not followed, that costs mypy 20 s."""

SHOWN: Final = 3  #: names of tensors in a message


def from_transformers(name: str, layout: Layout, device: str) -> Foreign:
    """A model by transformers in evaluation mode, every tensor of it from the folder. Raises ConfigError."""
    transformers = import_module("transformers")  # by name: following its types costs mypy 20 s
    folder = layout.weights.parent
    with _quiet(transformers.utils.logging):
        try:
            model, report = getattr(transformers, name).from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
            )
        except Exception as error:  # a foreign reader may raise anything on files that it does not like
            first = str(error).strip().partition("\n")[0]
            raise _refused(layout, f"transformers cannot load it: {type(error).__name__}: {first}") from error
    if report["missing_keys"]:
        raise _refused(layout, f"{_some(report['missing_keys'])} not in it")
    return moved(model, device)


@contextmanager
def _quiet(logging: Foreign) -> Iterator[None]:
    """transformers without its progress bars and reports: errors say it all."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def oobleck_weights(layout: OobleckLayout) -> dict[str, torch.Tensor]:
    """The codec's tensors by diffusers' names; of a whole generator's file nothing else is read. Raises ConfigError."""
    try:
        with safe_open(layout.weights, framework="pt") as file:
            if not layout.original:
                return {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - it is no dict
            return _renamed(layout, file)
    except SafetensorError as error:
        raise _refused(layout, f"safetensors cannot read it: {error}") from error


def _renamed(layout: OobleckLayout, file: Foreign) -> dict[str, torch.Tensor]:
    names = list(file.keys())
    prefix = find_prefix(names)
    if prefix is None:
        raise _refused(layout, f"no tensor named encoder.*, found {_some(names)}")
    blocks = len(layout.arguments["downsampling_ratios"])  # type: ignore[arg-type]  # a list under this key
    weights = {}
    for name in names:
        bare = name.removeprefix(prefix)
        if not (name.startswith(prefix) and bare.startswith(("encoder.", "decoder."))):
            continue
        try:
            known = diffusers_name(bare, blocks)
        except ValueError as error:
            raise _refused(layout, f"tensor {name!r} has no place in the network") from error
        tensor = file.get_tensor(name).float()
        weights[known] = tensor.reshape(1, -1, 1) if known.endswith((".alpha", ".beta")) else tensor
    return weights


def load(model: Foreign, layout: Layout, weights: dict[str, torch.Tensor]) -> None:
    """Put ``weights`` into ``model``, which must have exactly these. Raises ConfigError."""
    places = model.state_dict()
    if missing := places.keys() - weights.keys():
        raise _refused(layout, f"{_some(missing)} not in it")
    if extra := weights.keys() - places.keys():
        raise _refused(layout, f"{_some(extra)} in it, of another network")
    for name, tensor in weights.items():
        if tensor.shape != places[name].shape:
            raise _refused(layout, f"{name} has sizes {list(tensor.shape)}, expected {list(places[name].shape)}")
    model.load_state_dict(weights)


def moved(model: Foreign, device: str) -> Foreign:
    """The model on a device by torch's name. Raises ConfigError."""
    try:
        return model.to(device)
    except (RuntimeError, AssertionError) as error:  # torch asserts when it was built without a kind of device
        raise ConfigError(
            f"device: torch cannot use {device!r}: {error}.", cure='Write "cpu", or install a torch for that device.'
        ) from error


def _refused(layout: Layout, problem: str) -> ConfigError:
    return ConfigError(f"{layout.weights}: {problem}.", cure="Take weights and configuration from one model's folder.")


def _some(names: Iterable[str]) -> str:
    """The first few of many names."""
    found = sorted(names)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{', '.join(found[:SHOWN])}{more}"
