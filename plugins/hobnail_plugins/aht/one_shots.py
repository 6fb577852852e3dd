"""One-shots: whole blocks at their event, or takes that were made before; tails while they still ring.

Live they are made on a thread of their own, new ones first, then tails, then takes; no step of a sustained voice waits
for them. Whoever cannot wait (offline, or a caller without a session) gets them at once.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Arrival, Block, Step, VoiceInput, VoiceStart
from hobnail.errors import EngineError
from hobnail_plugins.aht.beside import FIRST, Beside, Done, finished, whole
from hobnail_plugins.aht.counts import Counts
from hobnail_plugins.aht.filling import Filler, Filling
from hobnail_plugins.aht.levels import bent
from hobnail_plugins.aht.model import ONE_SHOT_HOPS, TAIL_HOPS, Model
from hobnail_plugins.aht.playing import Ask, Part, asked, part_of
from hobnail_plugins.aht.pressure import SHARE
from hobnail_plugins.aht.ringing import Ringing, bent_step
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.stand_in import KNOWN, StandIn
from hobnail_plugins.aht.takes import kind_of

_log = logging.getLogger(__name__)

MOST_BUSY: Final = 0.5
"""Share of the engine's time that one-shots may take; beyond, new ones are played by rule."""

MOST_BUSY_BESIDE: Final = 0.8
"""The same of a thread of their own."""

FIRSTS: Final = ((ONE_SHOT_HOPS, False), (32, False), (TAIL_HOPS, False), (ONE_SHOT_HOPS, True), (TAIL_HOPS, True))
"""First blocks, the best first: hops, and whether with one pass only. What is shorter goes on in blocks of 0.17 s."""

LAST: Final = math.inf
"""How urgent takes are."""


class First(NamedTuple):
    """How a one-shot begins."""

    hops: int
    passes: int  #: 0: as many as the bundle says


class _Opening(NamedTuple):
    """Who asked for a first block."""

    voice: VoiceStart


class _Tail(NamedTuple):
    """And for one that follows."""

    voice: int


Asker = _Opening | _Tail | Filler
Made = Step | tuple[Filling, Step | None] | None


class OneShots:
    """Opens and continues one-shots of a model. [engine]"""

    def __init__(self, settings: AhtConfig, counts: Counts, stand_in: StandIn, side: int = 0) -> None:
        self._settings, self._counts, self._stand_in = settings, counts, stand_in
        self._ringing = Ringing(settings, side)
        self._filler = Filler(settings, counts, self._ringing)
        self._beside: Beside[Asker, Made] = Beside("hobnail-one-shots")
        self._busy = self._ringing.busy
        self.made = self._ringing.counts  #: counted where blocks are made
        self.pool = self._filler.pool
        self.stale = False  #: another model, or other palettes: takes have to be made anew
        self._filling = False  # a block of a take was asked for

    def by_rule(self, voice: VoiceStart) -> Step:
        """All of a one-shot by the stand-in. Raises EngineError where it has no rule."""
        if voice.event.name not in KNOWN:
            raise EngineError(f"there is no rule to play {voice.event.name!r} by.", cure="Load a bundle.")
        self._counts.stand_in_one_shots += 1
        return replace(self._stand_in.whole(voice), engine="procedural")

    def start(self, model: Model, voice: VoiceStart) -> Step:
        """A voice's first 0.68 s, or all of it where a take is there; to come, where the voice may."""
        self._counts.one_shots += 1
        ask = asked(voice, self._settings.gain_db, model.levels)
        self._tidy()
        if voice.fresh and self._settings.takes:
            take = self.pool.draw(kind_of(voice, ask.prompt, ask.force), voice)
            if take is not None:
                return Step(Block(frames=len(take), samples=bent(take * np.float32(ask.gain)), last=True))
        others_s = math.inf if voice.later or voice.slack_frames is None else SHARE * voice.slack_frames / RATE_HZ
        wait_s = self._beside.wait_s(FIRST) if voice.later else 0.0
        first = self._affordable(model, voice, min(others_s, self._left_s(voice) - wait_s))
        if first is None:
            return self.by_rule(voice)
        if voice.later:
            work, passes = whole(lambda: self._hurried(model, voice, ask, perf_counter())), first.passes
            cost_s = self._ringing.cost_s(model, first.hops, passes or len(model.times(first.hops)) - 1)
            self._beside.ask(_Opening(voice), work, urgency=FIRST, cost_s=cost_s)
            return Step.to_come()
        made = self._beside.run(lambda: self._opened(model, voice, ask, first))
        return self._or_by_rule(voice, made)

    def begin_together(self, model: Model, voices: Sequence[VoiceStart]) -> list[Step]:
        """First blocks of several, whole: nobody waits. Where memory is short, the rest is by rule."""
        self._counts.one_shots += len(voices)
        parts = [self._begin(model, voice, self._ask(model, voice)) for voice in voices]
        both = list(zip(parts, voices, strict=True))
        begun = [part for part in parts if part is not None]
        given = [voice for part, voice in both if part is not None]
        made = iter(finished(self._ringing.blocks(begun, given, ONE_SHOT_HOPS, 0)) if begun else [])
        return [self._or_by_rule(voice, None if part is None else bent_step(next(made))) for part, voice in both]

    def step(self, voices: Sequence[VoiceInput]) -> list[Step]:
        """The next 0.17 s of those that still ring."""
        if voices[0].later and self._beside.began:
            for voice in voices:
                self._ask_for_tail(voice)
            return [Step.to_come() for _ in voices]
        hurried = voices[0].slack_frames is not None and self._busy.now > MOST_BUSY
        return self._rung(voices, [part_of(voice) for voice in voices], int(hurried))

    def call_when_done(self, call: Callable[[], None]) -> None:
        """[control] After each arrival, from whatever thread made it."""
        self._beside.on_done = call

    @property
    def beside(self) -> bool:
        """Whether they have a thread of their own."""
        return self._beside.began

    def arrived(self) -> list[Arrival]:
        """What was to come and is there."""
        return [found for done in self._beside.arrived() if (found := self._arrival(done)) is not None]

    def fill(self, model: Model, budget_s: float) -> bool:
        """Make a block of a take, if there is one to make and it fits the time; whether it was made here and now."""
        self._tidy()
        here = not self._beside.began
        if self._filling or (here and self._filler.cost_s(model) > budget_s):
            return False
        work = self._filler.block(model)
        if work is None:
            return False
        if not here:
            self._filling = True
            self._beside.ask(self._filler, work, urgency=LAST, cost_s=self._filler.cost_s(model, passes=1))
            return False
        self._filler.keep(*finished(work))
        return True

    def _ask(self, model: Model, voice: VoiceStart) -> Ask:
        return asked(voice, self._settings.gain_db, model.levels)

    def _tidy(self) -> None:
        if self.stale:
            self.stale = False
            self._filler.begin_anew()

    def _begin(self, model: Model, voice: VoiceStart, ask: Ask) -> Part | None:
        return self._ringing.begin(model, voice, voice.seed, gain=ask.gain)

    def _left_s(self, voice: VoiceStart) -> float:
        """Of the time that a first block may take; who asked for a seed gets what is right, whenever it comes."""
        return self._settings.first_ms / 1e3 - voice.waited_s if voice.fresh else math.inf

    def _affordable(self, model: Model, voice: VoiceStart, allowed_s: float) -> First | None:
        """The first block that is in time: whole, or shorter, or shorter with one pass; None: not even that is.

        Live and without a seed of its own it is heard within ``first_ms``, and no other voice runs dry meanwhile.
        """
        known = voice.event.name in KNOWN
        if voice.fresh and known and self._busy.now > (MOST_BUSY_BESIDE if voice.later else MOST_BUSY):
            return None
        for hops, fewer in FIRSTS:
            if hops < ONE_SHOT_HOPS and not voice.fresh:
                continue
            passes = 1 if fewer else len(model.times(hops)) - 1
            if self._ringing.cost_s(model, hops, passes) <= allowed_s:
                return First(hops, int(fewer))
        return None if known else First(TAIL_HOPS if voice.fresh else ONE_SHOT_HOPS, 1)

    def _hurried(self, model: Model, voice: VoiceStart, ask: Ask, asked_s: float) -> Step | None:
        """A first block in what time is left of it now, or the shortest."""
        left_s = self._left_s(voice) - (perf_counter() - asked_s)
        first = self._affordable(model, voice, left_s) or First(TAIL_HOPS, 1)
        return self._opened(model, voice, ask, first)

    def _opened(self, model: Model, voice: VoiceStart, ask: Ask, first: First) -> Step | None:
        with self._busy.spent():
            part = self._begin(model, voice, ask)
            if part is None:
                return None
            self.made.fewer_one_shots += first.passes
            self.made.shorter_one_shots += first.hops < ONE_SHOT_HOPS
            return bent_step(finished(self._ringing.blocks([part], [voice], first.hops, first.passes))[0])

    def _or_by_rule(self, voice: VoiceStart, made: Made) -> Step:
        """None: there was no memory for it."""
        if isinstance(made, Step):
            return made
        self._counts.no_room += 1
        return self.by_rule(voice)

    def _ask_for_tail(self, voice: VoiceInput) -> None:
        part, slack_s = part_of(voice), (voice.slack_frames or 0) / RATE_HZ
        model = part.model
        assert model is not None
        passes, due_s = len(model.times(TAIL_HOPS)) - 1, perf_counter() + slack_s
        cost_s = self._ringing.cost_s(model, TAIL_HOPS, passes)
        late = self._beside.wait_s(due_s) + cost_s > SHARE * slack_s
        fewer = int(late or self._busy.now > MOST_BUSY_BESIDE)
        work = whole(lambda: self._rung([voice], [part], fewer)[0])
        self._beside.ask(_Tail(voice.voice), work, urgency=due_s, cost_s=cost_s / passes if fewer else cost_s)

    def _rung(self, voices: Sequence[VoiceInput], parts: Sequence[Part], passes: int) -> list[Step]:
        with self._busy.spent():
            return [bent_step(step) for step in finished(self._ringing.blocks(parts, voices, TAIL_HOPS, passes))]

    def _arrival(self, done: Done[Asker, Made]) -> Arrival | None:
        if done.error is not None:
            self._counts.failed += 1
            _log.error("The network failed: %s", done.error, exc_info=done.error)
        match done.asker, done.made:
            case Filler(), made:
                self._filling = False
                if isinstance(made, tuple):
                    self._filler.keep(*made)
                else:
                    self._filler.give_up()
                return None
            case _Opening(voice), Step() as step:
                return Arrival(voice.voice, step)
            case _Opening(voice), _:
                return Arrival(voice.voice, self._or_by_rule(voice, None) if voice.event.name in KNOWN else None)
            case _Tail(voice), Step() as step:
                return Arrival(voice, step)
            case _Tail(voice), _:
                return Arrival(voice, None)
        return None
