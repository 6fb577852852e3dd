"""A DAW at the other end: is it there, and what is it told. No sockets. [io]"""

from __future__ import annotations

from hobnail_bridges.osc.config import OscConfig
from hobnail_bridges.osc.peers import Peer
from hobnail_bridges.osc.presets.ableton import AbletonPreset
from hobnail_bridges.osc.presets.ardour import ArdourPreset
from hobnail_bridges.osc.presets.base import Preset
from hobnail_bridges.osc.presets.reaper import ReaperPreset

PROBE_NS = 2_000_000_000
GONE_NS = 7_000_000_000
ALL_CONTROLS = "/hobnail/*/*"


class Link:
    """One preset and the peer behind it."""

    def __init__(self, preset: Preset, peer: Peer) -> None:
        self.preset = preset
        self.peer = peer
        self._alive = False
        self._heard_ns = 0
        self._probed_ns = 0

    def heard(self, now_ns: int) -> None:
        """It said something."""
        self._heard_ns = now_ns
        if not self._alive:
            self._alive = True
            self._send(self.preset.greeting())

    def tick(self, now_ns: int) -> None:
        """Look whether it is still there."""
        if now_ns - self._probed_ns < PROBE_NS:
            return
        self._probed_ns = now_ns
        if self._alive and now_ns - self._heard_ns > GONE_NS:
            self._alive = False
        self._send(self.preset.probe(self._alive))

    def _send(self, packets: list[bytes]) -> None:
        for packet in packets:
            self.peer.send(packet)


def presets_of(config: OscConfig) -> list[Preset]:
    """The presets that are switched on."""
    presets: list[Preset] = []
    if config.reaper is not None:
        presets.append(ReaperPreset(config.reaper))
    if config.ableton is not None:
        presets.append(AbletonPreset(config.ableton))
    if config.ardour is not None:
        presets.append(ArdourPreset(config.ardour))
    return presets
