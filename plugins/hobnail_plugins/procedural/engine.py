"""The procedural engine: opens voices by rule and steers the sustained ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hobnail.audio import RATE_HZ, db_to_gain
from hobnail.contracts import Block, EngineSpec, Step, VoiceInput, VoiceStart
from hobnail.scene import Contact, Emitter
from hobnail_native import SynthPatch
from hobnail_plugins.procedural import cloth, doors, footsteps, friction, impacts, water
from hobnail_plugins.procedural.bodies import plate_ratios
from hobnail_plugins.procedural.controls import Axes, to_patch
from hobnail_plugins.procedural.dice import Dice
from hobnail_plugins.procedural.materials import MATERIALS
from hobnail_plugins.procedural.plan import Plan
from hobnail_plugins.procedural.spec import CONTROLS, EVENTS, STEP_FRAMES, ProceduralConfig
from hobnail_plugins.procedural.touch import FLOWS, Touch, level_db, settle

OneShotRule = Callable[[Touch, Dice], tuple[Plan, float]]
BaseRule = Callable[[Touch, Dice], Plan]
HeldRule = Callable[[Plan, Touch], Plan]

ONE_SHOTS: Final[Mapping[str, OneShotRule]] = {
    "footstep": footsteps.footstep,
    "impact": impacts.impact,
    "door_open": doors.door_open,
    "door_close": doors.door_close,
    "splash": water.splash,
    "cloth": cloth.cloth,
}
HELD: Final[Mapping[str, tuple[BaseRule, HeldRule, float]]] = {
    # event: what rings (once), what drives it (each step), how much is left of it a step after the stop
    "scrape": (friction.rubbed_modes, friction.scrape, 0.45),
    "roll": (friction.rubbed_modes, friction.roll, 0.80),
    "rain": (water.rain_modes, water.rain, 0.93),
    "pour": (cloth.still, water.pour, 0.80),
    "cloth_move": (cloth.still, cloth.cloth_move, 0.75),
    "creak": (friction.creak_modes, friction.creak, 0.5),
    "wind": (cloth.still, cloth.wind, 0.95),
}
_DENSITY_PER_DB: Final = 0.42 / 18.0
"""What the intensity axis does to a flow: from one end to the other it crosses nearly its whole range."""
_HEARD_AS_DROPS: Final = 0.68
"""Share of the axis' level that more or fewer drops already make."""
_GONE: Final = 0.02
"""A stopped voice whose drive has sunk to this share is told its last patch."""


@dataclass(frozen=True, slots=True)
class Held:
    """A sustained voice between two steps."""

    event: str
    emitter: Emitter
    base: Plan
    share: float  #: 1 while it runs, sinking after the stop
    contact: Contact
    controls: Mapping[str, float]
    features: Mapping[str, float]
    patch: SynthPatch


class ProceduralEngine:
    """Physically informed Foley without a model. Stateless but for its settings: two of them never meet."""

    def __init__(self, settings: ProceduralConfig | None = None) -> None:
        self._settings = settings or ProceduralConfig()
        self._gain = db_to_gain(self._settings.gain_db)
        self._spec = EngineSpec(
            id="procedural",
            help="Physically informed rules and a native synthesiser; no model, no samples.",
            events=EVENTS,
            materials=tuple(MATERIALS),
            controls=CONTROLS,
            step_frames=STEP_FRAMES,
        )

    @property
    def spec(self) -> EngineSpec:
        """[any] What it is and can do."""
        return self._spec

    def prepare(self) -> None:
        """[control] Warm what the first voice would otherwise pay for."""
        for aspect in (0.55, 0.66, 0.75, 0.83, 0.91, 1.0):
            for count in (6, 14, 16, 18, 20, 22, 24):
                plate_ratios(aspect, count)
        for event in EVENTS:
            voice = VoiceStart(
                voice=0, event=event, emitter=Emitter(id=""), contact=Contact(), controls={}, features={}, seed=0
            )
            self.start(voice)

    def start(self, voice: VoiceStart) -> Step:
        """[engine] Open a voice: a one-shot's whole sound, or a sustained voice's first step."""
        event = voice.event.name
        touch = settle(event, voice.emitter, voice.contact, voice.features)
        dice = Dice(voice.seed, self._settings.variation)
        if event in ONE_SHOTS:
            plan, seconds = ONE_SHOTS[event](touch, dice)
            frames = int(min(seconds, self._settings.tail_s) * RATE_HZ)
            return Step(Block(frames=frames, patch=to_patch(plan, Axes.of(voice.controls), self._gain), last=True))
        base_rule, _, _ = HELD[event]
        base = base_rule(touch, dice)
        patch = self._patch(event, base, touch, voice.controls, 1.0)
        state = Held(
            event=event,
            emitter=voice.emitter,
            base=base,
            share=1.0,
            contact=voice.contact,
            controls=voice.controls,
            features=voice.features,
            patch=patch,
        )
        return Step(Block(frames=STEP_FRAMES, patch=patch), state)

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] The next 512 frames of each sustained voice."""
        return [self._step(voice) for voice in voices]

    def _step(self, voice: VoiceInput) -> Step:
        state = voice.state
        if not isinstance(state, Held):
            raise TypeError(f"voice {voice.voice} came with {type(state).__name__}, not the state its start returned")
        unchanged = (
            not voice.stopping
            and voice.controls == state.controls
            and voice.features == state.features
            and voice.contact == state.contact
        )
        if unchanged:
            return Step(Block(frames=STEP_FRAMES, patch=state.patch), state)
        share = state.share * HELD[state.event][2] if voice.stopping else 1.0
        last = share < _GONE
        touch = settle(state.event, state.emitter, voice.contact, voice.features)
        patch = self._patch(state.event, state.base, touch, voice.controls, 0.0 if last else share)
        if last:
            return Step(Block(frames=int(self._settings.tail_s * RATE_HZ), patch=patch, last=True))
        state = Held(
            event=state.event,
            emitter=state.emitter,
            base=state.base,
            share=share,
            contact=voice.contact,
            controls=voice.controls,
            features=voice.features,
            patch=patch,
        )
        return Step(Block(frames=STEP_FRAMES, patch=patch), state)

    def _patch(self, event: str, base: Plan, touch: Touch, controls: Mapping[str, float], share: float) -> SynthPatch:
        axes = Axes.of(controls)
        if event in FLOWS:
            # More rain is more drops: the intensity axis moves them first, and the level only by what is left of it.
            more = axes.level_db * _DENSITY_PER_DB
            flow = 0.5 if touch.intensity is None else touch.intensity
            touch = replace(touch, intensity=min(1.1, max(0.02, flow + more)))
            plan = HELD[event][1](base, touch)
            plan.gain = db_to_gain(touch.force_db - axes.level_db * _HEARD_AS_DROPS)
        else:
            plan = HELD[event][1](base, touch)
            plan.gain = db_to_gain(level_db(touch, 0.0))
        plan.drive(share)
        return to_patch(plan, axes, self._gain, held=True)
