"""Registers the studio's effects. pedalboard is imported when one of them is built."""

from __future__ import annotations

from hobnail.hooks import Register, hookimpl
from hobnail_plugins.studio.board import PedalboardEffect
from hobnail_plugins.studio.spec import PedalboardConfig, Vst3Config
from hobnail_plugins.studio.vst3 import Vst3Maker


@hookimpl
def hobnail_register_effects(register: Register) -> None:
    """pedalboard's own effects, and foreign ones in a child process."""
    register("pedalboard", PedalboardEffect, help="An effect of pedalboard, by its name.", config=PedalboardConfig)
    register("vst3", Vst3Maker(), help="A VST3 effect, in a process of its own.", config=Vst3Config)
