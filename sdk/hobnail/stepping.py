"""What engines are told when voices are stepped, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from hobnail.beat import astray
from hobnail.contracts import Engine, LiveEngine, Step, VoiceInput
from hobnail.errors import EngineError
from hobnail.feeding import as_many, feed, guarded
from hobnail.stage import Presence
from hobnail.voice import Voice
from hobnail_native import Mixer

ControlsOf = Callable[[Presence, Mapping[str, float]], Mapping[str, float]]
"""All controls of a voice: its emitter's, with its event's own laid over."""

Hungry = Sequence[tuple[Voice, int]]
"""Voices of one engine, and the frames until each runs dry."""


class Stepper:
    """Steps voices of one engine at once. [engine]"""

    def __init__(self, mixer: Mixer, controls_of: ControlsOf, *, live: bool) -> None:
        self._mixer, self._controls_of, self._live = mixer, controls_of, live

    def together(self, voices: Hungry, among: Collection[Voice]) -> Iterator[Voice]:
        """Step voices and feed them, or wait for what is coming; yields those whose engine failed.

        ``among`` all that there are: those that never are in need along with most of their engine's are told so.
        """
        yield from self._step(voices, self._importance(voices), self._off_beat(voices[0][0].engine, among))

    def alone(self, voice: Voice) -> Step:
        """A voice's next step, when it is not heard: as if it had what it is always given. Raises EngineError."""
        given = [self._input_of(voice, voice.wanted_frames, {}, 0)]
        return guarded(lambda: as_many(voice.engine.step(given), given), voice.engine)[0]

    def _step(self, voices: Hungry, importance: Mapping[int, float], more: Mapping[int, int]) -> Iterator[Voice]:
        engine = voices[0][0].engine
        inputs = [self._input_of(voice, lead, importance, more.get(voice.id, 0)) for voice, lead in voices]
        try:
            steps = guarded(lambda: as_many(engine.step(inputs), inputs), engine)
        except EngineError:
            if len(voices) == 1:
                yield voices[0][0]
                return
            for each in voices:  # one bad voice must not silence the others: find it by stepping them alone
                yield from self._step([each], importance, more)
            return
        for (voice, _), step in zip(voices, steps, strict=True):
            voice.coming = step.coming
            if step.coming:
                continue
            try:
                feed(voice, step)
            except EngineError:
                yield voice

    def _input_of(self, voice: Voice, lead: int, importance: Mapping[int, float], more: int) -> VoiceInput:
        return VoiceInput(
            voice=voice.id,
            state=voice.state,
            controls=self._controls_of(voice.presence, voice.overrides),
            features=voice.presence.look(),
            contact=voice.contact,
            stopping=voice.stopping_since is not None,
            slack_frames=lead if self._live else None,
            importance=importance.get(voice.id, 0.0),
            later=self._live,
            more_frames=more,
        )

    def _off_beat(self, engine: Engine, among: Collection[Voice]) -> Mapping[int, int]:
        """Voices that would meet the others, and by how many frames; live, where an engine steps voices together."""
        spec, frame = engine.spec, self._mixer.frame
        if not (self._live and spec.together_frames and isinstance(engine, LiveEngine)):
            return {}  # a take plays other engines again, and tells them no more than what they were told of the voice
        held = [voice for voice in among if voice.engine is engine and voice.steady]
        phases = [(frame + self._mixer.lead(voice.id)) % spec.step_frames for voice in held]
        found = astray(phases, spec.step_frames, spec.together_frames)
        return {voice.id: spec.step_frames // 2 for voice, off in zip(held, found, strict=True) if off}

    def _importance(self, voices: Hungry) -> Mapping[int, float]:
        """Priority, then loudness, for engines that choose by it."""
        if not self._live or not isinstance(voices[0][0].engine, LiveEngine):
            return {}
        levels = dict(self._mixer.levels())
        return {voice.id: voice.presence.emitter.priority + min(0.99, levels.get(voice.id, 0.0)) for voice, _ in voices}
