"""Adapters learn a slider from pairs, leave the network alone, go on after a stop bit for bit, and refuse NaN."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.codec.tables import packaged_tables
from hobnail_plugins.moe_lora.nn.arms import Lora, MoeLora
from hobnail_plugins.moe_lora.spec import AdapterSettings, LoraSettings, LossWeights
from hobnail_plugins.nn.adapted import AdaptedLinear
from hobnail_trainer.adapters.attributes import Ear
from hobnail_trainer.adapters.collapse import collapse
from hobnail_trainer.adapters.fit import ExpertFit, fit_experts
from hobnail_trainer.adapters.model import FitSettings, Given, Known, Lesson
from hobnail_trainer.errors import TrainerError

WIDTH, HOPS, BATCH = 32, 3, 24
SPEC = NetworkSpec(width=WIDTH, layers=1, heads=2)
AXES = ("pitch", "intensity", "texture")
CURVE = np.linspace(-1.0, 1.0, 9)


@dataclass(frozen=True)
class Pairs:
    """Sounds and what became of them; 32 numbers a hop, as the codec has them."""

    x: torch.Tensor
    wanted: torch.Tensor
    controls: torch.Tensor
    prompt: torch.Tensor


class Line(nn.Module):
    """A network of one place: y = W x + b."""

    def __init__(self):
        super().__init__()
        self.place = AdaptedLinear(WIDTH, WIDTH, place="self_q", layer=0)
        with torch.no_grad():
            self.place.weight.copy_(torch.eye(WIDTH))
            self.place.bias.zero_()

    def forward(self, x, adapters=None):
        return self.place.adapted(x, adapters)


@cache
def directions():
    """What each control does to a sound: along a direction of its own, the more the stronger the sound is there."""
    chance = torch.Generator().manual_seed(7)
    return torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=chance)).Q[:3]


def pairs(number, *, batch=BATCH):
    chance = torch.Generator().manual_seed(1000 + number)
    x = torch.randn(batch, HOPS, WIDTH, generator=chance)
    axis = torch.randint(3, (batch, 1), generator=chance)
    controls = torch.zeros(batch, 3).scatter_(1, axis, torch.rand(batch, 1, generator=chance) * 2.0 - 1.0)
    along = directions()
    wanted = x + (x @ along.T * controls[:, None]) @ along.roll(1, dims=1)
    return Pairs(x, wanted, controls, torch.randn(batch, WIDTH, generator=chance))


def feed(start=0):
    while True:
        yield pairs(start)
        start += 1


def know(network, batch):
    return Known(batch.prompt, batch.controls, torch.rand(len(batch.x), generator=torch.Generator().manual_seed(3)))


def loss_of(network, batch, adapters):
    made = network(batch.x, adapters)
    t = torch.linspace(0.0, 0.9, len(batch.x))
    return Given((made - batch.wanted).square().mean() * 100.0, made, batch.wanted, t, torch.ones(batch.x.shape[:2]))


LESSON = Lesson(know, loss_of)


def adapter(arm="moe_lora", seed=1, **settings):
    torch.manual_seed(seed)
    settings = {"places": ("self_q",), **settings}
    return MoeLora(SPEC, AdapterSettings(**settings)) if arm == "moe_lora" else Lora(SPEC, LoraSettings(**settings))


def curve(network, module, axis):
    """How far a sound goes along what a control should do, at nine settings: a true slider gives the setting itself."""
    batch = pairs(9999)
    along = directions()
    span = torch.einsum("btw,w->bt", batch.x, along[axis])
    values = []
    with torch.no_grad():
        for value in CURVE:
            controls = torch.zeros(BATCH, 1, 3)
            controls[:, :, axis] = value
            made = network(batch.x, module.adapters(module(batch.prompt, controls))) - network(batch.x)
            far = torch.einsum("btw,w->bt", made, along[axis].roll(1))
            values.append(float((far * span).sum() / span.square().sum()))
    return np.array(values)


@pytest.mark.parametrize("arm", ["lora", "moe_lora"])
def test_a_slider_is_learned_from_pairs_monotone_and_to_scale(arm):
    network, module = Line(), adapter(arm)
    fit_experts(network, module, feed(), LESSON, FitSettings(steps=250, rate=1e-2))
    for axis in range(3):
        learned = curve(network, module, axis)
        assert (np.diff(learned) > 0.0).all()
        assert learned[4] == 0.0
        assert learned[-1] == pytest.approx(1.0, abs=0.2)
        assert learned[0] == pytest.approx(-1.0, abs=0.2)


def test_before_the_fit_there_is_no_slider():
    assert not curve(Line(), adapter(), 0).any()


def test_experts_come_to_belong_to_their_controls():
    network, module = Line(), adapter()

    def figures():
        batch = pairs(500, batch=300)
        with torch.no_grad():
            gates = module(batch.prompt, batch.controls.unsqueeze(1)).gates[:, 0]
        return collapse(gates.numpy(), batch.controls.numpy())

    before = figures()
    fit_experts(network, module, feed(), LESSON, FitSettings(steps=250, rate=1e-2))
    after = figures()
    assert after.information > before.information + 0.3
    assert after.largest < 0.5


def test_the_network_is_the_same_bit_for_bit_and_asks_for_gradients_as_before():
    network = Line()
    network.place.bias.requires_grad_(False)
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    fit_experts(network, adapter(), feed(), LESSON, FitSettings(steps=3))
    assert all(torch.equal(value, before[name]) for name, value in network.named_parameters())
    assert (network.place.weight.requires_grad, network.place.bias.requires_grad) == (True, False)
    assert network.place.weight.grad is None


def everything(fit):
    return {name: value.clone() for name, value in fit.tensors().items()}


@pytest.mark.parametrize("arm", ["lora", "moe_lora"])
def test_a_fit_that_stopped_goes_on_bit_for_bit(arm):
    lesson = Lesson(know, loss_of, Ear(packaged_tables()))
    whole = everything(fit_experts(Line(), adapter(arm), feed(), lesson, FitSettings(steps=12)))
    half = everything(fit_experts(Line(), adapter(arm), feed(), lesson, FitSettings(steps=6)))
    rest = fit_experts(Line(), adapter(arm, seed=5), feed(6), lesson, FitSettings(steps=12), past=half)
    again = everything(rest)
    assert again.keys() == whole.keys()
    assert all(torch.equal(value, whole[name]) for name, value in again.items())
    assert not torch.equal(half["adapter.bank.up.self_q"], whole["adapter.bank.up.self_q"])


def test_every_loss_is_there_and_those_by_ear_only_with_an_ear():
    seen = []
    lesson = Lesson(know, loss_of, Ear(packaged_tables()))
    settings = FitSettings(steps=5)
    fit_experts(Line(), adapter(), feed(), lesson, settings, watch=lambda step, figures: seen.append((step, figures)))
    every = {"flow", "orthogonal", "balance", "route", "consistency", "attribute"}
    assert [step for step, _ in seen] == [1, 2, 3, 4, 5]
    assert [set(figures) - every for _, figures in seen] == [{"cross_talk"}, set(), set(), set(), {"cross_talk"}]
    assert all(set(figures) >= every for _, figures in seen)
    fit_experts(Line(), adapter("lora"), feed(), LESSON, settings, watch=lambda _, figures: seen.append((0, figures)))
    assert set(seen[-1][1]) == {"flow", "orthogonal"}


def test_balance_is_carried_from_batch_to_batch():
    fit = fit_experts(Line(), adapter(), feed(), LESSON, FitSettings(steps=4))
    kept = fit.tensors()
    assert kept["balance.count"] == 4
    assert kept["balance.gate"].sum().item() == pytest.approx(1.0, abs=1e-5)
    assert not torch.equal(kept["balance.gate"], torch.full((4,), 0.25))


def test_cross_talk_moves_other_axes_at_every_step():
    """With plain LoRA strengths are controls, so what the second pass was given is what was moved."""
    given = []

    def noting(network, batch, adapters):
        given.append(adapters.strength.detach()[:, 0, ::4])
        return loss_of(network, batch, adapters)

    batch = pairs(0)
    module = adapter("lora", losses=LossWeights(cross_talk_every=1))
    fit_experts(Line(), module, iter([batch] * 2), Lesson(know, noting, Ear(packaged_tables())), FitSettings(steps=2))
    first, second = (given[turn + 1] - given[turn] for turn in (0, 2))
    assert ((first.abs() > 0.1).sum(dim=-1) == 1).all()
    assert not torch.equal(first, second)


def test_experts_read_apart_when_told_to():
    network = Line()
    told, left = (adapter(losses=LossWeights(orthogonal=weight)) for weight in (1.0, 0.0))
    for module in (told, left):
        fit_experts(network, module, feed(), LESSON, FitSettings(steps=80, rate=1e-2))
    assert told.bank.overlap().item() < 0.02 * left.bank.overlap().item()


def test_a_loss_that_is_no_number_stops_the_fit_and_teaches_nothing():
    def broken(network, batch, adapters):
        given = loss_of(network, batch, adapters)
        return Given(given.loss * torch.nan)

    module = adapter()
    fit = ExpertFit(Line(), module, Lesson(know, broken), FitSettings())
    before = everything(fit)
    with pytest.raises(TrainerError, match=r"step 1: the loss is no number \(flow nan"):
        fit.step(pairs(0))
    assert all(torch.equal(value, before[name]) for name, value in fit.tensors().items())


def test_a_checkpoint_of_other_adapters_is_refused():
    kept = ExpertFit(Line(), adapter(), LESSON, FitSettings()).tensors()
    with pytest.raises(TrainerError, match="holds other adapters"):
        ExpertFit(Line(), adapter(rank=2), LESSON, FitSettings()).restore(kept)
    with pytest.raises(TrainerError, match="holds other adapters"):
        ExpertFit(Line(), adapter(), LESSON, FitSettings()).restore({})


@pytest.mark.parametrize("settings", [{"steps": 0}, {"rate": 0.0}, {"betas": (0.9, 1.0)}, {"decay": -1.0}])
def test_numbers_that_cannot_be_are_refused(settings):
    with pytest.raises(TrainerError, match="out of range"):
        FitSettings(**settings)
