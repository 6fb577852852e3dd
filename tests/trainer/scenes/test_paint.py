"""Pictures are honest: edges, visibility and light are what geometry says."""

from dataclasses import replace

import numpy as np
import pytest

from hobnail_trainer.scenes.model import SceneEmitter, Words
from hobnail_trainer.scenes.paint import GAMMA, Light, paint
from hobnail_trainer.scenes.play import Play, Shape, View

BALL = SceneEmitter(id="ball", words=Words(exact="a ball", category="an impact"), material="snow")


def play(*figures, left_m=-1.0):
    view = View(2.0, -1.0, np.full(len(figures), left_m))
    return Play(1.0, BALL.words, (BALL,), (), (), (), (), figures, view)


def ball(x_m, y_m=0.0, **more):
    return Shape(x_m, y_m, "snow", 0.3, emitter=0, shadow=False, **more)


def linear(picture):
    return (picture / 255.0) ** GAMMA


def centre(scene, number):
    empty = paint(play(()), Light(), 64).pictures[0]
    weight = np.abs(linear(scene.pictures[number]) - linear(empty)).sum(axis=(0, 2))
    return (weight * np.arange(64)).sum() / weight.sum()


def test_motion_of_a_tenth_of_a_pixel_can_be_seen():
    done = paint(play((ball(0.0),), (ball(0.1 * 2 / 64),)), Light(ambient=1.0), 64)
    assert centre(done, 1) - centre(done, 0) == pytest.approx(0.1, abs=0.04)


def test_a_ball_covers_the_area_of_a_circle():
    box = Shape(0.0, 0.0, "snow", 0.0, 9.0, 9.0, shadow=False)
    done = paint(play((box, ball(0.0, shade=0.0))), Light(), 64)
    dark = (linear(done.pictures[0]).sum(axis=2) < 0.01).sum()
    assert dark == pytest.approx(np.pi * (0.3 * 32) ** 2, rel=0.12)


@pytest.mark.parametrize(("edge_m", "seen"), [(-2.0, 1.0), (0.0, 0.5), (2.0, 0.0)])
def test_visibility_is_the_share_that_nothing_hides(edge_m, seen):
    pillar = Shape(edge_m - 2.0, 0.0, "stone", 0.0, 2.0, 2.0, shadow=False)
    done = paint(play((ball(0.0), pillar)), Light(), 64)
    assert done.visibility[0, 0] == pytest.approx(seen, abs=0.02)


def test_what_is_out_of_the_picture_is_not_visible():
    done = paint(play((ball(1.0),), (ball(5.0),), ()), Light(), 64)
    assert done.visibility[0, 0] == pytest.approx(0.5, abs=0.03)
    assert done.visibility[0, 1] == 0.0
    assert np.isnan(done.visibility[0, 2])


def test_half_the_light_is_half_the_luminance():
    full, half = (paint(play((ball(0.0),)), Light(level=level), 64).luminance[0, 0] for level in (0.6, 0.3))
    assert half / full == pytest.approx(0.5, rel=0.01)


def test_the_camera_moves_the_picture_and_not_the_world():
    still = paint(play((ball(0.5),)), Light(), 64).pictures[0]
    moved = paint(play((ball(0.75),), left_m=-0.75), Light(), 64).pictures[0]
    assert np.abs(still.astype(int) - moved.astype(int)).max() <= 1


def test_turning_a_ball_changes_its_picture():
    done = paint(play((ball(0.0),), (ball(0.0, angle=0.4),)), Light(), 64)
    assert np.abs(done.pictures[0].astype(int) - done.pictures[1]).max() > 20


def test_drops_brighten_what_they_cover():
    quiet = play((ball(0.0),))
    rainy = replace(quiet, specks=(np.array([[-0.8, 0.8, 0.5]]),))
    change = paint(rainy, Light(), 64).pictures[0].astype(int) - paint(quiet, Light(), 64).pictures[0]
    assert 1 <= (change.max(axis=2) > 0).sum() <= 4
