"""Offers the codecs that others trained."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.codec.pretrained import DacConfig, EncodecConfig, OobleckConfig, dac, encodec, oobleck


@hookimpl
def hobnail_register_components(register: Register) -> None:
    """Three codecs whose weights the user has."""
    register("dac", dac, help="Descript Audio Codec, from weights that you have.", config=DacConfig)
    register("encodec", encodec, help="EnCodec, from weights that you have.", config=EncodecConfig)
    register("oobleck", oobleck, help="The Stable Audio VAE, from weights that you have.", config=OobleckConfig)
