"""The rules of an engine: a good one passes, one with a single fault is told the rule that it breaks."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from hobnail.contracts import Block, Step
from hobnail.testing import ConformanceError, FakeEngine, check_engine


class Broken(FakeEngine):
    """A fake engine with one fault; each test says which."""

    def __init__(self, **faults):
        super().__init__()
        self.faults = faults
        self.count = 0

    @property
    def spec(self):
        return msgspec.structs.replace(super().spec, **self.faults.get("spec", {}))

    def start(self, voice):
        return self.faults.get("start", lambda engine, voice, step: step)(self, voice, super().start(voice))

    def step(self, voices):
        return self.faults.get("step", lambda engine, voices, steps: steps)(self, voices, super().step(voices))


def louder(step, by):
    return replace(step, block=replace(step.block, samples=(step.block.samples * by).astype(np.float32)))


def as_double(engine, voice, step):
    return replace(step, block=replace(step.block, samples=step.block.samples.astype(np.float64)))


def short(engine, voice, step):
    return replace(step, block=replace(step.block, samples=step.block.samples[:-1]))


def not_a_number(engine, voice, step):
    return louder(step, np.nan)


def scribbling(engine, voice, step):
    voice.controls["intensity"] = 0.0
    return step


def counting(engine, voice, step):
    engine.count += 1
    return louder(step, 1.0 + 0.01 * engine.count)


def seedless(engine, voice, step):
    return FakeEngine().start(replace(voice, seed=1))


def picky(engine, voice, step):
    return louder(step, 0.0 if voice.contact.material is None else 1.0)


def endless(engine, voice, step):
    tone = FakeEngine().start(replace(voice, event=FakeEngine().spec.events[1]))
    return replace(step, block=replace(step.block, last=False), state=tone.state)


def endless_steps(engine, voices, steps):
    return [Step(Block(512, samples=np.full(512, 1e-3, np.float32)), voice.state) for voice in voices]


def gives_up(engine, voices, steps):
    return [replace(step, block=replace(step.block, last=True)) for step in steps]


def uneven(engine, voices, steps):
    return [replace(s, block=replace(s.block, frames=100, samples=s.block.samples[:100])) for s in steps]


def depends_on_company(engine, voices, steps):
    return [louder(step, 1.0 / len(voices)) for step in steps]


def remembers(engine, voices, steps):
    engine.count += 1
    return [louder(step, 1.0 / engine.count) for step in steps]


def neither(engine, voice, step):
    return replace(step, block=Block(step.block.frames, last=True))


@pytest.mark.parametrize(
    ("rule", "faults"),
    [
        ("spec", {"spec": {"events": ()}}),
        ("spec", {"spec": {"materials": ("wood", "wood")}}),
        ("spec", {"spec": {"step_frames": 0}}),
        ("float32", {"start": as_double}),
        ("promised frames", {"start": short}),
        ("promised frames", {"step": uneven}),
        ("finite", {"start": not_a_number}),
        ("level", {"start": lambda engine, voice, step: louder(step, 100.0)}),
        ("samples or patch", {"start": neither}),
        ("inputs stay", {"start": scribbling}),
        ("determinism", {"start": counting}),
        ("variation", {"start": seedless}),
        ("audible", {"start": picky}),
        ("one-shots end", {"start": endless, "step": endless_steps}),
        ("stop ends", {"step": endless_steps}),
        ("sustained voices go on", {"step": gives_up}),
        ("explicit state", {"step": depends_on_company}),
        ("determinism", {"step": remembers}),
    ],
)
def test_an_engine_with_one_fault_is_told_the_rule_and_the_cure(rule, faults):
    with pytest.raises(ConformanceError) as caught:
        check_engine(Broken(**faults))
    assert caught.value.rule == rule
    assert caught.value.cure


class Forgetful(FakeEngine):
    """Changes the state that it was handed instead of building a new one."""

    def start(self, voice):
        step = super().start(voice)
        return replace(step, state=[step.state]) if voice.event.kind == "sustained" else step

    def step(self, voices):
        steps = super().step([replace(voice, state=voice.state[0]) for voice in voices])
        for voice, step in zip(voices, steps, strict=True):
            voice.state[0] = step.state
        return [replace(step, state=voice.state) for voice, step in zip(voices, steps, strict=True)]


def test_an_engine_that_changes_its_state_in_place_is_found():
    with pytest.raises(ConformanceError, match="explicit state"):
        check_engine(Forgetful())


def test_the_fake_engine_keeps_its_contract_at_any_step():
    for step_frames in (64, 512, 1024):
        check_engine(FakeEngine(step_frames=step_frames))


def test_the_fake_engine_fails_when_told_to():
    with pytest.raises(RuntimeError, match="click was told to fail"):
        check_engine(FakeEngine(fail_on="click"))
