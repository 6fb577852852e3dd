"""Registers the codecs."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.codec.spec import LinearConfig


@hookimpl
def hobnail_register_components(register: Register) -> None:
    """The codec that comes with Hobnail."""
    register(
        "linear",
        linear_codec,
        help="Codec: 32 numbers every 10.7 ms, decoded natively without a network.",
        config=LinearConfig,
    )
