"""Rain sets in and stops on one ground, and heavy drops fall from an edge, one by one."""

from __future__ import annotations

import numpy as np

from hobnail.scene import Contact
from hobnail.trace import TraceEvent
from hobnail_trainer.corpus.model import Material
from hobnail_trainer.scenes.materials import GROUNDS
from hobnail_trainer.scenes.model import PICTURE_HZ, TICK_HZ, SceneEmitter, Words
from hobnail_trainer.scenes.play import Motion, Patch, Play, Shape, Track, View, event, in_order, pictures, still, ticks
from hobnail_trainer.scenes.world import GRAVITY_M_S2

FALLS_M_S = 7.5
DROP_KG = 4.2e-6  # of 2 mm
HEAVY_KG = 6.5e-5  # of 5 mm
DROPS_PER_S = 900.0
"""In the picture, when it rains hardest."""
LASTS_S = 0.06
"""How long a splash is seen."""


def play(chance: np.random.Generator, duration_s: float) -> Play:
    """Strength rises and falls; every drop in the picture falls at its own time and splashes where it lands."""
    ground: Material = GROUNDS[int(chance.integers(len(GROUNDS)))]
    view_m = float(chance.uniform(0.9, 1.6))
    begin_s, end_s = float(chance.uniform(0.3, 0.9)), duration_s - float(chance.uniform(0.3, 1.0))
    at_s = np.arange(ticks(duration_s)) / TICK_HZ
    strength = _strength(chance, at_s, begin_s, end_s)
    landings = _landings(chance, at_s, strength, view_m)
    edge_m = (float(chance.uniform(-0.3, 0.3)) * view_m, float(chance.uniform(0.5, 0.75)) * view_m)
    drips_s = _drips(chance, begin_s, duration_s)
    onto: Material = "water" if ground == "water" else "metal" if chance.random() < 0.5 else ground
    rain = SceneEmitter(id="rain", words=Words(exact=f"rain on {ground}", category="rain"), material=ground)
    name = "splash" if onto == "water" else "impact"
    drip = SceneEmitter(
        id="drip",
        words=Words(exact=f"heavy drops falling on {onto}", category="dripping"),
        material="water",
        mass_kg=HEAVY_KG,
        size_m=0.005,
    )
    fall_s = (2 * edge_m[1] / GRAVITY_M_S2) ** 0.5
    speed_m_s = GRAVITY_M_S2 * fall_s
    contact = Contact(
        material=onto,
        other="water",
        speed_m_s=round(speed_m_s, 4),
        impulse_n_s=speed_m_s * HEAVY_KG,
        mass_kg=HEAVY_KG,
        size_m=0.005,
    )
    events = [event(let_go + fall_s, "drip", name, contact) for let_go in drips_s]
    events += _spell(begin_s, end_s, ground, float(strength.max()))
    plate = Shape(edge_m[0], -0.03, onto, 0.0, 0.16, 0.03, shadow=False)
    gutter = Shape(edge_m[0] + 0.3, edge_m[1] + 0.05, "metal", 0.02, 0.3, 0.02, shadow=False)
    return Play(
        duration_s=duration_s,
        words=Words(exact=f"{rain.words.exact}, {drip.words.exact}", category="rain"),
        emitters=(rain, drip),
        motions=(_rain_motion(strength, at_s), _drip_motion(drips_s, fall_s, edge_m, at_s)),
        events=in_order(events, duration_s),
        grounds=(Patch(-9.0, 9.0, 0.0, ground),),
        scenery=(gutter,) if onto == ground else (plate, gutter),
        figures=tuple(_drops(drips_s, fall_s, edge_m, picture / PICTURE_HZ) for picture in range(pictures(duration_s))),
        view=View(view_m, -0.2 * view_m, still(duration_s, -view_m / 2)),
        specks=tuple(
            _specks(landings, drips_s + fall_s, edge_m[0], picture / PICTURE_HZ)
            for picture in range(pictures(duration_s))
        ),
        wetness=np.minimum(1.0, np.cumsum(strength) / TICK_HZ / 3.0),
    )


def _spell(begin_s: float, end_s: float, ground: Material, strongest: float) -> list[TraceEvent]:
    contact = Contact(material=ground, other="water", speed_m_s=FALLS_M_S, intensity=round(strongest, 3))
    return [
        event(begin_s, "rain", "rain", contact, action="start"),
        event(end_s, "rain", "rain", action="stop"),
    ]


def _strength(chance: np.random.Generator, at_s: Track, begin_s: float, end_s: float) -> Track:
    """0..1 at every tick: knots of chance, joined smoothly; nothing outside the spell."""
    knots = np.linspace(begin_s, end_s, 5)
    levels = chance.uniform(0.15, 1.0, 5)
    return np.where((at_s >= begin_s) & (at_s <= end_s), np.interp(at_s, knots, levels), 0.0)


def _landings(chance: np.random.Generator, at_s: Track, strength: Track, view_m: float) -> Track:
    """time, x, y of every drop that is seen to land, float64 [drops, 3], by time."""
    counts = chance.poisson(strength * DROPS_PER_S / TICK_HZ)
    when = np.repeat(at_s, counts) + chance.uniform(0.0, 1 / TICK_HZ, counts.sum())
    where = chance.uniform(-0.55, 0.55, counts.sum()) * view_m
    deep = -chance.uniform(0.0, 0.18, counts.sum()) * view_m
    order = np.argsort(when, kind="stable")
    return np.column_stack([when, where, deep])[order]


def _drips(chance: np.random.Generator, begin_s: float, duration_s: float) -> Track:
    """When a heavy drop lets go of the edge."""
    gaps = chance.uniform(0.55, 1.2, 40)  # longer than the longest fall: one drop at a time
    times = begin_s + 0.4 + np.cumsum(gaps)
    return np.asarray(times[times < duration_s - 0.5])


def _rain_motion(strength: Track, at_s: Track) -> Motion:
    """Momentum of the drops a square metre takes in a tick: how a game would tell how hard it rains."""
    unknown = np.full(at_s.size, np.nan)
    raining = strength > 0.0
    velocity = np.column_stack([np.zeros(at_s.size), np.where(raining, -FALLS_M_S, 0.0)])
    impulse = strength * 3000.0 * DROP_KG * FALLS_M_S / TICK_HZ
    return Motion(np.zeros((at_s.size, 3)), velocity, impulse, unknown, unknown)


def _drip_motion(drips_s: Track, fall_s: float, edge_m: tuple[float, float], at_s: Track) -> Motion:
    """The drop that falls, or the one that hangs."""
    y, speed, impulse = np.full(at_s.size, edge_m[1]), np.zeros(at_s.size), np.zeros(at_s.size)
    for let_go in drips_s:
        falling = (at_s >= let_go) & (at_s < let_go + fall_s)
        y[falling] = edge_m[1] - 0.5 * GRAVITY_M_S2 * (at_s[falling] - let_go) ** 2
        speed[falling] = -GRAVITY_M_S2 * (at_s[falling] - let_go)
        tick = int(np.ceil((let_go + fall_s) * TICK_HZ))
        if tick < at_s.size:
            impulse[tick] += HEAVY_KG * GRAVITY_M_S2 * fall_s
    position = np.column_stack([np.full(at_s.size, edge_m[0]), y, np.zeros(at_s.size)])
    velocity = np.column_stack([np.zeros(at_s.size), speed])
    return Motion(position, velocity, impulse, np.zeros(at_s.size), np.full(at_s.size, np.nan))


def _drops(drips_s: Track, fall_s: float, edge_m: tuple[float, float], now_s: float) -> tuple[Shape, ...]:
    falling = [now_s - let_go for let_go in drips_s if 0.0 <= now_s - let_go < fall_s]
    heights = [edge_m[1] - 0.5 * GRAVITY_M_S2 * ago_s**2 for ago_s in falling]
    return tuple(Shape(edge_m[0], y, "ice", 0.016, emitter=1, shade=2.0, shadow=False) for y in heights)


def _specks(landings: Track, drips_at_s: Track, drip_x_m: float, now_s: float) -> Track:
    """Streaks of the drops in the air, and splashes of those that have just landed."""
    coming = landings[(landings[:, 0] > now_s) & (landings[:, 0] < now_s + 0.25)]
    along = np.arange(6) * 0.012
    streaks = [
        np.column_stack(
            [coming[:, 1], coming[:, 2] + FALLS_M_S * (coming[:, 0] - now_s) + up, np.full(len(coming), 0.16)]
        )
        for up in along
    ]
    landed = landings[(landings[:, 0] <= now_s) & (landings[:, 0] > now_s - LASTS_S)]
    age = (now_s - landed[:, 0]) / LASTS_S
    for side in (-1, 0, 1):
        rise = landed[:, 2] + 0.02 * (1 - abs(side)) + 0.02 * age
        streaks.append(np.column_stack([landed[:, 1] + side * 0.025 * age, rise, 0.5 * (1 - age)]))
    ages = now_s - drips_at_s
    for fresh in ages[(ages >= 0.0) & (ages < 2 * LASTS_S)] / (2 * LASTS_S):
        spread = np.linspace(-1, 1, 9)
        streaks.append(
            np.column_stack(
                [
                    drip_x_m + 0.08 * spread * fresh,
                    0.02 + 0.10 * fresh * (1 - spread**2) - 0.05 * fresh**2,
                    np.full(9, 0.9 * (1 - fresh)),
                ]
            )
        )
    return np.concatenate(streaks)
