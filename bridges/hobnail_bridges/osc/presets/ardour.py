"""Ardour's OSC surface: faders move controls and controls move faders; the transport follows. Pure."""

from __future__ import annotations

from hobnail_bridges.osc.encode import encode_message
from hobnail_bridges.osc.packets import OscMessage
from hobnail_bridges.osc.presets.base import named, number_at, ours
from hobnail_bridges.osc.presets.settings import ArdourSettings, host_and_port
from hobnail_bridges.osc.subscriptions import Values

_STRIP_TYPES = 159  # audio and MIDI tracks, buses, VCAs, master, monitor
_FEEDBACK = 1 + 2 + 8 + 16 + 1024  # buttons, faders, heartbeat, transport, position in samples
_FADER_POSITIONS = 3  # /strip/fader strip 0..1, and nothing else for it
_RATE_HZ = 48_000
_ROOTS = frozenset((
    "strip", "select", "master", "monitor", "position", "heartbeat", "record", "transport_play",
    "transport_stop", "transport_frame", "transport_speed", "loop_toggle", "rec_enable_toggle",
    "toggle_roll", "rewind", "ffwd", "session_name", "cancel_all_solos", "set_surface", "marker", "click",
    "record_tally", "punch_in", "punch_out", "bank_up", "bank_down", "jog", "group", "reply",
))  # fmt: skip


class ArdourPreset:
    """Implements :class:`hobnail_bridges.osc.presets.base.Preset`. Strips count from 1."""

    name = "ardour"

    def __init__(self, settings: ArdourSettings) -> None:
        self._settings = settings
        self.address: tuple[str, int] | None = host_and_port(settings.address)

    def probe(self, alive: bool) -> list[bytes]:
        """Until it is heard: who we are and what we want to be told. Then its heartbeat tells that it is there."""
        if alive:
            return []
        return [encode_message("/set_surface", 0, _STRIP_TYPES, _FEEDBACK, _FADER_POSITIONS, 0, 0, 0)]

    def greeting(self) -> list[bytes]:
        """Nothing more: :meth:`probe` has said it."""
        return []

    def incoming(self, message: OscMessage) -> list[OscMessage] | None:
        """``/strip/fader strip position``, ``/transport_play``, ``/transport_stop``, ``/position/samples``."""
        value = number_at(message, 0)
        match message.address[1:].split("/"):
            case ["strip", "fader"] if value is not None:
                fader = named(self._settings.faders, int(value) - self._settings.first_strip)
                position = number_at(message, 1)
                return [] if fader is None or position is None else ours(fader, position)
            case ["transport_play"] if value:
                return ours("transport/play", 1.0)
            case ["transport_stop"] if value:
                return ours("transport/stop", 1.0)
            case ["position", "samples"] if message.args:
                text = str(message.args[0])  # a text, since it does not fit an OSC integer for long
                return ours("transport/chase", int(text) / _RATE_HZ) if text.isdigit() else []
            case [root, *_] if root in _ROOTS:
                return []
        return None

    def outgoing(self, address: str, values: Values) -> list[bytes]:
        """``/hobnail/<emitter>/<control>`` as ``/strip/fader``."""
        word = address.removeprefix("/hobnail/")
        return [
            encode_message("/strip/fader", strip, *values)
            for strip, fader in enumerate(self._settings.faders, self._settings.first_strip)
            if fader == word
        ]
