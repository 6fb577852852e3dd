"""Offline everything is known beforehand: a scene is gone through in silence, then its voices are made side by side.

::

    commands ─► pipeline with silent engines ─► lives: what each voice will be told, step by step
                                                   │ engine.foretell, many voices at once
    commands ─► pipeline with Foretold in front ◄──┘ the same sound, taken from what was made

What was made is only used where a voice is told exactly what was foreseen; one that is told something else (another
took its place, say) is made anew up to there and goes on step by step. So the sound is the same with foresight and
without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hobnail.audio import RATE_HZ
from hobnail.contracts import Block, Engine, EngineSpec, ForeseeingEngine, Life, Step, VoiceInput, VoiceStart
from hobnail.fronting import fronted

MOST_FRAMES: Final = 1200 * RATE_HZ
"""Of voices that are made at once, if all last as long as they may: 230 MB. A longer one is made step by step."""


class Rehearsal:
    """A silent engine that writes down what it is told. Implements :class:`hobnail.contracts.Engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.lives: dict[int, Life] = {}
        self.frames: dict[int, int] = {}  #: of each voice, at most

    @property
    def spec(self) -> EngineSpec:
        """[any] Of the engine that it stands for."""
        return self._engine.spec

    def prepare(self) -> None:
        """[control] Nothing to do."""

    def start(self, voice: VoiceStart) -> Step:
        """[engine] A voice's life begins."""
        self.lives[voice.voice] = Life(voice)
        step = self._engine.start(voice)
        self.frames[voice.voice] = step.block.frames
        return step

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] It goes on."""
        for voice in voices:
            self.lives[voice.voice].inputs.append(replace(voice, state=None))
        steps = self._engine.step(voices)
        for voice, step in zip(voices, steps, strict=True):
            self.frames[voice.voice] += step.block.frames
        return steps


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """State of a voice that was foretold: so many steps are behind it."""

    life: Life
    steps: int


class Foretold:
    """Stands before an engine, and answers from what was made. Implements :class:`hobnail.contracts.Engine`."""

    def __init__(self, engine: ForeseeingEngine, seen: Rehearsal) -> None:
        self._engine = engine
        self._coming = dict(seen.lives)  # in order of their starts
        self._frames = seen.frames
        self._made: dict[int, list[Step]] = {}

    @property
    def spec(self) -> EngineSpec:
        """[any] The engine's own."""
        return self._engine.spec

    def prepare(self) -> None:
        """[control] Prepare the engine."""
        self._engine.prepare()

    def start(self, voice: VoiceStart) -> Step:
        """[engine] A voice's first block; where none was made yet, the next ones are made now, many at once."""
        if voice.voice in self._coming and voice.voice not in self._made:
            self._make(voice.voice)
        life = self._coming.pop(voice.voice, None)
        if life is None or life.start != voice or voice.voice not in self._made:
            self._made.pop(voice.voice, None)
            return self._engine.start(voice)
        return self._answer(_At(life, 0))

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] The next blocks."""
        answers: dict[int, Step] = {}
        others: list[tuple[int, VoiceInput]] = []
        for index, voice in enumerate(voices):
            at = voice.state
            if isinstance(at, _At) and self._foreseen(at, voice):
                answers[index] = self._answer(_At(at.life, at.steps + 1))
            else:
                others.append((index, replace(voice, state=self._real(at))))
        if others:
            steps = self._engine.step([voice for _, voice in others])
            answers.update(zip((index for index, _ in others), steps, strict=True))
        return [answers[index] for index in range(len(voices))]

    def rest(self, state: object) -> object:
        """[engine] As :class:`hobnail.contracts.RestingEngine`; of an engine that cannot, the state as it is."""
        real, rest = self._real(state), getattr(self._engine, "rest", None)
        return real if rest is None else rest(real)

    def resume(self, state: object, frames: int) -> object:
        """[engine] The opposite."""
        resume = getattr(self._engine, "resume", None)
        return state if resume is None else resume(state, frames)

    def _foreseen(self, at: _At, voice: VoiceInput) -> bool:
        wanted = at.life.inputs
        made = self._made.get(voice.voice, ())
        return at.steps + 1 < len(made) and replace(voice, state=None) == wanted[at.steps]

    def _answer(self, at: _At) -> Step:
        """A block is played once: then its memory is free."""
        voice = at.life.start.voice
        made = self._made[voice]
        step = made[at.steps]
        made[at.steps] = replace(step, block=Block(frames=step.block.frames), state=None)
        if step.block.last:
            del self._made[voice]
        return replace(step, state=None if step.block.last else at)

    def _real(self, state: object) -> object:
        """The engine's own state of a voice that was told something else than was foreseen: made anew up to there."""
        if not isinstance(state, _At):
            return state
        self._made.pop(state.life.start.voice, None)
        step = self._engine.start(state.life.start)
        for given in state.life.inputs[: state.steps]:
            (step,) = self._engine.step([replace(given, state=step.state)])
        return step.state

    def _make(self, first: int) -> None:
        """This voice and those that come after it, as many as there is room for."""
        frames, lives = 0, list[Life]()
        for voice, life in self._coming.items():
            frames += self._frames[voice] if voice >= first else 0
            if frames > MOST_FRAMES:
                break
            if voice >= first:
                lives.append(life)
        for life, steps in zip(lives, self._engine.foretell(lives), strict=True):
            self._made[life.start.voice] = list(steps)


def silenced(engines: Mapping[str, Engine]) -> tuple[dict[str, Engine], dict[str, Rehearsal]]:
    """Engines for going through a scene: those that foresee are silent; and these alone, by id."""
    rehearsals = {
        id: Rehearsal(engine.silent()) for id, engine in engines.items() if isinstance(engine, ForeseeingEngine)
    }
    return {**engines, **rehearsals}, rehearsals


def foretold(engine: Engine, seen: Rehearsal) -> Engine:
    """``engine`` with what was foreseen before it; everything else that it offers is offered too."""
    return fronted(Foretold, engine, seen)
