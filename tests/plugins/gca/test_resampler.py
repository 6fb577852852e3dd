"""The resampler knows no future and no distant past, and is the same whole, streamed, alone or in a batch."""

import pytest
import torch

from hobnail_plugins.gca.nn.resampler import Resampler
from hobnail_plugins.gca.spec import ResamplerSettings

torch.set_num_threads(1)
WINDOW, HOPS = 4, 9
SETTINGS = ResamplerSettings(width=16, heads=2, depth=2, tokens=2, pixel_tokens=3, window_hops=WINDOW)


@pytest.fixture(scope="module")
def resampler():
    torch.manual_seed(0)
    return Resampler(SETTINGS, scene=5, cells=4, cell=3, out=12).eval()


def media(batch=2, span=WINDOW - 1 + HOPS):
    torch.manual_seed(1)
    seen = torch.rand(batch, span) > 0.2
    return torch.randn(batch, span, 5), seen, torch.randn(batch, span, 4, 3), seen.roll(1, dims=1)


@torch.no_grad()
def tokens(resampler, given):
    return resampler(*given)


def changed(given, hops):
    """``given`` with other values at ``hops`` of the span, and seen there."""
    torch.manual_seed(9)
    out = [each.clone() for each in given]
    out[0][:, hops], out[2][:, hops] = 5 * torch.randn_like(out[0][:, hops]), 5 * torch.randn_like(out[2][:, hops])
    out[1][:, hops], out[3][:, hops] = True, True
    return out


@pytest.mark.parametrize("hop", [0, 1, 4, HOPS - 1])
def test_what_comes_later_changes_nothing_at_all(resampler, hop):
    given = media()
    later = changed(given, slice(WINDOW - 1 + hop + 1, None))
    before, after = tokens(resampler, given), tokens(resampler, later)
    assert (before[:, : hop + 1] - after[:, : hop + 1]).abs().max() == 0.0
    if hop < HOPS - 1:
        assert (before[:, hop + 1 :] - after[:, hop + 1 :]).abs().amax(dim=(2, 3)).min() > 1e-3


def test_what_lies_before_the_window_changes_nothing_at_all(resampler):
    given = media()
    before, after = tokens(resampler, given), tokens(resampler, changed(given, slice(3, 4)))
    difference = (before - after).abs().amax(dim=(0, 2, 3))  # hop n looks at hops n .. n + 3 of the span
    assert (difference[:4] > 1e-3).all()
    assert difference[4:].max() == 0.0


def test_what_is_not_seen_may_be_anything(resampler):
    scene, scene_seen, pixels, pixels_seen = media()
    other = torch.where(scene_seen.unsqueeze(-1), scene, 1e3 * torch.ones_like(scene))
    black = torch.where(pixels_seen[..., None, None], pixels, torch.full_like(pixels, -50.0))
    before = tokens(resampler, (scene, scene_seen, pixels, pixels_seen))
    assert (before - tokens(resampler, (other, scene_seen, black, pixels_seen))).abs().max() == 0.0


def test_nothing_seen_at_all_is_defined(resampler):
    scene, seen, pixels, _ = media()
    nothing = torch.zeros_like(seen)
    out = tokens(resampler, (scene, nothing, pixels, nothing))
    assert torch.isfinite(out).all()
    assert (out - out[:1, :1]).abs().max() < 1e-6  # the same for every hop


@pytest.mark.parametrize("chunk", [1, 2, 3, HOPS])
def test_whole_is_streamed(resampler, chunk):
    given = media()
    parts = [
        tokens(resampler, [each[:, start : start + WINDOW - 1 + min(chunk, HOPS - start)] for each in given])
        for start in range(0, HOPS, chunk)
    ]
    assert torch.cat(parts, dim=1).shape == (2, HOPS, 2, 12)
    assert torch.allclose(torch.cat(parts, dim=1), tokens(resampler, given), atol=1e-5)


def test_a_sample_alone_is_what_it_is_in_a_batch(resampler):
    given = media(batch=3)
    together = tokens(resampler, given)
    for sample in range(3):
        alone = tokens(resampler, [each[sample : sample + 1] for each in given])
        assert torch.allclose(alone[0], together[sample], atol=1e-5)
