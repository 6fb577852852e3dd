"""The neural engine: one-shots whole, sustained voices step by step, takes made ahead, bundles swapped as it plays."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from hobnail.audio import HOP_FRAMES
from hobnail.contracts import Arrival, EngineSpec, Life, Step, VoiceInput, VoiceStart
from hobnail.errors import BundleError, EngineError
from hobnail.settling import short_turns
from hobnail_plugins.aht.beside import FIRST, Beside, whole
from hobnail_plugins.aht.counts import Counts
from hobnail_plugins.aht.foretelling import Blocks, Silent
from hobnail_plugins.aht.gathering import Gathering
from hobnail_plugins.aht.loading import cores, load_model, named_folder
from hobnail_plugins.aht.manifest import MANIFEST
from hobnail_plugins.aht.model import ONE_SHOT_HOPS, TAIL_HOPS, Model
from hobnail_plugins.aht.phrases import EVENTS
from hobnail_plugins.aht.playing import RELEASE_STEPS, Playing, part_of
from hobnail_plugins.aht.safe_mode import refuse_if_it_crashed
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_plugins.aht.sides import Side, grouped, shared_out
from hobnail_plugins.aht.spec import CONTROLS
from hobnail_plugins.aht.stand_in import StandIn
from hobnail_plugins.aht.sustained import START_FRAMES, STEP_FRAMES
from hobnail_plugins.aht.telling import named, told_of
from hobnail_plugins.aht.watching import Watching
from hobnail_plugins.procedural.materials import MATERIALS

RING_LEAD_FRAMES: Final = 4096
"""How far ahead a one-shot's tail is asked for, 85 ms: new one-shots may come before it."""

TOGETHER_FRAMES: Final = STEP_FRAMES // 2 + 128
"""Voices this near to each other are stepped together. A hop more brings every other one that near, with 2.7 ms to
spare: their leads are read while the mixer goes on."""

TOGETHER_MOST: Final = 20
"""Two batches of half as many take a seventh longer than one, and each is there in half of the time."""

_log = logging.getLogger(__name__)


class AhtEngine:
    """The adaptive hybrid transformer on onnxruntime. Voices carry their own state; only the newest can go on."""

    on_request = True  #: a session loads it only when it is named: a model is seconds and a hundred megabytes

    def __init__(self, settings: AhtConfig | None = None) -> None:
        self._settings = settings or AhtConfig()
        self._stand_in = StandIn(self._settings.gain_db)
        self._sides = [Side(self._settings, self._stand_in, 0)]
        self._counts = self._sides[0].counts
        self._one_shots, self._sustained = self._sides[0].one_shots, self._sides[0].sustained
        self._steps: Beside[tuple[int, ...], Sequence[Arrival]] = Beside("hobnail-steps")
        self._gathering = Gathering(self._each_step)
        self._model: Model | None = None
        self._coming: Model | None = None
        self._watching: Watching | None = None
        self._prepared = False
        self._spec = EngineSpec(
            id="aht",
            help="The adaptive hybrid transformer: a neural model of recorded Foley.",
            events=EVENTS,
            materials=tuple(MATERIALS),
            controls=CONTROLS,
            step_frames=STEP_FRAMES,
            together_frames=TOGETHER_FRAMES,
            together_most=TOGETHER_MOST,
            ring_lead_frames=RING_LEAD_FRAMES,
            states_once=True,
            palettes=bool(self._settings.palettes),
        )

    @property
    def spec(self) -> EngineSpec:
        """[any] What it is and can do."""
        return self._spec

    def prepare(self) -> None:
        """[control] Load the bundle and warm it up. Raises BundleError, MissingExtraError, PluginError.

        A bundle that brought the program down the last time is left out: everything is played by rule.
        """
        self._stand_in.prepare()
        try:
            refuse_if_it_crashed(bundle_folder(self._settings))
        except BundleError as error:
            _log.warning("Safe mode, everything is played by rule: %s", error)
        else:
            self._model = load_model(self._settings)
        self._prepared = True

    def load(self, folder: Path) -> None:
        """[control] Swap the bundle while it plays: what comes is new, voices that sound finish on the old one.

        Raises BundleError, MissingExtraError, PaletteError, PluginError; then everything goes on as it was.
        """
        self._coming = load_model(self._settings, folder=folder)

    def load_palette(self, folder: Path) -> None:
        """[control] Put a palette beside what sounds; the next step follows it. Raises PaletteError, EngineError."""
        self._ready().palettes.load(folder)
        self._one_shots.stale = True

    def unload_palette(self, name: str) -> None:
        """[control] Take a palette out. Raises PaletteError, EngineError."""
        self._ready().palettes.unload(name)
        self._one_shots.stale = True

    def change(self, op: Literal["load", "unload"], name: str) -> None:
        """[control] Load a palette or a bundle of the folder ``palettes`` by its name, or unload a palette.

        Raises PaletteError, BundleError, EngineError.
        """
        if op == "unload":
            self.unload_palette(name)
            return
        folder = named_folder(self._settings.palettes, name)
        if (folder / MANIFEST).is_file():
            self.load(folder)
        else:
            self.load_palette(folder)

    def rest(self, state: object) -> object:
        """[engine] A sustained voice is not heard for a while: its memory is another's."""
        return self._steps.run(lambda: self._sustained.rest(state))

    def resume(self, state: object, frames: int) -> object:
        """[engine] It is heard again: clock and place as if it had played, what it remembers begins anew."""
        return self._steps.run(lambda: self._sustained.resume(state, frames))

    def voice_figures(self, state: object) -> Mapping[str, float]:
        """[engine] Of one voice's newest block: weights, entropies, gates, sinks, the router's load."""
        part = state.part if isinstance(state, Playing) else None
        if part is None or part.model is None or part.voice is None or part.standing is not None:
            return {}
        return told_of(part.voice, part.model.palettes.now.now)

    def show(self, pictures: NDArray[np.uint8], at_frames: NDArray[np.int64]) -> None:
        """[control] A film: what voices see from now on. Raises EngineError."""
        self._watching = Watching.of(pictures, at_frames, lead_ms=self._settings.vision_lead_ms)
        if self._model is not None:
            self._model.watching = self._watching

    def attention(self) -> NDArray[np.float64]:
        """[control] Of every block since: float64 [blocks, 5], as :class:`hobnail.contracts.SeeingEngine` says."""
        return np.zeros((0, 5)) if self._watching is None else self._watching.notes()

    def start(self, voice: VoiceStart) -> Step:
        """[engine] Open a voice: a one-shot's first 0.68 s or a whole take, or a sustained voice's first step.

        Where ``later`` allows, it is made on a thread of its own and arrives.
        """
        model = self._current()
        if voice.event.kind == "sustained":
            if not voice.later:
                return self._steps.run(lambda: self._sustained.start(model, voice))
            work = whole(lambda: [Arrival(voice.voice, self._sustained.start(model, voice))])
            self._steps.ask((voice.voice,), work, urgency=FIRST)
            return Step.to_come()
        if model is None:
            return self._one_shots.by_rule(voice)
        return self._one_shots.start(model, voice)

    def silent(self) -> Silent:
        """[engine] Its silent twin, see :class:`hobnail.contracts.ForeseeingEngine`."""
        blocks = Blocks(
            start=START_FRAMES,
            step=STEP_FRAMES,
            first=ONE_SHOT_HOPS * HOP_FRAMES,
            later=TAIL_HOPS * HOP_FRAMES,
            longest=self._settings.longest_hops * HOP_FRAMES,
            lag=(model.codec.spec.lag_frames or 0) if (model := self._current()) else 0,
            release_steps=RELEASE_STEPS,
        )
        return Silent(self._spec, blocks)

    def foretell(self, lives: Sequence[Life]) -> Sequence[Sequence[Step]]:
        """[engine] Whole voices, as many side by side as there is room for; on two threads, where there are two cores.

        Since a voice is the same in any company, it does not matter which of them makes it.
        """
        model = self._current()
        two = self._settings.workers != 1 and cores() > 1 and len(lives) > 1
        if two and len(self._sides) == 1:
            self._sides.append(Side(self._settings, self._stand_in, 1))
        held, struck = shared_out(lives, 2 if two else 1)
        if two:
            with short_turns(), ThreadPoolExecutor(1, "hobnail-second") as pool:
                second = pool.submit(self._sides[1].foretell, model, lives, held[1], struck)
                made = self._sides[0].foretell(model, lives, held[0], struck) | second.result()
        else:
            made = self._sides[0].foretell(model, lives, held[0], struck)
        return [made[index] for index in range(len(lives))]

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] The next step of sustained voices, the next 0.17 s of one-shots that still ring."""
        self._current()
        made: dict[int, Step] = {}
        for sustained, which in grouped(voices):
            some = [voices[index] for index in which]
            steps = self._stepped(some) if sustained else self._one_shots.step(some)
            made.update(zip(which, steps, strict=True))
        return [made[index] for index in range(len(voices))]

    def arrived(self) -> Sequence[Arrival]:
        """[engine] Blocks that were to come and are there."""
        found = self._one_shots.arrived()
        for done in self._steps.arrived():
            if done.error is not None:  # told of here, as nobody else is
                said = None if isinstance(done.error, EngineError) else done.error
                _log.error("Sustained voices cannot go on: %s", done.error, exc_info=said)
            found += [Arrival(voice, None) for voice in done.asker] if done.made is None else done.made
        return found

    def call_on_arrival(self, call: Callable[[], None]) -> None:
        """[control] As :class:`hobnail.contracts.CallingEngine` says."""
        self._steps.on_done = call
        self._one_shots.call_when_done(call)

    def idle(self, budget_s: float) -> bool:
        """[engine] Make a block of a take, if there is one to make and it fits ``budget_s``; whether it was made here.

        Where one-shots have a thread of their own it is made there, unless time is short.
        """
        model = self._current()
        self._sustained.pressure.rest(perf_counter())
        if model is None or (self._one_shots.beside and self._sustained.pressure.level):
            return False
        return self._one_shots.fill(model, budget_s)

    def excess(self) -> int:
        """[engine] Voices that are too many for the machine, by the newest step; the session steals them."""
        found, self._sustained.excess = self._sustained.excess, 0
        self._counts.stolen += found
        return found

    def figures(self) -> Mapping[str, float]:
        """[engine] What it counted and saw, by name."""
        pool = self._one_shots.pool
        found = Counts().figures(*(counts for side in self._sides for counts in side.all_counts)) | {
            "level": float(self._sustained.pressure.level),
            "rises": float(self._sustained.pressure.rises),
            "takes": float(len(pool)),
            "takes_bytes": float(pool.bytes),
            "take_hits": float(pool.hits),
            "take_misses": float(pool.misses),
            "safe_mode": float(self._prepared and self._model is None),
        }
        if (model := self._model) is not None:
            found["on_gpu"] = float(model.provider != "CPUExecutionProvider")
            found["native"] = float(model.native)
            found["helped"] = float(model.threads.helped)
            found["memory_moves"] = float(sum(model.slab(sustained=kind).moves for kind in (True, False)))
            found |= named({name: values.mean(axis=0) for name, values in model.reports.items()})
        return found

    @property
    def provider(self) -> str:
        """[any] What the network really runs on; "" in safe mode."""
        return self._model.provider if self._model is not None else ""

    def _stepped(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        if not (voices[0].later and self._steps.began):
            return self._steps.run(lambda: self._sustained.step(voices))
        self._gathering.add(part_of(voices[0]).model, voices)
        self._steps.ask(tuple(voice.voice for voice in voices), whole(self._gathering.stepped), urgency=FIRST)
        return [Step.to_come() for _ in voices]

    def _each_step(self, voices: Sequence[VoiceInput]) -> Sequence[Step | None]:
        return self._sustained.each_step(voices)

    def _current(self) -> Model | None:
        """The model of new voices; one that was loaded meanwhile takes its place now, between two steps."""
        if not self._prepared:
            raise EngineError("the model is not loaded.", cure="Call prepare() first.")
        if (coming := self._coming) is not None:
            self._model, self._coming = coming, None
            coming.watching = self._watching
            self._one_shots.stale = True
            self._counts.swaps += 1
        return self._model

    def _ready(self) -> Model:
        model = self._coming or self._model
        if model is None:
            raise EngineError("there is no model to load a palette into.", cure="Load a bundle first.")
        return model
