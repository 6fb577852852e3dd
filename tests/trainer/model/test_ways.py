"""Ways to take a step that must not change it: activations forgotten, several batches to a step, layers compiled."""

import inspect
from functools import partial
from pathlib import Path

import msgspec
import pytest
import torch

from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_trainer.feed.feed import Feed
from hobnail_trainer.model import loop
from hobnail_trainer.model.blocks import Units, blocks_from
from hobnail_trainer.model.checkpoint import load, newest
from hobnail_trainer.model.learner import Learner
from hobnail_trainer.model.loop import scale_of, train
from hobnail_trainer.model.velocity import draw, seed_of

from .conftest import stirred


def lessons(preset, data, count):
    """The first batches of a run, with the chance that it draws for them."""
    feed, units = Feed(data.train, preset.feed, seed=preset.seed), Units(scale_of(data.train))
    for _ in range(count):
        blocks = blocks_from(next(feed), units)
        chance = torch.Generator().manual_seed(seed_of(preset.seed, feed.state().batches, 0))
        yield blocks, units, draw(blocks.latents.shape, preset.loss, chance)


def gradients(network, preset, lesson):
    network.zero_grad()
    loss = Learner(network, preset.loss)(*lesson)["total"]
    loss.backward()
    return float(loss.detach()), {name: value.grad for name, value in network.named_parameters()}


def count(calls, which, *_):
    calls[which] += 1


def test_forgotten_activations_are_computed_again_to_the_same_gradients(short, data, host):
    spec = msgspec.structs.replace(short.network, recompute=True)
    torch.manual_seed(1)
    forgetting, keeping = assemble(spec, host), assemble(short.network, host)
    stirred(forgetting)
    keeping.load_state_dict(forgetting.state_dict())
    calls = [0, 0]
    for which, network in enumerate((forgetting, keeping)):
        network.layers[0].mlp_up.register_forward_pre_hook(partial(count, calls, which))
    (lesson,) = lessons(short, data, 1)
    (loss, found), (wanted_loss, wanted) = (gradients(each, short, lesson) for each in (forgetting, keeping))
    assert calls == [2, 1]
    assert loss == wanted_loss
    for name, gradient in wanted.items():
        assert (gradient is None) == (found[name] is None), name
        assert gradient is None or torch.equal(gradient, found[name]), name
    assert sum(gradient is not None for gradient in wanted.values()) > 50


def test_a_step_of_two_batches_follows_the_mean_of_their_gradients(tmp_path, short, data, make):
    """AdamW's first moment after one step is a tenth of what it was given."""
    steps = msgspec.structs.replace(short.optimiser, accumulate=2, clip=1e9)
    preset = msgspec.structs.replace(short, steps=1, optimiser=steps)
    train(tmp_path, preset, data, make, tell=lambda _: None)
    first = load(newest(tmp_path)).part("first")
    torch.manual_seed(preset.seed)
    network = make()
    found = [gradients(network, preset, lesson)[1] for lesson in lessons(preset, data, 2)]
    assert not torch.allclose(found[0]["leave.weight"], found[1]["leave.weight"], rtol=0.1)
    for name, moment in first.items():
        parts = [each[name] for each in found if each[name] is not None]
        mean = sum(part.clone() for part in parts) / 2.0
        assert torch.allclose(moment, 0.1 * mean, atol=1e-7, rtol=1e-4), name
    assert {"leave.weight", "leave.bias"} <= first.keys()


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("default")  # torch's compiler warns of what it does itself
def test_compiled_layers_learn_what_plain_ones_do(tmp_path, short, data, host, monkeypatch):
    """Layers are captured and differentiated as whole graphs; that C++ is made of them takes minutes: left out."""
    compiled = torch.nn.Module.compile

    def captured(layer, **how):
        compiled(layer, backend="aot_eager", fullgraph=True, **how)

    monkeypatch.setattr(torch.nn.Module, "compile", captured)
    one_size = msgspec.structs.replace(short.feed, odds={8: 1.0}, vision_null=1.0)
    one_layer = msgspec.structs.replace(short.network, layers=1)
    plain = msgspec.structs.replace(
        short, steps=3, feed=one_size, network=one_layer, judge_every=3, judge_batches=1, compile=False
    )
    make = partial(assemble, one_layer, host)
    for preset, name in ((plain, "plain"), (msgspec.structs.replace(plain, compile=True), "compiled")):
        train(tmp_path / name, preset, data, make, tell=lambda _: None)
    found, wanted = (load(newest(tmp_path / name)) for name in ("compiled", "plain"))
    assert found.tensors.keys() == wanted.tensors.keys()
    for name, value in wanted.part("network").items():
        assert torch.allclose(value, found.part("network")[name], atol=2e-4), name
    assert found.state.held_out[-1][1] == pytest.approx(wanted.state.held_out[-1][1], abs=1e-3)


def test_the_loop_can_be_read_at_one_sitting():
    """At most 200 lines, and all of a step in one function."""
    lines = Path(loop.__file__).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 200
    body = inspect.getsource(loop.train)
    steps = (
        "next(feed)",
        "model(blocks",
        "accelerator.backward",
        "wrapped.step()",
        "average.follow",
        "held_out_loss",
        "keep()",
    )
    places = [body.index(step) for step in steps[:-1]] + [body.rindex(steps[-1])]
    assert places == sorted(places)
