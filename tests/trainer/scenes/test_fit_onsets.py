"""The network that sees contacts: numpy runs what torch fitted, and fitting teaches it something."""

import numpy as np
import pytest
import torch

from hobnail.film.motion import WIDTH, Motion
from hobnail.film.onset_network import LATE, OnsetNetwork, channels_of, known_rows
from hobnail.film.onsets import LIVE_THRESHOLD
from hobnail_trainer.scenes.fit_onsets import PIECE, ContactNetwork, fit, save
from hobnail_trainer.scenes.onsets import judge


def a_motion(thirtieths, cells=16):
    dice = np.random.default_rng(1)
    light = dice.random((thirtieths, cells, cells), dtype=np.float32)
    return Motion(dice.standard_normal((thirtieths, WIDTH), dtype=np.float32), light)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize(("thirtieths", "cells"), [(1, 16), (40, 16), (129, 16), (300, 7)])
def test_numpy_runs_what_torch_fitted(thirtieths, cells, live):
    torch.manual_seed(3)
    fitted = ContactNetwork(np.full(WIDTH, 0.2, np.float32), np.full(WIDTH, 1.5, np.float32), live=live).eval()
    motion = a_motion(thirtieths, cells)
    channels = torch.from_numpy(channels_of(motion.light, live=live).transpose(3, 0, 1, 2)[None].copy())
    known = known_rows(motion.rows, live=live)
    rows = torch.from_numpy(((known - fitted.mean) / fitted.spread).T[None].copy())
    with torch.no_grad():
        out = fitted(channels, rows)[0]
    chance, place = fitted.frozen()(motion)
    np.testing.assert_allclose(chance, torch.sigmoid(out[0]).numpy(), atol=1e-5)
    np.testing.assert_allclose(place, out[1].clamp(-1.0, 1.0).numpy() - live * LATE, atol=1e-5)


def test_what_is_seen_live_depends_on_nothing_that_comes_later():
    whole = a_motion(150)
    for until in (1, 40, 130):
        part = Motion(whole.rows[:until], whole.light[:until])
        for one, other in zip(
            OnsetNetwork.packaged(live=True)(whole), OnsetNetwork.packaged(live=True)(part), strict=True
        ):
            np.testing.assert_allclose(one[:until], other, atol=1e-5)


def test_what_is_fitted_has_learnt_and_is_kept(make, tmp_path):
    scenes = [make("walk", seed) for seed in range(6)]
    assert all(len(scene.pictures) >= PIECE for scene in scenes)
    told = []
    network = fit(scenes, epochs=16, tell=told.append)
    assert float(told[-1].rpartition(" ")[2]) < 0.7 * float(told[0].rpartition(" ")[2])
    save(network, tmp_path / "mine.npz")
    with np.load(tmp_path / "mine.npz") as arrays:
        kept = OnsetNetwork(**{name: arrays[name].astype(np.float32) for name in arrays.files})
    assert judge(scenes, kept, threshold=0.3)["all"].f1 > 0.6


def test_what_ships_sees_steps(make):
    walks = [make("walk", seed) for seed in range(6)]
    assert judge(walks, threshold=0.4)["walk"].f1 > 0.9
    assert judge(walks, threshold=LIVE_THRESHOLD, live=True, within_ms=100.0)["walk"].f1 > 0.9
