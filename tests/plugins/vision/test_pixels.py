"""Pixel cells: colour and change on a grid, of any size, whole as streamed, on the clock of hops."""

import numpy as np
import pytest

from hobnail.errors import EngineError
from hobnail_plugins.vision.pixels import begin, on_hop_clock, pixel_cells, push
from hobnail_plugins.vision.spec import CELL_WIDTH, CELLS


def film(count=6, high=64, wide=64, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, high, wide, 3)).astype(np.uint8)


@pytest.mark.parametrize(("high", "wide"), [(1, 1), (7, 5), (8, 8), (9, 64), (48, 85), (64, 64), (300, 17), (241, 427)])
def test_any_size_and_aspect_gives_the_grid(high, wide):
    cells = pixel_cells(film(2, high, wide))
    assert cells.shape == (2, CELLS, CELL_WIDTH)
    assert cells.dtype == np.float32
    assert cells.min() >= 0.0
    assert cells.max() <= 1.0 + 1e-6


def test_colour_is_mean_linear_light():
    picture = np.zeros((1, 16, 16, 3), np.uint8)
    picture[0, :2, :1] = (255, 128, 0)  # half of the first cell
    cells = pixel_cells(picture)[0]
    assert cells[0, :3] == pytest.approx([0.5, 0.5 * (128 / 255) ** 2.2, 0.0], abs=1e-6)
    assert (cells[1:] == 0.0).all()


def test_cells_run_by_rows_from_the_top_left():
    picture = np.zeros((1, 64, 64, 3), np.uint8)
    picture[0, 8:16, 16:24] = 255
    assert np.flatnonzero(pixel_cells(picture)[0, :, 0]).tolist() == [8 + 2]


def test_the_mean_over_cells_is_the_mean_of_the_picture_though_sizes_do_not_divide():
    pictures = film(1, 37, 51)
    light = ((pictures / 255.0) ** 2.2).mean(axis=(0, 1, 2))
    assert pixel_cells(pictures)[0, :, :3].mean(axis=0) == pytest.approx(light, abs=1e-5)


def test_a_larger_copy_of_a_picture_has_the_same_cells():
    small = film(3)
    assert np.allclose(pixel_cells(small), pixel_cells(small.repeat(3, axis=1).repeat(5, axis=2)), atol=1e-5)


def test_the_first_picture_has_no_change():
    assert (pixel_cells(film())[0, :, 3:] == 0.0).all()


def test_a_still_picture_has_no_change():
    assert (pixel_cells(film(1).repeat(3, axis=0))[..., 3:] == 0.0).all()


def test_rise_and_fall_are_told_apart():
    pictures = np.zeros((3, 8, 8, 3), np.uint8)
    pictures[1, 0, 0] = 255
    cells = pixel_cells(pictures)
    assert cells[1, 0, 3:] == pytest.approx([1.0, 1.0, 0.0], abs=1e-6)
    assert cells[2, 0, 3:] == pytest.approx([1.0, 0.0, 1.0], abs=1e-6)
    assert (cells[:, 1:, 3:] == 0.0).all()


def test_a_small_change_is_seen():
    pictures = np.full((2, 64, 64, 3), 128, np.uint8)
    pictures[1, :8, :8] = 130
    assert pixel_cells(pictures)[1, 0, 3] > 0.08


@pytest.mark.parametrize("piece", [1, 2, 5, 6])
def test_streamed_is_whole(piece):
    pictures, state, out = film(), begin(), []
    for first in range(0, 6, piece):
        cells, state = push(pictures[first : first + piece], state)
        out.append(cells)
    assert np.array_equal(np.concatenate(out), pixel_cells(pictures))


def test_after_a_change_of_size_a_picture_counts_as_the_first():
    _, state = push(film(1, 32, 32), begin())
    cells, _ = push(film(1, 16, 32), state)
    assert (cells[..., 3:] == 0.0).all()


def test_each_hop_sees_the_newest_picture():
    cells = np.arange(3, dtype=np.float32)[:, None, None] * np.ones((1, CELLS, CELL_WIDTH), np.float32)
    seen = on_hop_clock(cells, 9, rate_hz=30.0)[:, 0, 0]  # pictures at frames 0, 1600, 3200
    assert seen.tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2]


def test_irregular_pictures_and_none_yet():
    cells = np.ones((2, CELLS, CELL_WIDTH), np.float32) * np.array([1.0, 2.0], np.float32)[:, None, None]
    seen = on_hop_clock(cells, 5, at_frames=np.array([600, 1900]))[:, 5, 5]
    assert seen.tolist() == [0, 0, 1, 1, 2]


def test_the_hop_clock_streams():
    cells = pixel_cells(film(10))
    at = np.arange(10) * 1600
    parts = [on_hop_clock(cells, 7, at_frames=at, first_hop=first) for first in range(0, 28, 7)]
    assert np.array_equal(np.concatenate(parts), on_hop_clock(cells, 28))


def test_all_at_once_is_cells_on_the_hop_clock():
    pictures = film(4)
    assert np.array_equal(pixel_cells(pictures, rate_hz=30.0, hops=12), on_hop_clock(pixel_cells(pictures), 12))


@pytest.mark.parametrize(
    "pictures",
    [np.zeros((2, 8, 8, 3), np.float32), np.zeros((8, 8, 3), np.uint8), np.zeros((2, 8, 8, 4), np.uint8),
     np.zeros((2, 0, 8, 3), np.uint8)],
)  # fmt: skip
def test_what_are_no_pictures_is_named(pictures):
    with pytest.raises(EngineError, match="expected uint8 \\[pictures, height, width, 3\\]"):
        pixel_cells(pictures)


def test_no_pictures_give_no_cells():
    assert pixel_cells(np.zeros((0, 8, 8, 3), np.uint8)).shape == (0, CELLS, CELL_WIDTH)
