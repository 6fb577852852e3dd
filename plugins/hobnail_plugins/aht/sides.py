"""What plays on one thread: one-shots and sustained voices of a side. Live there is one, offline there may be two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from hobnail.contracts import Life, Step, VoiceInput, VoiceStart
from hobnail_plugins.aht.counts import Counts
from hobnail_plugins.aht.foretelling import TOGETHER, foretell
from hobnail_plugins.aht.levels import STRUCK
from hobnail_plugins.aht.model import Model
from hobnail_plugins.aht.one_shots import OneShots
from hobnail_plugins.aht.playing import part_of
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.stand_in import StandIn
from hobnail_plugins.aht.sustained import Sustained

ONE_SHOT_STEPS: Final = 32
"""Steps of a sustained voice, one of many, that cost as much as a one-shot."""


class Side:
    """Side ``number`` of every model. [one thread at a time]"""

    def __init__(self, settings: AhtConfig, stand_in: StandIn, number: int) -> None:
        self._most = min(TOGETHER, settings.voices)
        self.counts = Counts()
        self.one_shots = OneShots(settings, self.counts, stand_in, number)
        self.sustained = Sustained(settings, Counts(), stand_in, number)

    @property
    def all_counts(self) -> tuple[Counts, ...]:
        """[any] Of all threads that work for it."""
        return self.counts, self.one_shots.made, self.sustained.counts

    def foretell(
        self, model: Model | None, lives: Sequence[Life], held: Iterator[int], struck: Iterator[int]
    ) -> dict[int, list[Step]]:
        """Whole voices, as many at once as there is room for: by index, of those that are ``held`` and of one-shots.

        Another side may draw from the same.
        """

        def start_held(voices: Sequence[VoiceStart]) -> Sequence[Step]:
            return [self.sustained.start(model, voice) for voice in voices]

        def start_struck(voices: Sequence[VoiceStart]) -> Sequence[Step]:
            if model is None:
                return [self.one_shots.by_rule(voice) for voice in voices]
            return self.one_shots.begin_together(model, voices)

        made = foretell(lives, held, start_held, self.sustained.step, together=self._most)
        return made | foretell(lives, struck, start_struck, self.one_shots.step, together=self._most)


def shared_out(lives: Sequence[Life], sides: int) -> tuple[list[Iterator[int]], Iterator[int]]:
    """Sustained voices for each side, and one-shots that all of them draw from.

    Sustained voices are cheaper the more of them step together, so all are one side's, while another makes one-shots,
    unless they are most of the work.
    """
    held = [index for index, life in enumerate(lives) if life.start.event.kind == "sustained"]
    struck = [index for index, life in enumerate(lives) if life.start.event.kind == "one_shot"]
    struck.sort(key=lambda index: lives[index].start.event.name in STRUCK)  # what may last longest first
    alone = sum(len(lives[index].inputs) for index in held) <= ONE_SHOT_STEPS * len(struck)
    parts = [held, *([] for _ in range(sides - 1))] if alone else [held[side::sides] for side in range(sides)]
    return [iter(part) for part in parts], iter(struck)


def grouped(voices: Sequence[VoiceInput]) -> list[tuple[bool, list[int]]]:
    """Voices that can be stepped together, by index, and whether they are sustained."""
    groups: dict[tuple[int, bool], list[int]] = {}
    for index, voice in enumerate(voices):
        part = part_of(voice)
        groups.setdefault((id(part.model), part.start.event.kind == "sustained"), []).append(index)
    return [(sustained, which) for (_, sustained), which in groups.items()]
