"""The paper that the recorder writes on: emitters, events at seconds, features at ticks."""

from __future__ import annotations

from dataclasses import dataclass, field

from hobnail.audio import RATE_HZ, seconds_to_frames
from hobnail.scene import Contact, EmitterSettings, EventAction, Pose
from hobnail.trace import TraceControl, TraceEmitter, TraceEvent, TraceFrame, TraceItem, TraceListener

TICK_HZ = 60
TICK_FRAMES = RATE_HZ // TICK_HZ
COLUMNS = (
    "speed_m_s",
    "acceleration_m_s2",
    "slip_m_s",
    "wetness",
    "position_x_m",
    "position_y_m",
    "position_z_m",
)


@dataclass
class Stage:
    """Collects what the set pieces report; ``items`` puts it into order."""

    duration_s: float
    emitters: list[TraceEmitter] = field(default_factory=list)
    timed: list[TraceItem] = field(default_factory=list)
    ticks: dict[int, dict[str, tuple[float | None, ...]]] = field(default_factory=dict)

    def emitter(self, id: str, prompt: str, material: str, position_m: tuple[float, float, float], **settings):
        """Add a sounding thing at its first position."""
        made = EmitterSettings(
            prompt=prompt, material=material, position_m=tuple(round(value, 3) for value in position_m), **settings
        )
        self.emitters.append(TraceEmitter(id=id, settings=made))

    def event(
        self,
        at_s: float,
        emitter: str,
        name: str,
        contact: Contact | None = None,
        *,
        action: EventAction = "trigger",
        gain_db: float = 0.0,
        controls: dict[str, float] | None = None,
    ) -> None:
        """Something happens at an exact time, rounded to the frame."""
        self.timed.append(
            TraceEvent(
                at=seconds_to_frames(at_s),
                emitter=emitter,
                name=name,
                action=action,
                contact=contact or Contact(),
                gain_db=gain_db,
                controls=controls or {},
            )
        )

    def control(self, at_s: float, emitter: str, control: str, value: float) -> None:
        """A control moves."""
        self.timed.append(
            TraceControl(at=seconds_to_frames(at_s), emitter=emitter, control=control, value=round(value, 4))
        )

    def listener(self, at_s: float, position_m: tuple[float, float, float], forward: tuple[float, float, float]):
        """The ears move."""
        pose = Pose(
            position_m=tuple(round(value, 3) for value in position_m),
            forward=tuple(round(value, 3) for value in forward),
        )
        self.timed.append(TraceListener(at=seconds_to_frames(at_s), pose=pose))

    def features(
        self,
        tick: int,
        emitter: str,
        position_m: tuple[float, float, float],
        *,
        speed_m_s: float,
        acceleration_m_s2: float | None = None,
        slip_m_s: float | None = None,
        wetness: float | None = None,
    ) -> None:
        """What the game knows about one emitter at one tick."""
        row = (speed_m_s, acceleration_m_s2, slip_m_s, wetness, *position_m)
        rounded = tuple(None if value is None else round(float(value), 3) for value in row)
        self.ticks.setdefault(tick, {})[emitter] = rounded

    def items(self) -> tuple[TraceItem, ...]:
        """Everything in order of time; at one frame features come first, then the ears, controls and events."""
        frames = [TraceFrame(at=tick * TICK_FRAMES, rows=rows) for tick, rows in self.ticks.items()]
        order = (TraceFrame, TraceListener, TraceControl, TraceEvent)
        return tuple(sorted([*frames, *self.timed], key=lambda item: (item.at, order.index(type(item)))))
