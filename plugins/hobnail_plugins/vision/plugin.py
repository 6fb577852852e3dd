"""Registers the encoders of the visual stream."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.vision.encoders import PixelEncoder, SceneEncoder
from hobnail_plugins.vision.spec import SceneConfig


@hookimpl
def hobnail_register_encoders(register: Register) -> None:
    """Frame features, and pictures without a network."""
    register("scene", SceneEncoder, help="Frame features, a row of 24 numbers for every hop.", config=SceneConfig)
    register("pixels", PixelEncoder, help="Pictures as an 8 by 8 grid of colour and change.")
