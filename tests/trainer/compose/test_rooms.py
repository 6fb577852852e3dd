"""Rooms ring as long as physics says, leave onsets where they are, and are in one split only."""

import numpy as np
import pytest

from hobnail_trainer.compose.echo import in_room, response
from hobnail_trainer.compose.rooms import ROOMS, late_energy, reverberation_s, rooms

from ..tiny_corpus import RATE_HZ, click

SOME = [room for split in ROOMS for room in rooms(split, seed=1)[:12]][:20]


def octave(samples, middle_hz):
    """Energy of the echoes around one frequency, float64 [frames]; a Gaussian over octaves does not ring."""
    spectrum = np.fft.rfft([0.0, *samples[1:]], 2 * samples.size)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(2 * samples.size, 1 / RATE_HZ), 1.0) / middle_hz)
    return np.fft.irfft(spectrum * np.exp(-np.square(octaves / 0.15)))[: samples.size] ** 2


def decay_s(energy):
    """Time to fall by 60 dB, from -5 to -20 dB of the backwards integral (Schroeder, JASA 1965)."""
    left = np.cumsum(energy[::-1])[::-1]
    level = 10 * np.log10(left / left[RATE_HZ // 20])
    first, last = int(np.argmax(level < -5)), int(np.argmax(level < -20))
    return 4 * (last - first) / RATE_HZ


def test_there_are_sixty_rooms_and_none_is_in_two_splits():
    each = [(split, room) for split in ROOMS for room in rooms(split, seed=1)]
    assert len(each) == 60
    assert len({room.size_m for _, room in each}) == 60
    assert len({room.seed for _, room in each}) == 60


@pytest.mark.parametrize("number", [1, 3, 5, 7, 8])
@pytest.mark.parametrize("band", [3, 4])
def test_a_room_rings_as_long_as_its_walls_let_it(number, band):
    room = rooms("train", seed=1)[number]
    expected = reverberation_s(room)[band]
    assert decay_s(octave(response(room), 125.0 * 2**band)) == pytest.approx(expected, rel=0.25)


def test_high_tones_die_before_low_ones_in_a_cave():
    cave = rooms("train", seed=1)[7]
    assert decay_s(octave(response(cave), 8000.0)) < 0.7 * decay_s(octave(response(cave), 500.0))


@pytest.mark.parametrize("room", SOME, ids=lambda room: room.name)
def test_the_direct_sound_comes_first_and_is_the_loudest(room):
    heard = in_room(click(RATE_HZ, at=5000), room)
    assert np.abs(heard[:5000]).max() < 1e-6
    assert int(np.abs(heard).argmax()) == 5000
    assert heard[5000] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("room", [room for room in SOME if not room.outdoors], ids=lambda room: room.name)
def test_the_walls_give_back_about_what_a_diffuse_field_holds(room):
    found = float(np.square(response(room)[1:], dtype=np.float64).sum())
    assert 0.3 < found / late_energy(room).mean() < 3.5


def test_a_response_is_the_same_every_time():
    room = rooms("test", seed=1)[0]
    first = response(room).copy()
    response.cache_clear()
    assert np.array_equal(response(room), first)
