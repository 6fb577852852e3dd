"""A crate slides over a landing, tumbles down eight stone steps, and three bottles fall out of it."""

from __future__ import annotations

import random

import pymunk

from courtyard.contacts import STEP_HZ, World, impacts, spans
from courtyard.stage import TICK_HZ, Stage
from hobnail.scene import Contact

PUSHED_S = 12.3
LASTS_S = 5.0
STEPS, RISE_M, TREAD_M = 8, 0.19, 0.30
LANDING_M = (7.2, STEPS * RISE_M)
DEPTH_M = -3.0
CRATE_M, CRATE_KG = 0.55, 14.0
BOTTLE_M, BOTTLE_KG = (0.075, 0.26), 0.55
BOTTLES = ("bottle_1", "bottle_2", "bottle_3")
SPILL_EVERY_S = 0.42


def record(stage: Stage, chance: random.Random) -> None:
    """Run the fall and write its sounds down."""
    world = World(PUSHED_S)
    _stairs(world)
    crate = pymunk.Body(CRATE_KG, pymunk.moment_for_box(CRATE_KG, (CRATE_M, CRATE_M)))
    crate.position = (LANDING_M[0] - 1.1, LANDING_M[1] + CRATE_M / 2 + 0.011)
    box = pymunk.Poly.create_box(crate, (CRATE_M, CRATE_M), radius=0.01)
    box.filter = pymunk.ShapeFilter(group=1)
    world.body("crate", "wood", box, friction=0.42, elasticity=0.32)
    _shove(world, crate)
    for bottle in BOTTLES:
        _spill(world, crate, bottle, chance)
        world.run(SPILL_EVERY_S)
    world.run(PUSHED_S + LASTS_S - world.now_s)
    _write(stage, world)


def _stairs(world: World) -> None:
    x, y = LANDING_M
    world.ground((x - 4.0, y), (x, y), "stone", 0.55)
    for _ in range(STEPS):
        world.ground((x, y), (x, y - RISE_M), "stone", 0.55)
        world.ground((x, y - RISE_M), (x + TREAD_M, y - RISE_M), "stone", 0.55)
        x, y = x + TREAD_M, y - RISE_M
    world.ground((x, y), (x + 2.6, y), "stone", 0.55)
    world.ground((x + 2.6, y), (x + 2.6, y + 2.0), "stone", 0.55)


def _shove(world: World, crate: pymunk.Body) -> None:
    """A boot pushes: force until the crate hangs over the edge and tips."""
    while crate.position.x < LANDING_M[0] + 0.12 and world.now_s < PUSHED_S + 2.0:
        wanted_m_s = 0.95
        crate.apply_force_at_world_point((220.0 * (wanted_m_s - crate.velocity.x) + 58.0, 0.0), crate.position)
        world.run(1 / STEP_HZ)


def _spill(world: World, crate: pymunk.Body, name: str, chance: random.Random) -> None:
    body = pymunk.Body(BOTTLE_KG, pymunk.moment_for_box(BOTTLE_KG, BOTTLE_M))
    body.position = (crate.position.x, crate.position.y + 0.12)
    thrown = pymunk.Vec2d(chance.uniform(-0.2, 0.5), chance.uniform(1.2, 1.9))
    body.velocity = crate.velocity + thrown
    body.angle = chance.uniform(-1.5, 1.5)
    body.angular_velocity = chance.uniform(-9.0, 9.0)
    shape = pymunk.Poly.create_box(body, BOTTLE_M, radius=0.012)
    shape.filter = pymunk.ShapeFilter(group=1)  # bottles leave the open crate, they do not break through it
    world.body(name, "glass", shape, friction=0.35, elasticity=0.72)


def _write(stage: Stage, world: World) -> None:
    start = (LANDING_M[0] - 1.1, LANDING_M[1], DEPTH_M)
    stage.emitter("crate", "a heavy wooden crate", "wood", start, mass_kg=CRATE_KG, size_m=CRATE_M, gain_db=11.0)
    for bottle in BOTTLES:
        stage.emitter(
            bottle, "an empty glass bottle", "glass", start, mass_kg=BOTTLE_KG, size_m=BOTTLE_M[1], gain_db=9.0
        )
    _write_scrapes(stage, world)
    for name, closing_m_s in (("crate", 0.55), *((bottle, 0.45) for bottle in BOTTLES)):
        for hit in impacts(world.hits, name, closing_m_s=closing_m_s):
            size_m, mass_kg = (CRATE_M, CRATE_KG) if name == "crate" else (BOTTLE_M[1], BOTTLE_KG)
            contact = Contact(
                material=hit.other,
                other="wood" if name == "crate" else "glass",
                speed_m_s=round(hit.closing_m_s, 3),
                slip_m_s=round(hit.slip_m_s, 3),
                impulse_n_s=round(hit.impulse_n_s, 3),
                mass_kg=mass_kg,
                size_m=size_m,
            )
            stage.event(hit.at_s, name, "impact", contact)
        _write_motion(stage, world, name)


def _write_scrapes(stage: Stage, world: World) -> None:
    sliding = {
        hit.at_s: hit.slip_m_s
        for hit in world.hits
        if hit.body == "crate" and hit.slip_m_s > 0.3 and hit.closing_m_s < 0.3
    }
    for begin_s, end_s in spans(list(sliding), gap_s=0.08, at_least_s=0.15):
        slip_m_s = round(sliding[begin_s], 3)
        contact = Contact(material="stone", other="wood", slip_m_s=slip_m_s, mass_kg=CRATE_KG, size_m=CRATE_M)
        stage.event(begin_s, "crate", "scrape", contact, action="start", gain_db=-7.0)
        stage.event(end_s, "crate", "scrape", action="stop")


def _write_motion(stage: Stage, world: World, name: str) -> None:
    slips = {round(hit.at_s * TICK_HZ): hit.slip_m_s for hit in world.hits if hit.body == name}
    last_m_s = 0.0
    for motion in world.motions[name][:: STEP_HZ // TICK_HZ]:
        tick = round(motion.at_s * TICK_HZ)
        if motion.speed_m_s > 0.03 or last_m_s > 0.03:
            stage.features(
                tick,
                name,
                (motion.x_m, motion.y_m, DEPTH_M),
                speed_m_s=motion.speed_m_s,
                acceleration_m_s2=abs(motion.speed_m_s - last_m_s) * TICK_HZ,
                slip_m_s=slips.get(tick, 0.0),
            )
        last_m_s = motion.speed_m_s
