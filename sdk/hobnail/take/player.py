"""Plays a take again: the same engines told the same things, the same mixer told the same before the same blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hobnail.contracts import Engine, EventSpec, Float32, Step, VoiceInput, VoiceStart
from hobnail.errors import RenderError
from hobnail.take import model as line
from hobnail_native import Mixer, SampleRenderer, SynthRenderer, VoiceRenderer

_PIECE_FRAMES = 256
_AHEAD_FRAMES = 4096
_GRID = 64  # the mixer's own


@dataclass(slots=True)
class _Voice:
    engine: Engine
    renderer: VoiceRenderer
    told: VoiceInput


def play_take(
    take: line.Take, engines: Mapping[str, Engine], new_mixer: Callable[[], Mixer], *, frames: int | None = None
) -> Iterator[Float32]:
    """Yield the mix, float32 [<= 256, 2] at a time, from the first frame of the session on.

    ``engines``: those that the take names, prepared, from the same bundle. ``frames``: where to end; default where the
    session ended. Raises RenderError when an engine is missing.
    """
    kept = frozenset(entry.voice for entry in take.lines if isinstance(entry, line.Sounded))
    kept |= _unheard(take)
    player = _Player(engines, new_mixer(), _starts(take), kept, _gaps(take))
    end = take.frames if frames is None else frames
    for entry in take.lines:
        yield from player.until(min(entry.at - entry.at % _GRID, end))
        player.do(entry)
    yield from player.until(end)


def _unheard(take: line.Take) -> frozenset[int]:
    """Voices that never reached the mixer: their engine broke, or they were stolen before their first block came."""
    opened = {entry.voice for entry in take.lines if isinstance(entry, line.Opened)}
    return frozenset(entry.voice for entry in take.lines if isinstance(entry, line.Started)) - opened


def _starts(take: line.Take) -> dict[int, int]:
    """Voice -> the frame at which it really began."""
    return {entry.voice: entry.start_frame for entry in take.lines if isinstance(entry, line.Late)}


Gaps = Mapping[int, list[tuple[int, int]]]
"""Voice -> (first frame, frame after the last) of each gap, in order of time."""


def _gaps(take: line.Take) -> Gaps:
    gaps: dict[int, list[tuple[int, int]]] = {}
    for entry in take.lines:
        if isinstance(entry, line.Dry):
            gaps.setdefault(entry.voice, []).append((entry.frame, entry.frame + entry.frames))
    return gaps


class _Player:
    def __init__(
        self, engines: Mapping[str, Engine], mixer: Mixer, late: Mapping[int, int], kept: frozenset[int], gaps: Gaps
    ) -> None:
        self._kept = kept  # voices that no engine is asked for: their sound is in the take, or they have none
        self._sounds: dict[int, SampleRenderer] = {}
        self._engines = engines
        self._mixer = mixer
        self._late = late
        self._gaps = gaps
        self._begins: dict[int, int] = {}  # open voice -> its first frame, in the order in which they opened
        self._voices: dict[int, _Voice] = {}
        self._given = 0

    def until(self, frame: int) -> Iterator[Float32]:
        """The mix up to ``frame``."""
        while self._given < frame:
            size = min(_PIECE_FRAMES, frame - self._given, self._feed_all())
            self._given += size
            yield self._mixer.pull(size)

    def _feed_all(self) -> int:
        """Feed what sounds, but leave the gaps that were heard; returns the frames until the first of them is over."""
        now = self._mixer.frame
        for report in self._mixer.reports():
            if report.kind == "ended":
                self._begins.pop(report.voice, None)
        free = _PIECE_FRAMES
        for voice, first in self._begins.items():
            gaps = self._gaps.get(voice, [])
            while gaps and gaps[0][1] <= now:
                gaps.pop(0)
            if gaps:
                begin, end = gaps[0]
                free = min(free, end - now)
                self._mixer.render_ahead(voice, min(_AHEAD_FRAMES, max(0, begin - max(now, first))))
            else:
                self._mixer.render_ahead(voice, _AHEAD_FRAMES)
        return free

    def do(self, entry: line.TakeLine) -> None:
        """What a line says."""
        match entry:
            case line.Started():
                self._start(entry)
            case line.Stepped():
                self._step(entry)
            case line.Sounded():
                samples = np.frombuffer(entry.samples, "<f4").astype(np.float32)
                self._sounds.setdefault(entry.voice, SampleRenderer()).feed(samples, last=entry.last)
            case line.Opened():
                self._open(entry)
            case line.Faded():
                self._mixer.fade_voice(entry.voice, entry.frames, entry.reason)
            case line.Placed():
                self._mixer.set_emitter(
                    entry.strip, gain=entry.gain, pan=entry.pan, distance_m=entry.distance_m, bus=entry.bus
                )
            case line.BusSet():
                self._mixer.set_bus(entry.bus, entry.gain)

    def _start(self, entry: line.Started) -> None:
        if entry.voice in self._kept:
            return
        engine = self._engines.get(entry.engine)
        if engine is None:
            raise RenderError(
                f"The take was played with the engine {entry.engine!r}, which is not here.",
                cure=f"Install it; there are: {', '.join(self._engines) or 'none'}.",
            )
        start = VoiceStart(
            voice=entry.voice,
            event=_event(engine, entry.event),
            emitter=entry.emitter,
            contact=entry.contact,
            controls=entry.controls,
            features=entry.features,
            seed=entry.seed,
        )
        try:
            step = engine.start(start)
        except Exception:  # noqa: BLE001, RUF100 - it broke when it was recorded too, and its voice was never opened
            return
        renderer: VoiceRenderer = SampleRenderer() if step.block.patch is None else SynthRenderer(entry.seed)
        told = VoiceInput(
            voice=entry.voice,
            state=None,
            controls=entry.controls,
            features=entry.features,
            contact=entry.contact,
            stopping=False,
        )
        voice = self._voices[entry.voice] = _Voice(engine, renderer, told)
        _feed(voice, step)

    def _open(self, entry: line.Opened) -> None:
        voice = self._voices.get(entry.voice)
        renderer = self._sounds.get(entry.voice) if voice is None else voice.renderer
        if renderer is None:
            raise RenderError(f"Voice {entry.voice} cannot be made again: its engine fails now.", cure="See its log.")
        begin = self._late.get(entry.voice, entry.start_frame)
        self._begins[entry.voice] = begin
        self._mixer.open_voice(entry.voice, renderer, emitter=entry.strip, start_frame=begin, gain=entry.gain)

    def _step(self, entry: line.Stepped) -> None:
        voices = [self._voices[number] for number in entry.voices if number not in self._kept]
        if not voices:
            return
        for voice in voices:
            if (change := entry.told.get(voice.told.voice)) is not None:
                given = {
                    name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not None
                }
                voice.told = replace(voice.told, **given)
        try:
            steps = voices[0].engine.step([voice.told for voice in voices])
        except Exception:  # noqa: BLE001, RUF100 - as when it was recorded; the lines that follow say what came of it
            return
        for voice, step in zip(voices, steps, strict=True):
            _feed(voice, step)


def _event(engine: Engine, name: str) -> EventSpec:
    for event in engine.spec.events:
        if event.name == name:
            return event
    raise RenderError(
        f"The engine {engine.spec.id!r} has no event {name!r} now.", cure="Render with the bundle that was recorded."
    )


def _feed(voice: _Voice, step: Step) -> None:
    """What a step brought, into the voice's renderer."""
    block = step.block
    if isinstance(voice.renderer, SynthRenderer) and block.patch is not None:
        voice.renderer.play(block.patch, block.frames, last=block.last)
    elif isinstance(voice.renderer, SampleRenderer) and block.samples is not None:
        voice.renderer.feed(block.samples, last=block.last)
    voice.told = replace(voice.told, state=step.state)
