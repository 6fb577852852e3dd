"""The renderer in torch is the native one: same noise, same sound; and it has gradients."""

import numpy as np
import pytest

from hobnail_native import SpectralRenderer
from hobnail_plugins.codec.codec import workshop

torch = pytest.importorskip("torch", reason="the torch half needs the extra [train]")


def lively_rows(hops, partials):
    rng = np.random.default_rng(4)
    bands = rng.uniform(-14.0, -4.0, (hops, 192))
    log_hz = 6.0 + 0.7 * np.arange(partials) + 0.01 * rng.standard_normal((hops, partials)).cumsum(axis=0)
    level = rng.uniform(-11.0, -2.0, (hops, partials))  # some below silence, so that partials come and go
    return np.concatenate([bands, np.stack([log_hz, level], -1).reshape(hops, -1)], axis=1).astype(np.float32)


@pytest.mark.parametrize("hops", [1, 2, 3, 94])
def test_torch_and_native_agree_within_a_ten_thousandth(hops):
    from hobnail_plugins.codec.nn.render import TorchRenderer

    rows = lively_rows(hops, 3)
    native = SpectralRenderer(workshop(partials=3), 2**63 + 5)
    native.feed(rows, last=True)
    sound = native.render(hops * 512)
    twin = TorchRenderer()(torch.from_numpy(rows), 2**63 + 5).numpy()
    assert 0.01 < np.abs(sound).max() < 1.0
    assert sound.shape == twin.shape
    assert np.abs(sound - twin).max() <= 1e-4


def leaping_rows(hops, seed):
    """Soft and loud frames in turns of any length, 40 dB apart, so that attacks begin anywhere."""
    rng = np.random.default_rng(seed)
    loud = rng.random(2 * hops) < 0.5
    bands = np.where(loud, -5.0, -14.0)[:, None] + rng.uniform(-1.0, 1.0, (2 * hops, 96))
    return bands.reshape(hops, 192).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_torch_and_native_sharpen_the_same_attacks(seed):
    from hobnail_plugins.codec.nn.render import TorchRenderer

    rows = leaping_rows(40, seed)
    native = SpectralRenderer(workshop(partials=0), 11)
    native.feed(rows, last=True)
    sound = native.render(40 * 512)
    twin = TorchRenderer()(torch.from_numpy(rows), 11).numpy()
    assert 0.05 < np.abs(sound).max() < 1.0
    assert np.abs(sound - twin).max() <= 1e-4


def test_gains_are_1_but_around_an_attack():
    from hobnail_plugins.codec.nn.onsets import onset_gains

    shares = tuple(np.full(size, 1.0 / overlap, np.float32) for size, overlap in ((1024, 4), (512, 2)))
    powers = np.full((20, 2), 1e-4, np.float32)
    powers[10:] = 1.0
    for gains in onset_gains(powers, shares):
        changed = np.flatnonzero(gains != 1.0)
        assert gains.shape == (20 * 256,)
        assert 7 * 256 <= changed.min() < 10 * 256 < changed.max() < 13 * 256
        assert gains[10 * 256] < 0.2
    powers[10:] = 7e-4
    assert all((gains == 1.0).all() for gains in onset_gains(powers, shares))


@pytest.mark.parametrize("seed", range(4))
def test_no_gain_falls_at_once_where_a_hop_begins(seed):
    from hobnail_plugins.codec.nn.onsets import CUT, LED, onset_gains

    shares = tuple(np.full(size, 1.0 / overlap, np.float32) for size, overlap in ((1024, 4), (512, 2)))
    rng = np.random.default_rng(seed)
    powers = np.exp(rng.uniform(-12.0, 0.0, (400, 2))).astype(np.float32)
    begins = np.arange(128, 400 * 256 - LED, 512)
    for gains in onset_gains(powers, shares):
        assert (gains[begins - 1] < 1.001 * CUT * gains[begins]).all()
    assert (onset_gains(powers, shares)[0][begins] < 0.5).any()  # attacks that were known too late are among them


def test_louder_bands_and_partials_are_gradients_towards_more_power():
    from hobnail_plugins.codec.nn.render import TorchRenderer

    rows = torch.from_numpy(lively_rows(4, 2))
    rows[:, 193::2] = -3.0
    rows.requires_grad_()
    TorchRenderer()(rows, 1).square().sum().backward()
    assert rows.grad is not None
    assert torch.isfinite(rows.grad).all()
    assert (rows.grad[:, :192].sum(dim=1) > 0.0).all()
    assert (rows.grad[:, 193::2].sum() > 0.0).all()
    assert (rows.grad[:, 192::2] == 0.0).all()
