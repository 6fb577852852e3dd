"""The voices that sound: opening, feeding, stepping, stopping and stealing them. One engine thread, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from hobnail.audio import RATE_HZ
from hobnail.contracts import Arrival, CallingEngine, Engine, Step, VoiceStart
from hobnail.errors import EngineError, MessageError
from hobnail.feeding import feed, guarded, renderer_for, risen
from hobnail.notices import EndReason
from hobnail.resting import MOST, Resting
from hobnail.stage import Presence
from hobnail.stepping import ControlsOf, Stepper
from hobnail.voice import Origin, Voice
from hobnail_native import Mixer

FIFO_FRAMES = 4096
"""How far what an engine has given is rendered ahead: a one-shot rides out a stall of 85 ms. A sustained voice is given
only ``lead_frames`` ahead, so that it follows its controls."""

STEAL_FADE_FRAMES = 240  # 5 ms: short enough to make room, long enough not to click
STOP_PATIENCE_FRAMES = 10 * 48_000  # an engine that does not end a stopped voice by then is faded out
STOP_FADE_FRAMES = 9_600


class Voices:
    """Opens voices in the mixer, keeps them fed and chooses whom to steal. [engine]"""

    def __init__(
        self, mixer: Mixer, *, limit: int, lead_frames: int, controls_of: ControlsOf, live: bool = False
    ) -> None:
        self._mixer = mixer
        self._live = live
        self._limit = limit
        self._lead_frames = lead_frames
        self._controls_of = controls_of
        self._stepper = Stepper(mixer, controls_of, live=live)
        self._ids = count(1)
        self._open: dict[int, Voice] = {}
        self.resting = Resting()
        self.failed = 0
        self.stolen = 0

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Voice]:
        """Those that are heard, then those that rest."""
        return iter([*self._open.values(), *self.resting])

    def get(self, voice: int) -> Voice | None:
        """A voice that is not over yet."""
        return self._open.get(voice)

    def running(self, presence: Presence, event: str) -> Voice | None:
        """The sustained voice that an event started on an emitter, if it was not stopped."""
        of_it = (voice for voice in self if voice.presence is presence and voice.event.name == event)
        return next((voice for voice in of_it if voice.goes_on), None)

    def open(self, engine: Engine, start: VoiceStart, presence: Presence, origin: Origin) -> Voice:
        """Let the engine begin a voice and hand it to the mixer. A sustained one for which there is no room rests.

        Raises MessageError when there is no room for a one-shot, or for another that rests.
        """
        sustained = start.event.kind == "sustained"
        if not self._make_room(presence.emitter.priority, sustained=sustained):
            self.resting.check_room()
            voice = self._voice(engine, start, presence, origin)
            voice.unborn, voice.resting = start, True
            self.resting.lay(voice, self._mixer.frame)
            return voice
        voice = self._voice(engine, start, presence, origin)
        self._begin(voice, start)
        return voice

    def _voice(self, engine: Engine, start: VoiceStart, presence: Presence, origin: Origin) -> Voice:
        spec, sustained = engine.spec, start.event.kind == "sustained"
        return Voice(
            id=start.voice,
            client=origin.client,
            request=origin.request,
            presence=presence,
            event=start.event,
            engine=engine,
            renderer=None,
            at_frame=self._mixer.frame if origin.at_frame is None else origin.at_frame,
            contact=start.contact,
            received_ns=origin.received_ns,
            overrides=origin.controls,
            made_by=spec.id,
            sustained=sustained,
            wanted_frames=self._lead_frames if sustained else max(self._lead_frames, spec.ring_lead_frames),
            early_frames=spec.together_frames if self._live else 0,
            gain=origin.gain,
            seed=start.seed,
            asap=origin.at_frame is None,
            calls=isinstance(engine, CallingEngine),
        )

    def _begin(self, voice: Voice, start: VoiceStart) -> None:
        step = guarded(lambda: voice.engine.start(start), voice.engine)
        if step.coming:
            voice.unborn, voice.renderer = start, None
            self._expect(voice)
        else:
            self._sound(voice, step)

    def _expect(self, voice: Voice) -> None:
        """Its engine is at the block that it will be heard with."""
        voice.coming = True
        self._open[voice.id] = voice

    def arrive(self, arrival: Arrival) -> None:
        """A block is there; of a voice that is over or rests by now it is dropped."""
        voice, step = self._open.get(arrival.voice), arrival.step
        if voice is None or not voice.coming:
            return
        voice.coming = False
        try:
            if step is None:
                self.fail(voice)
            elif voice.renderer is None:
                voice.unborn = None
                self._sound(voice, replace(step, block=risen(step.block)) if voice.rises else step)
            else:
                feed(voice, step)
        except (EngineError, MessageError):
            self.fail(voice)

    def _sound(self, voice: Voice, step: Step) -> None:
        """Give the mixer a voice's first block."""
        if not voice.rises:
            voice.made_by = step.engine or voice.engine.spec.id
        start_frame = Mixer.NEXT_BLOCK if voice.asap or voice.rises else voice.at_frame
        voice.renderer = guarded(lambda: renderer_for(step.block, voice.seed), voice.engine)
        feed(voice, step)
        opened = self._mixer.open_voice(
            voice.id, voice.renderer, emitter=voice.presence.strip, start_frame=start_frame, gain=voice.gain
        )
        if not opened:
            raise MessageError("busy", "Every slot of the mixer is taken.", cure="Raise [session] voices.")
        self._open[voice.id] = voice

    def next_id(self) -> int:
        """A number no voice had before."""
        return next(self._ids)

    def feed(self) -> Iterator[Voice]:
        """Step every voice that runs short, render all, and yield the voices whose engine failed.

        Live, where an engine steps voices together, those that are nearly in need go along with one that is: so they
        meet, and stay one batch. None is stepped more than ``spec.together_frames`` before its need. Offline none is:
        what a voice hears of its controls must not depend on which others there are.
        """
        self._wake()
        frame = self._mixer.frame
        hungry: dict[int, list[tuple[Voice, int]]] = {}
        needs: dict[int, int] = {}
        for voice in list(self._open.values()):
            if voice.stopping_since is not None and frame - voice.stopping_since > STOP_PATIENCE_FRAMES:
                self.fade(voice, STOP_FADE_FRAMES, "stopped")
            lead = self._lead(voice)
            need = lead - voice.wanted_frames
            if lead >= 0 and need < voice.early_frames:
                engine = id(voice.engine)
                hungry.setdefault(engine, []).append((voice, lead))
                needs[engine] = min(need, needs.get(engine, need))
        for engine, voices in hungry.items():
            if needs[engine] < 0:
                yield from self._stepper.together(voices, self._open.values())
        self._mixer.render_all(FIFO_FRAMES)

    def _lead(self, voice: Voice) -> int:
        """Frames until a voice runs dry; -1: it is over, or needs nothing now."""
        return -1 if voice.complete or voice.coming else self._mixer.lead(voice.id)

    @property
    def coming(self) -> bool:
        """Whether an engine is at a block that will arrive without a call."""
        return any(voice.coming and not voice.calls for voice in self._open.values())

    def slack_frames(self) -> int | None:
        """Until the first voice runs dry that its engine has not given all of; None: there is none."""
        leads = (self._lead(voice) for voice in self._open.values())
        return min((lead for lead in leads if lead >= 0), default=None)

    def spare_s(self) -> float | None:
        """Until the next voice is in need of a step, 0 when one is; None: there is none."""
        leads = [(self._lead(voice), voice.wanted_frames) for voice in self._open.values()]
        spare = min((lead - wanted for lead, wanted in leads if lead >= 0), default=None)
        return None if spare is None else max(0.0, spare / RATE_HZ)

    def fade(self, voice: Voice, frames: int, reason: EndReason) -> None:
        """Fade a voice out; asking twice is harmless. One that is not heard is over at once, one on its way to rest
        ends."""
        if voice.rested_at is not None or voice.renderer is None:
            self._open.pop(voice.id, None)
            self.resting.end(voice, reason)
            return
        voice.resting = False
        if not voice.fading:
            voice.fading = True
            self._mixer.fade_voice(voice.id, frames, reason)

    def fail(self, voice: Voice) -> None:
        """Mute a voice whose engine broke."""
        self.failed += 1
        voice.complete = True
        self.fade(voice, STEAL_FADE_FRAMES, "failed")

    def close(self, voice: Voice) -> bool:
        """The mixer has ended a voice; whether it is over: one that rests is not."""
        self._open.pop(voice.id, None)
        if voice.resting and voice.stopping_since is None:
            self._lay(voice)
        return voice.rested_at is None

    def _lay(self, voice: Voice) -> None:
        voice.renderer, voice.coming = None, False
        self.resting.lay(voice, self._mixer.frame)

    def stop(self, voice: Voice) -> None:
        """Let a sustained voice ring out; one that rests is over."""
        voice.stopping_since = self._mixer.frame
        if voice.rested_at is not None:
            self.resting.end(voice, "stopped")

    def _wake(self) -> None:
        """One voice a turn that rests comes back, where there is room or it matters more than one that is heard."""
        best = self.resting.best()
        if best is None:
            return
        active = [voice for voice in self._open.values() if not voice.fading]
        if len(active) >= self._limit:
            least = self._least(active)
            if least.sustained and least.presence.emitter.priority < best.presence.emitter.priority:
                self._steal(least)  # its room is free from the next turn on
            return
        best.resting, best.fading, best.complete = False, False, False
        try:
            self.resting.wake(best, self._mixer.frame)
            start, best.unborn = best.unborn, None
            if start is not None:
                best.asap = True
                controls = self._controls_of(best.presence, best.overrides)
                self._begin(best, replace(start, controls=controls, features=best.presence.look(), at_frame=None))
                return
            step = self._stepper.alone(best)
            best.rises = True
            if step.coming:
                self._expect(best)
            else:
                self._sound(best, replace(step, block=risen(step.block)))
        except (EngineError, MessageError):
            self.failed += 1
            self.resting.end(best, "failed")

    def _make_room(self, priority: int, *, sustained: bool) -> bool:
        """Whether there is room now for a voice; false: it has to rest, which only a sustained one can."""
        active = [voice for voice in self._open.values() if not voice.fading]
        if len(active) < self._limit:
            return True
        victim = self._least(active)
        if victim.presence.emitter.priority > priority:
            if sustained:
                return False
            raise MessageError(
                "busy",
                f"All {self._limit} voices are taken by emitters of higher priority.",
                cure="Raise the emitter's priority, or [session] voices.",
            )
        self._steal(victim)
        return True

    def shed(self, engine: Engine, count: int) -> None:
        """Steal voices of an engine that has too many for the machine."""
        for _ in range(count):
            active = [voice for voice in self._open.values() if not voice.fading and voice.engine is engine]
            if not active:
                return
            self._steal(self._least(active), rests=False)  # the machine is too slow: it would be back at once

    def _least(self, active: Sequence[Voice]) -> Voice:
        """The voice that is missed least: by priority, then loudness, then age."""
        levels = dict(self._mixer.levels())
        return min(active, key=lambda voice: (voice.presence.emitter.priority, levels.get(voice.id, 0.0), voice.id))

    def _steal(self, victim: Voice, *, rests: bool = True) -> None:
        rests = rests and victim.sustained and victim.stopping_since is None and len(self.resting) < MOST
        self.stolen += not rests
        if rests and victim.renderer is None:  # it was not heard yet, and will not be for a while
            self._open.pop(victim.id, None)
            victim.resting = True
            self._lay(victim)
            return
        self.fade(victim, STEAL_FADE_FRAMES, "stolen")
        victim.resting = rests
