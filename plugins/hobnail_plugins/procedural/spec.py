"""What the procedural engine offers: its events, its settings, and the frames it thinks in."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from hobnail.contracts import EventSpec

STEP_FRAMES: Final = 512
"""How often sustained voices are told something new: 10.67 ms."""

CONTROLS: Final = ("pitch", "intensity", "texture")

EVENTS: Final = (
    EventSpec(name="footstep", kind="one_shot", help="A sole (other) comes down on the ground (material)."),
    EventSpec(name="impact", kind="one_shot", help="A thing (other, or the emitter) strikes a surface (material)."),
    EventSpec(name="door_open", kind="one_shot", help="Latch, hinge and a breath of air; material of the leaf."),
    EventSpec(name="door_close", kind="one_shot", help="The leaf meets its frame, the latch falls in."),
    EventSpec(name="splash", kind="one_shot", help="A body goes into water: slap, cavity, spray, bubbles."),
    EventSpec(name="cloth", kind="one_shot", help="One rustle of cloth, leather or plastic."),
    EventSpec(name="scrape", kind="sustained", help="A thing (other) drags over a surface; follows slip_m_s."),
    EventSpec(name="roll", kind="sustained", help="A round thing rolls over a surface; follows speed_m_s."),
    EventSpec(name="rain", kind="sustained", help="Drops on a surface (material); intensity is their density."),
    EventSpec(name="pour", kind="sustained", help="Water poured into water or on a surface; intensity is the flow."),
    EventSpec(name="cloth_move", kind="sustained", help="Clothing in motion; follows speed_m_s."),
    EventSpec(name="creak", kind="sustained", help="Stick and slip of a hinge or plank; follows speed_m_s."),
    EventSpec(name="wind", kind="sustained", help="Moving air with gusts; follows speed_m_s."),
)


class ProceduralConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the table ``[engine.procedural]``."""

    gain_db: Annotated[float, msgspec.Meta(ge=-60.0, le=24.0)] = 0.0  #: level of everything the engine makes
    variation: Annotated[float, msgspec.Meta(ge=0.0, le=2.0)] = 1.0  #: how far takes differ; 0: only their noise does
    tail_s: Annotated[float, msgspec.Meta(ge=0.05, le=10.0)] = 2.5  #: longest ring of a one-shot or a stopped voice
