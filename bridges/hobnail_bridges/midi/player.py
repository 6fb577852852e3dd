"""What MIDI does to a session: messages in, commands out. No ports, no threads; time is passed in."""

from __future__ import annotations

import msgspec

from hobnail.commands import AnyCommand, ClientLeft, PutEmitter, SetControl, TriggerEvent
from hobnail.contracts import SessionInfo
from hobnail.midimap import Binding, NoteRule
from hobnail.scene import Contact, EmitterSettings
from hobnail_bridges.midi.clock import MidiClock
from hobnail_bridges.midi.codec import (
    ChannelPressure,
    ControlChange,
    KeyPressure,
    MidiMessage,
    NoteOff,
    NoteOn,
    PitchBend,
    RealTime,
    SongPosition,
)
from hobnail_bridges.midi.controllers import Controllers, Move, bend_position
from hobnail_bridges.midi.held import HeldNotes, Sound
from hobnail_bridges.midi.mapping import control_of, engine_of
from hobnail_bridges.midi.mpe import Zones
from hobnail_bridges.midi.takeover import Takeover

_SUSTAIN, _SOUND_OFF, _RESET, _NOTES_OFF = 64, 120, 121, 123
_PITCH = "pitch"
_PER_NOTE = 74  # MPE's third dimension


class Now(msgspec.Struct, frozen=True):
    """One moment on both clocks: the session's frame and monotonic ns."""

    frame: int
    ns: int


class Player:
    """One instrument. Its emitters are shared, so that a game or a DAW may drive them too. [one thread]

    With MPE each channel of a zone has emitters of its own, ``<emitter>.<channel>``: bend, pressure and CC 74 of one
    note move that note's controls and no other's.
    """

    def __init__(
        self, client: int, info: SessionInfo, rules: tuple[NoteRule, ...], bindings: tuple[Binding, ...], zones: Zones
    ) -> None:
        self.clock = MidiClock()
        self.zones = zones
        self._client = client
        self._info = info
        self._rules = rules
        self._bindings = bindings
        self._controllers = Controllers()
        self._takeover = Takeover({spec.id: spec.normalised(spec.default) for spec in info.controls})
        self._held = HeldNotes()
        self._bends: dict[int, float] = {}  # channel -> semitones
        self._offsets: dict[int, float] = {}  # member channel -> semitones of its key from the rule's centre
        self._made: dict[int, set[str]] = {}  # member channel -> its emitters

    def rebind(self, bindings: tuple[Binding, ...]) -> None:
        """The map has changed."""
        self._bindings = bindings

    def emitters(self) -> list[AnyCommand]:
        """What sets the stage: every emitter that a rule names."""
        rules = {rule.emitter: rule for rule in reversed(self._rules)}  # of several, the first one's words count
        return [self._put(rule, rule.emitter) for rule in rules.values()]

    def leave(self) -> list[AnyCommand]:
        """What ends it all."""
        return [ClientLeft(client=self._client)]

    def take(self, message: MidiMessage, now: Now) -> list[AnyCommand]:
        """What the session must be told because of a message, in order."""
        match message:
            case NoteOn():
                return self._note_on(message, now)
            case NoteOff():
                return self._stops(self._held.up(message.channel, message.note), now)
            case ControlChange(number=number) if number == _SUSTAIN or number >= _SOUND_OFF:
                return self._mode(message, now)
            case ControlChange() | PitchBend() | ChannelPressure() | KeyPressure():
                return self._controller(message, now)
            case RealTime() | SongPosition():
                self.clock.take(message, now.ns)
        return []

    # --- keys --------------------------------------------------------------------------------------------------------

    def _note_on(self, note: NoteOn, now: Now) -> list[AnyCommand]:
        zone = self.zones.zone_of(note.channel)
        heard_on = note.channel if zone is None else self.zones.master(zone)
        rule = next((rule for rule in self._rules if rule.holds(heard_on, note.note)), None)
        if rule is None:
            return []
        event, kind = self._event(rule)
        offset = 0.0 if rule.centre is None else float(note.note - rule.centre)
        commands: list[AnyCommand] = []
        controls: dict[str, float] = {}
        emitter = rule.emitter
        if zone is not None:
            emitter = f"{rule.emitter}.{note.channel}"
            if emitter not in self._made.setdefault(note.channel, set()):
                self._made[note.channel].add(emitter)
                commands.append(self._put(rule, emitter))
            self._offsets[note.channel] = offset
            commands += self._bend_note(note.channel, now)
        elif rule.centre is not None:
            controls = self._pitch(offset + self._bends.get(note.channel, 0.0))
        sustained = kind == "sustained"
        if sustained:
            self._held.down(note.channel, note.note, Sound(emitter, event))
        commands.append(
            TriggerEvent(
                client=self._client,
                at_frame=None if sustained else self._quantised(rule, now),
                received_ns=now.ns,
                emitter=emitter,
                name=event,
                action="start" if sustained else "trigger",
                contact=Contact(material=rule.material, other=rule.other, intensity=rule.intensity(note.velocity)),
                controls=controls,
                gain_db=rule.gain_db,
            )
        )
        return commands

    def _event(self, rule: NoteRule) -> tuple[str, str]:
        """Name and kind. A name that the engine has not is passed on: the session refuses it and says what there is."""
        events = engine_of(self._info, rule.engine).events
        if not rule.event:
            first = next((event for event in events if event.kind == "one_shot"), events[0])
            return first.name, first.kind
        return rule.event, next((event.kind for event in events if event.name == rule.event), "one_shot")

    def _quantised(self, rule: NoteRule, now: Now) -> int | None:
        wait_ns = self.clock.ns_until(rule.quantise, now.ns) if rule.quantise else None
        return None if not wait_ns else now.frame + round(wait_ns * self._info.rate_hz / 1e9)

    def _put(self, rule: NoteRule, emitter: str) -> PutEmitter:
        settings = EmitterSettings(shared=True)
        if rule.prompt:
            settings = msgspec.structs.replace(settings, prompt=rule.prompt)
        if rule.engine:
            settings = msgspec.structs.replace(settings, engine=rule.engine)
        return PutEmitter(client=self._client, emitter=emitter, settings=settings)

    def _stops(self, sounds: list[Sound], now: Now) -> list[AnyCommand]:
        return [
            TriggerEvent(
                client=self._client, received_ns=now.ns, emitter=sound.emitter, name=sound.event, action="stop"
            )
            for sound in sounds
        ]

    # --- controllers -------------------------------------------------------------------------------------------------

    def _controller(
        self, message: ControlChange | PitchBend | ChannelPressure | KeyPressure, now: Now
    ) -> list[AnyCommand]:
        moves, parameter = self._controllers.take(message)
        if isinstance(message, PitchBend):
            side = 2 * bend_position(message.value) - 1
            self._bends[message.channel] = side * self.zones.semitones(message.channel)
        if parameter is not None and self.zones.take(parameter):
            return self._stops(self._held.all(), now)
        return [command for move in moves for command in self._moved(move, now)]

    def _mode(self, message: ControlChange, now: Now) -> list[AnyCommand]:
        zone = self.zones.mastered_by(message.channel)
        channels = [message.channel, *(self.zones.members(zone) if zone else ())]
        sounds: list[Sound] = []
        for channel in channels:
            if message.number == _SUSTAIN:
                sounds += self._held.pedal(channel, down=message.value >= 64)
            elif message.number == _RESET:
                sounds += self._held.pedal(channel, down=False)
                self._bends[channel] = 0.0
            elif message.number == _SOUND_OFF or message.number >= _NOTES_OFF:
                sounds += self._held.all(channel)
        return self._stops(sounds, now)

    def _moved(self, move: Move, now: Now) -> list[AnyCommand]:
        channel = move.source.channel
        per_note = move.source.kind in ("bend", "pressure") or move.source.number == _PER_NOTE
        commands: list[AnyCommand] = []
        for binding in self._bindings:
            if not binding.hears(move.source) or (spec := control_of(self._info, binding.control)) is None:
                continue
            bends_pitch = move.source.kind == "bend" and spec.unit == "semitones"
            zone = self.zones.mastered_by(channel)
            if self.zones.zone_of(channel) is not None and per_note:
                if bends_pitch and binding.control == _PITCH:
                    commands += self._bend_note(channel, now)
                else:
                    commands += self._to_note(channel, binding.control, binding.value(move.value), now)
            elif zone is not None and bends_pitch and binding.control == _PITCH:
                for member in self.zones.members(zone):
                    commands += self._bend_note(member, now)
            else:
                position = move.value
                if bends_pitch:
                    position = spec.normalised(spec.default + self._bends.get(channel, 0.0))
                value = self._takeover.set(binding, position)
                if value is not None:
                    commands.append(self._control(binding.emitter, binding.control, value, now))
        return commands

    def _bend_note(self, channel: int, now: Now) -> list[AnyCommand]:
        """The pitch of the note on a member channel: its key, its own wheel and the zone's."""
        zone = self.zones.zone_of(channel)
        if zone is None:
            return []
        wheels = self._bends.get(channel, 0.0) + self._bends.get(self.zones.master(zone), 0.0)
        pitch = self._pitch(self._offsets.get(channel, 0.0) + wheels)
        return [command for value in pitch.values() for command in self._to_note(channel, _PITCH, value, now)]

    def _to_note(self, channel: int, control: str, value: float, now: Now) -> list[AnyCommand]:
        return [self._control(emitter, control, value, now) for emitter in sorted(self._made.get(channel, ()))]

    def _control(self, emitter: str | None, control: str, value: float, now: Now) -> SetControl:
        return SetControl(client=self._client, received_ns=now.ns, control=control, value=value, emitter=emitter)

    def _pitch(self, semitones: float) -> dict[str, float]:
        """The control that sounds so far from the natural pitch; empty when the session has no such control."""
        spec = control_of(self._info, _PITCH)
        if spec is None or spec.unit != "semitones":
            return {}
        return {_PITCH: spec.normalised(spec.default + semitones)}
