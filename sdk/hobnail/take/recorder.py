"""Writes a session down while it plays: stands between pipeline, engines and mixer, and changes nothing but one thing.

A voice that is to begin "as soon as possible" gets a frame two blocks ahead (2.7 ms), since only a frame that is known
can be played again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from hobnail.audio import RATE_HZ
from hobnail.commands import AnyCommand
from hobnail.config import Config
from hobnail.contracts import (
    Block,
    Engine,
    Float32,
    Step,
    VoiceInput,
    VoiceStart,
)
from hobnail.notices import AnyNotice, Refused
from hobnail.take import model as line
from hobnail.take.files import TakeWriter
from hobnail.take.listening import heard
from hobnail.version import version
from hobnail_native import ClockPage, Mixer, SynthRenderer, VoiceRenderer, VoiceReport, monotonic_ns

_TRIES: Final = 20_000  # looks at the mixer's epoch: some milliseconds, and a block takes a tenth of one
_NEAR_NS: Final = 250_000  # so shortly before a block is due, a call waits until it was mixed
_PIN_BLOCKS: Final = 2


class TakeRecorder:
    """Records one session into ``path``. Given to ``Session`` or ``Server``. [control] unless said otherwise."""

    def __init__(self, path: Path) -> None:
        self._writer = TakeWriter(path)
        self._mixer: _NotingMixer | None = None
        self._told: dict[int, line.Told] = {}
        self._seeds: dict[int, int] = {}
        self._by_rule: dict[int, SynthRenderer] = {}  # voices that a live engine gave patches for
        self._underruns = 0

    def new_mixer(self, **arguments: Any) -> Mixer:  # noqa: ANN401 - handed on as new_mixer gives them
        """The session's mixer, which notes what it is told."""
        self._mixer = _NotingMixer(self, **arguments)
        return self._mixer

    def noted(self, engines: Mapping[str, Engine]) -> Mapping[str, Engine]:
        """The same engines; what they are told is written down."""
        return heard(engines, self, rules=False)

    def open(self, config: Config) -> None:
        """Begin the file. Raises SinkError."""
        self._writer.open()
        engines = {id: dict(config.settings("engines", id)) for id in config.engine}
        self._writer.put(
            line.TakeHeader(
                hobnail=version(),
                rate_hz=RATE_HZ,
                engine=config.session.engine,
                session=msgspec.to_builtins(config.session),
                engines=engines,
            )
        )

    def close(self) -> None:
        """Finish the file. Raises SinkError."""
        mixer = self._mixer
        self._writer.put(
            line.Ended(
                at=0 if mixer is None else mixer.frame,
                inexact=0 if mixer is None else mixer.inexact,
                underruns=self._underruns,
            )
        )
        self._writer.close()

    def took(self, command: AnyCommand) -> None:
        """[engine] A command reached the session."""
        self.note(line.Asked(at=self.frame, command=command))

    def answered(self, notices: Sequence[AnyNotice]) -> None:
        """[engine] What the session said."""
        for notice in notices:
            if isinstance(notice, Refused):
                refused = line.NotDone(at=self.frame, client=notice.client, request=notice.request, code=notice.code)
                self.note(refused)

    @property
    def frame(self) -> int:
        """[any] Of the next block."""
        return 0 if self._mixer is None else self._mixer.frame

    def note(self, entry: line.TakeLine) -> None:
        """[engine] Write a line."""
        self._writer.put(entry)

    def note_start(self, voice: VoiceStart, engine: str) -> None:
        """[engine] An engine opens a voice."""
        controls, features = dict(voice.controls), dict(voice.features)
        self._told[voice.voice] = line.Told(controls=controls, features=features, contact=voice.contact, stopping=False)
        self._seeds[voice.voice] = voice.seed
        self.note(
            line.Started(
                at=self.frame,
                voice=voice.voice,
                engine=engine,
                event=voice.event.name,
                emitter=voice.emitter,
                contact=voice.contact,
                controls=controls,
                features=features,
                seed=voice.seed,
            )
        )

    def note_step(self, voices: Sequence[VoiceInput], engine: str) -> None:
        """[engine] An engine steps some voices."""
        told = {voice.voice: change for voice in voices if (change := self._change(voice)) is not None}
        self.note(line.Stepped(at=self.frame, engine=engine, voices=tuple(v.voice for v in voices), told=told))

    def note_sound(self, voice: int, step: Step) -> None:
        """[engine] What an engine made; a patch, which is another engine's rule, as the sound that it gives."""
        at, block = self.frame, step.block
        if block.samples is not None:
            self.note(_sounded(at, voice, block.samples, block))
        elif block.patch is not None:
            if voice not in self._by_rule:
                self._by_rule[voice] = SynthRenderer(self._seeds.get(voice, 0))
            self._writer.put_made(partial(_rendered, at, voice, self._by_rule[voice], block))

    def note_report(self, report: VoiceReport) -> None:
        """[engine] The mixer saw something."""
        if report.kind == "late":
            self.note(line.Late(at=self.frame, voice=report.voice, start_frame=report.frame))
        elif report.kind == "underrun":
            self._underruns += 1
            self.note(line.Dry(at=self.frame, voice=report.voice, frame=report.frame, frames=report.frames))
        elif report.kind == "ended":
            for kept in (self._told, self._by_rule, self._seeds):
                kept.pop(report.voice, None)

    def _change(self, voice: VoiceInput) -> line.Told | None:
        before = self._told.get(voice.voice, line.Told())
        now = line.Told(
            controls=dict(voice.controls),
            features=dict(voice.features),
            contact=voice.contact,
            stopping=voice.stopping,
        )
        if now == before:
            return None
        self._told[voice.voice] = now
        return line.Told(
            controls=None if now.controls == before.controls else now.controls,
            features=None if now.features == before.features else now.features,
            contact=None if now.contact == before.contact else now.contact,
            stopping=None if now.stopping == before.stopping else now.stopping,
        )


def _sounded(at: int, voice: int, samples: Float32, block: Block) -> line.Sounded:
    return line.Sounded(at=at, voice=voice, samples=samples.astype("<f4").tobytes(), last=block.last)


def _rendered(at: int, voice: int, renderer: SynthRenderer, block: Block) -> line.Sounded:
    """[writer] Milliseconds of work, which the engine's thread does not have when it plays by rule."""
    assert block.patch is not None
    renderer.play(block.patch, block.frames, last=block.last)
    return _sounded(at, voice, renderer.render(block.frames), block)


class _NotingMixer(Mixer):
    """Notes what it is told, with the block that sees it first."""

    def __init__(
        self,
        recorder: TakeRecorder,
        *,
        block_frames: int,
        clock: ClockPage,
        **rest: Any,  # noqa: ANN401 - handed on
    ) -> None:
        super().__init__(block_frames=block_frames, clock=clock, **rest)
        self._clock = clock
        self._recorder = recorder
        self._pin_frames = _PIN_BLOCKS * block_frames
        self.inexact = 0  #: changes that the mixer may have seen a block later

    def set_emitter(self, emitter: int, *, gain: float, pan: float, distance_m: float, bus: int) -> None:
        place = super().set_emitter
        at, exact, _ = self._between(lambda: place(emitter, gain=gain, pan=pan, distance_m=distance_m, bus=bus))
        self._recorder.note(
            line.Placed(at=at, strip=emitter, gain=gain, pan=pan, distance_m=distance_m, bus=bus, exact=exact)
        )

    def set_bus(self, bus: int, gain: float) -> None:
        put = super().set_bus
        at, exact, _ = self._between(lambda: put(bus, gain))
        self._recorder.note(line.BusSet(at=at, bus=bus, gain=gain, exact=exact))

    def fade_voice(self, voice: int, frames: int, reason: str) -> bool:
        fade = super().fade_voice
        at, exact, done = self._between(lambda: fade(voice, frames, reason))
        self._recorder.note(line.Faded(at=at, voice=voice, frames=frames, reason=reason, exact=exact))
        return bool(done)

    def open_voice(
        self, voice: int, renderer: VoiceRenderer, *, emitter: int, start_frame: int, gain: float = 1.0
    ) -> bool:
        at = self.frame
        begin = at + self._pin_frames if start_frame == Mixer.NEXT_BLOCK else start_frame
        if not super().open_voice(voice, renderer, emitter=emitter, start_frame=begin, gain=gain):
            return False
        self._recorder.note(line.Opened(at=at, voice=voice, strip=emitter, start_frame=begin, gain=gain))
        return True

    def reports(self) -> Sequence[VoiceReport]:
        found = super().reports()
        for report in found:
            self._recorder.note_report(report)
        return found

    def _between(self, call: Callable[[], object]) -> tuple[int, bool, object]:
        """Call while no block is being mixed; returns the frame of the block that sees it first, whether that is
        certain, and what the call gave."""
        for _ in range(_TRIES):
            epoch = self.epoch
            due_ns = self._clock.read()[1]  # of the next block
            if epoch % 2 == 0 and not due_ns - _NEAR_NS < monotonic_ns() < due_ns + _NEAR_NS:
                break
        epoch, at = self.epoch, self.frame
        given = call()
        exact = epoch % 2 == 0 and self.epoch == epoch
        self.inexact += not exact
        return at, exact, given
