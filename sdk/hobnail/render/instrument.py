"""Hobnail as an instrument in a pedalboard script: called with MIDI messages, it gives sound like any instrument there.

It needs no pedalboard itself, and follows the convention of pedalboard's own instruments: channels first, messages as
objects with ``bytes()`` and ``time``, as pairs (bytes, seconds), or as mido's.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ, seconds_to_frames
from hobnail.config import Config
from hobnail.contracts import Float32
from hobnail.errors import RenderError
from hobnail.host import Host
from hobnail.midimap import MidiMap, read_map
from hobnail.render.midi import midi_timeline
from hobnail.render.performance import perform
from hobnail.render.plan import timeline_commands
from hobnail.render.timeline import Timeline

_TICKS_PER_SECOND = RATE_HZ  # one a frame, so that nothing is rounded twice


class HobnailInstrument:
    """Notes to Foley, offline.

    ::

        hobnail = HobnailInstrument(prompt="leather boots", material="gravel")
        board = Pedalboard([Reverb(room_size=0.3)])
        sound = board(hobnail([mido.Message("note_on", note=36, time=0.5)], duration=3.0, sample_rate=48_000), 48_000)
    """

    def __init__(
        self,
        *,
        prompt: str = "",
        material: str = "",
        engine: str | None = None,
        midi_map: Path | str | None = None,
        seed: int = 0,
        host: Host | None = None,
        config: Config | None = None,
    ) -> None:
        self._host = host or Host.discovered()
        config = config or Config()
        session = config.session if engine is None else msgspec.structs.replace(config.session, engine=engine)
        self._config = msgspec.structs.replace(config, session=session)
        self._map = MidiMap() if midi_map is None else read_map(Path(midi_map))
        self._words = {name: text for name, text in (("prompt", prompt), ("material", material)) if text}
        self._seed = seed

    @property
    def is_instrument(self) -> bool:
        """As pedalboard's plug-ins say it."""
        return True

    @property
    def is_effect(self) -> bool:
        """As pedalboard's plug-ins say it."""
        return False

    def __call__(
        self,
        midi_messages: Iterable[Any],
        duration: float,
        sample_rate: float = RATE_HZ,
        num_channels: int = 2,
        **_ignored: object,
    ) -> Float32:
        """float32 [num_channels, frames]. ``duration`` in seconds. Raises RenderError for another rate than 48 kHz."""
        if sample_rate != RATE_HZ:
            raise RenderError(
                f"sample_rate is {sample_rate:g}, and Hobnail sounds at {RATE_HZ}.",
                cure="Ask for 48000, and resample what comes.",
            )
        timeline = self.timeline(midi_messages, duration)
        frames = seconds_to_frames(duration)
        played = perform(timeline_commands(timeline), host=self._host, config=self._config, frames=frames)
        sound = np.asarray(played.mix, np.float32).T
        return np.ascontiguousarray(sound.mean(axis=0, keepdims=True) if num_channels == 1 else sound)

    def timeline(self, midi_messages: Iterable[Any], duration: float) -> Timeline:
        """What the messages are to Hobnail; it can be changed and rendered with more care."""
        import mido

        track = mido.MidiTrack()
        before = 0
        for at_s, message in sorted((_message(given) for given in midi_messages), key=lambda each: each[0]):
            tick = round(at_s * _TICKS_PER_SECOND)
            track.append(message.copy(time=tick - before))
            before = tick
        file = mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_SECOND // 2)  # 120 beats a minute
        file.tracks.append(track)
        engine = self._host.build("engines", self._config.session.engine)
        timeline = midi_timeline(file, engine.spec, self._host.controls(), self._map)
        emitters = {
            name: msgspec.structs.replace(settings, **self._words) for name, settings in timeline.emitters.items()
        }
        return msgspec.structs.replace(timeline, emitters=emitters, duration_s=max(duration, 1e-3), seed=self._seed)


def _message(given: Any) -> tuple[float, Any]:  # noqa: ANN401 - three libraries' messages
    """(seconds, mido's message)."""
    import mido

    if isinstance(given, tuple):
        data, at_s = given
        return float(at_s), mido.Message.from_bytes(list(data))
    if isinstance(given, mido.Message):
        return float(given.time), given
    return float(given.time), mido.Message.from_bytes(list(given.bytes()))
