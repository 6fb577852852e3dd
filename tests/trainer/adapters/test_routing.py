"""Losses of the router have the values that their formulas say, and pull where they should."""

import math

import numpy as np
import pytest
import torch

from hobnail_plugins.moe_lora.spec import EXPERTS
from hobnail_trainer.adapters.collapse import collapse
from hobnail_trainer.adapters.routing import (
    Balance,
    balance_loss,
    consistency_loss,
    moved,
    route_loss,
    routing_targets,
)

EVEN = torch.full((1, 4), 0.25)
EYE = torch.eye(4)


def number(tensor):
    return tensor.detach().item()


def test_single_samples_may_specialise_when_the_data_set_is_balanced():
    assert number(balance_loss(EYE, Balance.of(4), 0.99)[0]) == pytest.approx(1.0)
    assert number(balance_loss(EYE[:1].expand(8, 4), Balance.of(4), 0.99)[0]) == pytest.approx(4.0)


def test_balance_is_kept_over_batches_not_inside_one():
    """Batches of one expert each, in turn: every batch is as one-sided as can be, the data set is even."""
    now = Balance.of(4)
    for turn in range(400):
        loss, now = balance_loss(EYE[turn % 4 : turn % 4 + 1], now, 0.99)
    assert number(loss) == pytest.approx(1.0, abs=0.02)
    collapsed = Balance.of(4)
    for _ in range(400):
        loss, collapsed = balance_loss(EYE[:1], collapsed, 0.99)
    assert number(loss) > 3.9


def test_balance_pulls_away_from_the_expert_that_the_data_set_overuses():
    logits = torch.zeros(6, 4, requires_grad=True)
    now = Balance(torch.tensor([0.7, 0.1, 0.1, 0.1]), torch.tensor([0.7, 0.1, 0.1, 0.1]), 1000)
    loss, _ = balance_loss(torch.softmax(logits, dim=-1), now, 0.99)
    loss.backward()
    assert (logits.grad[:, 0] > 0.0).all()
    assert (logits.grad[:, 1:] < 0.0).all()


def test_balance_comes_back_from_a_checkpoint():
    _, now = balance_loss(torch.softmax(torch.randn(5, 4), dim=-1), Balance.of(4), 0.9)
    again = Balance.back(now.tensors())
    assert torch.equal(again.share, now.share)
    assert torch.equal(again.gate, now.gate)
    assert again.count == 1


def test_targets_follow_how_far_each_axis_was_moved():
    controls = torch.tensor([[0.5, 0.0, 0.0], [-0.6, 0.2, 0.0], [0.0, 0.0, 1.0]])
    targets = routing_targets(controls, EXPERTS, 0.2)
    wanted = [[0.8, 0.0, 0.0, 0.2], [0.6, 0.2, 0.0, 0.2], [0.0, 0.0, 0.8, 0.2]]
    assert torch.allclose(targets, torch.tensor(wanted))
    assert torch.allclose(routing_targets(controls, EXPERTS[:3], 0.2).sum(dim=-1), torch.ones(3))


def test_samples_in_which_nothing_moved_do_not_count():
    assert moved(torch.tensor([[0.0, 0.0, 0.0], [0.0, -0.1, 0.0]])).tolist() == [False, True]


def test_routing_costs_nothing_at_its_target_and_the_divergence_elsewhere():
    targets = torch.tensor([[0.75, 0.0, 0.0, 0.25]])
    assert number(route_loss(targets, targets)) == pytest.approx(0.0, abs=1e-6)
    wanted = 0.75 * math.log(0.75 / 0.25)
    assert number(route_loss(EVEN, targets)) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(
    ("gates", "kappa", "wanted"),
    [(EVEN, 1.0, 0.0), (EVEN, 0.0, 1.0), (EYE[:1], 1.0, math.log(4.0)), (EYE[:1], 0.0, 0.0), (EVEN, 0.25, 0.75)],
)
def test_where_streams_agree_experts_share_and_where_not_one_decides(gates, kappa, wanted):
    assert number(consistency_loss(gates, torch.tensor([kappa]))) == pytest.approx(wanted, abs=1e-5)


def test_samples_without_two_streams_have_no_agreement_to_follow():
    both = consistency_loss(torch.cat([EVEN, EYE[:1]]), torch.tensor([0.0, math.nan]))
    assert number(both) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("loss", [route_loss, consistency_loss])
def test_an_empty_batch_costs_nothing_and_breaks_nothing(loss):
    gates = torch.zeros(0, 4, requires_grad=True)
    other = torch.zeros(0, 4) if loss is route_loss else torch.zeros(0)
    loss(gates, other).backward()
    whole, now = balance_loss(gates, Balance.of(4), 0.9)
    assert (number(whole), now.count) == (0.0, 0)


def one_axis_each(count=30):
    controls = np.zeros((count, 3))
    controls[np.arange(count), np.arange(count) % 3] = 0.5
    return controls


def test_experts_that_belong_to_controls_are_told_from_those_that_do_not():
    controls = one_axis_each()
    own = collapse(np.eye(4)[np.arange(30) % 3], controls)
    assert own.information == pytest.approx(math.log2(3.0))
    assert own.evenness == pytest.approx(math.log(3.0) / math.log(4.0))
    assert (own.sharpness, own.largest) == (pytest.approx(1.0), pytest.approx(1.0 / 3.0))
    one = collapse(np.tile(np.eye(4)[3], (30, 1)), controls)
    assert (one.information, one.evenness, one.largest) == pytest.approx((0.0, 0.0, 1.0))
    assert one.share == (0.0, 0.0, 0.0, 1.0)
    even = collapse(np.full((30, 4), 0.25), controls)
    assert (even.information, even.evenness, even.sharpness) == pytest.approx((0.0, 1.0, 0.0))


def test_collapse_counts_only_samples_that_moved():
    controls = one_axis_each(6)
    controls[3:] = 0.0
    assert collapse(np.full((6, 4), 0.25), controls).samples == 3
    assert collapse(np.full((6, 4), 0.25), np.zeros((6, 3))).samples == 0
