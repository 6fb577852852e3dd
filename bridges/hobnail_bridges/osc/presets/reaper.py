"""Reaper's own messages, as in its Default.ReaperOSC: transport, tracks, effect parameters, markers. Pure."""

from __future__ import annotations

from hobnail_bridges.osc.encode import encode_message
from hobnail_bridges.osc.packets import OscMessage
from hobnail_bridges.osc.presets.base import named, number_at, ours
from hobnail_bridges.osc.presets.settings import ReaperSettings, host_and_port
from hobnail_bridges.osc.subscriptions import Values

_TRANSPORT = {"time": "chase", "tempo": "tempo"}
_ROOTS = frozenset((
    "action", "anyvstsoundon", "anysolo", "autoarm", "beat", "click", "cursor", "device", "frames", "fx",
    "fxeq", "fxinst", "fxparam", "hue", "lastmarker", "lastregion", "loop", "marker", "master", "metronome",
    "pause", "play", "preroll", "record", "region", "repeat", "replace", "samples", "scroll", "scrub",
    "select", "send", "soloreset", "stop", "tempo", "time", "track", "vu", "zoom", "forward", "rewind",
    "recv", "bypass", "reaper",
))  # fmt: skip
"""First parts of Reaper's addresses; what is below one of these and means nothing here is passed over."""


class ReaperPreset:
    """Implements :class:`hobnail_bridges.osc.presets.base.Preset`. Tracks, effects and parameters count from 1."""

    name = "reaper"

    def __init__(self, settings: ReaperSettings) -> None:
        self._settings = settings
        self._loop = [0.0, 0.0]
        self._repeats = False
        self.address = host_and_port(settings.feedback) if settings.feedback else None

    def probe(self, alive: bool) -> list[bytes]:
        """Nothing: Reaper sends by itself."""
        return []

    def greeting(self) -> list[bytes]:
        """Nothing."""
        return []

    def incoming(self, message: OscMessage) -> list[OscMessage] | None:
        """Transport, ``/track/N/volume/db``, ``/track/N/pan``, ``/track/N/fx/M/fxparam/P/value``, marker names."""
        parts = message.address[1:].split("/")
        value = number_at(message, 0)
        match parts:
            case ["track", track, *rest] if track.isdigit():
                emitter = named(self._settings.emitters, int(track) - self._settings.first_track)
                return [] if emitter is None else self._track(emitter, rest, value)
            case ["lastmarker", "name"]:
                return marker(message.args[0]) if message.args else []
            case [root, *_] if root in _ROOTS:
                return [] if value is None else self._transport(parts, value)
        return None

    def outgoing(self, address: str, values: Values) -> list[bytes]:
        """``/hobnail/<emitter>/<control>`` as ``/track/N/fx/M/fxparam/P/value``."""
        settings = self._settings
        _, _, emitter, word = address.split("/", 3)
        if emitter not in settings.emitters or word not in settings.controls:
            return []
        track = settings.emitters.index(emitter) + settings.first_track
        parameter = settings.controls.index(word) + 1
        return [encode_message(f"/track/{track}/fx/{settings.fx}/fxparam/{parameter}/value", *values)]

    def _transport(self, parts: list[str], value: float) -> list[OscMessage]:
        match parts:
            case ["play" | "stop" as word] if value:
                return ours(f"transport/{word}", value)
            case ["pause"] if value:
                return ours("transport/stop", value)
            case ["time"] | ["tempo", "raw"]:
                return ours(f"transport/{_TRANSPORT[parts[0]]}", value)
            case ["repeat"]:
                self._repeats = bool(value)
                return self._looped()
            case ["loop", "start" | "end" as which, "time"]:
                self._loop[which == "end"] = value
                return self._looped() if self._repeats else []
        return []

    def _track(self, emitter: str, rest: list[str], value: float | None) -> list[OscMessage]:
        match rest:
            case ["volume", "db"] if value is not None:
                return ours(f"{emitter}/gain", value)
            case ["pan"] if value is not None:  # normalised: 0 left, 1 right
                return ours(f"{emitter}/pan", 2.0 * value - 1.0)
            case ["fx", fx, "fxparam", parameter, "value"] if fx == str(self._settings.fx) and parameter.isdigit():
                control = named(self._settings.controls, int(parameter) - 1)
                return [] if control is None or value is None else ours(f"{emitter}/{control}", value)
        return []

    def _looped(self) -> list[OscMessage]:
        start, end = self._loop
        return ours("transport/loop", start, end) if self._repeats and end > start else ours("transport/loop", 0.0, 0.0)


def marker(name: object) -> list[OscMessage]:
    """A marker's name as an event: ``emitter:event [intensity] [material]``; any other name means nothing."""
    words = str(name).split()
    emitter, colon, event = words[0].partition(":") if words else ("", "", "")
    if not colon or not emitter or not event:
        return []
    args: list[float | str] = []
    for word in words[1:3]:
        try:
            args.append(float(word))
        except ValueError:
            args.append(word)
    return ours(f"{emitter}/event/{event}", *args)
