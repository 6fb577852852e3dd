"""One turn of the session, without threads: due commands in, voices fed, notices out. Live and offline share it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hobnail import commands as do
from hobnail.audio import RATE_HZ
from hobnail.changes import Changes
from hobnail.clock import SessionClock
from hobnail.config import SessionConfig
from hobnail.contracts import ControlSpec, Engine, EventSpec, VoiceStart
from hobnail.errors import EngineError, MessageError
from hobnail.live import LiveSide
from hobnail.metering import Meter
from hobnail.mishaps import not_running, refusal_of
from hobnail.notices import Accepted, AnyNotice, EndReason, MetricsNotice, Refused
from hobnail.scene import EmitterSettings
from hobnail.scheduler import Scheduler
from hobnail.stage import Presence, Stage
from hobnail.timelines import Timelines
from hobnail.timing import Timing
from hobnail.vocabulary import Vocabulary
from hobnail.voice import Origin, Voice, ended_notice, over_notice
from hobnail.voices import STEAL_FADE_FRAMES, STOP_FADE_FRAMES, Voices
from hobnail_native import Mixer, VoiceReport, monotonic_ns

COMMANDS_NS = 1_000_000  # a turn's time for commands; then voices are fed, and whoever has waited longest is served
COMMANDS_AT_ONCE = 4


class Pipeline:
    """Commands to voices to the mixer. [engine] Every method is called by one thread only."""

    def __init__(
        self,
        mixer: Mixer,
        clock: SessionClock,
        config: SessionConfig,
        engines: Mapping[str, Engine],
        controls: Sequence[ControlSpec],
        *,
        commands_ns: float = COMMANDS_NS,
        live: bool = False,
    ) -> None:
        self._mixer = mixer
        self._commands_ns = commands_ns  # offline without end: what is heard must not depend on how fast a machine is
        self._clock = clock
        self._config = config
        self._meter = Meter()
        self._engines = self._meter.watched(engines)
        self._words = Vocabulary(engines, controls, default_engine=config.engine)
        self._scheduler = Scheduler()
        self._stage = Stage(mixer, buses=config.buses, strips=config.emitters)
        self._voices = Voices(
            mixer, limit=config.voices, lead_frames=config.lead_frames, controls_of=self._controls_of, live=live
        )
        self._ahead = LiveSide(self._engines, self._voices, live=live)
        self._changes = Changes(live=live)
        self._timing = Timing(clock, config)
        self._timelines = Timelines(config.lead_frames)
        self._live = live
        self._at_once = 1 if self._ahead.any else COMMANDS_AT_ONCE  # their one-shots take milliseconds each
        self._notices: list[AnyNotice] = []
        self._lost = range(0)  # clients whose bridge died; what they sent before may still be on its way

    @property
    def sounding(self) -> bool:
        """Whether any voice is open."""
        return len(self._voices) > 0 or len(self._voices.resting) > 0

    @property
    def expecting(self) -> bool:
        """Whether a block is on its way from an engine that will not call, so that the next turn should not be long."""
        return self._voices.coming

    def spare_s(self) -> float | None:
        """Until the next voice is in need of a step, 0 when one is; None: there is none."""
        return self._voices.spare_s()

    def strip_of(self, emitter: str) -> int | None:
        """The mixer strip of an emitter, for audio taps."""
        return self._stage.strip_of(emitter)

    def user_of(self, strip: int) -> str | None:
        """The emitter that a strip sounds for, also while a removed one fades; None: it is free."""
        return self._stage.user_of(strip)

    def close(self) -> None:
        """[control] The last turn was made."""
        self._changes.close()

    def next_due(self) -> int | None:
        """The frame of the next scheduled command or cue, if one waits."""
        waiting = [self._scheduler.next_due(), self._timelines.next_due()]
        return min((frame for frame in waiting if frame is not None), default=None)

    def take(self, command: do.AnyCommand) -> None:
        """Accept a command; it takes effect in this or a later turn."""
        if command.client in self._lost:
            return
        if isinstance(command, do.ClientLeft) and command.count > 1:
            self._lost = range(command.client, command.client + command.count)
            self._scheduler.forget(self._lost)
        self._meter.took(command)
        self._schedule(command)

    def turn(self) -> list[AnyNotice]:
        """Apply what is due, feed the voices, collect what the mixer saw; returns the notices of this turn."""
        with self._meter.step_timer():
            self._ahead.arrive()
            self._apply_due()
            self._stage.settle()
            for voice in self._voices.feed():
                self._voices.fail(voice)
            self._ahead.shed()
            for report in self._mixer.reports():
                self._note(report)
            for voice, reason in self._voices.resting.over():
                self._stage.voice_ended(voice.presence)
                self._notices.append(over_notice(voice, reason))
            self._notices.extend(self._changes.done(self._mixer.frame))
        notices, self._notices = self._notices, []
        return notices

    def idle(self) -> bool:
        """Let engines work ahead while nothing is due; whether one did, so that it may go on at once."""
        due = self.next_due()
        until_s = math.inf if due is None else (due - self._config.lead_frames - self._mixer.frame) / RATE_HZ
        return not self.behind and self._ahead.idle(until_s)

    @property
    def behind(self) -> bool:
        """Whether more commands are due already, so that the next turn should follow at once."""
        return (due := self.next_due()) is not None and due <= self._mixer.frame + self._config.lead_frames

    def metrics(self) -> MetricsNotice:
        """A fresh snapshot."""
        metrics = self._meter.snapshot(
            self._mixer.meters(),
            engine=self._config.engine,
            voices=self._voices,
            emitters=len(self._stage),
            levels=self._mixer.levels(),
            timelines=self._timelines.states(self._mixer.frame),
        )
        return MetricsNotice(metrics=metrics)

    def _schedule(self, *commands: do.AnyCommand) -> None:
        now = self._mixer.frame
        for command in commands:
            try:
                self._scheduler.add(command, self._timing.due_frame(command, now), now)
            except MessageError as error:
                self._refuse(command, error)

    def _apply_due(self) -> None:
        began_ns = monotonic_ns()
        self._schedule(*self._timelines.due(self._mixer.frame))
        while monotonic_ns() - began_ns < self._commands_ns:
            now = self._mixer.frame
            due = self._scheduler.due(now, now + self._config.lead_frames, self._at_once)
            if not due:
                return
            for due_frame, command in due:
                self._apply(command, due_frame)

    def _apply(self, command: do.AnyCommand, due_frame: int) -> None:
        try:
            if isinstance(command, do.ChangePalette):  # answered when it is done
                self._changes.ask(command, self._engines[self._config.engine])
                return
            voice: Voice | None = None
            if isinstance(command, do.MoveTransport):
                due_frame, events = self._timelines.move(command, self._mixer.frame)
                self._schedule(*events)
            else:
                voice = self._dispatch(command)
        except Exception as error:  # an engine's, or our own bug; the show goes on without this command
            self._voices.failed += isinstance(error, EngineError)
            self._refuse(command, refusal_of(error, command))
        else:
            if command.request is not None:
                at_frame, id = (due_frame, None) if voice is None else (voice.at_frame, voice.id)
                accepted = Accepted(client=command.client, request=command.request, at_frame=at_frame, voice=id)
                self._notices.append(accepted)

    def _dispatch(self, command: do.AnyCommand) -> Voice | None:
        match command:
            case do.TriggerEvent():
                return self._event(command)
            case do.SetFeatures():
                self._stage.set_features(command)
            case do.SetControl():
                self._set_control(command)
            case do.PutEmitter():
                self._words.check_settings(command.settings)
                self._stage.put(command)
            case do.RemoveEmitter():
                self._fade_all([self._stage.remove(command.emitter, command.client)], "removed")
            case do.SetListener():
                self._stage.set_listener(command.pose)
            case do.SetBusGain():
                self._stage.set_bus(command.bus, command.gain_db)
            case do.Panic():
                for voice in self._voices:
                    self._voices.fade(voice, STEAL_FADE_FRAMES, "panic")
            case do.ClientLeft():
                self._dismiss(range(command.client, command.client + command.count))
        return None

    def _event(self, command: do.TriggerEvent) -> Voice | None:
        presence = self._stage.find(command.emitter, command.client)
        engine_id = presence.emitter.engine or self._config.engine
        event = self._words.event(engine_id, command)
        if command.cue is not None:
            self._timelines.add(command)
            return None
        running = self._voices.running(presence, event.name) if event.kind == "sustained" else None
        if command.action == "stop":
            if running is None:
                raise not_running(command)
            self._voices.stop(running)
            return running
        if running is not None:  # started again: the voice goes on with the new contact
            running.contact = command.contact
            return running
        return self._open(command, presence, self._engines[engine_id], event)

    def _open(self, command: do.TriggerEvent, presence: Presence, engine: Engine, event: EventSpec) -> Voice:
        self._stage.settle()
        presence.events += 1
        seed, usual = self._timelines.take_of(command, presence)
        start = VoiceStart(
            voice=self._voices.next_id(),
            event=event,
            emitter=presence.emitter,
            contact=command.contact,
            controls=self._controls_of(presence, command.controls),
            features=presence.features,
            seed=seed,
            fresh=self._live and usual,
            slack_frames=self._voices.slack_frames() if self._live else None,
            waited_s=self._timing.waited_s(command) if self._live else 0.0,
            at_frame=self._timing.wanted_frame(command),
            later=self._live,
        )
        voice = self._voices.open(engine, start, presence, Origin.of(command, self._timing.wanted_frame(command)))
        self._stage.voice_opened(presence)
        self._meter.events += 1
        return voice

    def _set_control(self, command: do.SetControl) -> None:
        self._words.check_control(command.control, "$.control")
        if command.emitter is None:
            targets = self._stage.owned_by(range(command.client, command.client + 1))
        else:
            targets = [self._stage.find(command.emitter, command.client)]
        for presence in targets:
            moved = EmitterSettings(controls={command.control: command.value})
            presence.emitter = presence.emitter.updated(moved)

    def _dismiss(self, clients: range) -> None:
        self._scheduler.forget(clients)
        self._timelines.forget(clients)
        owned = self._stage.owned_by(clients)
        for presence in owned:
            self._stage.remove(presence.emitter.id, presence.emitter.owner)
        self._fade_all(owned, "removed")

    def _fade_all(self, presences: Sequence[Presence], reason: EndReason) -> None:
        for voice in self._voices:
            if any(voice.presence is presence for presence in presences):
                self._voices.fade(voice, STOP_FADE_FRAMES, reason)

    def _controls_of(self, presence: Presence, overrides: Mapping[str, float]) -> Mapping[str, float]:
        return {**self._words.neutral, **presence.emitter.controls, **overrides}

    def _refuse(self, command: do.AnyCommand, error: MessageError) -> None:
        self._meter.refused += 1
        self._notices.append(Refused.of(command.client, command.request, error))

    def _note(self, report: VoiceReport) -> None:
        if report.kind == "late":
            self._meter.events_late += 1
        voice = self._voices.get(report.voice)
        if voice is None:
            return
        if report.kind == "sounded":
            voice.onset_frame, voice.onset_ns = report.frame, report.ns
            if voice.received_ns is not None and not voice.sustained:  # that one begins when it is made audible
                self._meter.event_latency.add((report.ns - voice.received_ns) / 1e6)
        elif report.kind == "underrun":
            voice.underrun_frames += report.frames
        elif report.kind == "ended":
            if not self._voices.close(voice):
                return
            self._stage.voice_ended(voice.presence)
            self._notices.append(ended_notice(voice, report))
