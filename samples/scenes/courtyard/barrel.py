"""A barrel rolls down a wooden ramp, drops onto stone, knocks a bucket over and bumps into the wall."""

from __future__ import annotations

import pymunk

from courtyard.contacts import STEP_HZ, World, impacts, spans
from courtyard.stage import TICK_HZ, Stage
from hobnail.scene import Contact

LET_GO_S = 16.4
LASTS_S = 6.0
DEPTH_M = -4.0
BARREL_M, BARREL_KG = 0.32, 22.0  # radius
BUCKET_M, BUCKET_KG = (0.26, 0.30), 1.4
RAMP = ((-6.6, 1.15), (-2.8, 0.42))
BUCKET_X_M, WALL_X_M = 0.2, 3.4
ROLLING_LOSS_PER_S = 0.16


def record(stage: Stage) -> None:
    """Run the roll and write its sounds down."""
    world = World(LET_GO_S)
    world.ground((-8.0, RAMP[0][1]), RAMP[0], "wood", 0.9)
    world.ground(*RAMP, "wood", 0.9)
    world.ground((-8.0, 0.0), (8.0, 0.0), "stone", 0.8)
    world.ground((WALL_X_M, 0.0), (WALL_X_M, 3.0), "stone", 0.6)
    barrel = pymunk.Body(BARREL_KG, 0.7 * BARREL_KG * BARREL_M**2)
    barrel.position = (RAMP[0][0] + 0.15, RAMP[0][1] + BARREL_M + 0.02)
    barrel.velocity_func = _with_rolling_loss
    barrel.velocity = (0.35, 0.0)
    world.body("barrel", "wood", pymunk.Circle(barrel, BARREL_M), friction=0.9, elasticity=0.45)
    bucket = pymunk.Body(BUCKET_KG, pymunk.moment_for_box(BUCKET_KG, BUCKET_M))
    bucket.position = (BUCKET_X_M, BUCKET_M[1] / 2 + 0.015)
    shape = pymunk.Poly.create_box(bucket, BUCKET_M, radius=0.005)
    world.body("bucket", "metal", shape, friction=0.4, elasticity=0.62)
    world.run(LASTS_S)
    _write(stage, world)


def _with_rolling_loss(body: pymunk.Body, gravity: tuple[float, float], damping: float, step_s: float) -> None:
    pymunk.Body.update_velocity(body, gravity, damping, step_s)
    body.angular_velocity *= 1.0 - ROLLING_LOSS_PER_S * step_s


def _write(stage: Stage, world: World) -> None:
    stage.emitter(
        "barrel",
        "an oak barrel with iron hoops",
        "wood",
        (*RAMP[0], DEPTH_M),
        mass_kg=BARREL_KG,
        size_m=2 * BARREL_M,
        gain_db=11.0,
    )
    stage.emitter(
        "bucket",
        "a zinc bucket",
        "metal",
        (BUCKET_X_M, 0.2, DEPTH_M),
        mass_kg=BUCKET_KG,
        size_m=BUCKET_M[1],
        gain_db=10.0,
    )
    _write_rolls(stage, world)
    for name, material, closing_m_s, mass_kg, size_m in (
        ("barrel", "wood", 0.4, BARREL_KG, 2 * BARREL_M),
        ("bucket", "metal", 0.35, BUCKET_KG, BUCKET_M[1]),
    ):
        for hit in impacts(world.hits, name, closing_m_s=closing_m_s):
            if hit.other == "metal":
                continue  # the bucket's own event tells of this blow
            struck, striker = ("metal", "wood") if hit.other == "wood" and name == "bucket" else (hit.other, material)
            contact = Contact(
                material=struck,
                other=striker,
                speed_m_s=round(hit.closing_m_s, 3),
                slip_m_s=round(hit.slip_m_s, 3),
                impulse_n_s=round(hit.impulse_n_s, 3),
                mass_kg=mass_kg,
                size_m=size_m,
            )
            stage.event(hit.at_s, name, "impact", contact)
        _write_motion(stage, world, name)


def _write_rolls(stage: Stage, world: World) -> None:
    """A roll runs while the barrel turns on one surface; a new surface is a new roll."""
    speeds_m_s = {round(motion.at_s * STEP_HZ): motion.speed_m_s for motion in world.motions["barrel"]}
    for surface in ("wood", "stone"):
        touching = [
            hit.at_s
            for hit in world.hits
            if hit.body == "barrel" and hit.other == surface and speeds_m_s[round(hit.at_s * STEP_HZ)] > 0.12
        ]
        for begin_s, end_s in spans(touching, gap_s=0.06, at_least_s=0.12):
            contact = Contact(
                material=surface,
                other="wood",
                speed_m_s=round(speeds_m_s[round(begin_s * STEP_HZ)], 3),
                mass_kg=BARREL_KG,
                size_m=2 * BARREL_M,
            )
            stage.event(
                begin_s, "barrel", "roll", contact, action="start", gain_db=-8.0 if surface == "stone" else -2.0
            )
            stage.event(end_s, "barrel", "roll", action="stop")


def _write_motion(stage: Stage, world: World, name: str) -> None:
    last_m_s = 0.0
    for motion in world.motions[name][:: STEP_HZ // TICK_HZ]:
        if motion.speed_m_s > 0.03 or last_m_s > 0.03:
            stage.features(
                round(motion.at_s * TICK_HZ),
                name,
                (motion.x_m, motion.y_m, DEPTH_M),
                speed_m_s=motion.speed_m_s,
                acceleration_m_s2=abs(motion.speed_m_s - last_m_s) * TICK_HZ,
                slip_m_s=0.0,
            )
        last_m_s = motion.speed_m_s
