"""AbletonOSC's messages: transport, track volume and pan, device parameters; it must be asked to tell. Pure.

Live answers about ten times a second, so it moves controls and transport, never single footsteps.
"""

from __future__ import annotations

from hobnail_bridges.osc.encode import encode_message
from hobnail_bridges.osc.packets import OscMessage
from hobnail_bridges.osc.presets.base import named, ours
from hobnail_bridges.osc.presets.settings import AbletonSettings, host_and_port
from hobnail_bridges.osc.subscriptions import Values

_SONG = ("is_playing", "tempo", "current_song_time", "loop", "loop_start", "loop_length")


class AbletonPreset:
    """Implements :class:`hobnail_bridges.osc.presets.base.Preset`. Tracks, devices and parameters count from 0."""

    name = "ableton"

    def __init__(self, settings: AbletonSettings) -> None:
        self._settings = settings
        self._ranges: dict[tuple[int, int], tuple[float, float]] = {}  # (track, parameter) -> lowest, highest
        self._lows: dict[int, list[float]] = {}
        self._tempo = 120.0
        self._loop = {"loop": 0.0, "loop_start": 0.0, "loop_length": 0.0}
        self.address: tuple[str, int] | None = host_and_port(settings.address)

    def probe(self, alive: bool) -> list[bytes]:
        """``/live/test``; it is answered while Live runs."""
        return [encode_message("/live/test")]

    def greeting(self) -> list[bytes]:
        """Ask for the parameters' ranges, and to be told of changes."""
        settings = self._settings
        packets = [encode_message(f"/live/song/start_listen/{word}") for word in _SONG]
        for track in range(settings.first_track, settings.first_track + len(settings.emitters)):
            for end in ("min", "max"):
                packets.append(encode_message(f"/live/device/get/parameters/{end}", track, settings.device))
            for parameter in range(settings.first_parameter, settings.first_parameter + len(settings.controls)):
                address = "/live/device/start_listen/parameter/value"
                packets.append(encode_message(address, track, settings.device, parameter))
            packets.append(encode_message("/live/track/start_listen/panning", track))
        return packets

    def incoming(self, message: OscMessage) -> list[OscMessage] | None:
        """``/live/song/get/...``, ``/live/device/get/parameter/value track device parameter value``, panning."""
        parts = message.address[1:].split("/")
        if parts[0] != "live":
            return None
        numbers = [float(arg) for arg in message.args if isinstance(arg, int | float)]
        match parts[1:]:
            case ["song", "get", word] if numbers:
                return self._song(word, numbers[0])
            case ["device", "get", "parameters", "min" | "max" as end] if len(numbers) > 2:
                self._range(end, int(numbers[0]), int(numbers[1]), numbers[2:])
            case ["device", "get", "parameter", "value"] if len(numbers) >= 4:
                return self._parameter(int(numbers[0]), int(numbers[1]), int(numbers[2]), numbers[3])
            case ["track", "get", "panning"] if len(numbers) >= 2:
                emitter = named(self._settings.emitters, int(numbers[0]) - self._settings.first_track)
                return [] if emitter is None else ours(f"{emitter}/pan", numbers[1])
        return []

    def outgoing(self, address: str, values: Values) -> list[bytes]:
        """``/hobnail/<emitter>/<control>`` as ``/live/device/set/parameter/value``, in the parameter's own range."""
        settings = self._settings
        _, _, emitter, word = address.split("/", 3)
        if emitter not in settings.emitters or word not in settings.controls or isinstance(values[0], str):
            return []
        track = settings.emitters.index(emitter) + settings.first_track
        parameter = settings.controls.index(word) + settings.first_parameter
        low, high = self._ranges.get((track, parameter), (0.0, 1.0))
        value = low + values[0] * (high - low)
        return [encode_message("/live/device/set/parameter/value", track, settings.device, parameter, value)]

    def _song(self, word: str, value: float) -> list[OscMessage]:
        match word:
            case "is_playing":
                return ours("transport/play" if value else "transport/stop", 1.0)
            case "tempo":
                self._tempo = value
                return ours("transport/tempo", value)
            case "current_song_time":  # in beats
                return ours("transport/chase", value * 60.0 / self._tempo)
            case "loop" | "loop_start" | "loop_length":
                self._loop[word] = value
                start, length = self._loop["loop_start"], self._loop["loop_length"]
                scale = 60.0 / self._tempo if self._loop["loop"] and length > 0 else 0.0
                return ours("transport/loop", start * scale, (start + length) * scale)
        return []

    def _range(self, end: str, track: int, device: int, values: list[float]) -> None:
        if device != self._settings.device:
            return
        if end == "min":
            self._lows[track] = values
            return
        for parameter, (low, high) in enumerate(zip(self._lows.get(track, []), values, strict=False)):
            self._ranges[track, parameter] = (low, high)

    def _parameter(self, track: int, device: int, parameter: int, value: float) -> list[OscMessage]:
        settings = self._settings
        emitter = named(settings.emitters, track - settings.first_track)
        control = named(settings.controls, parameter - settings.first_parameter)
        if device != settings.device or emitter is None or control is None:
            return []
        low, high = self._ranges.get((track, parameter), (0.0, 1.0))
        return ours(f"{emitter}/{control}", (value - low) / (high - low) if high > low else 0.0)
