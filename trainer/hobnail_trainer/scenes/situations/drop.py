"""Things fall, bounce and tumble until they lie still."""

from __future__ import annotations

import numpy as np

from hobnail_trainer.scenes.bodies import blow, body_motion
from hobnail_trainer.scenes.materials import FLOORS
from hobnail_trainer.scenes.model import Words
from hobnail_trainer.scenes.play import (
    Patch,
    Play,
    Shape,
    View,
    event,
    in_order,
    pictures,
    still,
    ticks,
)
from hobnail_trainer.scenes.situations.objects import KINDS, Thing, some
from hobnail_trainer.scenes.world import STEP_HZ, World, blows

AUDIBLE_M_S = 0.22
PICTURE_STEPS = STEP_HZ // 30
WALL_M = 0.06


def play(chance: np.random.Generator, duration_s: float) -> Play:
    """One to three things, dropped or thrown between two walls, one after another."""
    ground = FLOORS[int(chance.integers(len(FLOORS)))]
    view_m = float(chance.uniform(1.3, 1.9))
    wall_m = view_m / 2 - WALL_M
    world = World()
    world.ground((-9.0, 0.0), (9.0, 0.0), ground)
    world.ground((-wall_m, 0.0), (-wall_m, 9.0), "wood")
    world.ground((wall_m, 0.0), (wall_m, 9.0), "wood")
    things: list[Thing] = []
    released: list[int] = []
    for number in range(int(chance.integers(1, 4))):
        world.run(float(chance.uniform(0.15, 0.5) if number == 0 else chance.uniform(0.5, 1.6)))
        if world.now_s > duration_s - 1.0:
            break
        thing = some(KINDS, chance)
        _throw(world, thing, f"thing_{number}", view_m, chance)
        things.append(thing)
        released.append(world.steps)
    world.run(duration_s - world.now_s + 0.1)
    names = [f"thing_{number}" for number in range(len(things))]
    emitters = tuple(
        thing.emitter(name, f"falling onto {ground}", "an impact") for thing, name in zip(things, names, strict=True)
    )
    events = [
        event(hit.at_s, thing.id, "impact", blow(hit, thing))
        for thing in emitters
        for hit in blows(world.hits, thing.id, closing_m_s=AUDIBLE_M_S)
        if not hit.thing or hit.thing > thing.id or hit.other != thing.material  # like on like is told once
    ]
    paths = [world.motion(name) for name in names]
    wall = [Shape(side * (wall_m + WALL_M / 2), 4.0, "wood", 0.0, WALL_M / 2, 4.0, shade=0.6) for side in (-1, 1)]
    said = " and ".join(emitter.words.exact.removesuffix(f" falling onto {ground}") for emitter in emitters)
    return Play(
        duration_s=duration_s,
        words=Words(exact=f"{said} falling onto {ground}", category="impacts"),
        emitters=emitters,
        motions=tuple(
            body_motion(world, name, ticks(duration_s), thing.depth_m)
            for name, thing in zip(names, things, strict=True)
        ),
        events=in_order(events, duration_s),
        grounds=(Patch(-9.0, 9.0, 0.0, ground),),
        scenery=tuple(wall),
        figures=tuple(
            tuple(
                thing.drawn(path[picture * PICTURE_STEPS], number)
                for number, (thing, path) in enumerate(zip(things, paths, strict=True))
                if picture * PICTURE_STEPS >= released[number]
            )
            for picture in range(pictures(duration_s))
        ),
        view=View(view_m, -0.14 * view_m, still(duration_s, -view_m / 2)),
    )


def _throw(world: World, thing: Thing, name: str, view_m: float, chance: np.random.Generator) -> None:
    body, shape = thing.body()
    reach_m = max(0.0, view_m / 2 - WALL_M - 0.75 * thing.size_m)  # room to turn, if there is room at all
    body.position = (float(chance.uniform(-reach_m, reach_m)), float(chance.uniform(0.35, 0.8) * view_m) + thing.rest_m)
    body.velocity = (float(chance.normal(0.0, 0.5)), float(chance.uniform(-0.5, 0.8)))
    body.angle = float(chance.uniform(-0.6, 0.6))
    body.angular_velocity = float(chance.normal(0.0, 2.0))
    world.add(name, body, thing.kind.material, shape, depth_m=thing.depth_m)
