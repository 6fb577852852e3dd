"""The pool is filled: whole one-shots, made ahead block by block, for the kinds of event that were asked for lately."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hobnail.contracts import Float32, Step, VoiceStart
from hobnail_plugins.aht.beside import Work
from hobnail_plugins.aht.counts import Counts
from hobnail_plugins.aht.model import ONE_SHOT_HOPS, TAIL_HOPS, Model
from hobnail_plugins.aht.playing import Part
from hobnail_plugins.aht.ringing import Ringing
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.takes import Kind, Pool


@dataclass(slots=True, eq=False)
class Filling:
    """A take that is being made."""

    kind: Kind
    voice: VoiceStart
    seed: int
    part: Part | None = None
    pieces: list[Float32] = field(default_factory=list)

    @property
    def hops(self) -> int:
        """Of its next block."""
        return TAIL_HOPS if self.pieces else ONE_SHOT_HOPS


class Filler:
    """Chooses what to make, keeps what was made. [engine]"""

    def __init__(self, settings: AhtConfig, counts: Counts, ringing: Ringing) -> None:
        self._counts, self._ringing = counts, ringing
        self._wanted = settings.takes > 0
        self.pool = Pool(depth=settings.takes, limit_bytes=settings.takes_mb << 20)
        self._filling: Filling | None = None

    def cost_s(self, model: Model, *, passes: int = 0) -> float:
        """Of the next block; ``passes`` 0: all of them."""
        hops = ONE_SHOT_HOPS if self._filling is None else self._filling.hops
        return self._ringing.cost_s(model, hops, passes or len(model.times(hops)) - 1)

    def block(self, model: Model) -> Work[tuple[Filling, Step | None]] | None:
        """The next block of a take, pass by pass, to be made where one-shots are made; None: there is none to make."""
        if self._filling is None:
            wish = self.pool.wish() if self._wanted else None
            if wish is None:
                return None
            self._filling = Filling(*wish)
        return self._block(model, self._filling)

    def _block(self, model: Model, filling: Filling) -> Work[tuple[Filling, Step | None]]:
        if filling.part is None:
            filling.part = self._ringing.begin(model, filling.voice, filling.seed, gain=1.0, take=True)
            if filling.part is None:
                return filling, None
        (step,) = yield from self._ringing.blocks([filling.part], [filling.voice], filling.hops, 0)
        return filling, step

    def keep(self, filling: Filling, step: Step | None) -> None:
        """What was made; of a take that was given up meanwhile nothing. None: it could not be made."""
        if filling is not self._filling:
            return
        if step is None:
            self._filling = None
            return
        assert step.block.samples is not None
        filling.pieces.append(step.block.samples)
        if step.block.last:
            self.pool.put(filling.kind, np.concatenate(filling.pieces))
            self._counts.takes_made += 1
            self._filling = None

    def give_up(self) -> None:
        """What is being made."""
        self._filling = None

    def begin_anew(self) -> None:
        """Another model makes other takes."""
        self.give_up()
        self.pool.clear()
