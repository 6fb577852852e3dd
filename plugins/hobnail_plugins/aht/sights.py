"""What a voice sees: the scene rows of its last hops, of which the network makes tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hobnail.audio import HOP_FRAMES
from hobnail.contracts import Float32
from hobnail.scene import SCENE_FEATURES
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.vision import scene as rows


@dataclass(frozen=True, slots=True, eq=False)
class Sights:
    """Scene rows of the hops before now, the newest last."""

    scene: Float32  #: [vision hops, scene width]
    seen: Bools  #: [vision hops]
    rows: rows.SceneState
    told: Mapping[str, float]  #: features as they came last


def nothing_seen(spec: NetworkSpec) -> Sights:
    """Of a voice that has not begun."""
    scene = np.zeros((spec.vision_hops, spec.scene_width), np.float32)
    return Sights(scene, np.zeros(spec.vision_hops, np.bool_), rows.begin(), {})


def after(sights: Sights, features: Mapping[str, float], hops: int) -> Sights:
    """``hops`` hops later. What was told before is old: an impulse counts when it comes, not as long as it stands."""
    new = {name: value for name, value in features.items() if sights.told.get(name) != value}
    tick = np.array([[new.get(name, np.nan) for name in SCENE_FEATURES]], np.float32)
    at = np.array([sights.rows.hop * HOP_FRAMES], np.int64)
    made, state = rows.push(tick, at, hops, sights.rows)
    known = np.full(hops, bool(features))
    size = sights.seen.size
    return Sights(
        scene=np.concatenate([sights.scene, made])[-size:],
        seen=np.concatenate([sights.seen, known])[-size:],
        rows=state,
        told=features,
    )
