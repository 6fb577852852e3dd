"""Strips belong to one emitter at a time, whatever its client says before it goes."""

import numpy as np
import pytest

from hobnail.commands import PutEmitter, SetFeatures
from hobnail.errors import MessageError
from hobnail.stage import Stage
from hobnail_native import ClockPage, Mixer

POSITION = ("position_x_m", "position_y_m", "position_z_m")


@pytest.fixture
def mixer():
    return Mixer(rate_hz=48_000, block_frames=64, voices=4, emitters=2, buses=1, clock=ClockPage())


def moved(emitter, metres):
    return SetFeatures(emitters=(emitter,), columns=POSITION, values=np.full(3, metres, np.float32).tobytes())


class Watched:
    """A mixer that remembers who was moved last."""

    def __init__(self, mixer):
        self._mixer = mixer
        self.distances = {}

    def set_emitter(self, strip, **place):
        self._mixer.set_emitter(strip, **place)
        self.distances[strip] = place["distance_m"]


def test_a_move_that_was_told_before_its_emitter_went_does_not_move_the_heir_of_its_strip(mixer):
    watched = Watched(mixer)
    stage = Stage(watched, buses=["main"], strips=1)
    stage.put(PutEmitter(emitter="old"))
    stage.set_features(moved("old", 100.0))
    stage.remove("old", 0)
    stage.put(PutEmitter(emitter="heir"))
    stage.settle()
    assert watched.distances == {0: 0.0}


def test_an_emitter_beyond_the_mixers_table_is_placed_at_its_end(mixer):
    stage = Stage(mixer, buses=["main"], strips=1)
    stage.put(PutEmitter(emitter="far"))
    stage.set_features(moved("far", 1e9))
    stage.settle()
    stage.settle()


def test_a_strip_knows_its_emitter_until_the_last_voice_has_faded(mixer):
    stage = Stage(mixer, buses=["main"], strips=2)
    presence = stage.put(PutEmitter(emitter="bell"))
    stage.voice_opened(presence)
    stage.remove("bell", 0)
    assert (stage.strip_of("bell"), stage.user_of(presence.strip)) == (None, "bell")
    stage.voice_ended(presence)
    assert stage.user_of(presence.strip) is None


def test_no_emitter_takes_the_name_of_the_mix(mixer):
    with pytest.raises(MessageError, match="another id"):
        Stage(mixer, buses=["main"], strips=1).put(PutEmitter(emitter="mix"))
