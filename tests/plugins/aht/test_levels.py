"""One-shots come out at their event's level, however loud the network made them."""

import numpy as np
import pytest

from hobnail.audio import RATE_HZ
from hobnail_plugins.aht.levels import EVENED, LOUD_DB, MOST_DB, USUAL_DB, evening, loudest_db


def burst(level_db, rng):
    """Half a second of silence with 60 ms of noise in it, RMS ``level_db``."""
    sound = np.zeros(RATE_HZ // 2, np.float32)
    noise = rng.standard_normal(RATE_HZ * 6 // 100).astype(np.float32)
    sound[4800 : 4800 + noise.size] = noise / np.sqrt(np.mean(noise**2)) * 10.0 ** (level_db / 20.0)
    return sound


@pytest.mark.parametrize("level_db", [-40.0, -20.0, 0.0])
def test_the_loudest_fifty_milliseconds_are_found(level_db):
    assert loudest_db(burst(level_db, np.random.default_rng(1))) == pytest.approx(level_db, abs=0.5)


@pytest.mark.parametrize("event", ["footstep", "sound"])
@pytest.mark.parametrize("level_db", [-38.0, -22.0, -6.0])
def test_most_of_the_distance_to_an_events_level_is_taken_away(event, level_db):
    sound, wanted = burst(level_db, np.random.default_rng(2)), LOUD_DB.get(event, USUAL_DB)
    away = wanted - loudest_db(sound)
    left = wanted - loudest_db(sound * np.float32(evening(sound, event)))
    assert left == pytest.approx((1.0 - EVENED) * away if away <= MOST_DB else away - EVENED * MOST_DB, abs=0.01)


def test_silence_is_not_made_into_noise():
    assert evening(np.zeros(RATE_HZ, np.float32), "footstep") <= 10.0 ** (MOST_DB / 20.0)
