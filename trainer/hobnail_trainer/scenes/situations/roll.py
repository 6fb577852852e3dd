"""A round thing rolls down a ramp, over one floor or two, and meets a wall."""

from __future__ import annotations

import math

import numpy as np
import pymunk

from hobnail.scene import Contact
from hobnail.trace import TraceEvent
from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.bodies import blow, body_motion
from hobnail_trainer.scenes.materials import FLOORS
from hobnail_trainer.scenes.model import SceneEmitter, Words
from hobnail_trainer.scenes.play import (
    Patch,
    Play,
    Shape,
    Track,
    View,
    event,
    in_order,
    pictures,
    still,
    ticks,
)
from hobnail_trainer.scenes.situations.objects import ROUND, some
from hobnail_trainer.scenes.world import STEP_HZ, World, blows, spans

AUDIBLE_M_S = 0.3
ROLLS_ABOVE_M_S = 0.1
LOSS_PER_S = 0.25
PLANK_M = 0.03


def play(chance: np.random.Generator, duration_s: float) -> Play:
    """Let go at the top of a plank; what rolls is heard while it touches and moves."""
    first, second = (FLOORS[int(number)] for number in chance.choice(len(FLOORS), 2, replace=False))
    thing = some(ROUND, chance)
    view_m = float(chance.uniform(1.9, 2.6))
    half_m, top_m = view_m / 2, float(chance.uniform(0.25, 0.6))
    foot_m, edge_m, wall_m = -0.3 * half_m, 0.35 * half_m, 0.93 * half_m
    world = World()
    world.ground((-half_m, top_m), (foot_m, 0.0), "wood")
    world.ground((-9.0, 0.0), (edge_m, 0.0), first)
    world.ground((edge_m, 0.0), (9.0, 0.0), second)
    world.ground((wall_m, 0.0), (wall_m, 3.0), "stone")
    body, shape = thing.body()
    slope = math.atan2(-top_m, foot_m + half_m)
    start_m = -half_m + thing.wide_m * 0.6
    height_m = top_m + (start_m + half_m) * math.tan(slope) + thing.wide_m / 2 / math.cos(slope)
    body.position = (start_m, height_m + float(chance.uniform(0.0, 0.05)))
    body.velocity_func = _with_loss
    wait_s = float(chance.uniform(0.1, 0.5))
    world.steps = round(wait_s * STEP_HZ)
    world.add("roller", body, thing.kind.material, shape, depth_m=thing.depth_m)
    body.velocity = (float(chance.uniform(0.2, 1.2)), 0.0)
    world.run(duration_s - world.now_s + 0.1)
    emitter = thing.emitter("roller", f"rolling over wood, {first} and {second}", "something rolling")
    path = world.motion("roller")
    events = _rolls(world, path, emitter)
    events += [
        event(hit.at_s, "roller", "impact", blow(hit, emitter))
        for hit in blows(world.hits, "roller", closing_m_s=AUDIBLE_M_S)
    ]
    plank = Shape(
        (foot_m - half_m) / 2 - PLANK_M * math.sin(-slope) / 2,
        top_m / 2 - PLANK_M * math.cos(slope) / 2,
        "wood",
        0.0,
        (foot_m + half_m) / 2 / math.cos(slope),
        PLANK_M / 2,
        slope,
    )
    wall = Shape(wall_m + 0.5, 1.5, "stone", 0.0, 0.5, 1.5)
    return Play(
        duration_s=duration_s,
        words=Words(exact=emitter.words.exact, category="something rolling"),
        emitters=(emitter,),
        motions=(body_motion(world, "roller", ticks(duration_s), thing.depth_m),),
        events=in_order(events, duration_s),
        grounds=(Patch(-9.0, edge_m, 0.0, first), Patch(edge_m, 9.0, 0.0, second)),
        scenery=(plank, wall),
        figures=tuple((thing.drawn(path[picture * (STEP_HZ // 30)], 0),) for picture in range(pictures(duration_s))),
        view=View(view_m, -0.16 * view_m, still(duration_s, -half_m)),
    )


def _rolls(world: World, path: Track, emitter: SceneEmitter) -> list[TraceEvent]:
    """A roll runs while the thing moves on one surface; a new surface is a new roll."""
    speed = np.hypot(path[:, 3], path[:, 4])
    moving = [hit for hit in world.hits if speed[hit.step] > ROLLS_ABOVE_M_S and hit.closing_m_s < AUDIBLE_M_S]
    surfaces: dict[Material, list[float]] = {}
    for hit in moving:
        surfaces.setdefault(hit.other, []).append(hit.at_s)
    found: list[TraceEvent] = []
    last_end_s = 0.0
    runs = [(begin, end, surface) for surface, at in surfaces.items() for begin, end in _runs(at)]
    for touched_s, end_s, surface in sorted(runs):
        begin_s = max(touched_s, last_end_s)  # at a joint both surfaces touch for a step
        if end_s - begin_s < 0.1:
            continue
        contact = Contact(
            material=surface,
            other=emitter.material,
            speed_m_s=round(float(speed[round(begin_s * STEP_HZ)]), 4),
            mass_kg=emitter.mass_kg,
            size_m=emitter.size_m,
        )
        found.append(event(begin_s, emitter.id, "roll", contact, action="start"))
        found.append(event(end_s, emitter.id, "roll", action="stop"))
        last_end_s = end_s + 0.001
    return found


def _runs(at_s: list[float]) -> list[tuple[float, float]]:
    return spans(at_s, gap_s=0.06, at_least_s=0.1)


def _with_loss(body: pymunk.Body, gravity: tuple[float, float], damping: float, step_s: float) -> None:
    """Rolling friction, which pymunk does not know."""
    pymunk.Body.update_velocity(body, gravity, damping, step_s)
    body.angular_velocity *= 1.0 - LOSS_PER_S * step_s
