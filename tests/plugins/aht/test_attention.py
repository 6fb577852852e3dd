"""What attention says of itself, against the same worked out by hand in numpy."""

import numpy as np
import pytest
import torch

from hobnail_plugins.nn.attention import Rows, Sink, attend_all, look, normed_heads, shares_of_all

torch.set_num_threads(1)
HOPS, TOKENS, HEADS, KEY_HEADS, WIDTH = 3, 6, 4, 2, 8


def material(tokens=TOKENS, seed=0):
    torch.manual_seed(seed)
    queries = torch.randn(1, HOPS, HEADS, WIDTH)
    rows = Rows(
        torch.randn(1, tokens, KEY_HEADS, WIDTH),
        torch.randn(1, tokens, KEY_HEADS, WIDTH),
        torch.ones(1, tokens, dtype=torch.bool),
    )
    return queries, rows, Sink(torch.randn(KEY_HEADS, WIDTH), torch.randn(KEY_HEADS, WIDTH))


def by_hand(queries, rows, sink):
    """(found, shares with the sink last) for one sample, head by head."""
    queries, keys, values, seen = (each[0].numpy() for each in (queries, rows.keys, rows.values, rows.seen))
    seen = np.broadcast_to(seen, (HOPS, keys.shape[0]))
    found = np.zeros((HOPS, HEADS, WIDTH))
    shares = np.zeros((HEADS, HOPS, keys.shape[0] + 1))
    for head in range(HEADS):
        own = head // (HEADS // KEY_HEADS)
        for hop in range(HOPS):
            every = np.concatenate([keys[seen[hop], own], sink.key[own].numpy()[None]])
            scores = every @ queries[hop, head]
            part = np.exp(scores - scores.max())
            part /= part.sum()
            told = np.concatenate([values[seen[hop], own], sink.value[own].numpy()[None]])
            found[hop, head] = part @ told
            shares[head, hop, :-1][seen[hop]] = part[:-1]
            shares[head, hop, -1] = part[-1]
    return found, shares


def entropies(shares):
    """Mean over heads of the normalised entropy of the shares without the sink, [hops]."""
    own = shares[..., :-1] / shares[..., :-1].sum(axis=-1, keepdims=True)
    count = (own[0] > 0).sum(axis=-1)
    logs = np.log(np.where(own > 0, own, 1.0))
    return (-(own * logs).sum(axis=-1) / np.log(np.maximum(count, 2))).mean(axis=0)


def masks():
    every = torch.ones(1, TOKENS, dtype=torch.bool)
    some = every.clone()
    some[:, 2:4] = False
    return {"all": every, "some": some, "by hop": torch.ones(1, HOPS, TOKENS, dtype=torch.bool).tril(diagonal=2)}


@pytest.mark.parametrize("mask", masks())
def test_found_shares_entropy_variance_and_sink_are_as_by_hand(mask):
    queries, rows, sink = material()
    rows = Rows(rows.keys, rows.values, masks()[mask])
    looked = look(queries, rows, sink, variance=True)
    found, shares = by_hand(queries, rows, sink)
    own = shares[..., :-1] / shares[..., :-1].sum(axis=-1, keepdims=True)
    count = (shares[0, :, :-1] > 0).sum(axis=-1)
    spread = (own**2).sum(axis=-1) / count - 1.0 / count**2
    variance = (spread / ((count - 1) / count**2)).mean(axis=0)
    assert np.allclose(looked.heads[0].numpy(), found, atol=1e-5)
    assert np.allclose(looked.shares[0].numpy(), shares, atol=1e-5)
    assert np.allclose(looked.entropy[0].numpy(), entropies(shares), atol=1e-5)
    assert np.allclose(looked.variance[0].numpy(), variance, atol=1e-5)
    assert np.allclose(looked.sink[0].numpy(), shares[..., -1].mean(axis=0), atol=1e-6)
    assert np.array_equal(looked.count[0].numpy(), count)


def test_a_sink_that_takes_nearly_everything_does_not_change_the_entropy():
    queries, rows, _ = material()
    weak = look(queries, rows, Sink(torch.zeros(KEY_HEADS, WIDTH), torch.zeros(KEY_HEADS, WIDTH)))
    queries[..., 0] = 1.0
    keys = rows.keys.clone()
    keys[..., 0] = 0.0
    strong_key = torch.zeros(KEY_HEADS, WIDTH)
    strong_key[:, 0] = 8.0
    rows = Rows(keys, rows.values, rows.seen)
    nothing = look(queries, rows, Sink(torch.zeros(KEY_HEADS, WIDTH), torch.zeros(KEY_HEADS, WIDTH)))
    strong = look(queries, rows, Sink(strong_key, torch.zeros(KEY_HEADS, WIDTH)))
    assert strong.sink.min() > 0.9
    assert torch.allclose(strong.entropy, nothing.entropy, atol=1e-3)
    assert weak.sink.max() < 0.5


def test_all_alike_has_entropy_one_and_a_single_token_none():
    queries, rows, sink = material()
    alike = look(queries, Rows(torch.zeros_like(rows.keys), rows.values, rows.seen), sink, variance=True)
    assert torch.allclose(alike.entropy, torch.ones(1, HOPS), atol=1e-5)
    assert torch.allclose(alike.variance, torch.zeros(1, HOPS), atol=1e-5)
    pointed = Rows(torch.zeros_like(rows.keys), rows.values, rows.seen)
    pointed.keys[0, 2] = 100.0 * torch.ones(KEY_HEADS, WIDTH)
    one = look(queries.abs(), pointed, sink, variance=True)
    assert one.entropy.max() < 1e-3
    assert torch.allclose(one.variance, torch.ones(1, HOPS), atol=1e-3)


@pytest.mark.parametrize("count", [0, 1])
def test_one_token_or_none_has_a_defined_entropy(count):
    queries, rows, sink = material()
    seen = torch.arange(TOKENS).unsqueeze(0) < count
    looked = look(queries, Rows(rows.keys, rows.values, seen), sink, variance=True)
    assert torch.allclose(looked.entropy, torch.zeros(1, HOPS), atol=1e-5)
    assert bool((looked.count == count).all())
    assert torch.isfinite(looked.variance).all()
    if count == 0:
        assert torch.allclose(looked.sink, torch.ones(1, HOPS))


def test_what_is_hidden_is_as_if_it_were_not_there():
    queries, rows, sink = material()
    seen = torch.arange(TOKENS).unsqueeze(0) < 4
    hidden = look(queries, Rows(rows.keys, rows.values, seen), sink, variance=True)
    shorter = look(queries, Rows(rows.keys[:, :4], rows.values[:, :4], seen[:, :4]), sink, variance=True)
    for name in ("heads", "entropy", "variance", "sink", "count"):
        assert torch.allclose(getattr(hidden, name), getattr(shorter, name), atol=1e-6)
    assert hidden.shares[..., 4:TOKENS].max() == 0.0


def test_attention_within_a_block_is_softmax_over_all_of_it():
    torch.manual_seed(3)
    queries, keys, values = (torch.randn(2, 5, 4, 8) for _ in range(3))
    shares = np.exp(np.einsum("bqhw,bkhw->bhqk", queries, keys))
    shares /= shares.sum(axis=-1, keepdims=True)
    assert np.allclose(shares_of_all(queries, keys).numpy(), shares, atol=1e-5)
    assert np.allclose(
        attend_all(queries, keys, values).numpy(), np.einsum("bhqk,bkhw->bqhw", shares, values), atol=1e-5
    )


def test_heads_are_normed_one_by_one():
    x = torch.randn(2, 3, 32) * 7.0 + 2.0
    heads = normed_heads(x, 4, torch.full((4, 8), 0.5))
    assert heads.shape == (2, 3, 4, 8)
    assert torch.allclose(heads.mean(dim=-1), torch.zeros(2, 3, 4), atol=1e-5)
    assert torch.allclose(heads.std(dim=-1, unbiased=False), torch.full((2, 3, 4), 0.5), atol=1e-3)
