"""What a film gives a model is what its training saw: the cells of a scene's pictures, through a film, are the same."""

from fractions import Fraction

import av
import numpy as np
import pytest

from hobnail.audio import HOP_FRAMES
from hobnail.film.decode import read_film
from hobnail_plugins.vision.film import FilmSight
from hobnail_trainer.feed.vision import cells_of
from hobnail_trainer.scenes.generate import _light, _simulate, stream
from hobnail_trainer.scenes.paint import paint

SECONDS = 3.0
HOPS = int(SECONDS * 48_000) // HOP_FRAMES
COLUMNS = 6


@pytest.fixture(scope="module")
def pictures():
    """A walk, a fall and a roll, painted as for training, one after another."""
    parts = []
    for seed, situation in enumerate(("walk", "drop", "roll")):
        motion, light, _ = (stream(seed, "train", purpose) for purpose in range(3))
        parts.append(paint(_simulate(situation, motion, SECONDS), _light(light), 64).pictures)
    return parts


def film_of(pictures, path, rate):
    """As a camera's file, compressed, larger than what is looked at; at 60 Hz each picture stands twice."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 256, 256, "yuv420p", 4_000_000
        for number in range(len(pictures) * rate // 30):
            picture = np.kron(pictures[number * 30 // rate], np.ones((4, 4, 1), np.uint8))
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("rate", [30, 60])
def test_a_scene_seen_through_a_film_has_the_statistics_of_training(pictures, tmp_path, rate):
    right, found = [], []
    for number, scene in enumerate(pictures):
        film = read_film(film_of(scene, tmp_path / f"{number}.mp4", rate))
        cells, there = FilmSight(film.pictures, film.at_frames).at(np.arange(HOPS) * HOP_FRAMES)
        assert there.mean() > 0.98
        found.append(cells)
        right.append(cells_of(scene, HOPS))
    ours, theirs = (np.concatenate(each).reshape(-1, COLUMNS) for each in (found, right))
    assert np.abs(ours.mean(axis=0) - theirs.mean(axis=0)).max() < 0.02
    np.testing.assert_allclose(ours.std(axis=0), theirs.std(axis=0), rtol=0.15)
    for column in range(3):  # colours
        assert np.corrcoef(ours[:, column], theirs[:, column])[0, 1] > 0.99
    for column in range(3, COLUMNS):  # changes; compression smears them a little
        assert np.corrcoef(ours[:, column], theirs[:, column])[0, 1] > 0.9
