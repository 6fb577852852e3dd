"""One-shots come out at their event's level, however loud the network made them; sustained voices are held there."""

import numpy as np
import pytest

from hobnail.audio import HOP_FRAMES, RATE_HZ, db_to_gain
from hobnail_plugins.aht.levels import (
    ATTACK,
    EVENED,
    FALL_DB_S,
    FREE_DB,
    HELD_DB,
    KNEE,
    MOST_DB,
    USUAL_DB,
    Fall,
    Hold,
    Turn,
    bent,
    evening,
    from_attack,
    level_db,
    loudest_db,
    over_at,
    turned,
)
from hobnail_plugins.aht.manifest import Levels
from hobnail_plugins.aht.playing import sunk

STEP = 1024
TABLES = Levels(one_shot_db={"footstep": -25.0}, sustained_db={"rain": -9.0}, steady_db={"rain": -24.0})


def burst(level_db, rng):
    """Half a second of silence with 60 ms of noise in it, RMS ``level_db``."""
    sound = np.zeros(RATE_HZ // 2, np.float32)
    noise = rng.standard_normal(RATE_HZ * 6 // 100).astype(np.float32)
    sound[4800 : 4800 + noise.size] = noise / np.sqrt(np.mean(noise**2)) * 10.0 ** (level_db / 20.0)
    return sound


def held(levels_db, steady_db=-24.0):
    """The gain in dB after each block of noise at these levels."""
    rng, hold, gains = np.random.default_rng(4), Hold(), []
    for level in levels_db:
        noise = rng.standard_normal(STEP).astype(np.float32)
        block = noise / np.sqrt(np.mean(noise**2)) * np.float32(db_to_gain(level))
        (hold,) = turned([block], [Turn(hold, steady_db, 1.0)], bends=False)
        gains.append(20.0 * np.log10(hold.gain))
    return gains


@pytest.mark.parametrize("level_db", [-40.0, -20.0, 0.0])
def test_the_loudest_fifty_milliseconds_are_found(level_db):
    assert loudest_db(burst(level_db, np.random.default_rng(1))) == pytest.approx(level_db, abs=0.5)


@pytest.mark.parametrize("event", ["footstep", "sound"])
@pytest.mark.parametrize("level_db", [-38.0, -22.0, -6.0])
def test_most_of_the_distance_to_an_events_level_is_taken_away(event, level_db):
    sound, wanted = burst(level_db, np.random.default_rng(2)), TABLES.one_shot_db.get(event, USUAL_DB)
    away = wanted - loudest_db(sound)
    left = wanted - loudest_db(sound * np.float32(evening(sound, event, TABLES)))
    assert left == pytest.approx((1.0 - EVENED) * away if away <= MOST_DB else away - EVENED * MOST_DB, abs=0.01)


def test_silence_is_not_made_into_noise():
    assert evening(np.zeros(RATE_HZ, np.float32), "footstep", TABLES) <= 10.0 ** (MOST_DB / 20.0)


def test_a_bundle_without_levels_turns_nothing():
    assert level_db(Levels(), "rain") == 0.0
    assert level_db(TABLES, "rain") == -9.0


def test_a_voice_within_its_room_is_left_alone():
    gains = held([-24.0 + FREE_DB - 1.0] * 300)
    assert max(map(abs, gains)) == 0.0


def test_a_voice_that_swells_is_held_and_comes_back():
    """Over ten seconds 16 dB louder than its event, then as it should be."""
    swelling = np.linspace(-24.0, -8.0, 470)
    gains = held([*swelling, *[-24.0] * 400])
    assert gains[469] == pytest.approx(-(16.0 - FREE_DB), abs=2.5)
    assert gains[-1] == 0.0


def test_what_is_taken_away_is_bounded():
    assert min(held([0.0] * 2000, steady_db=-60.0)) == pytest.approx(-HELD_DB, abs=1e-6)


def test_a_short_blow_is_hardly_touched():
    gains = held([*[-24.0] * 200, *[-12.0] * 5, *[-24.0] * 200])
    assert min(gains) > -3.0


def tail(levels_db):
    """Loudest 50 ms of each block of a one-shot: a whole first one, then blocks of 0.17 s at these levels."""
    rng, fall, heard = np.random.default_rng(5), Fall(), []
    for number, level in enumerate(levels_db):
        noise = rng.standard_normal(8192 if number else ATTACK).astype(np.float32)
        samples = noise / np.sqrt(np.mean(noise**2)) * np.float32(db_to_gain(level))
        before, fall = fall.gain, fall.next(samples)
        heard.append(fall.turned(samples, before))
    return heard


def test_a_tail_that_swells_falls_instead():
    heard = [loudest_db(block) for block in tail([-30.0, *np.linspace(-30.0, -10.0, 20)])]
    expected = [heard[0] - FALL_DB_S * 8192 * (number + 1) / RATE_HZ for number in range(20)]
    for number, (level, most) in enumerate(zip(heard[1:], expected, strict=True)):
        assert level < most + 3.0, number  # what is turned within 20 ms may stand out a little
    assert heard[-1] < heard[0] - 35.0


def test_a_tail_that_rings_down_is_left_alone():
    heard = tail([-30.0, *np.linspace(-36.0, -90.0, 20)])
    plain = [loudest_db(block) for block in heard]
    assert plain[1] == pytest.approx(-36.0, abs=0.5)
    assert plain[-1] == pytest.approx(-90.0, abs=0.5)


def test_an_attack_in_short_blocks_may_grow():
    fall = Fall()
    for level in (-50.0, -40.0, -30.0, -20.0):
        noise = np.random.default_rng(6).standard_normal(8192).astype(np.float32) * np.float32(db_to_gain(level))
        fall = fall.next(noise)
        assert fall.gain == 1.0


def test_a_tail_is_turned_without_a_step():
    joined = np.concatenate(tail([-30.0, -20.0, -20.0]))
    at = ATTACK
    quiet = np.abs(np.diff(joined[at - 4 : at + 4])).max()
    assert quiet < 6.0 * np.std(joined[:ATTACK])


@pytest.mark.parametrize("intensity", [-1.0, -0.5, 0.5, 1.0])
def test_intensity_moves_the_level_that_takes_are_evened_to(intensity):
    quiet = np.full(RATE_HZ // 10, 0.02, np.float32)
    levels = Levels(one_shot_db={"footstep": -24.0})
    moved = evening(quiet, "footstep", levels, intensity) / evening(quiet, "footstep", levels)
    assert 20.0 * np.log10(moved) == pytest.approx(12.0 * intensity, abs=0.01)


def test_what_is_struck_is_over_after_its_first_silence_and_not_before():
    rng = np.random.default_rng(1)
    blow, gap = rng.standard_normal(9600).astype(np.float32) * 0.2, np.zeros(8192, np.float32)
    stirs = np.concatenate([blow, gap, 0.1 * blow])
    top = loudest_db(stirs)
    over = over_at(stirs, top)
    assert 9600 + 85 * 48 <= over <= 9600 + 6144
    assert not stirs[over - 2048 : over].any()
    assert over_at(np.concatenate([blow, gap[:2048], blow]), top) is None, "42 ms are no silence"
    assert over_at(np.concatenate([gap, blow]), top) is None, "what has not begun is not over"
    assert over_at(np.concatenate([blow, np.float32(0.01) * blow]), top) is None, "it still rings, 40 dB below"


@pytest.mark.parametrize("quiet_ms", [0.0, 0.9, 3.0, 200.0])
def test_a_one_shot_begins_with_its_attack(quiet_ms):
    samples = np.random.default_rng(1).normal(0.0, 0.2, 64 * HOP_FRAMES).astype(np.float32)
    begins = round(quiet_ms * 48)
    samples[:begins] *= 1e-4
    kept = from_attack(samples)
    loud = np.flatnonzero(np.abs(kept) > 0.01 * np.abs(kept).max())[0]
    assert loud <= 48
    assert np.array_equal(kept[60:], samples[len(samples) - len(kept) + 60 :])
    assert (len(kept) == len(samples)) == (quiet_ms < 1.0)
    assert abs(kept[0]) < 0.01 * np.abs(kept).max()


def test_what_begins_late_or_never_keeps_half_of_its_block():
    silent = np.zeros(16 * HOP_FRAMES, np.float32)
    assert np.array_equal(from_attack(silent), silent)
    silent[-10:] = 0.5
    assert len(from_attack(silent)) == 8 * HOP_FRAMES
    assert len(from_attack(np.zeros(0, np.float32))) == 0


def test_a_last_block_sinks_over_all_of_it():
    noise = np.random.default_rng(7).normal(0.0, 0.1, 16 * HOP_FRAMES).astype(np.float32)
    heard = sunk(noise)
    levels = [float(np.sqrt(np.mean(part**2))) for part in np.split(heard / 0.1, 4)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > 0.9
    assert abs(heard[-1]) < 1e-6
    assert np.array_equal(sunk(np.concatenate([noise, noise]))[: noise.size], noise)


def test_voices_are_turned_together_as_each_alone():
    rng = np.random.default_rng(7)
    blocks = [(level * rng.standard_normal(STEP)).astype(np.float32) for level in (0.05, 0.5, 0.3)]
    turns = [
        Turn(Hold(0.01, 0.8), -24.0, 0.5),
        Turn(Hold(), None, 2.0),
        Turn(Hold(0.2, 0.3), -30.0, 1.0, 0.82, 0.6724),
    ]
    alone = [block.copy() for block in blocks]
    holds = [turned([block], [turn], bends=True)[0] for block, turn in zip(alone, turns, strict=True)]
    plain = blocks[1] * np.float32(2.0)
    assert turned(blocks, turns, bends=True) == holds
    for block, right in zip(blocks, alone, strict=True):
        np.testing.assert_array_equal(block, right)
    assert holds[1] == Hold()
    np.testing.assert_array_equal(blocks[1], bent(plain))
    low = np.abs(plain) <= KNEE
    np.testing.assert_array_equal(blocks[1][low], plain[low])
    assert np.abs(plain).max() > 1.0 >= np.abs(blocks[1]).max()
    even = (KNEE + (1.0 - KNEE) * np.tanh((np.abs(plain) - KNEE) / (1.0 - KNEE))) * np.sign(plain)
    np.testing.assert_allclose(blocks[1][~low], even[~low], atol=1e-6)


def test_a_stop_sinks_evenly_over_the_block():
    block = np.ones(STEP, np.float32) * np.float32(0.25)
    turned([block], [Turn(Hold(), None, 1.0, 1.0, 0.5)], bends=True)
    np.testing.assert_allclose(block, 0.25 * np.linspace(1.0, 0.5, STEP, endpoint=False), atol=1e-7)
