"""A hand pushes something over the floor, stroke by stroke."""

from __future__ import annotations

import numpy as np

from hobnail.scene import Contact
from hobnail.trace import TraceEvent
from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.bodies import body_motion
from hobnail_trainer.scenes.materials import FLOORS, MATTER
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
from hobnail_trainer.scenes.situations.objects import SQUARE, Thing, some
from hobnail_trainer.scenes.world import GRAVITY_M_S2, STEP_HZ, World, spans

SLIDES_ABOVE_M_S = 0.05
GRIP_PER_S = 60.0
"""How stiffly the hand holds its speed."""


def play(chance: np.random.Generator, duration_s: float) -> Play:
    """Strokes to and fro, each with a speed of its own, with rests between."""
    ground = FLOORS[int(chance.integers(len(FLOORS)))]
    thing = some(SQUARE, chance)
    view_m = float(chance.uniform(0.9, 1.6))
    world = World()
    world.ground((-9.0, 0.0), (9.0, 0.0), ground)
    body, shape = thing.body()
    body.position = (-0.3 * view_m, thing.rest_m)
    world.add("slider", body, thing.kind.material, shape, depth_m=thing.depth_m)
    body.moment = float("inf")  # the hand keeps it flat
    wanted = _strokes(chance, duration_s, view_m)
    holding = np.abs(wanted) > 0.0

    def push() -> None:
        now = min(world.steps, wanted.size - 1)
        if holding[now]:
            limit_n = 40.0 * thing.mass_kg
            need_n = GRIP_PER_S * thing.mass_kg * (wanted[now] - body.velocity.x)
            need_n += np.sign(wanted[now]) * MATTER[thing.kind.material].friction * thing.mass_kg * GRAVITY_M_S2
            body.apply_force_at_world_point((float(np.clip(need_n, -limit_n, limit_n)), 0.0), body.position)

    world.run(duration_s + 0.1, push)
    emitter = thing.emitter("slider", f"scraping over {ground}", "something scraping")
    path = world.motion("slider")
    return Play(
        duration_s=duration_s,
        words=Words(exact=emitter.words.exact, category="something scraping"),
        emitters=(emitter,),
        motions=(body_motion(world, "slider", ticks(duration_s), thing.depth_m),),
        events=in_order(_scrapes(world, emitter, ground), duration_s),
        grounds=(Patch(-9.0, 9.0, 0.0, ground),),
        scenery=(),
        figures=tuple(
            _figure(thing, path[picture * (STEP_HZ // 30)], float(wanted[picture * (STEP_HZ // 30)]))
            for picture in range(pictures(duration_s))
        ),
        view=View(view_m, -0.16 * view_m, still(duration_s, -view_m / 2)),
    )


def _strokes(chance: np.random.Generator, duration_s: float, view_m: float) -> Track:
    """Speed that the hand wants at every physics step, m/s; 0 while it lets go."""
    wanted = np.zeros(round((duration_s + 0.2) * STEP_HZ))
    now_s, place_m, way = float(chance.uniform(0.2, 0.6)), -0.3 * view_m, 1.0
    while now_s < duration_s:
        far_m = (0.3 * view_m - place_m) if way > 0 else (place_m + 0.3 * view_m)
        peak_m_s = float(chance.uniform(0.25, 1.3))
        length_m = far_m * float(chance.uniform(0.6, 1.0))
        lasts_s = min(2.5, length_m / (0.64 * peak_m_s))  # the mean of a half sine is 0.64 of its peak
        first, last = round(now_s * STEP_HZ), min(wanted.size, round((now_s + lasts_s) * STEP_HZ))
        wanted[first:last] = way * peak_m_s * np.sin(np.pi * (np.arange(last - first) + 0.5) / max(1, last - first))
        place_m += way * 0.64 * peak_m_s * lasts_s
        now_s += lasts_s + float(chance.uniform(0.15, 0.7))
        way = -way
    return wanted


def _scrapes(world: World, emitter: SceneEmitter, ground: Material) -> list[TraceEvent]:
    sliding = {hit.at_s: hit.slip_m_s for hit in world.hits if hit.slip_m_s > SLIDES_ABOVE_M_S}
    found: list[TraceEvent] = []
    for begin_s, end_s in spans(list(sliding), gap_s=0.05, at_least_s=0.08):
        contact = Contact(
            material=ground,
            other=emitter.material,
            slip_m_s=round(sliding[begin_s], 4),
            mass_kg=emitter.mass_kg,
            size_m=emitter.size_m,
        )
        found.append(event(begin_s, emitter.id, "scrape", contact, action="start"))
        found.append(event(end_s, emitter.id, "scrape", action="stop"))
    return found


def _figure(thing: Thing, pose: Track, wanted_m_s: float) -> tuple[Shape, ...]:
    """The thing, and a sleeve that reaches for it from the side that it is pushed from."""
    drawn = thing.drawn(pose, 0)
    if wanted_m_s == 0.0:
        return (drawn,)
    side = -np.sign(wanted_m_s)
    x, y = drawn.x_m + side * (thing.wide_m / 2 + 0.24), drawn.y_m + 0.12
    arm = Shape(float(x), y, "cloth", 0.05, 0.2, 0.0, float(-side * 0.45), shadow=False)
    return drawn, arm
