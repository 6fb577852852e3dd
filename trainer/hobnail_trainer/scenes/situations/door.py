"""A door is opened, left ajar, and closed or slammed; pymunk turns it on its hinge against the frame."""

from __future__ import annotations

import math

import numpy as np
import pymunk

from hobnail.scene import Contact
from hobnail.trace import TraceEvent
from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.bodies import body_motion
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
from hobnail_trainer.scenes.world import STEP_HZ, World, blows

LEAVES: tuple[tuple[Material, float], ...] = (("wood", 26.0), ("metal", 48.0), ("glass", 34.0))
"""Material of a leaf and its weight in kg."""
THICK_M = 0.04
AJAR_RAD = 0.03
"""Where the leaf stands free of its latch."""
HINGE_N_M_S = 0.6


def play(chance: np.random.Generator, duration_s: float) -> Play:
    """Seen from above for the physics, from the front for the camera."""
    material, mass_kg = LEAVES[int(chance.integers(len(LEAVES)))]
    wide_m, high_m = float(chance.uniform(0.7, 0.95)), float(chance.uniform(1.9, 2.1))
    world = World(gravity_m_s2=0.0)
    body = pymunk.Body(mass_kg, pymunk.moment_for_box(mass_kg, (wide_m, THICK_M)))
    body.position = (wide_m / 2, 0.0)
    leaf = pymunk.Poly.create_box(body, (wide_m, THICK_M))
    world.add("door", body, material, leaf, depth_m=high_m)
    world.space.add(pymunk.PivotJoint(world.space.static_body, body, (0.0, 0.0)))
    world.ground((wide_m - 0.03, -THICK_M / 2), (wide_m + 0.05, -THICK_M / 2), "wood")  # the stop it closes against
    # A fixed hinge leads the leaf by a moment of force; half an extent of play keeps it free of the stop while open.
    plan = _plan(chance, duration_s)

    def push() -> None:
        target_rad, stiff = plan[min(world.steps, len(plan) - 1)]
        inertia = mass_kg * wide_m**2 / 3
        need = stiff * inertia * (target_rad - body.angle) - 2 * math.sqrt(stiff) * inertia * body.angular_velocity
        body.torque = need - HINGE_N_M_S * body.angular_velocity

    world.run(duration_s + 0.1, push)
    emitter = SceneEmitter(
        id="door",
        words=Words(exact=f"a {material} door opening and closing", category="a door"),
        material=material,
        mass_kg=mass_kg,
        size_m=round(high_m, 3),
    )
    path = world.motion("door")
    view_m = high_m * float(chance.uniform(1.15, 1.4))
    floor = FLOORS[int(chance.integers(len(FLOORS)))]
    left_m = wide_m / 2 - view_m / 2
    return Play(
        duration_s=duration_s,
        words=emitter.words,
        emitters=(emitter,),
        motions=(body_motion(world, "door", ticks(duration_s), 2.0),),
        events=in_order(_events(world, path, wide_m, emitter), duration_s),
        grounds=(Patch(-9.0, 9.0, 0.0, floor),),
        scenery=(
            Shape(wide_m / 2, high_m / 2 + 0.03, "wood", 0.0, wide_m / 2 + 0.07, high_m / 2 + 0.03, shade=0.4),
            Shape(wide_m / 2, high_m / 2, "stone", 0.0, wide_m / 2, high_m / 2, shade=0.12),
        ),
        figures=tuple(
            _front(float(path[picture * (STEP_HZ // 30), 2]), material, wide_m, high_m)
            for picture in range(pictures(duration_s))
        ),
        view=View(view_m, -0.1 * view_m, still(duration_s, left_m)),
    )


def _plan(chance: np.random.Generator, duration_s: float) -> list[tuple[float, float]]:
    """Where the hand leads the leaf at every physics step, and how hard: (angle in rad, stiffness per s²)."""
    steps: list[tuple[float, float]] = []

    def hold(seconds: float, angle_rad: float, stiff: float) -> None:
        steps.extend([(angle_rad, stiff)] * round(seconds * STEP_HZ))

    hold(float(chance.uniform(0.3, 0.8)), -0.02, 400.0)
    while len(steps) < duration_s * STEP_HZ:
        wide_rad = float(chance.uniform(0.6, 1.35))
        hold(float(chance.uniform(1.0, 1.8)), wide_rad, float(chance.uniform(8.0, 30.0)))
        hold(float(chance.uniform(1.0, 1.6)), -0.25, float(chance.uniform(6.0, 60.0)))
        hold(float(chance.uniform(0.4, 1.0)), -0.02, 400.0)
    return steps


def _events(world: World, path: Track, wide_m: float, emitter: SceneEmitter) -> list[TraceEvent]:
    """It opens when the leaf leaves its latch, and closes when the stop stops it."""
    angle, spin = path[:, 2], path[:, 5]
    found: list[TraceEvent] = []
    leaving = np.flatnonzero((angle[1:] > AJAR_RAD) & (angle[:-1] <= AJAR_RAD)) + 1
    for step in leaving:
        contact = Contact(
            material=emitter.material,
            other="metal",
            speed_m_s=round(float(abs(spin[step]) * wide_m), 4),
            mass_kg=emitter.mass_kg,
            size_m=emitter.size_m,
        )
        found.append(event(float(step) / STEP_HZ, "door", "door_open", contact))
    open_until = {int(step) for step in leaving}
    for hit in blows(world.hits, "door", closing_m_s=0.15, merge_s=0.3):
        if not any(step < hit.step for step in open_until):
            continue  # it stood against its stop already
        contact = Contact(
            material=emitter.material,
            other=hit.other,
            speed_m_s=round(hit.closing_m_s, 4),
            impulse_n_s=round(hit.impulse_n_s, 4),
            mass_kg=emitter.mass_kg,
            size_m=emitter.size_m,
        )
        found.append(event(hit.at_s, "door", "door_close", contact))
    return found


def _front(angle: float, material: Material, wide_m: float, high_m: float) -> tuple[Shape, ...]:
    """The leaf from the front: it narrows as it turns, catches less light, and its handle travels with its edge."""
    turned = max(0.0, angle)
    half = max(0.02, wide_m * math.cos(turned) / 2)
    grown = high_m / 2 * (1.0 + 0.08 * math.sin(turned))  # it opens towards the camera
    shade = 0.45 + 0.55 * math.cos(turned)
    leaf = Shape(half, high_m / 2, material, 0.0, half, grown, emitter=0, shade=shade, shadow=False)
    panel = Shape(
        half, high_m * 0.7, material, 0.0, half * 0.7, high_m * 0.18, emitter=0, shade=shade * 0.75, shadow=False
    )
    handle = Shape(2 * half * 0.9, high_m * 0.48, "metal", 0.035, emitter=0, shade=1.4, shadow=False)
    return leaf, panel, handle
