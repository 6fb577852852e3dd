"""What happens happens for a reason: falls, bounces, feet and doors obey the same clock as their events."""

import numpy as np
import pytest

from hobnail_trainer.scenes.model import COLUMN, TICK_FRAMES, TICK_HZ
from hobnail_trainer.scenes.play import event as happening
from hobnail_trainer.scenes.play import in_order
from hobnail_trainer.scenes.situations import PLAYS, walk
from hobnail_trainer.scenes.situations.objects import ROUND, Thing
from hobnail_trainer.scenes.world import STEP_HZ, World, blows

RATE_HZ = 48_000


def column(scene, emitter, name):
    return scene.features[emitter, :, COLUMN[name]]


def dropped(height_m):
    kind = next(kind for kind in ROUND if kind.material == "plastic")
    thing = Thing(kind, 0.2, 0.0, 0.5)
    body, shape = thing.body()
    body.position = (0.0, height_m + 0.1)
    world = World()
    world.ground((-5.0, 0.0), (5.0, 0.0), "stone")
    world.add("ball", body, "plastic", shape, depth_m=0.2)
    world.run(2.0)
    return world


def test_a_ball_lands_when_and_as_fast_as_gravity_says():
    hit = blows(dropped(1.0).hits, "ball", closing_m_s=0.2)[0]
    assert hit.at_s == pytest.approx((2 * 1.0 / 9.81) ** 0.5, abs=0.0015)
    assert hit.closing_m_s == pytest.approx((2 * 9.81 * 1.0) ** 0.5, rel=0.01)
    assert hit.impulse_n_s == pytest.approx(0.5 * hit.closing_m_s * 1.72, rel=0.02)  # it leaves with 0.72 of its speed


def test_each_bounce_keeps_the_share_of_speed_that_the_material_gives():
    speeds = [hit.closing_m_s for hit in blows(dropped(1.0).hits, "ball", closing_m_s=0.5)]
    assert len(speeds) >= 3
    assert np.array(speeds[1:3]) / speeds[:2] == pytest.approx([0.72, 0.72], rel=0.02)


def test_a_body_rests_where_it_began_until_it_is_let_go():
    world = World()
    world.run(0.5)
    body, shape = Thing(ROUND[0], 0.4, 0.0, 5.0).body()
    body.position = (1.0, 2.0)
    world.add("late", body, "wood", shape, depth_m=0.4)
    world.run(0.1)
    path = world.motion("late")
    assert len(path) == world.steps + 1
    assert (path[: STEP_HZ // 2, 1] == 2.0).all()
    assert path[-1, 1] < 2.0


@pytest.mark.parametrize("seed", range(4))
def test_every_blow_stands_in_the_impulse_of_the_tick_that_ends_after_it(make, seed):
    scene = make("drop", seed)
    names = [emitter.id for emitter in scene.card.emitters]
    for event in scene.card.events:
        tick = -(-event.at // TICK_FRAMES)
        impulses = column(scene, names.index(event.emitter), "impulse_n_s")
        heard = impulses[tick : tick + 4].max()  # corners of one landing are merged within 45 ms
        assert heard >= 0.99 * event.contact.impulse_n_s


def test_a_foot_is_on_the_ground_at_its_step_and_in_the_air_before(make):
    gait = walk._gait(np.random.default_rng(3), 4.0)
    for step in gait.steps[3:-3]:
        x, y = gait.foot(step.side, step.at_s)
        assert (x, y) == pytest.approx((step.x_m, 0.0), abs=1e-6)
        assert gait.foot(step.side, step.at_s - 0.04)[1] > 0.003
        assert gait.foot(step.side, step.at_s + gait.stance_s / 2) == (step.x_m, 0.0)


def test_steps_come_as_often_as_the_gait_says(make):
    gait = walk._gait(np.random.default_rng(4), 20.0)
    gaps = np.diff([step.at_s for step in gait.steps])
    assert 1 / gaps.mean() == pytest.approx(gait.steps_per_s, rel=0.03)
    assert gaps.std() > 0.0


@pytest.mark.parametrize("seed", range(3))
def test_a_door_that_closes_was_opened_and_is_stopped(make, seed):
    scene = make("door", seed)
    names = [event.name for event in scene.card.events]
    assert names[0] == "door_open"
    speed = column(scene, 0, "speed_m_s")
    for event in scene.card.events:
        tick = -(-event.at // TICK_FRAMES)
        if event.name == "door_close" and tick + 8 < speed.size:
            assert speed[tick + 2 : tick + 8].min() < 0.5 * speed[tick - 1]


@pytest.mark.parametrize(("situation", "column_name"), [("scrape", "slip_m_s"), ("roll", "speed_m_s")])
def test_sustained_events_run_while_there_is_motion(make, situation, column_name):
    scene = make(situation, 1)
    motion = column(scene, 0, column_name)
    starts = [event for event in scene.card.events if event.action == "start"]
    stops = [event for event in scene.card.events if event.action == "stop"]
    assert starts
    assert len(starts) == len(stops)
    for start, stop in zip(starts, stops, strict=True):
        first, last = start.at // TICK_FRAMES + 1, stop.at // TICK_FRAMES
        assert motion[first:last].min() > 0.0
        assert np.median(motion[first:last]) > 0.04


def test_rain_is_told_by_momentum_only_while_it_falls(make):
    scene = make("rain", 2)
    start, stop = (event.at / TICK_FRAMES for event in scene.card.events if event.name == "rain")
    impulse = column(scene, 0, "impulse_n_s")
    raining = np.flatnonzero(impulse > 0.0)
    assert start <= raining[0] < start + 1
    assert stop - 1 < raining[-1] <= stop
    wetness = column(scene, 0, "wetness")
    assert (np.diff(wetness) >= 0.0).all()
    assert wetness[-1] > 0.1
    assert np.isnan(column(scene, 0, "slip_m_s")).all()


def test_what_still_sounds_is_stopped_at_the_end():
    events = in_order([happening(1.0, "a", "roll", action="start"), happening(5.0, "a", "roll", action="stop")], 2.0)
    assert [(event.at, event.action) for event in events] == [(RATE_HZ, "start"), (2 * RATE_HZ, "stop")]


def test_ticks_and_frames_count_the_same_second():
    assert TICK_FRAMES * TICK_HZ == RATE_HZ


@pytest.mark.parametrize("situation", PLAYS)
def test_many_seeds_play_without_a_fault(situation):
    for seed in range(12):
        play = PLAYS[situation](np.random.default_rng(seed), 2.0)
        assert len(play.figures) == 60
        assert all(np.isfinite(motion.position_m).all() for motion in play.motions)
