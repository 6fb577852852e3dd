"""One-shots: whole blocks at their event, or takes that were made before; tails while they still ring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Block, Float32, Step, VoiceInput, VoiceStart
from hobnail.errors import EngineError
from hobnail_plugins.aht.counts import Counts
from hobnail_plugins.aht.drawing import axes_of
from hobnail_plugins.aht.levels import STRUCK, evening, over_at
from hobnail_plugins.aht.model import ONE_SHOT_HOPS, TAIL_HOPS, Model
from hobnail_plugins.aht.playing import Ask, Part, Playing, asked, bent, faded, part_of, played
from hobnail_plugins.aht.pressure import SHARE
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.share import Share
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_plugins.aht.stand_in import KNOWN, StandIn
from hobnail_plugins.aht.takes import Kind, Pool, kind_of

QUIET: Final = 10.0 ** (-60.0 / 20.0)
"""A one-shot is over when the last 85 ms of a block stay below this peak."""


MOST_BUSY: Final = 0.5
"""Share of the engine's time that one-shots may take; beyond, new ones are played by rule."""

FIRSTS: Final = ((ONE_SHOT_HOPS, False), (32, False), (TAIL_HOPS, False), (ONE_SHOT_HOPS, True), (TAIL_HOPS, True))
"""First blocks, the best first: hops, and whether with one pass only. What is shorter goes on in blocks of 0.17 s."""


class First(NamedTuple):
    """How a one-shot begins."""

    hops: int
    passes: int  #: 0: as many as the bundle says


@dataclass(slots=True)
class _Filling:
    """A take that is being made, block by block."""

    kind: Kind
    part: Part
    pieces: list[Float32] = field(default_factory=list)


class OneShots:
    """Opens and continues one-shots of a model. [engine]"""

    def __init__(self, settings: AhtConfig, counts: Counts, stand_in: StandIn) -> None:
        self._settings, self._counts, self._stand_in = settings, counts, stand_in
        self.pool = Pool(depth=settings.takes, limit_bytes=settings.takes_mb << 20)
        self.stale = False  #: another model, or other palettes: takes have to be made anew
        self._filling: _Filling | None = None
        self._busy = Share()

    def by_rule(self, voice: VoiceStart) -> Step:
        """All of a one-shot by the stand-in. Raises EngineError where it has no rule."""
        if voice.event.name not in KNOWN:
            raise EngineError(f"there is no rule to play {voice.event.name!r} by.", cure="Load a bundle.")
        self._counts.stand_in_one_shots += 1
        return replace(self._stand_in.whole(voice), engine="procedural")

    def start(self, model: Model, voice: VoiceStart) -> Step:
        """A voice's first 0.68 s, or all of it where a take is there."""
        self._counts.one_shots += 1
        ask = asked(voice, self._settings.gain_db, model.levels)
        self._tidy()
        if voice.fresh and self._settings.takes:
            take = self.pool.draw(kind_of(voice, ask.prompt, ask.force), voice)
            if take is not None:
                return Step(Block(frames=len(take), samples=bent(take * np.float32(ask.gain)), last=True))
        first = self._affordable(model, voice)
        if first is None:
            return self.by_rule(voice)
        with self._busy.spent():
            part = self._begin(model, voice, voice.seed, gain=ask.gain)
            if part is None:
                self._counts.no_room += 1
                return self.by_rule(voice)
            self._counts.fewer_one_shots += first.passes
            self._counts.shorter_one_shots += first.hops < ONE_SHOT_HOPS
            return _bent(self._next([part], [voice], first.hops, first.passes)[0])

    def begin_together(self, model: Model, voices: Sequence[VoiceStart]) -> list[Step]:
        """First blocks of several, whole: nobody waits. Where memory is short, the rest is by rule."""
        self._counts.one_shots += len(voices)
        parts = [self._begin(model, voice, voice.seed, gain=self._ask(model, voice).gain) for voice in voices]
        both = list(zip(parts, voices, strict=True))
        begun = [part for part in parts if part is not None]
        given = [voice for part, voice in both if part is not None]
        made = iter(self._next(begun, given, ONE_SHOT_HOPS, 0) if begun else [])
        self._counts.no_room += len(voices) - len(begun)
        return [self.by_rule(voice) if part is None else _bent(next(made)) for part, voice in both]

    def _ask(self, model: Model, voice: VoiceStart) -> Ask:
        return asked(voice, self._settings.gain_db, model.levels)

    def step(self, voices: Sequence[VoiceInput]) -> list[Step]:
        """The next 0.17 s of those that still ring."""
        hurried = voices[0].slack_frames is not None and self._busy.now > MOST_BUSY
        with self._busy.spent():
            parts = [part_of(voice) for voice in voices]
            return [_bent(step) for step in self._next(parts, voices, TAIL_HOPS, int(hurried))]

    def fill(self, model: Model, budget_s: float) -> bool:
        """Make a block of a take, if there is one to make and it fits the time; whether it was made."""
        if not self._settings.takes:
            return False
        self._tidy()
        hops = TAIL_HOPS if self._filling is not None else ONE_SHOT_HOPS
        passes = len(model.times(hops)) - 1
        if model.costs.seconds(hops, 1, passes, voices=1) > budget_s:
            return False
        if self._filling is None:
            wish = self.pool.wish()
            if wish is None:
                return False
            kind, voice, seed = wish
            part = self._begin(model, voice, seed, gain=1.0)
            if part is None:
                return False
            self._filling = _Filling(kind, part)
        filling = self._filling
        (step,) = self._next([filling.part], [filling.part.start], hops, 0)
        assert step.block.samples is not None
        filling.pieces.append(step.block.samples)
        if step.block.last:
            self.pool.put(filling.kind, np.concatenate(filling.pieces))
            self._counts.takes_made += 1
            self._filling = None
        return True

    def _tidy(self) -> None:
        if self.stale:
            self.stale, self._filling = False, None
            self.pool.clear()

    def _begin(self, model: Model, voice: VoiceStart, seed: int, *, gain: float) -> Part | None:
        ask = asked(voice, self._settings.gain_db, model.levels)
        begun = model.begin(
            seed, model.told(ask.prompt), sustained=False, gain=gain, force=ask.force, at_frame=voice.at_frame
        )
        return None if begun is None else Part(voice, model, begun)

    def _affordable(self, model: Model, voice: VoiceStart) -> First | None:
        """The first block that is in time: whole, or shorter, or shorter with one pass; None: not even that is.

        Live and without a seed of its own it is heard within ``first_ms``, and no other voice runs dry meanwhile.
        """
        others_s = math.inf if voice.slack_frames is None else SHARE * voice.slack_frames / RATE_HZ
        known = voice.event.name in KNOWN
        if voice.fresh and known and self._busy.now > MOST_BUSY:
            return None
        allowed_s = min(others_s, self._settings.first_ms / 1e3 - voice.waited_s) if voice.fresh else others_s
        for hops, fewer in FIRSTS:
            if hops < ONE_SHOT_HOPS and not voice.fresh:
                continue
            passes = 1 if fewer else len(model.times(hops)) - 1
            if model.costs.seconds(hops, 1, passes, voices=1) <= allowed_s:
                return First(hops, int(fewer))
        return None if known else First(TAIL_HOPS if voice.fresh else ONE_SHOT_HOPS, 1)

    def _next(
        self, parts: Sequence[Part], given: Sequence[VoiceStart | VoiceInput], hops: int, passes: int
    ) -> list[Step]:
        """Blocks of voices of one model."""
        model = parts[0].model
        assert model is not None
        voices = [part.voice for part in parts if part.voice is not None]
        made = model.make(
            voices,
            [voice.controls for voice in given],
            [voice.features for voice in given],
            hops,
            passes=passes,
        )
        self._counts.muted += int((~made.sound).sum())
        steps = []
        for part, voice, each, latents, sound in zip(parts, voices, given, made.latents, made.sound, strict=True):
            samples = played(part, latents)
            if voice.blocks == 1:
                intensity = axes_of(each.controls, voice.force)[CONTROLS[1]]
                plain, event = samples / np.float32(voice.gain), part.start.event.name
                even = np.float32(evening(plain, event, model.levels, intensity))
                samples *= even
                voice.gain *= float(even)
            before, voice.fall = voice.fall.gain, voice.fall.next(samples)
            samples = voice.fall.turned(samples, before)
            over = over_at(samples, voice.fall.top_db) if part.start.event.name in STRUCK else None
            samples = samples[:over]
            quiet = float(np.abs(samples[-8 * HOP_FRAMES :]).max(initial=0.0)) < QUIET * voice.gain
            if quiet or over or not sound or voice.hops >= self._settings.longest_hops:
                steps.append(Step(Block(frames=len(samples), samples=faded(samples), last=True)))
            else:
                steps.append(Step(Block(frames=len(samples), samples=samples), Playing.of(part)))
        return steps


def _bent(step: Step) -> Step:
    assert step.block.samples is not None
    return replace(step, block=replace(step.block, samples=bent(step.block.samples)))
