"""The conformance suite lets a good part through, and names the rule that a bad one breaks."""

from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from hobnail import PluginError, SinkError, builtins, hookimpl
from hobnail.contracts import ControlSpec
from hobnail.host import Host
from hobnail.testing import (
    ConformanceError,
    FakeBridge,
    FakeEngine,
    FakeSink,
    check_bridge,
    check_component,
    check_control,
    check_effect,
    check_encoder,
    check_exporter,
    check_plugin,
    check_sink,
)


def test_the_other_fakes_keep_their_contracts():
    check_bridge(FakeBridge)
    check_sink(FakeSink)


def test_builtins_keep_every_contract(tmp_path):
    settings = {
        "sink.wav": {"path": str(tmp_path / "a.wav")},
        "telemetry.jsonl": {"path": str(tmp_path / "a.jsonl")},
    }
    checked = check_plugin(builtins, settings=settings, skip=["sink.device"])  # no sound card here
    assert "effect.limiter" in checked
    assert "control.texture" in checked
    assert "sink.device" not in checked


def test_a_plugin_without_help_is_told_so():
    @hookimpl
    def hobnail_register_engines(register):
        register("fake", FakeEngine)

    with pytest.raises(ConformanceError, match=r"engine\.fake.*rule 'help'"):
        check_plugin(SimpleNamespace(hobnail_register_engines=hobnail_register_engines))


class Stubborn(FakeBridge):
    def stop(self):
        pass


class Deaf(FakeBridge):
    def stop(self):
        if self.notices:
            super().stop()


class Fragile(FakeBridge):
    def run(self):
        while not self._stopped.is_set():
            for notice in self._port.wait_notices(0.01):
                raise KeyError(notice.client)


@pytest.mark.parametrize(
    ("make", "rule"), [(Stubborn, "stop"), (Deaf, "stop before run"), (Fragile, "unknown clients"), (dict, "contract")]
)
def test_a_bridge_with_one_fault_is_told_the_rule(monkeypatch, make, rule):
    monkeypatch.setattr("hobnail.testing.bridges._PATIENCE_S", 0.2)
    with pytest.raises(ConformanceError) as caught:
        check_bridge(make)
    assert caught.value.rule == rule


class ScribblingSink(FakeSink):
    def write(self, block):
        block[:] = 0.0


class OneLengthSink(FakeSink):
    def write(self, block):
        block.reshape(64, 2)


class CloseOnceSink(FakeSink):
    def close(self):
        if not self.is_open:
            raise SinkError("closed")
        super().close()


@pytest.mark.parametrize(
    ("make", "rule"),
    [(ScribblingSink, "inputs stay"), (OneLengthSink, "any block size"), (CloseOnceSink, "close before open")],
)
def test_a_sink_with_one_fault_is_told_the_rule(make, rule):
    with pytest.raises(ConformanceError) as caught:
        check_sink(make)
    assert caught.value.rule == rule


class Smoother:
    """A one-pole low-pass, right unless told otherwise."""

    latency_frames = 0

    def __init__(self, fault=""):
        self.fault = fault
        self.kept = None

    def init_state(self, rate_hz, channels):
        return np.zeros(channels, np.float32)

    def process(self, block, state):
        if self.fault == "hidden":
            state = self.kept if self.kept is not None else state
        out = block if self.fault == "in place" else np.empty_like(block)
        last = state if self.fault == "mutates" else state.copy()
        for index in range(len(block)):
            last *= np.float32(0.5)
            last += np.float32(0.5) * block[index]
            out[index] = last
        if self.fault == "forgets":
            last = np.zeros_like(last)
        self.kept = last.copy()
        return (out + np.float32(0.1) if self.fault == "hums" else out), last


def test_an_effect_with_memory_in_its_state_passes():
    check_effect(Smoother())


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("in place", "inputs stay"),
        ("forgets", "whole = streamed"),
        ("hidden", "whole = streamed"),
        ("mutates", "explicit state"),
        ("hums", "silence"),
    ],
)
def test_an_effect_with_one_fault_is_told_the_rule(fault, rule):
    with pytest.raises(ConformanceError) as caught:
        check_effect(Smoother(fault))
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"minimum": 2.0}, "range"),
        ({"default": 9.0}, "default"),
        ({"steps": 1}, "steps"),
        ({"help": ""}, "help"),
        ({"maximum": float("inf")}, "range"),
    ],
)
def test_a_control_with_one_fault_is_told_the_rule(change, rule):
    good = ControlSpec(id="mood", unit="", minimum=-1.0, maximum=1.0, default=0.0, help="Glad or sad.")
    check_control(good)
    with pytest.raises(ConformanceError) as caught:
        check_control(msgspec.structs.replace(good, **change))
    assert caught.value.rule == rule


class Words:
    kind = "text"

    def __init__(self, width=lambda text: 4):
        self.width = width

    def prepare(self):
        pass

    def encode(self, value):
        return np.full((len(value.split()) or 1, self.width(value)), len(value), np.float32)


def test_an_encoder_gives_tokens_of_one_width():
    check_encoder(Words(), ["leather boots", ""])
    with pytest.raises(ConformanceError, match="rule 'width'"):
        check_encoder(Words(len), ["oak", "barrel"])
    with pytest.raises(ConformanceError, match="rule 'values'"):
        check_encoder(Words(), [])


class NoSettings(msgspec.Struct, frozen=True):
    pass


class Weights:
    """A weighting component that smooths what the graph reports."""

    kind = "weighting"
    torch_half = "hobnail_smoothed.nn:Smoothed"
    settings = NoSettings()
    inputs = {"weights": (3,)}  # noqa: RUF012 - a test double, never changed
    outputs = {"entropy": (3,)}  # noqa: RUF012 - a test double, never changed

    def init_state(self):
        return np.full(3, 1 / 3, np.float32)

    def before_step(self, state):
        return {"weights": state.copy()}, state

    def after_step(self, outputs, state):
        return (0.9 * state + 0.1 * outputs["entropy"]).astype(np.float32)


class InPlace(Weights):
    def after_step(self, outputs, state):
        state += outputs["entropy"]
        return state


class Undeclared(Weights):
    def before_step(self, state):
        return {"weight": state}, state


def test_a_component_gives_what_it_declared_and_keeps_its_state_outside():
    check_component(Weights())
    with pytest.raises(ConformanceError, match="explicit state"):
        check_component(InPlace())
    with pytest.raises(ConformanceError, match="declared inputs"):
        check_component(Undeclared())


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("torch_half", "", "expected 'package.module:Class'"),
        ("torch_half", "package.module.Class", "expected 'package.module:Class'"),
        ("torch_half", None, "expected 'package.module:Class'"),
        ("settings", {}, "settings is dict, expected a msgspec.Struct"),
        ("kind", "mixing", "kind is 'mixing'"),
        ("inputs", {"weights": (0,)}, "expected whole numbers from 1"),
        ("inputs", {"weights": (-1,)}, "expected whole numbers from 1"),
        ("outputs", ["entropy"], "outputs is list"),
    ],
)
def test_a_component_that_describes_itself_wrongly_is_refused_by_the_suite_and_by_the_host(name, value, problem):
    wrong = Weights()
    setattr(wrong, name, value)
    with pytest.raises(ConformanceError, match=problem):
        check_component(wrong)

    @hookimpl
    def hobnail_register_components(register):
        register("smoothed", lambda: wrong, help="Weights that follow slowly.")

    host = Host()
    host.add(SimpleNamespace(hobnail_register_components=hobnail_register_components), "smoothed")
    with pytest.raises(PluginError, match=problem):
        host.build("components", "smoothed")


class Batched(Weights):
    def gather(self, states):
        return np.stack(states)

    def spread(self, state):
        return list(state)


def test_a_component_that_steps_voices_together_steps_each_as_if_alone():
    class Mixing(Batched):
        def after_step(self, outputs, state):
            after = super().after_step(outputs, state)
            return after if after.ndim == 1 else after + 0.01 * after.mean(axis=0)

    class Swapping(Batched):
        def spread(self, state):
            return list(state)[::-1]

    check_component(Batched())
    for wrong in (Mixing(), Swapping()):
        with pytest.raises(ConformanceError, match="rule 'batches'"):
            check_component(wrong)


def test_a_component_may_read_something_of_every_layer_and_a_teacher_needs_no_torch():
    class Gates(Weights):
        outputs = {"gates": (-1,)}  # noqa: RUF012 - a test double, never changed

        def after_step(self, outputs, state):
            assert outputs["gates"].ndim == 1
            return state

    class Teacher(Weights):
        kind = "teacher"
        torch_half = ""

    check_component(Gates())
    check_component(Teacher())


def test_a_plugin_may_offer_components_and_encoders():
    @hookimpl
    def hobnail_register_components(register):
        register("smoothed", Weights, help="Weights that follow slowly.")

    @hookimpl
    def hobnail_register_encoders(register):
        register("words", Words, help="One token a word.")

    plugin = SimpleNamespace(
        hobnail_register_components=hobnail_register_components, hobnail_register_encoders=hobnail_register_encoders
    )
    assert check_plugin(plugin) == ("component.smoothed", "encoder.words")


def test_an_exporter_that_cannot_close_twice_is_told_so():
    class Once:
        def __init__(self):
            self.open = True

        def export(self, metrics):
            pass

        def close(self):
            if not self.open:
                raise OSError("closed")
            self.open = False

    with pytest.raises(ConformanceError, match="close twice"):
        check_exporter(Once())
