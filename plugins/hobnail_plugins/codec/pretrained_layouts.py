"""What the configuration beside pretrained weights says: rates, sizes and the numbers that their loaders need."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec

from hobnail.errors import ConfigError
from hobnail_plugins.codec.pretrained_files import converted, find_weights, open_folder, read_settings
from hobnail_plugins.codec.pretrained_original import diffusers_settings

Count = Annotated[int, msgspec.Meta(ge=1)]
Rate = Annotated[int, msgspec.Meta(ge=8000, le=192_000)]
Channels = Annotated[int, msgspec.Meta(ge=1, le=2)]
Ratios = Annotated[list[Count], msgspec.Meta(min_length=1)]
Read = TypeVar("Read")

_CODEC_OF: Final = {"dac": "dac", "encodec": "encodec", "AutoencoderOobleck": "oobleck"}


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A network's weights, and what every codec has to know of it."""

    weights: Path  #: the safetensors file
    rate_hz: int
    hop_frames: int
    dimensions: int  #: of a latent
    channels: int = 1  #: that the network hears and makes


class DacLayout(Layout, frozen=True, kw_only=True):
    """Descript Audio Codec."""

    codebooks: int


class EncodecLayout(Layout, frozen=True, kw_only=True):
    """EnCodec. When ``levelled``, the last dimension of a latent is the level that was taken out."""

    levelled: bool
    segment_hops: int | None  #: that the network hears at a time; None: everything
    bandwidths_kbps: tuple[float, ...]


class OobleckLayout(Layout, frozen=True, kw_only=True):
    """The Stable Audio VAE: the arguments of diffusers' network, and whether weights have their first names."""

    arguments: dict[str, int | list[int]]
    original: bool


def dac_layout(path: str) -> DacLayout:
    """Of a folder that transformers' DacModel saves. Raises ConfigError."""
    folder = open_folder(path, codec="dac")
    said = _read(folder / "config.json", "model_type", "dac", _Dac)
    return DacLayout(
        weights=find_weights(folder, ["model.safetensors"]),
        rate_hz=said.sampling_rate,
        hop_frames=prod(said.downsampling_ratios),
        dimensions=said.encoder_hidden_size * 2 ** len(said.downsampling_ratios),  # DAC doubles at every stride
        codebooks=said.n_codebooks,
    )


def encodec_layout(path: str) -> EncodecLayout:
    """Of a folder that transformers' EncodecModel saves. Raises ConfigError."""
    folder = open_folder(path, codec="encodec")
    said = _read(folder / "config.json", "model_type", "encodec", _Encodec)
    hop = prod(said.upsampling_ratios)
    segment = None if said.chunk_length_s is None else int(said.chunk_length_s * said.sampling_rate) // hop
    if segment == 0:
        raise ConfigError(
            f"{folder / 'config.json'}: chunk_length_s is {said.chunk_length_s}, under one hop of {hop} frames.",
            cure="Restore the model's own config.json.",
        )
    return EncodecLayout(
        weights=find_weights(folder, ["model.safetensors"]),
        rate_hz=said.sampling_rate,
        hop_frames=hop,
        dimensions=said.hidden_size + said.normalize,
        channels=said.audio_channels,
        levelled=said.normalize,
        segment_hops=segment,
        bandwidths_kbps=tuple(said.target_bandwidths),
    )


def oobleck_layout(path: str) -> OobleckLayout:
    """Of a folder by diffusers (config.json) or by stable-audio-tools (model_config.json). Raises ConfigError."""
    folder = open_folder(path, codec="oobleck")
    original = not (folder / "config.json").exists() and (folder / "model_config.json").exists()
    if original:
        file = folder / "model_config.json"
        said = converted(diffusers_settings(file), file, _Oobleck)
        names = ["model.safetensors"]
    else:
        file = folder / "config.json"
        said = _read(file, "_class_name", "AutoencoderOobleck", _Oobleck)
        names = ["diffusion_pytorch_model.safetensors", "model.safetensors"]
    if said.encoder_hidden_size != 2 * said.decoder_input_channels:
        raise ConfigError(
            f"{file}: the encoder gives {said.encoder_hidden_size} numbers, the decoder takes "
            f"{said.decoder_input_channels}; expected twice as many, mean and spread.",
            cure="Restore the model's own configuration.",
        )
    return OobleckLayout(
        weights=find_weights(folder, names),
        rate_hz=said.sampling_rate,
        hop_frames=prod(said.downsampling_ratios),
        dimensions=said.decoder_input_channels,
        channels=said.audio_channels,
        arguments=msgspec.to_builtins(said),
        original=original,
    )


class _Dac(msgspec.Struct, frozen=True):
    sampling_rate: Rate
    encoder_hidden_size: Count
    downsampling_ratios: Ratios
    n_codebooks: Count


class _Encodec(msgspec.Struct, frozen=True):
    sampling_rate: Rate
    audio_channels: Channels
    hidden_size: Count
    upsampling_ratios: Ratios
    normalize: bool
    target_bandwidths: list[float]
    chunk_length_s: float | None = None


class _Oobleck(msgspec.Struct, frozen=True):
    sampling_rate: Rate
    audio_channels: Channels
    encoder_hidden_size: Count
    decoder_channels: Count
    decoder_input_channels: Count
    downsampling_ratios: Ratios
    channel_multiples: Ratios


def _read(file: Path, key: str, expected: str, kind: type[Read]) -> Read:
    """A configuration of one model type."""
    tree = read_settings(file)
    found = tree.get(key)
    if found != expected:
        other = _CODEC_OF.get(str(tree.get("model_type", tree.get("_class_name"))))
        cure = f"Load this folder as the codec {other!r}." if other else "Give the folder of another model."
        raise ConfigError(f"{file}: {key} is {found!r}, expected {expected!r}.", cure=cure)
    return converted(tree, file, kind)
