"""What was foreseen is used where it comes true, and made anew where it does not: by an engine of two lines."""

from dataclasses import replace

import numpy as np
import pytest

from hobnail.contracts import Block, EngineSpec, EventSpec, Life, Step, VoiceInput, VoiceStart
from hobnail.foresight import Foretold, Rehearsal
from hobnail.scene import Contact, Emitter

FRAMES = 1024
HUM = EventSpec(name="hum", kind="sustained")


class Humming:
    """Each block is its number and what it was told; the state is how often it was asked."""

    spec = EngineSpec(id="humming", help="Hums.", events=(HUM,), materials=(), controls=(), step_frames=FRAMES)

    def __init__(self):
        self.asked = self.foretold = 0

    def prepare(self):
        pass

    def start(self, voice):
        return Step(Block(FRAMES, samples=np.full(FRAMES, 0.5, np.float32)), 1)

    def step(self, voices):
        self.asked += len(voices)
        return [self._block(voice) for voice in voices]

    def _block(self, voice):
        value = voice.state + voice.controls["pitch"]
        return Step(Block(FRAMES, samples=np.full(FRAMES, value, np.float32)), voice.state + 1)

    def silent(self):
        return Humming()

    def foretell(self, lives):
        self.foretold += len(lives)
        made = []
        for life in lives:
            steps = [self.start(life.start)]
            for given in life.inputs:
                steps.append(self._block(replace(given, state=steps[-1].state)))
            made.append(steps)
        return made


def a_start(voice=1):
    return VoiceStart(
        voice=voice, event=HUM, emitter=Emitter(id="it"), contact=Contact(), controls={}, features={}, seed=voice
    )


def told(pitch, state, voice=1):
    return VoiceInput(voice, state, {"pitch": pitch}, {}, Contact(), stopping=False)


def rehearsed(pitches, voice=1):
    seen = Rehearsal(Humming())
    step = seen.start(a_start(voice))
    for pitch in pitches:
        (step,) = seen.step([told(pitch, step.state, voice)])
    return seen


def played(engine, pitches):
    step = engine.start(a_start())
    heard = [step.block.samples[0]]
    for pitch in pitches:
        (step,) = engine.step([told(pitch, step.state)])
        heard.append(step.block.samples[0])
    return heard


def test_what_comes_true_is_taken_from_what_was_made():
    engine = Humming()
    heard = played(Foretold(engine, rehearsed([0.1, 0.2, 0.3])), [0.1, 0.2, 0.3])
    assert heard == played(Humming(), [0.1, 0.2, 0.3])
    assert (engine.foretold, engine.asked) == (1, 0)


@pytest.mark.parametrize("real", [[0.1, 0.9, 0.3, 0.4], [0.9], [0.1, 0.2, 0.3, 0.4]])
def test_a_voice_that_is_told_something_else_goes_on_as_if_nothing_had_been_foreseen(real):
    """Told otherwise in the middle, at once, or for longer than was foreseen."""
    engine = Humming()
    assert played(Foretold(engine, rehearsed([0.1, 0.2, 0.3])), real) == played(Humming(), real)
    assert engine.asked > 0


def test_a_voice_that_nobody_foresaw_is_the_engines_own():
    engine = Humming()
    assert played(Foretold(engine, rehearsed([0.1], voice=7)), [0.5, 0.6]) == played(Humming(), [0.5, 0.6])
    assert engine.foretold == 0


def test_a_life_holds_what_a_voice_was_told():
    seen = rehearsed([0.1, 0.2])
    life = seen.lives[1]
    assert isinstance(life, Life)
    assert [given.controls["pitch"] for given in life.inputs] == [0.1, 0.2]
    assert seen.frames[1] == 3 * FRAMES
