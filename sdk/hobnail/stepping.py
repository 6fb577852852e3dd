"""What engines are told when voices are stepped, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from hobnail.beat import Beats
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

Longer = frozenset[int]
"""Voices that are to be given half a step more, by their numbers."""

_LOOKS = 3  # at all voices within one block of the mixer


class Stepper:
    """Steps voices of one engine at once. [engine]"""

    def __init__(self, mixer: Mixer, controls_of: ControlsOf, *, live: bool) -> None:
        self._mixer, self._controls_of, self._live = mixer, controls_of, live
        self._beats: dict[str, Beats] = {}  # by engine

    def together(self, voices: Hungry, among: Collection[Voice]) -> Iterator[Voice]:
        """Step voices that are in need, and those that go along; yields those whose engine failed.

        ``voices`` are in need or nearly, ``among`` all that there are: they say who goes along with whom.
        """
        beats = self._beats_of(voices[0][0].engine, among)
        if beats is None:
            yield from self._step(voices, self._importance(voices), frozenset())
            return
        frame = self._mixer.frame
        groups = [beats.group(voice.id, (frame + lead) % voice.engine.spec.step_frames) for voice, lead in voices]
        due = {group for (voice, lead), group in zip(voices, groups, strict=True) if lead < voice.wanted_frames}
        going = [each for each, group in zip(voices, groups, strict=True) if group in due or not each[0].sustained]
        yield from self._step(going, self._importance(going), beats.longer)

    def alone(self, voice: Voice) -> Step:
        """A voice's next step, when it is not heard: as if it had what it is always given. Raises EngineError."""
        given = [self._input_of(voice, voice.wanted_frames, {}, frozenset())]
        return guarded(lambda: as_many(voice.engine.step(given), given), voice.engine)[0]

    def _step(self, voices: Hungry, importance: Mapping[int, float], longer: Longer) -> Iterator[Voice]:
        engine = voices[0][0].engine
        inputs = [self._input_of(voice, lead, importance, longer) for voice, lead in voices]
        try:
            steps = guarded(lambda: as_many(engine.step(inputs), inputs), engine)
        except EngineError:
            if len(voices) == 1:
                yield voices[0][0]
                return
            for each in voices:  # one bad voice must not silence the others: find it by stepping them alone
                yield from self._step([each], importance, longer)
            return
        for (voice, _), step in zip(voices, steps, strict=True):
            voice.coming = step.coming
            if step.coming:
                continue
            try:
                feed(voice, step)
            except EngineError:
                yield voice

    def _input_of(self, voice: Voice, lead: int, importance: Mapping[int, float], longer: Longer) -> VoiceInput:
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
            more_frames=voice.engine.spec.step_frames // 2 if voice.id in longer else 0,
        )

    def _beats_of(self, engine: Engine, among: Collection[Voice]) -> Beats | None:
        """None: offline, or of an engine that steps voices one by one. Only a live one is told to give more: a take
        plays the others again, and tells them no more than what they were told of a voice."""
        spec = engine.spec
        if not (self._live and spec.together_frames and isinstance(engine, LiveEngine)):
            return None
        beats = self._beats.setdefault(spec.id, Beats(spec.step_frames, spec.together_frames, spec.together_most))
        held = [voice.id for voice in among if voice.engine is engine and voice.steady]
        for _ in range(_LOOKS):
            frame = self._mixer.frame
            phases = {voice: (frame + self._mixer.lead(voice)) % spec.step_frames for voice in held}
            if self._mixer.frame == frame:
                break
        beats.tell(phases)
        return beats

    def _importance(self, voices: Hungry) -> Mapping[int, float]:
        """Priority, then loudness, for engines that choose by it."""
        if not self._live or not isinstance(voices[0][0].engine, LiveEngine):
            return {}
        levels = dict(self._mixer.levels())
        return {voice.id: voice.presence.emitter.priority + min(0.99, levels.get(voice.id, 0.0)) for voice, _ in voices}
