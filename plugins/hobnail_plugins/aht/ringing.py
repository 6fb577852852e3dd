"""Blocks of one-shots: begun, made, evened, and over when they are silent; on whatever thread owns them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Final

import numpy as np

from hobnail.audio import HOP_FRAMES
from hobnail.contracts import Block, Step, VoiceInput, VoiceStart
from hobnail_plugins.aht.batch import Made
from hobnail_plugins.aht.beside import Work
from hobnail_plugins.aht.counts import Counts
from hobnail_plugins.aht.drawing import axes_of
from hobnail_plugins.aht.lasting import GRACE_HOPS
from hobnail_plugins.aht.levels import STRUCK, bent, evening, from_attack, over_at
from hobnail_plugins.aht.model import Model
from hobnail_plugins.aht.playing import Part, Playing, asked, faded, played, sunk
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.share import Share
from hobnail_plugins.aht.spec import CONTROLS

QUIET: Final = 10.0 ** (-60.0 / 20.0)
"""A one-shot is over when the last 85 ms of a block stay below this peak."""


class Ringing:
    """Makes the blocks of one-shots of any model. [one thread at a time]"""

    def __init__(self, settings: AhtConfig, side: int = 0) -> None:
        self._settings, self._side = settings, side
        self.counts = Counts()
        self.busy = Share()  #: of the time of its thread

    def begin(self, model: Model, voice: VoiceStart, seed: int, *, gain: float, take: bool = False) -> Part | None:
        """A one-shot that has made nothing; None: there is no memory for it."""
        ask = asked(voice, self._settings.gain_db, model.levels)
        begun = model.begin(
            seed,
            model.told(ask.prompt),
            sustained=False,
            gain=gain,
            force=ask.force,
            at_frame=voice.at_frame,
            take=take,
            side=self._side,
        )
        return None if begun is None else Part(voice, model, begun)

    def cost_s(self, model: Model, hops: int, passes: int) -> float:
        """[any] What a block of one voice will probably take, sound and level included."""
        return model.costs.seconds(hops, 1, passes, voices=1) + model.costs.sound_s(hops)

    def blocks(
        self, parts: Sequence[Part], given: Sequence[VoiceStart | VoiceInput], hops: int, passes: int
    ) -> Work[list[Step]]:
        """Blocks of voices of one model, pass by pass."""
        model = parts[0].model
        assert model is not None
        made = yield from model.making(
            [part.voice for part in parts if part.voice is not None],
            [voice.controls for voice in given],
            [voice.features for voice in given],
            hops,
            passes=passes,
        )
        began = perf_counter()
        steps = self._sounds(model, parts, given, made)
        model.costs.note_sound(hops, (perf_counter() - began) / len(parts))
        return steps

    def _sounds(
        self, model: Model, parts: Sequence[Part], given: Sequence[VoiceStart | VoiceInput], made: Made
    ) -> list[Step]:
        self.counts.muted += int((~made.sound).sum())
        steps = []
        for part, each, latents, sound in zip(parts, given, made.latents, made.sound, strict=True):
            voice = part.voice
            assert voice is not None
            samples = played(part, latents)
            if voice.blocks == 1:
                samples = from_attack(samples)
                intensity = axes_of(each.controls, voice.force)[CONTROLS[1]]
                plain, event = samples / np.float32(voice.gain), part.start.event.name
                even = np.float32(evening(plain, event, model.levels, intensity))
                samples *= even
                voice.gain *= float(even)
            before, voice.fall = voice.fall.gain, voice.fall.next(samples)
            samples = voice.fall.turned(samples, before)
            over = over_at(samples, voice.fall.top_db) if part.start.event.name in STRUCK else None
            if over is None and voice.lasts and (past := voice.hops - voice.lasts - GRACE_HOPS) >= 0:
                over = max(HOP_FRAMES, len(samples) - past * HOP_FRAMES)
            samples = samples[:over]
            quiet = float(np.abs(samples[-8 * HOP_FRAMES :]).max(initial=0.0)) < QUIET * voice.gain
            if quiet or over or not sound:
                steps.append(Step(Block(frames=len(samples), samples=faded(samples), last=True)))
            elif voice.hops >= self._settings.longest_hops:
                steps.append(Step(Block(frames=len(samples), samples=sunk(samples), last=True)))
            else:
                steps.append(Step(Block(frames=len(samples), samples=samples), Playing.of(part)))
        return steps


def bent_step(step: Step) -> Step:
    """The same, softly limited."""
    assert step.block.samples is not None
    return replace(step, block=replace(step.block, samples=bent(step.block.samples)))
