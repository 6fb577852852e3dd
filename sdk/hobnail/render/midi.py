"""A MIDI file as a timeline: notes are events, wheels and controllers are curves. Read by mido (extra ``[midi]``)."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hobnail.audio import RATE_HZ
from hobnail.contracts import ControlSpec, EngineSpec
from hobnail.errors import MissingExtraError, RenderError
from hobnail.host import Host
from hobnail.midimap import (
    Binding,
    MidiMap,
    NoteRule,
    Source,
    SourceKind,
    default_bindings,
    default_rules,
    merged,
    read_map,
)
from hobnail.render.timeline import Curve, Timeline, TimelineEvent
from hobnail.scene import Contact, EmitterSettings
from hobnail.settings import closest

if TYPE_CHECKING:
    import mido

BEND_SEMITONES: Final = 2.0  # of the pitch wheel, each way: General MIDI's default
_DEFAULT_TEMPO: Final = 500_000  # microseconds a beat: 120 beats a minute


def read_midi(path: Path, *, host: Host, engine: str, map_path: Path | None = None) -> Timeline:
    """A MIDI file as a timeline of ``engine``'s events. Raises RenderError, ConfigError, MissingExtraError."""
    try:
        import mido
    except ModuleNotFoundError as error:
        raise MissingExtraError("Reading MIDI files", extra="midi") from error
    try:
        file = mido.MidiFile(path)
    except OSError as error:
        raise RenderError(f"{path}: cannot be read: {error.strerror or error}.", cure="Give a .mid file.") from error
    except (EOFError, ValueError, KeyError, IndexError, mido.KeySignatureError) as error:  # mido's many ways to say it
        raise RenderError(
            f"{path}: not a MIDI file, or a broken one: {error or type(error).__name__}.", cure="Export it again."
        ) from error
    if file.type == 2:
        raise RenderError(f"{path}: is of type 2, independent patterns.", cure="Export it as type 0 or 1.")
    if file.ticks_per_beat <= 0:
        raise RenderError(
            f"{path}: its division is {file.ticks_per_beat}, expected ticks a beat above 0.",
            cure="Export it with musical time instead of SMPTE time.",
        )
    spec: EngineSpec = host.build("engines", engine).spec
    return midi_timeline(file, spec, host.controls(), read_map(map_path) if map_path else MidiMap(), title=path.stem)


def midi_timeline(
    file: mido.MidiFile,
    engine: EngineSpec,
    controls: tuple[ControlSpec, ...],
    midi_map: MidiMap,
    *,
    title: str = "",
) -> Timeline:
    """A parsed file as a timeline. Frames are exact: each is rounded once, from a fraction. Raises RenderError."""
    reader = _Reader(engine, {control.id: control for control in controls}, midi_map)
    end = 0
    for frame, message in _timed(file):
        reader.take(frame, message)
        end = frame
    reader.finish(end)
    return Timeline(
        title=title,
        emitters=reader.emitters,
        events=tuple(reader.events),
        curves=tuple(
            Curve(emitter=emitter, control=control, points=tuple(points), shape="hold")
            for (emitter, control), points in reader.curves.items()
        ),
    )


def _timed(file: mido.MidiFile) -> list[tuple[int, Any]]:
    """Every message with its frame, in order; the tempo of all tracks counts for all."""
    ticked: list[tuple[int, int, Any]] = []
    for number, track in enumerate(file.tracks):
        tick = 0
        for message in track:
            tick += message.time
            ticked.append((tick, 0 if message.type == "set_tempo" else number + 1, message))
    ticked.sort(key=lambda each: each[:2])
    tempo, since_tick, since_us = _DEFAULT_TEMPO, 0, Fraction(0)
    timed = []
    for tick, _, message in ticked:
        at_us = since_us + Fraction((tick - since_tick) * tempo, file.ticks_per_beat)
        if message.type == "set_tempo":
            tempo, since_tick, since_us = message.tempo, tick, at_us
        timed.append((int(at_us * RATE_HZ / 1_000_000 + Fraction(1, 2)), message))
    return timed


class _Reader:
    """Collects events, curves and emitters from messages in order of time."""

    def __init__(self, engine: EngineSpec, controls: dict[str, ControlSpec], midi_map: MidiMap) -> None:
        self._kinds = {event.name: event.kind for event in engine.events}
        self._first = next((event.name for event in engine.events if event.kind == "one_shot"), engine.events[0].name)
        self._controls = controls
        self._notes = midi_map.note or default_rules(engine)
        usual = default_bindings(controls) if midi_map.defaults else ()
        self._wires = tuple(wire for wire in merged(midi_map.control, usual) if wire.control in controls)
        self._held: dict[tuple[int, int], TimelineEvent] = {}
        self._bends: dict[int, float] = {}  # channel -> semitones
        self.emitters: dict[str, EmitterSettings] = {}
        self.events: list[TimelineEvent] = []
        self.curves: dict[tuple[str | None, str], list[tuple[float, float]]] = defaultdict(list)

    def take(self, frame: int, message: Any) -> None:  # noqa: ANN401 - mido's messages have no type of their own
        channel = getattr(message, "channel", -1) + 1
        match message.type:
            case "note_on" if message.velocity > 0:
                self._note_on(frame, channel, message.note, message.velocity)
            case "note_on" | "note_off":
                self._note_off(frame, channel, message.note)
            case "pitchwheel":
                self._bends[channel] = message.pitch / 8192.0 * BEND_SEMITONES
                self._move(frame, "bend", 0, channel, (message.pitch + 8192) / 16383.0)
            case "control_change":
                self._move(frame, "cc", message.control, channel, message.value / 127.0)
            case "aftertouch":
                self._move(frame, "pressure", 0, channel, message.value / 127.0)
            case "polytouch":
                self._move(frame, "key_pressure", message.note, channel, message.value / 127.0)

    def finish(self, frame: int) -> None:
        """Keys that are still held are let go."""
        for channel, note in list(self._held):
            self._note_off(frame, channel, note)

    def _note_on(self, frame: int, channel: int, note: int, velocity: int) -> None:
        rule = next((rule for rule in self._notes if rule.holds(channel, note)), None)
        if rule is None:
            return
        name = rule.event or self._first
        if name not in self._kinds:
            raise RenderError(
                f"The MIDI map names the event {name!r}, which the engine does not have.",
                cure=closest(name, list(self._kinds)),
            )
        self._note_off(frame, channel, note)  # the same key again without a release between
        self._know(rule)
        sustained = self._kinds[name] == "sustained"
        event = TimelineEvent(
            at=frame,
            emitter=rule.emitter,
            name=name,
            action="start" if sustained else "trigger",
            contact=Contact(material=rule.material, other=rule.other, intensity=round(rule.intensity(velocity), 4)),
            controls=self._pitched(rule, channel, note),
            gain_db=rule.gain_db,
        )
        self.events.append(event)
        if sustained:
            self._held[channel, note] = event

    def _note_off(self, frame: int, channel: int, note: int) -> None:
        event = self._held.pop((channel, note), None)
        if event is not None and not any(
            (other.emitter, other.name) == (event.emitter, event.name) for other in self._held.values()
        ):
            self.events.append(TimelineEvent(at=frame, emitter=event.emitter, name=event.name, action="stop"))

    def _know(self, rule: NoteRule) -> None:
        if rule.emitter not in self.emitters:
            given = {name: value for name in ("prompt", "engine") if (value := getattr(rule, name))}
            self.emitters[rule.emitter] = EmitterSettings(**given)

    def _pitched(self, rule: NoteRule, channel: int, note: int) -> dict[str, float]:
        spec = self._controls.get("pitch")
        if rule.centre is None or spec is None or spec.unit != "semitones":
            return {}
        semitones = note - rule.centre + self._bends.get(channel, 0.0)
        return {"pitch": round(spec.normalised(spec.default + semitones), 6)}

    def _move(self, frame: int, kind: SourceKind, number: int, channel: int, value: float) -> None:
        for wire in self._wires:
            if wire.hears(Source(kind, channel, number)):
                self.curves[wire.emitter, wire.control].append((frame / RATE_HZ, self._value(wire, value, channel)))

    def _value(self, wire: Binding, value: float, channel: int) -> float:
        spec = self._controls[wire.control]
        if wire.source == "bend" and wire.control == "pitch" and spec.unit == "semitones":
            return spec.normalised(spec.default + self._bends[channel])
        return wire.value(value)
