"""The Stable Audio VAE as stable-audio-tools saves it, in the words of diffusers: its settings, its tensors' names.

Both build one network. stable-audio-tools numbers its layers, diffusers names them::

    pretransform.model.encoder.layers.1.layers.0.layers.1.weight_g
                       encoder.block.0.res_unit1.conv1.weight_g
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Final

import msgspec

from hobnail.errors import ConfigError
from hobnail_plugins.codec.pretrained_files import converted, read_settings

PREFIXES: Final = ("pretransform.model.", "autoencoder.", "")
"""Where the codec is inside a generator, inside a checkpoint of its training, and alone."""

_BLOCKS: Final = {
    "encoder": ("res_unit1", "res_unit2", "res_unit3", "snake1", "conv1"),
    "decoder": ("snake1", "conv_t1", "res_unit1", "res_unit2", "res_unit3"),
}
_UNIT: Final = ("snake1", "conv1", "snake2", "conv2")

Count = Annotated[int, msgspec.Meta(ge=1)]


class _Half(msgspec.Struct, frozen=True):
    """Encoder or decoder. Defaults are those of stable-audio-tools."""

    channels: Count
    c_mults: list[Count]
    strides: list[Count]
    latent_dim: Count
    use_snake: bool = False
    antialias_activation: bool = False
    use_nearest_upsample: bool = False
    final_tanh: bool = True  #: of a decoder


def diffusers_settings(file: Path) -> dict[str, object]:
    """``model_config.json`` as the settings of diffusers' AutoencoderOobleck. Raises ConfigError."""
    tree = read_settings(file)
    alone = tree.get("model_type") == "autoencoder"  # else a generator, which calls its codec its pretransform
    model = _inside(tree, file, *(("model",) if alone else ("model", "pretransform", "config")))
    parts = ("encoder", "decoder", "bottleneck")
    kinds = [str(_inside(model, file, part).get("type")) for part in parts]
    if kinds != ["oobleck", "oobleck", "vae"]:
        raise ConfigError(
            f"{file}: {', '.join(parts)} are {', '.join(kinds)}, expected oobleck, oobleck, vae.",
            cure="Only the autoencoder of Stable Audio 2 and Stable Audio Open is known.",
        )
    encoder = converted(_inside(model, file, "encoder", "config"), file, _Half)
    decoder = converted(_inside(model, file, "decoder", "config"), file, _Half)
    _refuse_other_networks(file, encoder, decoder)
    return {
        "sampling_rate": tree.get("sample_rate"),
        "audio_channels": model.get("io_channels"),
        "encoder_hidden_size": encoder.channels,
        "decoder_channels": decoder.channels,
        "decoder_input_channels": decoder.latent_dim,
        "downsampling_ratios": encoder.strides,
        "channel_multiples": encoder.c_mults,
    }


def find_prefix(names: Collection[str]) -> str | None:
    """What stands before ``encoder.`` in a file's tensor names; None when there is no such codec in it."""
    return next((prefix for prefix in PREFIXES if any(name.startswith(f"{prefix}encoder.") for name in names)), None)


def diffusers_name(name: str, blocks: int) -> str:
    """A tensor's name in diffusers, from its name without prefix. ``blocks``: how many strides there are.

    Raises ValueError for a name that this network does not have.
    """
    half, *numbers = name.split(".layers.")
    index, _, tensor = numbers.pop().partition(".") if numbers else ("", "", "")
    outer = {0: "conv1", blocks + 1: "snake1", blocks + 2: "conv2"}
    try:
        first, *rest = (int(number) for number in (*numbers, index))
        words = [half, outer[first]] if first in outer else [half, "block", str(first - 1)]
        words += [table[number] for table, number in zip((_BLOCKS[half], _UNIT), rest, strict=False)]
    except (ValueError, LookupError) as error:
        raise ValueError(f"{name!r} is no layer of an encoder or decoder") from error
    return ".".join([*words, tensor])


def _refuse_other_networks(file: Path, encoder: _Half, decoder: _Half) -> None:
    """Relatives of the network that diffusers does not build."""
    wrong = {
        "use_snake is false": not (encoder.use_snake and decoder.use_snake),
        "antialias_activation is true": encoder.antialias_activation or decoder.antialias_activation,
        "use_nearest_upsample is true": decoder.use_nearest_upsample,
        "final_tanh is true or not there": decoder.final_tanh,
        "encoder and decoder differ in strides": encoder.strides != decoder.strides,
        "encoder and decoder differ in c_mults": encoder.c_mults != decoder.c_mults,
        "the encoder's latent_dim differs from its channels": encoder.latent_dim != encoder.channels,
    }
    found = [what for what, there in wrong.items() if there]
    if found:
        raise ConfigError(
            f"{file}: {'; '.join(found)}; diffusers cannot build this network.",
            cure="Only the autoencoder of Stable Audio 2 and Stable Audio Open is known.",
        )


def _inside(tree: dict[str, object], file: Path, *path: str) -> dict[str, object]:
    """The object at a path of keys."""
    found: object = tree
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: there is no {'.'.join(path)} in it.", cure="Restore the model's own configuration.")
    return found
