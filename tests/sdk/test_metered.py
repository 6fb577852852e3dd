"""An engine behind the stopwatch is still that engine; its figures are taken with care."""

from typing import Protocol, runtime_checkable

import pytest

from hobnail.contracts import Arrival, Block, DeferringEngine, Engine, Step, VoiceInput, VoiceStart
from hobnail.metered import EngineWatch, figures_of, metered, overload_of, voice_figures_of
from hobnail.scene import Contact, Emitter
from hobnail.testing import FakeEngine


@runtime_checkable
class Swaps(Protocol):
    def swap(self, to): ...


class Rich(FakeEngine):
    """Offers more than the contract."""

    pool = 3

    def swap(self, to):
        self.pool = to
        return f"swapped to {to}"

    def figures(self):
        return {"pool.hits": 3, "broken": float("nan"), "endless": float("inf")}

    def voice_figures(self, state):
        return {"daf_weights_text": 0.25, "state": float(state is not None)}


def watch():
    return EngineWatch(id="fake", period_ms=10.0)


def started(engine, voice=1):
    event = next(event for event in engine.spec.events if event.kind == "sustained")
    return engine.start(
        VoiceStart(
            voice=voice, event=event, emitter=Emitter(id="e"), contact=Contact(), controls={}, features={}, seed=1
        )
    )


def test_it_keeps_the_contract_and_whatever_else_the_engine_offers():
    engine = metered(Rich(), watch())
    assert isinstance(engine, Engine)
    assert isinstance(engine, Swaps)
    assert engine.swap(7) == "swapped to 7"
    assert engine.pool == 7
    assert not isinstance(metered(FakeEngine(), watch()), Swaps)


def test_openings_and_batches_are_counted_also_when_the_engine_fails():
    class Failing(FakeEngine):
        def step(self, voices):
            raise RuntimeError("on purpose")

    seen = watch()
    engine = metered(Failing(), seen)
    step = started(engine)
    given = VoiceInput(voice=1, state=step.state, controls={}, features={}, contact=Contact(), stopping=False)
    for size in (1, 3, 3):
        with pytest.raises(RuntimeError):
            engine.step([given] * size)
    assert seen.opening.percentiles().count == 1
    assert seen.turn_opened == 1
    assert seen.turn_voices == 7
    assert seen.turn_ms > 0.0
    sizes = seen.sizes()
    assert (sizes.count, sizes.largest, sizes.usual) == (3, 3, 3)
    assert sizes.mean == pytest.approx(7 / 3)


def test_only_finite_figures_are_taken_and_an_engine_that_has_none_is_fine():
    assert figures_of(metered(Rich(), watch())) == {"pool.hits": 3.0}
    assert voice_figures_of(metered(Rich(), watch()), object()) == {"daf_weights_text": 0.25, "state": 1.0}
    assert figures_of(metered(FakeEngine(), watch())) == {}
    assert voice_figures_of(metered(FakeEngine(), watch()), None) == {}


@pytest.mark.parametrize("answer", [None, {"a": "text"}, {1: None}, 7])
def test_figures_that_are_none_cost_nobody_anything(answer):
    class Odd(FakeEngine):
        def figures(self):
            return answer

    assert figures_of(metered(Odd(), watch())) == {}


def test_an_engine_cannot_flood_with_figures():
    class Chatty(FakeEngine):
        def figures(self):
            return {f"figure {number}": number for number in range(1000)}

    assert len(figures_of(metered(Chatty(), watch()))) == 64


def test_what_was_left_out_is_added_up_over_engines_and_what_never_happened_is_not_told():
    told = {"one": {"stood_in": 2.0, "fewer_steps": 0.0, "takes": 9.0}, "other": {"stood_in": 1.0, "no_room": 4.0}}
    assert overload_of(told) == {"stood_in": 3, "no_room": 4}


class Later(FakeEngine):
    """Whatever it is asked for comes when it is let out."""

    def __init__(self):
        super().__init__()
        self.asked, self.here = [], []

    def start(self, voice):
        self.asked.append(voice.voice)
        return Step.to_come()

    def step(self, voices):
        self.asked += [voice.voice for voice in voices]
        return [Step.to_come() for _ in voices]

    def arrived(self):
        found, self.asked = [Arrival(voice, Step(Block(512), "state")) for voice in self.asked], []
        return found


def test_what_comes_later_is_timed_until_it_is_there(monkeypatch):
    now = [0]
    monkeypatch.setattr("hobnail.metered.monotonic_ns", lambda: now[0])
    seen, inner = watch(), Later()
    engine = metered(inner, seen)
    assert isinstance(engine, DeferringEngine)
    for voice in (1, 2):
        started(engine, voice)
    assert seen.opening.percentiles().count == 0
    now[0] += 7_000_000
    engine.arrived()
    assert seen.opening.percentiles().max_ms == 7.0
    assert seen.late == []
    given = [
        VoiceInput(voice=voice, state="state", controls={}, features={}, contact=Contact(), stopping=False)
        for voice in (1, 2, 9)  # the last is a one-shot's tail: it has all the time that is left of what sounds
    ]
    engine.step(given)
    now[0] += 11_000_000
    engine.arrived()
    assert seen.late == [(11.0, 2)]
    assert seen.turn_ms == 0.0, "the turn did not wait"
    assert seen.sizes().largest == 3
    seen.end_turn()
    assert seen.late == []
