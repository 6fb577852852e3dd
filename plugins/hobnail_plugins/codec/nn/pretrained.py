"""The torch half of the pretrained codecs: networks by transformers and diffusers, weights from local folders."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Final, Protocol

import numpy as np
import torch

from hobnail.contracts import Float32
from hobnail_plugins.codec.nn.pretrained_weights import Foreign, from_transformers, load, moved, oobleck_weights
from hobnail_plugins.codec.pretrained_layouts import DacLayout, EncodecLayout, OobleckLayout

QUIETEST: Final = 1e-8  #: EnCodec's own guard against dividing by a silent level


class Network(Protocol):
    """A codec's two halves over a whole sound."""

    def encode(self, sound: Float32) -> Float32:
        """float32 [hops * hop_frames] -> float32 [hops, dimensions]."""

    def decode(self, latents: Float32) -> Float32:
        """float32 [hops, dimensions] -> float32 [frames], up to a hop shorter than the hops are."""


def open_dac(layout: DacLayout, device: str, codebooks: int) -> Network:
    """DAC by transformers. Raises ConfigError."""
    return _Dac(from_transformers("DacModel", layout, device), device, codebooks)


def open_encodec(layout: EncodecLayout, device: str, bandwidth_kbps: float) -> Network:
    """EnCodec by transformers. Raises ConfigError."""
    return _Encodec(from_transformers("EncodecModel", layout, device), layout, device, bandwidth_kbps)


def open_oobleck(layout: OobleckLayout, device: str) -> Network:
    """The Stable Audio VAE by diffusers. Raises ConfigError."""
    with warnings.catch_warnings():  # diffusers 0.42 still builds with torch's older weight_norm, whose names it saves
        warnings.filterwarnings("ignore", ".*weight_norm.* is deprecated", FutureWarning)
        model = import_module("diffusers").AutoencoderOobleck(**layout.arguments)
    load(model, layout, oobleck_weights(layout))
    return _Oobleck(moved(model.eval(), device), layout, device)


class _Dac:
    def __init__(self, model: Foreign, device: str, codebooks: int) -> None:
        self._model, self._device, self._codebooks = model, device, codebooks

    @torch.inference_mode()
    def encode(self, sound: Float32) -> Float32:
        latents = self._model.encoder(_heard(sound, 1, self._device))
        if self._codebooks:
            latents = self._model.quantizer(latents, self._codebooks)[0]
        return _given(latents[0].T)

    @torch.inference_mode()
    def decode(self, latents: Float32) -> Float32:
        return _given(self._model.decoder(_read(latents, self._device))[0, 0])


class _Encodec:
    """Hears segments one by one when it was trained so; each then has one level, as a logarithm in the last dimension.

    The library lets segments overlap by 1 % and cross-fades. That is no whole number of hops (148.5 of 150), so it has
    no place on one grid of latents: here segments meet edge to edge.
    """

    def __init__(self, model: Foreign, layout: EncodecLayout, device: str, bandwidth_kbps: float) -> None:
        self._model, self._layout, self._device, self._kbps = model, layout, device, bandwidth_kbps

    @torch.inference_mode()
    def encode(self, sound: Float32) -> Float32:
        hops = self._layout.segment_hops
        size = len(sound) if hops is None else hops * self._layout.hop_frames
        return np.concatenate([self._encode(sound[at : at + size]) for at in range(0, len(sound), size)])

    @torch.inference_mode()
    def decode(self, latents: Float32) -> Float32:
        size = self._layout.segment_hops or len(latents)
        return np.concatenate([self._decode(latents[at : at + size]) for at in range(0, len(latents), size)])

    def _encode(self, sound: Float32) -> Float32:
        heard = _heard(sound, self._layout.channels, self._device)
        level = heard.square().mean().sqrt() + QUIETEST
        latents = self._model.encoder(heard / level if self._layout.levelled else heard)
        if self._kbps:
            latents = self._model.quantizer.decode(self._model.quantizer.encode(latents, self._kbps))
        track = latents[0].T
        if self._layout.levelled:
            track = torch.cat([track, level.log().expand(len(track), 1)], dim=1)
        return _given(track)

    def _decode(self, latents: Float32) -> Float32:
        track = _read(latents, self._device)
        if not self._layout.levelled:
            return _given(self._model.decoder(track)[0].mean(0))
        return _given(self._model.decoder(track[:, :-1])[0].mean(0) * track[0, -1].mean().exp())


class _Oobleck:
    """Latents are the mean of the posterior; the other half of the encoder's numbers is its spread."""

    def __init__(self, model: Foreign, layout: OobleckLayout, device: str) -> None:
        self._model, self._layout, self._device = model, layout, device

    @torch.inference_mode()
    def encode(self, sound: Float32) -> Float32:
        heard = _heard(sound, self._layout.channels, self._device)
        return _given(self._model.encode(heard).latent_dist.mode()[0].T)

    @torch.inference_mode()
    def decode(self, latents: Float32) -> Float32:
        return _given(self._model.decode(_read(latents, self._device)).sample[0].mean(0))


def _heard(sound: Float32, channels: int, device: str) -> torch.Tensor:
    """float32 [frames] -> [1, channels, frames]; every channel hears the same."""
    return torch.from_numpy(sound).to(device).expand(1, channels, -1)


def _read(latents: Float32, device: str) -> torch.Tensor:
    """float32 [hops, dimensions] -> [1, dimensions, hops]."""
    return torch.from_numpy(latents).to(device).T.unsqueeze(0)


def _given(values: torch.Tensor) -> Float32:
    """An array of its own, contiguous."""
    return np.ascontiguousarray(values.to("cpu", torch.float32).numpy())
