"""How weights of an emitter stood when it was last stepped, for the next voice that begins on it.

Smoothing belongs to the emitter: a scrape that is taken up again goes on with the weights that it had, in place of
finding them anew in its first steps. A voice has a copy, and advances it once a step; the emitter keeps the one of its
newest voice. Only where any take will do: with a seed, or offline, a voice begins from nothing, so that one seed gives
one sound whatever was played before.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from hobnail.contracts import VoiceStart
from hobnail_plugins.aht.model import Model
from hobnail_plugins.aht.voice import Voice

MOST: Final = 1024
"""Emitters that are kept in mind; who was stepped longest ago is forgotten."""


class EmitterWeights:
    """By emitter, for one model at a time. [one thread]"""

    def __init__(self) -> None:
        self._model: Model | None = None
        self._states: OrderedDict[str, object] = OrderedDict()

    def __len__(self) -> int:
        return len(self._states)

    def lend(self, model: Model, start: VoiceStart, voice: Voice) -> None:
        """[engine] A new voice goes on with its emitter's, if it is known and any take will do."""
        if start.fresh and model is self._model and (state := self._states.get(start.emitter.id)) is not None:
            voice.weights = state

    def note(self, model: Model, start: VoiceStart, voice: Voice) -> None:
        """[engine] A voice was stepped; the emitter's newest is noted last."""
        if not start.fresh or voice.weights is None:
            return
        if model is not self._model:  # another one's component may know other states
            self._model = model
            self._states.clear()
        states, emitter = self._states, start.emitter.id
        states[emitter] = voice.weights
        states.move_to_end(emitter)
        if len(states) > MOST:
            states.popitem(last=False)
