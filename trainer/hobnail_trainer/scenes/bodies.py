"""What pymunk wrote down of a body, as an emitter's motion and as contacts."""

from __future__ import annotations

import numpy as np

from hobnail.scene import Contact
from hobnail_trainer.scenes.model import SceneEmitter
from hobnail_trainer.scenes.play import Motion
from hobnail_trainer.scenes.world import STEPS_PER_TICK, Hit, World


def body_motion(world: World, name: str, count: int, depth_m: float) -> Motion:
    """A body's motion at 60 Hz; every contact counts for the tick that ends its interval."""
    path = world.motion(name)[::STEPS_PER_TICK][:count]
    impulse, slip, area = np.zeros(count), np.zeros(count), np.zeros(count)
    for hit in world.hits:
        tick = -(-hit.step // STEPS_PER_TICK)
        if hit.body == name and tick < count:
            impulse[tick] += hit.impulse_n_s
            slip[tick] = max(slip[tick], hit.slip_m_s)
            area[tick] = max(area[tick], hit.area_m2)
    depth = np.full((count, 1), -depth_m)
    return Motion(np.hstack([path[:, :2], depth]), path[:, 3:5], impulse, slip, area)


def blow(hit: Hit, thing: SceneEmitter) -> Contact:
    """The contact of a blow as a game would send it."""
    return Contact(
        material=hit.other,
        other=thing.material,
        speed_m_s=round(hit.closing_m_s, 4),
        slip_m_s=round(hit.slip_m_s, 4),
        impulse_n_s=round(hit.impulse_n_s, 4),
        mass_kg=thing.mass_kg,
        size_m=thing.size_m,
    )
