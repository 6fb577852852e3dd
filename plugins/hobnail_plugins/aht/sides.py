"""What plays on one thread: one-shots and sustained voices of a side. Live there is one, offline there may be two."""

from __future__ import annotations

from collections.abc import Sequence

from hobnail.contracts import Life, Step, VoiceInput, VoiceStart
from hobnail_plugins.aht.counts import Counts
from hobnail_plugins.aht.foretelling import OPENED, foretell
from hobnail_plugins.aht.model import Model
from hobnail_plugins.aht.one_shots import OneShots
from hobnail_plugins.aht.playing import part_of
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.stand_in import StandIn
from hobnail_plugins.aht.sustained import Sustained


class Side:
    """Side ``number`` of every model. [one thread at a time]"""

    def __init__(self, settings: AhtConfig, stand_in: StandIn, number: int) -> None:
        self._most = min(OPENED, settings.voices)
        self.counts = Counts()
        self.one_shots = OneShots(settings, self.counts, stand_in, number)
        self.sustained = Sustained(settings, Counts(), stand_in, number)

    @property
    def all_counts(self) -> tuple[Counts, ...]:
        """[any] Of all threads that work for it."""
        return self.counts, self.one_shots.made, self.sustained.counts

    def foretell(self, model: Model | None, lives: Sequence[Life]) -> list[list[Step]]:
        """Whole voices, as many at once as there is room for."""
        made: dict[int, list[Step]] = {}
        for kind in ("sustained", "one_shot"):
            which = [index for index, life in enumerate(lives) if life.start.event.kind == kind]

            def start(voices: Sequence[VoiceStart], kind: str = kind) -> Sequence[Step]:
                if kind == "sustained":
                    return [self.sustained.start(model, voice) for voice in voices]
                if model is None:
                    return [self.one_shots.by_rule(voice) for voice in voices]
                return self.one_shots.begin_together(model, voices)

            def step(voices: Sequence[VoiceInput], kind: str = kind) -> Sequence[Step]:
                return self.sustained.step(voices) if kind == "sustained" else self.one_shots.step(voices)

            some = [lives[index] for index in which]
            made.update(zip(which, foretell(some, start, step, opened=self._most), strict=True))
        return [made[index] for index in range(len(lives))]


def grouped(voices: Sequence[VoiceInput]) -> list[tuple[bool, list[int]]]:
    """Voices that can be stepped together, by index, and whether they are sustained."""
    groups: dict[tuple[int, bool], list[int]] = {}
    for index, voice in enumerate(voices):
        part = part_of(voice)
        groups.setdefault((id(part.model), part.start.event.kind == "sustained"), []).append(index)
    return [(sustained, which) for (_, sustained), which in groups.items()]
