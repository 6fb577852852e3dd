"""Whole voices ahead of their time, many side by side: what offline rendering makes use of.

A voice is the same bit for bit in any company, so which voices share a batch is nobody's business but the clock's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from hobnail.contracts import Block, EngineSpec, Float32, Life, Step, VoiceInput, VoiceStart

TOGETHER: Final = 32
"""Voices of a kind that are made side by side."""

OPENED: Final = 8
"""One-shots that are begun at once: a block of 64 hops is much work, and its batch much memory. Fewer cost more
each."""

Start = Callable[[Sequence[VoiceStart]], Sequence[Step]]
Go = Callable[[Sequence[VoiceInput]], Sequence[Step]]


def foretell(
    lives: Sequence[Life], waiting: Iterator[int], start: Start, step: Go, *, together: int = TOGETHER
) -> dict[int, list[Step]]:
    """Voices from their start to their end, or as far as their inputs reach: at most ``together`` at a time.

    ``waiting``: which are to be made yet, by index. Another thread may draw from the same; who is done sooner
    makes more.
    """
    opened = min(OPENED, together)
    made: dict[int, list[Step]] = {}
    going: list[int] = []
    while True:
        while len(going) <= together - opened and (new := list(islice(waiting, opened))):
            for index, first in zip(new, start([lives[index].start for index in new]), strict=True):
                made[index] = [first]
            going += [index for index in new if _goes_on(lives[index], made[index])]
        if not going:
            return made
        steps = step(
            [replace(lives[index].inputs[len(made[index]) - 1], state=made[index][-1].state) for index in going]
        )
        for index, each in zip(going, steps, strict=True):
            made[index][-1] = replace(made[index][-1], state=None)
            made[index].append(each)
        going = [index for index in going if _goes_on(lives[index], made[index])]


def _goes_on(life: Life, made: list[Step]) -> bool:
    """Whether there is another step; who is not over, but is told nothing more, lets go of its memory."""
    if not made[-1].block.last and len(made) <= len(life.inputs):
        return True
    made[-1] = replace(made[-1], state=None)
    return False


class Blocks(NamedTuple):
    """How long blocks are, in frames."""

    start: int  #: of a sustained voice, the first
    step: int
    first: int  #: of a one-shot
    later: int
    longest: int  #: all of a one-shot
    lag: int  #: of the codec: by so much a voice's first block is shorter
    release_steps: int  #: of a sustained voice that was stopped, at most


class Silent:
    """Silence in the neural engine's blocks: as long, and lasting as long as its voices may. Implements Engine."""

    def __init__(self, spec: EngineSpec, blocks: Blocks) -> None:
        self._spec, self._blocks = spec, blocks
        self._nothing: Float32 = np.zeros(max(blocks), np.float32)

    @property
    def spec(self) -> EngineSpec:
        """[any] The neural engine's."""
        return self._spec

    def prepare(self) -> None:
        """[control] Nothing to do."""

    def start(self, voice: VoiceStart) -> Step:
        """[engine] The state counts: frames of a one-shot, steps of a stop."""
        blocks = self._blocks
        if voice.event.kind == "sustained":
            return self._block(blocks.start - blocks.lag, ("sustained", 0), last=False)
        return self._block(blocks.first - blocks.lag, ("one_shot", blocks.first), last=False)

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] The next block."""
        return [self._next(voice) for voice in voices]

    def _next(self, voice: VoiceInput) -> Step:
        assert isinstance(voice.state, tuple)
        (kind, count), blocks = voice.state, self._blocks
        if kind == "sustained":
            count += voice.stopping
            return self._block(blocks.step, (kind, count), last=count > blocks.release_steps)
        count += blocks.later
        return self._block(blocks.later, (kind, count), last=count >= blocks.longest)

    def _block(self, frames: int, state: tuple[str, int], *, last: bool) -> Step:
        return Step(Block(frames=frames, samples=self._nothing[:frames], last=last), state)
