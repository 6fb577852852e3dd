"""Palettes of a loaded model: read beside what sounds, and laid before the next step all at once."""

from __future__ import annotations

from pathlib import Path

from hobnail_plugins.aht.batch import Adapted
from hobnail_plugins.aht.bundle import Bundle
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.moe_lora.files import read_palette
from hobnail_plugins.moe_lora.slots import Slots, Snapshot
from hobnail_plugins.moe_lora.spec import AdapterSettings


class Palettes:
    """Those that a bundle brings, and those that are loaded later."""

    def __init__(self, bundle: Bundle, graphs: Graphs) -> None:
        """[control] Raises PaletteError."""
        self._manifest, self._graphs = bundle.manifest, graphs
        room = self._manifest.adapters
        adapters = AdapterSettings(slots=room.slots, slot_rank=room.slot_rank)
        self._slots = Slots(self._manifest.network, adapters, self._manifest.base, *self._manifest.fits)
        for folder in bundle.palettes():
            self._read(folder)
        self.now = self._laid(self._slots.now)  #: [any] what is loaded at this moment

    def load(self, folder: Path) -> None:
        """[control] The next step uses it. Raises PaletteError, and leaves everything as it was."""
        self.now = self._laid(self._read(folder))

    def unload(self, name: str) -> None:
        """[control] Raises PaletteError when it is not loaded."""
        self.now = self._laid(self._slots.unload(name))

    def _read(self, folder: Path) -> Snapshot:
        manifest = self._manifest
        return self._slots.load(read_palette(folder, manifest.network, manifest.base, *manifest.fits))

    def _laid(self, now: Snapshot) -> Adapted:
        if now.loaded:
            self._graphs.ready_for_adapters()
        return Adapted(now, self._graphs.factors(now.factors))
