"""Measures of attention sinks against attention made by hand."""

import numpy as np
import pytest
import torch

from hobnail_plugins.nn.sinks import share_outside, sink_figures

torch.set_num_threads(1)


def even(tokens=10, queries=12):
    return torch.full((2, 3, queries, tokens), 1.0 / tokens)


def values(tokens=10):
    torch.manual_seed(0)
    return torch.nn.functional.normalize(torch.randn(2, tokens, 1, 4), dim=-1)


def test_attention_to_all_alike_is_its_own_yardstick():
    figures = sink_figures(even(), values())
    for measures in (figures.found, figures.uniform):
        assert measures.first == pytest.approx(0.1)
        assert measures.most == pytest.approx(0.1)
        assert measures.entropy == pytest.approx(1.0)
        assert measures.first_heads == measures.any_heads == 0.0
        assert all(above.sinks == 0.0 for above in measures.above.values())
    assert figures.tokens == 10.0


def test_a_sink_at_one_token_is_found_by_every_measure():
    shares = even() * 0.5
    shares[..., 7] += 0.5
    given = values()
    given[:, 7] *= 0.2
    figures = sink_figures(shares, given)
    assert figures.found.first == pytest.approx(0.05)
    assert figures.found.most == pytest.approx(0.55)
    assert (figures.index, figures.stability) == (7, 1.0)
    assert figures.found.first_heads == 0.0
    assert figures.found.any_heads == 1.0
    assert set(figures.found.above) == {"1/k", "2/k", "0.1", "0.3"}
    for above in figures.found.above.values():  # 0.55 against a mean of 0.05 of the others
        assert above.sinks == 1.0
        assert above.mass == pytest.approx(0.55)
    assert figures.value_norm == pytest.approx(0.2, abs=1e-5)


def test_thresholds_of_the_papers_test_lie_where_they_should():
    shares = even() * 0.85
    shares[..., 0] += 0.15  # 0.235 against 0.085: a lead of 0.15
    above = sink_figures(shares, values()).found.above
    assert [above[eps].sinks for eps in ("1/k", "2/k", "0.1", "0.3")] == [1.0, 0.0, 1.0, 0.0]


def test_the_others_are_all_but_the_token_itself():
    shares = torch.tensor([0.62, 0.38]).expand(1, 1, 4, 2)  # a lead of 0.24 over the only other one
    above = sink_figures(shares, torch.randn(1, 2, 1, 4)).found.above
    assert (above["0.1"].sinks, above["0.3"].sinks) == (1.0, 0.0)
    assert above["0.1"].mass == pytest.approx(0.62)


def test_the_first_token_is_measured_over_later_queries_only():
    shares = even()
    shares[:, :, :8] = torch.eye(10)[0]
    shares[:, :, 8:] = torch.eye(10)[0] * 0.4 + torch.eye(10)[1] * 0.6
    assert sink_figures(shares, values()).found.first == pytest.approx(0.4)
    assert sink_figures(shares, values(), queries_from=0).found.first == pytest.approx((8 + 4 * 0.4) / 12)
    assert sink_figures(shares[:, :, :6], values()).found.first == pytest.approx(1.0)  # no query is late enough: all


def test_a_causal_mask_has_the_uniform_value_that_is_known_for_it():
    seen = torch.ones(1, 128, 128, dtype=torch.bool).tril()
    shares = (seen / seen.sum(dim=-1, keepdim=True)).unsqueeze(1).expand(1, 2, 128, 128)
    figures = sink_figures(shares, torch.randn(1, 128, 1, 4), seen)
    expected = np.mean([1.0 / (query + 1) for query in range(8, 128)])
    assert expected == pytest.approx(0.023, abs=5e-4)
    assert figures.found.first == pytest.approx(expected)
    assert figures.uniform.first == pytest.approx(expected)
    assert figures.found.entropy == pytest.approx(1.0)


def test_importance_counts_only_queries_that_see_the_token():
    seen = torch.ones(1, 4, 4, dtype=torch.bool).tril()
    shares = torch.zeros(1, 1, 4, 4)
    shares[0, 0] = torch.tensor([[1.0, 0, 0, 0], [1.0, 0, 0, 0], [1.0, 0, 0, 0], [0.6, 0, 0, 0.4]])
    found = sink_figures(shares, torch.randn(1, 4, 1, 4), seen).found
    assert found.first_heads == 1.0
    assert found.any_heads == 1.0
    shares[0, 0] = torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0.5, 0.5, 0], [0, 0.6, 0, 0.4]])
    found = sink_figures(shares, torch.randn(1, 4, 1, 4), seen).found
    assert found.first_heads == 0.0  # 1/4
    assert found.any_heads == 1.0  # 0.4 of the only query that sees the last


def test_a_slot_that_is_meant_to_be_a_sink_is_no_token():
    shares = even() * 0.25  # the other three quarters rest in the slot
    figures = sink_figures(shares, values())
    assert figures.found.most == pytest.approx(0.1)
    assert figures.found.entropy == pytest.approx(1.0)


def test_samples_that_see_nothing_are_left_out():
    seen = torch.ones(2, 12, 10, dtype=torch.bool)
    seen[1] = False
    shares = even()
    shares[1] = 0.0
    figures = sink_figures(shares, values(), seen)
    assert figures.found.most == pytest.approx(0.1)
    assert sink_figures(shares[1:], values()[1:], seen[1:]) is None


def test_the_index_that_moves_is_not_stable():
    shares = even() * 0.5
    shares[0, :, :, 2] += 0.5
    shares[1, :2, :, 2] += 0.5
    shares[1, 2, :, 5] += 0.5
    figures = sink_figures(shares, values())
    assert (figures.index, figures.stability) == (2, pytest.approx(5 / 6))


def test_gates_are_counted_below_and_above():
    gates = [torch.tensor([0.01, 0.04, 0.5]), torch.tensor([[0.96, 0.06]])]
    assert share_outside(gates) == pytest.approx((0.4, 0.2))
