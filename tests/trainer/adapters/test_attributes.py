"""Attributes of latents are those of the sound that was encoded, and a gradient can move them."""

import numpy as np
import pytest
import torch

from hobnail.audio import RATE_HZ
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.codec.spec import LinearConfig
from hobnail_plugins.codec.tables import packaged_tables
from hobnail_trainer.adapters.attributes import Ear
from hobnail_trainer.adapters.hearing import COUPLING, SPANS, attribute_loss, cross_talk_loss, draw_move

TIME = np.arange(RATE_HZ // 2) / RATE_HZ
NOISE = np.random.default_rng(0).normal(size=TIME.size) * 0.1
AXES = ("pitch", "intensity", "texture")


@pytest.fixture(scope="module")
def ear():
    return Ear(packaged_tables())


@pytest.fixture(scope="module")
def codec():
    return linear_codec(LinearConfig())


def latents(codec, sound):
    found, _ = codec.encode(sound.astype(np.float32), codec.begin_encoding(), last=True)
    return torch.from_numpy(found)[None]


def sine(hz, level=0.3):
    return level * np.sin(2.0 * np.pi * hz * TIME)


def heard(ear, codec, sound):
    return ear(latents(codec, sound))[0].tolist()


def test_level_is_that_of_the_sound_and_follows_gain_decibel_by_decibel(ear, codec):
    level = heard(ear, codec, NOISE)[1]
    assert level == pytest.approx(-20.0, abs=2.0)  # a mean of logs lies below the log of a mean
    assert heard(ear, codec, 2.0 * NOISE)[1] - level == pytest.approx(6.02, abs=0.3)
    assert heard(ear, codec, sine(1000.0))[1] == pytest.approx(20.0 * np.log10(0.3 / np.sqrt(2.0)), abs=0.7)


def test_an_octave_of_pitch_is_an_octave_of_centroid(ear, codec):
    low, high = (heard(ear, codec, 0.05 * NOISE + sine(hz))[0] for hz in (700.0, 1400.0))
    assert low == pytest.approx(np.log2(700.0), abs=0.1)
    assert high - low == pytest.approx(1.0, abs=0.05)


def test_partials_over_noise_tells_tones_from_noise_at_any_level(ear, codec):
    tone, mixed, noise = sine(1000.0), sine(1000.0) + 2.0 * NOISE, NOISE
    ratios = [heard(ear, codec, sound)[2] for sound in (tone, mixed, noise)]
    assert ratios[0] > ratios[1] > ratios[2]
    assert ratios[0] - ratios[2] > 25.0
    assert heard(ear, codec, 2.0 * noise)[2] == pytest.approx(ratios[2], abs=0.2)


def test_silence_and_wild_latents_have_finite_attributes(ear, codec):
    assert heard(ear, codec, 0.0 * NOISE)[1] < -65.0
    wild = torch.full((2, 5, 32), 1e4)
    wild[1] *= -1.0
    assert torch.isfinite(ear(wild)).all()


def test_hops_that_do_not_count_are_not_heard(ear, codec):
    loud_then_silent = latents(codec, np.concatenate([NOISE, 0.0 * NOISE]))
    hops = loud_then_silent.shape[1]
    weight = (torch.arange(hops) < 40).float()[None]
    assert ear(loud_then_silent, weight)[0, 1].item() == pytest.approx(heard(ear, codec, NOISE)[1], abs=0.3)


@pytest.mark.parametrize(("measure", "towards"), [(0, 1.0), (1, 6.0), (2, -8.0)])
def test_gradients_move_an_attribute_to_where_it_was_asked(ear, codec, measure, towards):
    start = latents(codec, sine(800.0, 0.1) + 0.5 * NOISE)
    wanted = ear(start)[0, measure].item() + towards
    now = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([now], lr=0.1)
    for _ in range(40):
        optimiser.zero_grad()
        (ear(now)[0, measure] - wanted).square().backward()
        optimiser.step()
    assert ear(now)[0, measure].item() == pytest.approx(wanted, abs=0.15 * abs(towards))


def test_the_attribute_loss_counts_spans_and_clean_estimates_more():
    zero, one = torch.zeros(1, 3), torch.tensor([SPANS])
    assert attribute_loss(one, zero, torch.tensor([0.0])).item() == pytest.approx(3.0)
    assert attribute_loss(one, zero, torch.tensor([0.75])).item() == pytest.approx(0.75)
    assert attribute_loss(one, one, torch.tensor([0.0])).item() == 0.0


def test_moves_change_one_axis_of_each_sample_and_stay_in_range():
    controls = torch.rand(200, 3, generator=torch.Generator().manual_seed(1)) * 2.0 - 1.0
    move = draw_move(controls, torch.Generator().manual_seed(2))
    assert ((move.delta != 0.0).sum(dim=-1) == 1).all()
    assert move.controls.abs().max() <= 1.0
    sizes = move.delta.abs().sum(dim=-1)
    assert 0.2 <= sizes.min() < 0.25
    assert 0.55 < sizes.max() <= 0.6
    assert (move.delta != 0.0).any(dim=0).all()
    again = draw_move(controls, torch.Generator().manual_seed(2))
    assert torch.equal(again.delta, move.delta)


def test_what_a_control_does_in_the_pairs_is_no_cross_talk_and_the_rest_is():
    delta = torch.eye(3) * 0.5
    natural = delta @ torch.tensor(COUPLING)
    before, t = torch.randn(3, 3), torch.zeros(3)
    assert cross_talk_loss(before, before + natural, delta, t, AXES).item() == pytest.approx(0.0, abs=1e-5)
    own = natural + torch.diag(torch.full((3,), 5.0))  # an axis moving its own attribute further is no cross-talk
    assert cross_talk_loss(before, before + own, delta, t, AXES).item() == pytest.approx(0.0, abs=1e-5)
    natural[0, 1] += SPANS[1]  # pitch moved the level by a whole span of intensity
    assert cross_talk_loss(before, before + natural, delta, t, AXES).item() == pytest.approx(1.0 / 3.0, rel=1e-4)


def test_a_palettes_own_axis_may_move_anything():
    delta = torch.tensor([[0.0, 0.4], [0.4, 0.0]])
    after = torch.full((2, 3), 9.0)
    both = cross_talk_loss(torch.zeros(2, 3), after, delta, torch.zeros(2), ("pitch", "mud"))
    alone = cross_talk_loss(
        torch.zeros(2, 3), after, delta * torch.tensor([[0.0], [1.0]]), torch.zeros(2), ("pitch", "mud")
    )
    assert both.item() == pytest.approx(alone.item())
    assert both.item() > 0.0
