"""The same pipeline by hand instead of by clock: commands with frames in, sound out, as fast as the machine can."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hobnail.assembly import new_mixer, prepared_engines
from hobnail.audio import RATE_HZ
from hobnail.clock import SessionClock
from hobnail.commands import AnyCommand
from hobnail.config import Config
from hobnail.contracts import Engine, Float32, SeeingEngine
from hobnail.foresight import foretold, silenced
from hobnail.host import Host
from hobnail.notices import AnyNotice
from hobnail.pipeline import Pipeline
from hobnail_native import ClockPage, Mixer

TURN_FRAMES = 256  # sound is taken in pieces of this size; commands keep their exact frames whatever it is
TAIL_FRAMES = 10 * RATE_HZ  # after the last command, silence is waited for this long at most


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A film that plays along: engines that see (:class:`hobnail.contracts.SeeingEngine`) look at it."""

    pictures: NDArray[np.uint8]  #: [pictures, height, width, 3], RGB
    at_frames: NDArray[np.int64]  #: [pictures], session frames, never going back


class OfflineSession:
    """Renders commands, sorted by ``at_frame``, without a thread or a clock. Same seeds, same bytes. [one thread]

    ``mixer`` makes the mixer; one that takes notes of what it is told can be given (see ``hobnail.render``).
    ``shown``: the film that plays along.
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        host: Host,
        mixer: Callable[..., Mixer] = Mixer,
        shown: Shown | None = None,
    ) -> None:
        config = config or Config()
        self._begin(config, host, prepared_engines(host, config), mixer)
        if shown is not None:
            self._seeing = [engine for engine in self._engines.values() if isinstance(engine, SeeingEngine)]
            for engine in self._seeing:
                engine.show(shown.pictures, shown.at_frames)

    @property
    def attention(self) -> NDArray[np.float64]:
        """What engines that saw the film attended to: float64 [blocks, 5] as ``SeeingEngine.attention`` says."""
        parts = [engine.attention() for engine in self._seeing]
        return np.concatenate(parts) if parts else np.zeros((0, 5))

    @property
    def frame(self) -> int:
        """How far it has rendered."""
        return self._mixer.frame

    def strip_of(self, emitter: str) -> int | None:
        """The mixer strip of an emitter that is on stage."""
        return self._pipeline.strip_of(emitter)

    def user_of(self, strip: int) -> str | None:
        """The emitter that a strip sounds for."""
        return self._pipeline.user_of(strip)

    def render(self, commands: Iterable[AnyCommand], frames: int | None = None) -> Iterator[Float32]:
        """Yield the stereo mix, float32 [<= TURN_FRAMES, 2] at a time.

        ``frames``: length of the render; without it, until all is silent after the last command.
        """
        if self._mixer.frame == 0 and not self._seeing:
            commands = list(commands)
            self._foresee(commands, frames)
        waiting = iter(commands)
        upcoming = next(waiting, None)
        last_frame = 0
        while True:
            now = self._mixer.frame
            while upcoming is not None and (upcoming.at_frame or 0) <= now + self._lead_frames + TURN_FRAMES:
                last_frame = max(last_frame, upcoming.at_frame or 0)
                self._pipeline.take(upcoming)
                upcoming = next(waiting, None)
            self._turn()
            if frames is None and upcoming is None and self._over(last_frame):
                return
            size = TURN_FRAMES if frames is None else min(TURN_FRAMES, frames - now)
            if size <= 0:
                return
            yield self._mixer.pull(size)

    def advance(self, commands: Iterable[AnyCommand]) -> Float32:
        """Take commands and give the next TURN_FRAMES of the mix, float32 [TURN_FRAMES, 2].

        For whoever is told what happens only as it goes: the same as :meth:`render`, provided that every command comes
        before a session looks that far, which is ``lead_frames`` ahead.
        """
        for command in commands:
            self._pipeline.take(command)
        self._turn()
        return self._mixer.pull(TURN_FRAMES)

    def _foresee(self, commands: Sequence[AnyCommand], frames: int | None) -> None:
        """Go through it in silence, if an engine can make use of that."""
        silent, rehearsals = silenced(self._engines)
        if not rehearsals:
            return
        rehearsal = OfflineSession._of(self._config, self._host, silent)
        for _ in rehearsal.render(commands, frames):
            pass
        ready = {id: foretold(self._engines[id], each) for id, each in rehearsals.items()}
        self._pipeline = self._new_pipeline({**self._engines, **ready})

    @classmethod
    def _of(cls, config: Config, host: Host, engines: Mapping[str, Engine]) -> OfflineSession:
        """With engines that are prepared already."""
        made = cls.__new__(cls)
        made._begin(config, host, engines, Mixer)
        return made

    def _begin(self, config: Config, host: Host, engines: Mapping[str, Engine], mixer: Callable[..., Mixer]) -> None:
        page = ClockPage()
        self._config, self._host, self._engines = config, host, engines
        self._seeing = []
        self._mixer = new_mixer(config.session, page, mixer)
        self._clock = SessionClock(page)
        self._pipeline = self._new_pipeline(engines)
        self._lead_frames = config.session.lead_frames
        self.notices: list[AnyNotice] = []  #: everything that was answered so far

    def _new_pipeline(self, engines: Mapping[str, Engine]) -> Pipeline:
        return Pipeline(
            self._mixer, self._clock, self._config.session, engines, self._host.controls(), commands_ns=math.inf
        )

    def _turn(self) -> None:
        self.notices.extend(self._pipeline.turn())
        while self._pipeline.behind:
            self.notices.extend(self._pipeline.turn())

    def _over(self, last_frame: int) -> bool:
        now = self._mixer.frame
        return now > last_frame and (not self._pipeline.sounding or now > last_frame + TAIL_FRAMES)
