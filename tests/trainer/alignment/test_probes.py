"""Which layers resemble the teacher, and which make the velocity."""

import pytest
import torch
from torch import nn

from hobnail_trainer.alignment import gated, layer_effects, similarity_by_layer
from hobnail_trainer.errors import TeacherError

BATCH, HOPS, WIDTH = 6, 40, 8
MASK = torch.arange(HOPS)[None, :] < torch.tensor([40, 40, 30, 25, 40, 35])[:, None]


def drawn(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_layer_that_holds_the_teacher_turned_round_is_told_from_one_that_does_not():
    teacher = drawn(BATCH, HOPS, 6, seed=0)
    turned = torch.linalg.qr(drawn(6, 6, seed=1)).Q
    inside = teacher @ turned
    half = inside + 2.0 * drawn(BATCH, HOPS, 6, seed=2)
    strange = drawn(BATCH, HOPS, 6, seed=3)
    same, some, none = similarity_by_layer([inside, half, strange], teacher, MASK)
    assert same.cka == pytest.approx(1.0, abs=1e-3)
    assert same.cosine > 0.99
    assert same.cka > some.cka > none.cka + 0.05
    assert same.cosine > some.cosine > none.cosine + 0.1
    assert abs(none.cosine) < 0.2


def test_the_map_is_judged_on_clips_that_it_was_not_fitted_to():
    """As many numbers as hops: a map fits anything, and must not be praised for it."""
    wide, teacher = drawn(BATCH, HOPS, 200, seed=4), drawn(BATCH, HOPS, 6, seed=5)
    assert abs(similarity_by_layer([wide], teacher, MASK)[0].cosine) < 0.2


def test_one_clip_is_too_few():
    with pytest.raises(TeacherError, match="fewer than two clips"):
        similarity_by_layer([drawn(1, HOPS, 4, seed=0)], drawn(1, HOPS, 4, seed=1), MASK[:1])


class Adds(nn.Module):
    """Adds a share of a fixed map of what it is given; answers like a network's layer, with a report."""

    def __init__(self, share, seed):
        super().__init__()
        self.share, self.map = share, drawn(WIDTH, WIDTH, seed=seed) / WIDTH**0.5

    def forward(self, x, _around):
        return x + self.share * (x @ self.map), "report"


def test_the_layer_that_adds_most_moves_the_velocity_most():
    layers = [Adds(0.5, 1), Adds(0.05, 2), Adds(0.0, 3)]
    x = drawn(BATCH, HOPS, WIDTH, seed=7)

    def velocity():
        found = x
        for layer in layers:
            found, _ = layer(found, None)
        return found

    before = velocity()
    effects = layer_effects(layers, velocity, MASK)
    assert effects[0] > 3.0 * effects[1] > 0.0
    assert effects[2] == 0.0
    assert torch.equal(velocity(), before)  # nothing stays switched off
    half = layer_effects(layers, velocity, MASK, gate=0.5)
    assert half[1] == pytest.approx(0.5 * effects[1], rel=0.05)


def test_a_gate_of_one_changes_nothing_and_reports_pass_through():
    layer, x = Adds(0.5, 1), drawn(1, HOPS, WIDTH, seed=8)
    with gated(layer, 1.0):
        out, report = layer(x, None)
    assert report == "report"
    torch.testing.assert_close(out, layer(x, None)[0])
    with gated(layer, 0.0):
        assert torch.equal(layer(x, None)[0], x)
