"""Latents of sustained voices to samples at their levels, as many by one call as have blocks of one length."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hobnail.contracts import Float32, VoiceInput
from hobnail_plugins.aht.levels import Turn, turned
from hobnail_plugins.aht.playing import RELEASE, Part
from hobnail_plugins.aht.voice import Voice

_log = logging.getLogger(__name__)


class Going(NamedTuple):
    """A voice that the network played before as well."""

    place: int
    told: VoiceInput
    part: Part
    voice: Voice


def sounded(voices: Sequence[VoiceInput], parts: Sequence[Part], latents: Mapping[int, Float32]) -> dict[int, Float32]:
    """[engine] Samples by index, of those that go on, where their codec decodes voices together.

    ``latents`` [hops, latents] by index. The rest is left to be decoded one by one.
    """
    lengths: dict[int, list[Going]] = {}
    for index, made in latents.items():
        part = parts[index]
        if part.standing is None and part.voice is not None:
            lengths.setdefault(len(made), []).append(Going(index, voices[index], part, part.voice))
    found: dict[int, Float32] = {}
    for going in lengths.values():
        found |= _sounded(going, latents)
    return found


def _sounded(going: Sequence[Going], latents: Mapping[int, Float32]) -> dict[int, Float32]:
    model = going[0].part.model
    assert model is not None
    try:
        found = model.sounded([each.voice for each in going], np.stack([latents[each.place] for each in going]))
    except Exception:  # one of them: who it is, is found out one by one
        _log.exception("Voices cannot be decoded together.")
        return {}
    if found is None:
        return {}
    turns = []
    for each in going:
        before = each.part.release
        after = before * RELEASE if each.told.stopping else before
        turns.append(Turn(each.voice.hold, each.voice.steady_db, each.voice.gain, before, after))
    for each, hold in zip(going, turned(found, turns, bends=True), strict=True):
        each.voice.hold, each.part.held = hold, latents[each.place][-1]
    return {each.place: samples for each, samples in zip(going, found, strict=True)}
