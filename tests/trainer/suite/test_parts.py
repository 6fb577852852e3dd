"""What the suite measures with, on signals whose truth is known."""

import numpy as np
import pytest

from hobnail.audio import RATE_HZ
from hobnail_trainer.codec.model import Interval
from hobnail_trainer.scenes.model import TICK_HZ
from hobnail_trainer.suite.audit import Head
from hobnail_trainer.suite.degradations import LEARNT, UNSEEN, degraded
from hobnail_trainer.suite.extract import MEASURES, extract, log_spectrum, moved_semitones, weighted_level_db
from hobnail_trainer.suite.intervals import mean_of, resampled, spearman, wasserstein
from hobnail_trainer.suite.onsets import sync_row
from hobnail_trainer.suite.own import Ours
from hobnail_trainer.suite.paired import paired
from hobnail_trainer.suite.player import Ask
from hobnail_trainer.suite.quality import less_of
from hobnail_trainer.suite.scene_sync import _ticks
from hobnail_trainer.suite.seams import clicks, levels_db
from hobnail_trainer.suite.structure import decay_s, duration_s, ends


def ring(hz, seconds=0.68, t60=0.4):
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    partials = sum(a * np.sin(2.0 * np.pi * f * hz * t) for f, a in ((1.0, 0.5), (2.3, 0.25), (3.9, 0.12)))
    return (partials * 10.0 ** (-3.0 * t / t60)).astype(np.float32)


def noise(seconds=0.68, seed=1, level=0.1):
    return np.random.default_rng(seed).normal(0.0, level, int(seconds * RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("semitones", [-7.0, 0.0, 3.0, 12.0])
def test_a_sound_that_was_moved_is_found_moved_by_as_much(semitones):
    low, high = (log_spectrum(ring(hz)) for hz in (440.0, 440.0 * 2.0 ** (semitones / 12.0)))
    assert moved_semitones(low, high) == pytest.approx(semitones, abs=0.6)


def test_level_is_weighted_as_the_standard_says():
    t = np.arange(RATE_HZ) / RATE_HZ
    levels = {hz: weighted_level_db(np.sin(2 * np.pi * hz * t).astype(np.float32)) for hz in (100, 1000, 10_000)}
    assert levels[1000] == pytest.approx(-3.0, abs=0.2)
    assert levels[100] - levels[1000] == pytest.approx(-19.1, abs=0.5)
    assert levels[10_000] - levels[1000] == pytest.approx(-2.5, abs=0.5)


def test_what_cannot_be_said_is_not_a_number():
    found = dict(zip(MEASURES, extract(noise()), strict=True))
    assert np.isnan(found["pitch"])
    assert np.isnan(found["moved"])
    assert found["flatness"] > -6.0
    t = np.arange(RATE_HZ // 2) / RATE_HZ
    saw = sum(np.sin(2.0 * np.pi * 220.0 * n * t) / n for n in range(1, 12)).astype(np.float32)
    tone = dict(zip(MEASURES, extract(saw), strict=True))
    assert tone["pitch"] == pytest.approx(24.0, abs=0.5)
    assert tone["texture"] > found["texture"] + 10.0
    assert np.isnan(extract(np.zeros(4800, np.float32))).all()


def test_ranks_share_places_and_what_stands_still_has_no_correlation():
    rising = np.arange(9.0)
    assert spearman(rising, np.exp(rising)) == pytest.approx(1.0)
    assert spearman(rising, -rising) == pytest.approx(-1.0)
    assert np.isnan(spearman(rising, np.ones(9)))
    assert spearman(
        np.array([1.0, 1.0, 2.0]),
        np.array([3.0, 3.0, 4.0]),
    ) == pytest.approx(1.0)
    assert wasserstein(np.zeros(5), np.full(7, 2.0)) == pytest.approx(2.0)


def test_groups_are_drawn_whole():
    values = np.repeat([0.0, 1.0], 50)
    alone, together = mean_of(values), mean_of(values, np.repeat(["a", "b"], 50).tolist())
    assert alone.value == together.value == 0.5
    assert alone.high - alone.low < 0.25
    assert (together.low, together.high) == (0.0, 1.0)
    assert mean_of([]).value is None
    assert resampled(["a"], lambda _: float("nan")).value is None


def test_beginnings_are_counted_and_lateness_has_a_sign():
    row = sync_row("x", "y", [[0.0, 500.0], [100.0]], [[12.0, 512.0, 900.0], []])
    assert (row.events, row.heard) == (3, 3)
    assert row.f1["10"].value == 0.0
    assert row.f1["25"].value == pytest.approx(2 / 3)
    assert row.precision["25"].value == row.recall["25"].value == pytest.approx(2 / 3)
    assert row.offset_ms.value == pytest.approx(12.0)
    assert row.jitter_ms == 0.0


def test_a_tick_tells_what_is_known_and_stays_the_same_object():
    features = np.full((3, 12), np.nan, np.float32)
    features[1, 2] = 0.5
    look = _ticks(features)
    tick = RATE_HZ // TICK_HZ
    assert look(0) == {}
    assert look(tick) == {"impulse_n_s": 0.5}
    assert look(tick) is look(tick + 300)
    assert look(99 * tick) == {}


def test_how_long_a_sound_lasts_and_how_fast_it_dies():
    sound = ring(600.0, seconds=1.5, t60=0.6)
    assert decay_s(sound) == pytest.approx(0.6, abs=0.08)
    assert duration_s(sound) == pytest.approx(0.4, abs=0.05)
    assert ends(sound)
    assert not ends(noise(seconds=4.0))
    assert np.isnan(decay_s(noise(seconds=0.1)))
    assert duration_s(np.zeros(4800, np.float32)) == 0.0


def test_steps_at_joins_are_heard_and_clean_noise_has_none():
    clean = noise(seconds=3.0, level=0.02)
    t = np.arange(clean.size)
    broken = (0.2 * np.sin(2 * np.pi * 200.0 * t / RATE_HZ)).astype(np.float32)
    broken[np.arange(1024, broken.size, 1024)] += 0.05
    joins, elsewhere = clicks(broken)
    assert np.mean(joins) > 0.9
    assert np.mean(elsewhere) < 0.05
    assert np.mean(clicks(clean)[0]) < 0.05
    assert len(levels_db(clean)) == 3


@pytest.mark.parametrize("name", [*LEARNT, *UNSEEN])
def test_a_degradation_does_nothing_at_0_and_more_at_1_than_at_a_half(name):
    how, sound = {**LEARNT, **UNSEEN}[name], ring(500.0)
    chance = [np.random.default_rng(1) for _ in range(3)]
    nothing, half, whole = (
        degraded(how, sound, level, each) for level, each in zip((0.0, 0.5, 1.0), chance, strict=True)
    )
    away = [float(np.abs(np.abs(np.fft.rfft(each)) - np.abs(np.fft.rfft(nothing))).mean()) for each in (half, whole)]
    assert nothing.size == half.size
    assert 0.0 < away[0] < away[1]


def test_a_head_learns_what_grows_with_a_level():
    chance = np.random.default_rng(1)
    quality = chance.random(300)
    rows = np.concatenate([np.tanh(2.0 * quality)[:, None], chance.normal(0.0, 0.3, (300, 6))], axis=1)
    head = Head.learn(rows[:200].astype(np.float32), quality[:200], seed=1)
    assert spearman(head.ask(rows[200:].astype(np.float32)), quality[200:]) > 0.8


def test_our_embedding_puts_takes_together_and_families_apart():
    sounds = [
        ring(300.0 * (1 + family)) + noise(seed=10 * family + take, level=0.01)
        for family in range(10)
        for take in range(4)
    ]
    families = [f"family {number // 4}" for number in range(40)]
    ours = Ours.learn(sounds, families)
    points = ours.embed_many(sounds)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    same = np.array(families)[:, None] == np.array(families)[None]
    np.fill_diagonal(distances, np.nan)
    assert np.nanmean(distances[same]) < 0.5 * np.nanmean(distances[~same])
    assert points.shape == (40, ours.dimensions)


def test_a_difference_of_distances_has_the_sign_of_who_is_nearer():
    chance = np.random.default_rng(1)
    real, near, far = (chance.normal(mean, 1.0, (40, 6)).astype(np.float32) for mean in (0.0, 0.1, 2.0))
    families = [str(number // 2) for number in range(40)]
    less = less_of(real, far, near, families)
    assert less.low > 0.0
    assert less_of(real, near, far, families).high < 0.0
    assert less_of(real[:4], far[:4], near[:4], families[:4]) == Interval.unknown()


def test_recordings_are_changed_as_the_training_pairs_are(listening):
    frames = 24_000
    player, asks, ringing = paired(listening, most=6, frames=frames)
    assert len(asks) == 6
    assert ringing, "some of the recordings both ring and hiss"
    still = player.one_shots(asks, frames)
    assert all(np.array_equal(a, b[:frames]) for a, b in zip(still, player.sounds, strict=True))
    first = Ask(asks[0].prompt, 0, controls={"pitch": 0.75, "intensity": 0.5, "texture": 0.5})
    (higher,) = player.one_shots([first], frames)
    assert extract(higher, still[0])[MEASURES.index("moved")] == pytest.approx(6.0, abs=0.3)
    rough, smooth = (
        extract(player.one_shots([Ask(ringing[0].prompt, 0, controls={"texture": at})], frames)[0])[
            MEASURES.index("texture")
        ]
        for at in (1.0, 0.0)
    )
    assert rough < smooth
