"""Sustained voices, step by step: as many by the network as there is time for, the rest by the stand-in, crossfaded."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np

from hobnail.audio import HOP_FRAMES, RATE_HZ
from hobnail.contracts import Block, Float32, Step, VoiceInput, VoiceStart
from hobnail.errors import EngineError
from hobnail_plugins.aht.counts import Counts
from hobnail_plugins.aht.emitters import EmitterWeights
from hobnail_plugins.aht.lateness import Lateness
from hobnail_plugins.aht.levels import bent, faded_in
from hobnail_plugins.aht.model import START_HOPS, STEP_HOPS, Model
from hobnail_plugins.aht.playing import (
    RELEASE,
    Part,
    Playing,
    asked,
    faded,
    part_of,
    played,
    ramp,
    resumed,
)
from hobnail_plugins.aht.pressure import PACE, Plan, Pressure
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.stand_in import KNOWN, StandIn, Standing, crossed
from hobnail_plugins.aht.together import sounded
from hobnail_plugins.aht.voice import Kept

_log = logging.getLogger(__name__)

STEP_FRAMES: Final = STEP_HOPS * HOP_FRAMES
START_FRAMES: Final = START_HOPS * HOP_FRAMES
LONGER_HOPS: Final = STEP_HOPS + 1
LONGER: Final = 2
"""Voices that are given a hop more at a step, at most, to meet the others: a block of another length is dearer."""

OTHERS: Final = 0.75
"""Of a step's length: a step that was begun so lately is another group's."""

RETURNS: Final = 2
"""Voices that come back from the stand-in at a step, at most: each costs a crossfade and a decoder."""


@dataclass(frozen=True, slots=True, eq=False)
class Resting:
    """A voice that is not heard for a while."""

    start: VoiceStart
    model: Model | None
    kept: Kept | None  #: None: it was played by rule from the beginning


class Sustained:
    """Opens and steps sustained voices. [engine]"""

    def __init__(self, settings: AhtConfig, counts: Counts, stand_in: StandIn, side: int = 0) -> None:
        self._settings, self._counts, self._stand_in, self._side = settings, counts, stand_in, side
        self.counts = counts
        self.pressure = Pressure()
        self._emitters = EmitterWeights()
        self.excess = 0  #: voices that are too many, by the newest step
        self._lateness = Lateness()  # although rules played everything
        self._by_rule_s = 2e-4  # what a voice costs the stand-in, measured
        self._before_s = -math.inf  # when the last step began
        self._usual_s = 0.0  # what steps take

    def start(self, model: Model | None, voice: VoiceStart) -> Step:
        """A voice's first two steps as one block: of one its decoder keeps a part, and the next was due at once."""
        if model is not None:
            ask = asked(voice, self._settings.gain_db, model.levels)
            begun = model.begin(
                voice.seed,
                model.told(ask.prompt),
                sustained=True,
                gain=ask.gain,
                force=ask.force,
                at_frame=voice.at_frame,
                side=self._side,
            )
            if begun is not None:
                begun.steady_db = ask.steady_db
                self._emitters.lend(model, voice, begun)
                made = model.make([begun], [voice.controls], [voice.features], START_HOPS, passes=self._passes(voice))
                self._counts.muted += int((~made.sound).sum())
                self._emitters.note(model, voice, begun)
                part = Part(voice, model, begun)
                samples = bent(faded_in(played(part, made.latents[0])))
                return Step(Block(frames=len(samples), samples=samples), Playing.of(part))
            self._counts.no_room += 1
        standing = self._standing(voice)
        given = VoiceInput(voice.voice, None, voice.controls, voice.features, voice.contact, stopping=False)
        samples = self._stand_in.play(standing, given, START_FRAMES)
        state = Playing.of(Part(voice, standing=standing))
        return Step(Block(START_FRAMES, samples=samples), state, engine="procedural")

    def step(self, voices: Sequence[VoiceInput]) -> list[Step]:
        """The next step of voices of one model (or of none). Raises EngineError when one of them cannot go on."""
        steps = self.each_step(voices)
        if None in steps:
            raise EngineError("a voice cannot go on.", cure="Its log says why.")
        return [step for step in steps if step is not None]

    def each_step(self, voices: Sequence[VoiceInput]) -> list[Step | None]:
        """The same; None: that one cannot go on, and the others do."""
        began = perf_counter()
        parts = [part_of(voice) for voice in voices]
        model = parts[0].model
        neural: list[int] = []
        plan = Plan(0, 0)
        slack_frames = min((voice.slack_frames for voice in voices if voice.slack_frames is not None), default=None)
        if model is not None:
            plan = self._plan(model, len(voices), slack_frames, began)
            neural = self._chosen(voices, parts, plan)
        latents = self._latents(voices, parts, neural, fewer=plan.level > 0)
        sounding = perf_counter()
        samples = sounded(voices, parts, latents)
        made = [
            self._guarded_block(voice, part, latents.get(index), samples.get(index))
            for index, (voice, part) in enumerate(zip(voices, parts, strict=True))
        ]
        if model is not None and latents:
            by_rule_s = self._by_rule_s * (len(voices) - len(latents))
            taken_s = max(0.0, perf_counter() - sounding - by_rule_s)
            model.costs.note_sound(STEP_HOPS, taken_s / len(latents))
        self._counts.steps += 1
        self._counts.stepped += len(voices)
        self._counts.fewer_steps += plan.level > 0 and bool(neural)
        now_s = perf_counter()
        self._before_s = began
        self._usual_s += 0.1 * (now_s - began - self._usual_s)
        late = slack_frames is not None and now_s - began > PACE * STEP_FRAMES / RATE_HZ
        many = self._lateness.note(late and plan.level == 3, now_s)
        self.excess = int(many and len(voices) > 1)
        return made

    def rest(self, state: object) -> Resting:
        """What is kept of a voice that is not heard; its memory is free."""
        assert isinstance(state, Playing)
        part = state.part
        kept = Kept.of(part.voice) if part.voice is not None else None
        part.voice = part.standing = None
        return Resting(part.start, part.model, kept)

    def resume(self, state: object, frames: int) -> Playing:
        """A voice ``frames`` later; where there is no memory for it, it is played by rule."""
        assert isinstance(state, Resting)
        start, model, kept = state.start, state.model, state.kept
        if model is not None and kept is not None:
            hops = kept.hops + frames // STEP_FRAMES * STEP_HOPS
            ask = asked(start, self._settings.gain_db, model.levels)
            voice = model.again(kept, model.told(ask.prompt), hops, at_frame=start.at_frame, side=self._side)
            if voice is not None:
                return Playing.of(Part(start, model, voice))
            self._counts.no_room += 1
        return Playing.of(Part(start, standing=self._standing(start)))

    def _standing(self, start: VoiceStart) -> Standing:
        """The rule in the network's place. Raises EngineError when there is none."""
        standing = self._stand_in.begin(start)
        if standing is None:
            raise EngineError(
                f"there is no room for a voice of {start.event.name!r}, and no rule to play it by.",
                cure="Raise [engine.aht] voices.",
            )
        return standing

    def _plan(self, model: Model, voices: int, slack_frames: int | None, now_s: float) -> Plan:
        if slack_frames is None:  # nobody waits
            return Plan(0, voices)
        whole = len(model.times(STEP_HOPS)) - 1

        def cost_s(count: int, fewer: bool) -> float:
            sound_s = count * model.costs.sound_s(STEP_HOPS) + (voices - count) * self._by_rule_s
            return model.cost_s(STEP_HOPS, count, 1 if fewer else whole) + sound_s

        slack_s, step_s = slack_frames / RATE_HZ, STEP_FRAMES / RATE_HZ
        others_s = self._usual_s if now_s - self._before_s < OTHERS * step_s else 0.0
        return self.pressure.plan(voices, cost_s, slack_s=slack_s, step_s=step_s, now_s=now_s, others_s=others_s)

    def _chosen(self, voices: Sequence[VoiceInput], parts: Sequence[Part], plan: Plan) -> list[int]:
        """Which voices the network plays: those that it played before, the most important first; few come back."""

        def rank(index: int) -> tuple[bool, bool, float]:
            by_rule = parts[index].standing is not None
            return by_rule, parts[index].start.event.name in KNOWN, -voices[index].importance

        order = sorted(range(len(voices)), key=rank)[: plan.voices]
        returning = [index for index in order if parts[index].standing is not None]
        dropped = set(returning[RETURNS:])
        return [index for index in order if index not in dropped and parts[index].voice is not None]

    def _latents(
        self, voices: Sequence[VoiceInput], parts: Sequence[Part], neural: Sequence[int], *, fewer: bool
    ) -> dict[int, Float32]:
        """Of the voices that the network plays, [hops, latents]; a few that are off the beat are given a hop more."""
        off = [index for index in neural if voices[index].more_frames >= HOP_FRAMES and parts[index].standing is None]
        longer = set(off[:LONGER])
        found = self._made(voices, parts, [index for index in neural if index not in longer], STEP_HOPS, fewer=fewer)
        return found | self._made(voices, parts, sorted(longer), LONGER_HOPS, fewer=fewer)

    def _made(
        self, voices: Sequence[VoiceInput], parts: Sequence[Part], which: Sequence[int], hops: int, *, fewer: bool
    ) -> dict[int, Float32]:
        if not which:
            return {}
        model = parts[which[0]].model
        assert model is not None
        try:
            made = model.make(
                [voice for index in which if (voice := parts[index].voice) is not None],
                [voices[index].controls for index in which],
                [voices[index].features for index in which],
                hops,
                passes=1 if fewer else 0,
            )
        except Exception:  # onnxruntime's own errors share no base but this; the stand-in plays on
            self._counts.failed += 1
            _log.exception("The network failed; the stand-in plays on.")
            return {}
        self._counts.muted += int((~made.sound).sum())
        for part in (parts[index] for index in which):
            if part.voice is not None:
                self._emitters.note(model, part.start, part.voice)
        return dict(zip(which, made.latents, strict=True))

    def _guarded_block(
        self, voice: VoiceInput, part: Part, latents: Float32 | None, samples: Float32 | None
    ) -> Step | None:
        try:
            return self._block(voice, part, latents, samples)
        except Exception:  # a codec's or a rule's: it costs its voice only
            self._counts.failed += 1
            _log.exception("A voice of %r cannot go on.", part.start.event.name)
            return None

    def _block(self, voice: VoiceInput, part: Part, latents: Float32 | None, sounded: Float32 | None) -> Step:
        before, engine = part.release, ""
        if voice.stopping:  # after a stop each step is softer than the one before
            part.release *= RELEASE
        if sounded is not None:
            samples = sounded
        else:
            if latents is None:
                samples, engine = self._by_rule(voice, part), "procedural"
            elif part.standing is not None:
                samples = self._handed_back(voice, part, latents)
            else:
                samples = played(part, latents)
            if voice.stopping:
                samples = samples * ramp(before, part.release, len(samples))
            samples = bent(samples)
        if part.over:
            return Step(Block(frames=len(samples), samples=faded(samples), last=True), engine=engine)
        return Step(Block(frames=len(samples), samples=samples), Playing.of(part), engine=engine)

    def _by_rule(self, voice: VoiceInput, part: Part) -> Float32:
        began = perf_counter()
        fading: Float32 | None = None
        if part.standing is None:  # taken over now: its last sound is held while it fades
            self._counts.stood_in += part.start.event.name in KNOWN
            if part.held is not None:  # one that has just come back was not heard yet
                fading = played(part, np.repeat(part.held[None], STEP_HOPS, axis=0))
            part.standing = self._stand_in.begin(part.start)
            if part.standing is None:
                return np.zeros(STEP_FRAMES, np.float32) if fading is None else fading
        samples = self._stand_in.play(part.standing, voice, STEP_FRAMES)
        if fading is not None:
            samples = crossed(fading, samples)
        self._by_rule_s += 0.1 * (perf_counter() - began - self._by_rule_s)
        return samples

    def _handed_back(self, voice: VoiceInput, part: Part, latents: Float32) -> Float32:
        assert part.standing is not None
        self._counts.returned += 1
        fading = self._stand_in.play(part.standing, voice, STEP_FRAMES)
        part.standing = None
        return crossed(fading, resumed(part, latents))

    def _passes(self, voice: VoiceStart) -> int:
        return 1 if self.pressure.level and voice.slack_frames is not None else 0
