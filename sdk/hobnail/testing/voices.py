"""Plays an engine's voices offline, so that the rules can look at their sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Block, Engine, EventSpec, Float32, Step, VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail.testing.rules import Rules
from hobnail_native import SynthRenderer

KNOWN_FEATURES: Mapping[str, float] = {"speed_m_s": 2.0, "slip_m_s": 1.0, "size_m": 0.4, "wetness": 0.2}


@dataclass(frozen=True, slots=True)
class Scene:
    """What one voice of a test is given."""

    event: EventSpec
    contact: Contact
    controls: Mapping[str, float]
    features: Mapping[str, float]
    seed: int = 7

    def start(self, voice: int = 1) -> VoiceStart:
        """Fresh dictionaries each time, so that an engine that writes into them is seen."""
        return VoiceStart(
            voice=voice,
            event=self.event,
            emitter=Emitter(id="test", engine="test", seed=3),
            contact=self.contact,
            controls=dict(self.controls),
            features=dict(self.features),
            seed=self.seed,
        )

    def input(self, state: object, *, stopping: bool = False, voice: int = 1) -> VoiceInput:
        """One step's input."""
        return VoiceInput(
            voice=voice,
            state=state,
            controls=dict(self.controls),
            features=dict(self.features),
            contact=self.contact,
            stopping=stopping,
        )


@dataclass
class Take:
    """A voice as it was played: its blocks, and what each step was given."""

    first: Step
    inputs: list[VoiceInput] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def blocks(self) -> list[Block]:
        """Every block in order."""
        return [self.first.block, *(step.block for step in self.steps)]

    @property
    def ended(self) -> bool:
        """The last block said so."""
        return self.blocks[-1].last


def play(engine: Engine, scene: Scene, *, steps: int, stop_after: int | None = None) -> Take:
    """Open a voice and step it at most ``steps`` times; ``stop`` comes after ``stop_after`` of them."""
    take = Take(engine.start(scene.start()))
    state = take.first.state
    for index in range(steps):
        if take.ended:
            break
        stopping = stop_after is not None and index >= stop_after
        given = scene.input(state, stopping=stopping)
        take.inputs.append(replace(given, controls=dict(given.controls), features=dict(given.features)))
        (step,) = engine.step([given])
        take.steps.append(step)
        state = step.state
    return take


def sound_of(blocks: list[Block], seed: int, rules: Rules) -> Float32:
    """What the session would hear: float32 [frames]. Checks every block on the way."""
    renderer = SynthRenderer(seed, RATE_HZ)
    pieces: list[Float32] = []
    for index, block in enumerate(blocks):
        where = f"block {index}"
        rules.require(
            (block.samples is None) != (block.patch is None),
            "samples or patch",
            f"{where} has {'both' if block.samples is not None else 'neither'}.",
            cure="Give each Block either samples or a patch.",
        )
        rules.require(
            block.frames > 0, "promised frames", f"{where} has {block.frames} frames.", cure="Give at least one frame."
        )
        if block.samples is not None:
            rules.sound(block.samples, (block.frames,), where=where)
            pieces.append(block.samples)
        elif block.patch is not None:
            renderer.play(block.patch, block.frames, last=block.last)
            rendered = renderer.render(block.frames)
            rules.require(
                bool(np.isfinite(rendered).all()),
                "finite",
                f"{where} renders NaN.",
                cure="Look at the patch's numbers.",
            )
            pieces.append(rendered)
    return np.concatenate(pieces)
