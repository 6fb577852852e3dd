"""Registers the encoders of the visual stream."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.vision.dinov2 import DinoEncoder
from hobnail_plugins.vision.encoders import PixelEncoder, SceneEncoder
from hobnail_plugins.vision.spec import DinoConfig, SceneConfig


@hookimpl
def hobnail_register_encoders(register: Register) -> None:
    """Frame features, pictures without a network, and pictures by one that the user has."""
    register("scene", SceneEncoder, help="Frame features, a row of 24 numbers for every hop.", config=SceneConfig)
    register("pixels", PixelEncoder, help="Pictures as an 8 by 8 grid of colour and change.")
    register("dinov2", DinoEncoder, help="DINOv2-small, from an ONNX file that you have.", config=DinoConfig)
