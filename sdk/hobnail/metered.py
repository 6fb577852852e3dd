"""An engine with a stopwatch: whatever it can do it still can, and what it is asked for is timed and counted."""

from __future__ import annotations

import logging
import math
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from hobnail.contracts import Arrival, DeferringEngine, Engine, EngineSpec, Step, VoiceInput, VoiceStart
from hobnail.fronting import fronted
from hobnail.histogram import Histogram, RecentMedian
from hobnail.metrics import Sizes
from hobnail_native import monotonic_ns

_log = logging.getLogger(__name__)

HELD: Final = 4096  # voices that are known to be sustained
FIGURES: Final = 64  # names that an engine may tell at once

OVERLOAD: Final = ("fewer_steps", "fewer_one_shots", "stood_in", "stand_in_one_shots", "no_room", "stolen")
"""Figures that count what an engine left out because time or room was short, by whatever engine tells them."""


@runtime_checkable
class TellsFigures(Protocol):
    """What an engine may offer beside its contract, for people who watch it."""

    def figures(self) -> Mapping[str, float]:
        """[engine] Figures of the whole engine by name, a few times a second; quick, and finite numbers."""


@runtime_checkable
class TellsVoiceFigures(Protocol):
    """What an engine may offer beside its contract, for people who watch one voice of it."""

    def voice_figures(self, state: object) -> Mapping[str, float]:
        """[engine] Figures of the voice with this state, as :class:`Step` handed it over."""


@dataclass(slots=True)
class EngineWatch:
    """What one engine was asked for. [engine]"""

    id: str
    period_ms: float  #: of its steps
    opening: Histogram = field(default_factory=Histogram)
    opening_recent: RecentMedian = field(default_factory=RecentMedian)
    batches: Counter[int] = field(default_factory=Counter)
    turn_ms: float = 0.0  #: spent in it since the turn began
    turn_voices: int = 0
    turn_opened: int = 0
    late: list[tuple[float, int]] = field(default_factory=list)  #: steps that arrived in this turn: ms, voices

    def opened(self, took_ns: int) -> None:
        """It opened a voice."""
        self.made(took_ns)
        self.turn_ms += took_ns / 1e6
        self.turn_opened += 1

    def made(self, took_ns: int) -> None:
        """From being asked to a voice's first block it took so long."""
        self.opening.add(took_ns / 1e6)
        self.opening_recent.add(took_ns / 1e6)

    def deferred(self) -> None:
        """A voice's first block is coming."""
        self.turn_opened += 1

    def stepped(self, voices: int, took_ns: int) -> None:
        """It stepped some voices at once."""
        self.batches[voices] += 1
        self.turn_ms += took_ns / 1e6
        self.turn_voices += voices

    def end_turn(self) -> None:
        """The turn is over and counted."""
        self.late.clear()
        self.turn_ms, self.turn_voices, self.turn_opened = 0.0, 0, 0

    def sizes(self) -> Sizes:
        """How many voices it was given at once."""
        calls = self.batches.total()
        if not calls:
            return Sizes()
        return Sizes(
            count=calls,
            mean=sum(size * count for size, count in self.batches.items()) / calls,
            largest=max(self.batches),
            usual=self.batches.most_common(1)[0][0],
        )


class MeteredEngine:
    """Stands before an engine. Implements :class:`hobnail.contracts.Engine`."""

    def __init__(self, engine: Engine, watch: EngineWatch) -> None:
        self._engine = engine
        self._watch = watch
        self._asked_ns: dict[int, int] = {}  # voice whose first block is coming -> when it was asked for

    @property
    def spec(self) -> EngineSpec:
        """[any] The engine's own."""
        return self._engine.spec

    def prepare(self) -> None:
        """[control] Prepare the engine."""
        self._engine.prepare()

    def start(self, voice: VoiceStart) -> Step:
        """[engine] Open a voice, timed."""
        began, coming = monotonic_ns(), False
        try:
            step = self._engine.start(voice)
            coming = step.coming
            return step
        finally:
            if coming:
                self._asked_ns[voice.voice] = began
                self._watch.deferred()
            else:
                self._watch.opened(monotonic_ns() - began)

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] Step voices, timed."""
        began = monotonic_ns()
        try:
            return self._engine.step(voices)
        finally:
            self._watch.stepped(len(voices), monotonic_ns() - began)


class MeteredDeferring(MeteredEngine):
    """The same before an engine whose blocks may come later: what it takes is told when they are there."""

    _engine: _Deferring

    def __init__(self, engine: Engine, watch: EngineWatch) -> None:
        super().__init__(engine, watch)
        self._held: OrderedDict[int, None] = OrderedDict()  # sustained voices
        self._steps_ns: dict[int, int] = {}  # voice whose step is coming -> when it was asked for

    def start(self, voice: VoiceStart) -> Step:
        """[engine] Open a voice, timed."""
        if voice.event.kind == "sustained":
            self._held[voice.voice] = None
            if len(self._held) > HELD:
                self._held.popitem(last=False)
        return super().start(voice)

    def step(self, voices: Sequence[VoiceInput]) -> Sequence[Step]:
        """[engine] Step voices; a hop is as long as it takes until a sustained voice's sound is there."""
        began = monotonic_ns()
        steps = self._engine.step(voices)
        here = sum(not step.coming for step in steps)
        if here or not steps:
            self._watch.stepped(len(steps), monotonic_ns() - began)
        else:
            self._watch.batches[len(steps)] += 1
        for voice, step in zip(voices, steps, strict=False):  # a wrong number is the session's to judge
            if step.coming and voice.voice in self._held:
                self._steps_ns[voice.voice] = began
        return steps

    def arrived(self) -> Sequence[Arrival]:
        """[engine] What is there."""
        arrivals, now = self._engine.arrived(), monotonic_ns()
        together: Counter[int] = Counter()
        for arrival in arrivals:
            if (asked_ns := self._asked_ns.pop(arrival.voice, None)) is not None:
                self._watch.made(now - asked_ns)
            if (asked_ns := self._steps_ns.pop(arrival.voice, None)) is not None:
                together[asked_ns] += 1
            if arrival.step is None or arrival.step.block.last:
                self._held.pop(arrival.voice, None)
        self._watch.late += [((now - asked_ns) / 1e6, voices) for asked_ns, voices in together.items()]
        return arrivals


class _Deferring(Engine, DeferringEngine, Protocol):
    """Both."""


def metered(engine: Engine, watch: EngineWatch) -> Engine:
    """``engine`` behind a stopwatch. Everything else that it offers is offered too, also to ``isinstance``."""
    return fronted(MeteredDeferring if isinstance(engine, DeferringEngine) else MeteredEngine, engine, watch)


def figures_of(engine: Engine) -> dict[str, float]:
    """An engine's own figures; empty when it has none, or stumbles over them."""
    return _told(engine.figures, engine) if isinstance(engine, TellsFigures) else {}


def overload_of(figures: Mapping[str, Mapping[str, float]]) -> dict[str, int]:
    """Of all engines' figures, those that count what was left out; only what happened."""
    found: Counter[str] = Counter()
    for named in figures.values():
        found.update({step: int(named[step]) for step in OVERLOAD if named.get(step, 0.0) > 0})
    return dict(found)


def voice_figures_of(engine: Engine, state: object) -> dict[str, float]:
    """What an engine tells of one voice; empty when it tells nothing, or stumbles."""
    return _told(lambda: engine.voice_figures(state), engine) if isinstance(engine, TellsVoiceFigures) else {}


def _told(ask: Any, engine: Engine) -> dict[str, float]:  # noqa: ANN401 - a stranger's function
    try:
        given = dict(ask())
        return {str(name): float(value) for name, value in list(given.items())[:FIGURES] if math.isfinite(value)}
    except Exception as error:  # a stranger's code may raise anything; figures are not worth a hop
        _log.debug("Engine %r cannot tell its figures: %s: %s", engine.spec.id, type(error).__name__, error)
        return {}
