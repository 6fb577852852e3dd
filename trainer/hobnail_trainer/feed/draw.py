"""Draws batches: what is chosen, from where, and what a model is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail_plugins.aht.spec import CUE_WIDTH
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.batch import TOLD, Bools, FeedBatch, Ints
from hobnail_trainer.feed.blur import Sight, SightScale, Way, blurred
from hobnail_trainer.feed.choice import chosen_parts, likely
from hobnail_trainer.feed.cues import contacts_told
from hobnail_trainer.feed.model import CELLS, SCENE_WIDTH, Entry
from hobnail_trainer.feed.place import Place, draw_place, goes_on, waited
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore, OpenPart, columns_of
from hobnail_trainer.feed.texts import MOST_TOKENS, TOKEN_WIDTH

EVENT_HOPS: Final = 4
"""A game tells of a contact at its next tick, up to 1.6 hops later, and a hop knows only what came before it. A session
gets that tick together with the event, and sounds it at once; here the sound is on the contact's own sample."""

_NOTHING: Final = TOLD.index("nothing")


@dataclass(frozen=True, slots=True, eq=False)
class _Sound:
    part: OpenPart
    entry: Entry
    texts: tuple[tuple[int, ...], ...]  # rows of the text table: exact, paraphrases, category, vague


class Drawer:
    """Everything that does not change from batch to batch. [one thread]"""

    def __init__(self, store: FeedStore, settings: FeedSettings) -> None:
        """Raises FeedError."""
        self._settings, self._store = settings, store
        self._silence, self._spread = store.silence, store.scale.spread
        self.parts = chosen_parts(store, settings)
        shares = [likely(store.parts[part], part, settings) for part in self.parts]
        self._edges = np.cumsum(np.concatenate(shares))
        self._sounds = [
            _Sound(store.parts[part], entry, self._texts(entry))
            for part in self.parts
            for entry in store.parts[part].index.entries
        ]
        indexes = [store.parts[part].index for part in self.parts]
        scene = columns_of([each.scene for each in indexes if each.scene])
        pixels = columns_of([each.pixels for each in indexes if each.pixels])
        self._sights = SightScale(scene, pixels) if scene and pixels else None

    def batch(self, hops: int, where: NDArray[np.float64], chance: np.random.Generator) -> FeedBatch:
        """Blocks of so many hops; ``where`` float64 [B], 0..1, chooses each block's sound."""
        count, settings = len(where), self._settings
        places = np.searchsorted(self._edges, where * self._edges[-1], side="right")
        sounds = [self._sounds[min(int(place), len(self._sounds) - 1)] for place in places]
        at = [draw_place(sound.entry, hops, settings, chance) for sound in sounds]
        told_of = chance.random(count) < settings.cued if settings.cued else np.zeros(count, np.bool_)
        at = [
            waited(place, sound.entry, settings, chance) if cued else place
            for place, sound, cued in zip(at, sounds, told_of, strict=True)
        ]
        latents, weight = self._target(sounds, at, hops)
        history, history_mask, context_noise = self._history(sounds, at, chance)
        text, text_mask, told = self._text(sounds, chance)
        scene, pixels, seen, horizon, noise = self._vision(sounds, at, hops, chance)
        kept = chance.random((count, 1))
        pictures = seen & (kept >= settings.rows_alone)
        rows = seen & (kept < 1.0 - settings.pixels_alone)
        cue = self._cues(sounds, at, told_of, hops, chance)
        lasts = np.zeros(count, np.int32)
        if settings.lasting:
            told_end = chance.random(count) < settings.lasting
            lasts[:] = [_lasts(sound.entry, place, settings) for sound, place in zip(sounds, at, strict=True)]
            lasts *= told_end
        return FeedBatch(
            latents=latents,
            weight=weight,
            history=history,
            history_mask=history_mask,
            age=np.array([place.age for place in at], np.int32),
            text=text,
            text_mask=text_mask,
            scene=scene,
            scene_mask=rows,
            pixels=pixels,
            pixels_mask=pictures,
            cue=cue,
            lasts=lasts,
            has_vision=np.asarray(seen.any(axis=1)),
            horizon=horizon,
            vision_noise=noise,
            controls=np.array([sound.entry.changes for sound in sounds], np.float32).reshape(count, 3),
            told=told,
            context_noise=context_noise,
            first=np.array([place.first for place in at], np.int32),
            clips=tuple(sound.entry.id for sound in sounds),
        )

    def _target(self, sounds: list[_Sound], at: list[Place], hops: int) -> tuple[Float32, Float32]:
        latents = np.empty((len(sounds), hops, self._silence.size), np.float32)
        weight = np.ones((len(sounds), hops), np.float32)
        for row, (sound, place) in enumerate(zip(sounds, at, strict=True)):
            entry = sound.entry
            begin, end = max(0, place.first), min(place.first + hops, entry.hops)
            latents[row] = self._silence
            if begin < end:
                there = sound.part.latents[entry.first + begin : entry.first + end]
                latents[row, begin - place.first : end - place.first] = there
            if goes_on(entry, self._settings):
                weight[row, max(0, entry.hops - place.first) :] = 0.0
            else:
                full = entry.hops + self._settings.after - place.first
                weight[row, max(0, full) :] = self._settings.late_weight
        return latents, weight

    def _history(
        self, sounds: list[_Sound], at: list[Place], chance: np.random.Generator
    ) -> tuple[Float32, Bools, Float32]:
        settings, width = self._settings, self._settings.history
        history = np.zeros((len(sounds), width, self._silence.size), np.float32)
        mask = np.zeros((len(sounds), width), np.bool_)
        left_out = chance.random(len(sounds)) < settings.history_null
        noisy = chance.random(len(sounds)) < settings.context_noise
        levels = (chance.random(len(sounds)) * settings.context_noise_most * noisy).astype(np.float32)
        for row, (sound, place) in enumerate(zip(sounds, at, strict=True)):
            entry, count = sound.entry, min(width, place.age)
            if count == 0 or left_out[row]:
                levels[row] = 0.0
                continue
            there = max(0, min(count, entry.hops - (place.first - count)))
            begin = entry.first + place.first - count
            history[row, width - count : width - count + there] = sound.part.latents[begin : begin + there]
            history[row, width - count + there :] = self._silence
            mask[row, width - count :] = True
            if levels[row]:
                noise = chance.standard_normal((count, self._spread.size), dtype=np.float32)
                history[row, width - count :] += noise * (levels[row] * self._spread)
        return history, mask, levels

    def _text(self, sounds: list[_Sound], chance: np.random.Generator) -> tuple[Float32, Bools, Ints]:
        settings = self._settings
        text = np.zeros((len(sounds), MOST_TOKENS, TOKEN_WIDTH), np.float32)
        told = np.full(len(sounds), _NOTHING, np.int32)
        tokens = np.zeros(len(sounds), np.int32)
        silent = chance.random(len(sounds)) < settings.text_null
        way, which = chance.random(len(sounds)), chance.random(len(sounds))
        edges = np.cumsum([settings.paraphrase, settings.category, settings.vague])
        for row, sound in enumerate(sounds):
            if silent[row] or self._store.texts is None:
                continue
            kind = (1, 2, 3, 0)[int(np.searchsorted(edges, way[row], side="right"))]
            kind = kind if sound.texts[kind] else 0
            place = sound.texts[kind][int(which[row] * len(sound.texts[kind]))]
            told[row], tokens[row] = kind, self._store.texts.tokens[place]
            text[row] = self._store.texts.rows[place]
        return text, np.arange(MOST_TOKENS) < tokens[:, None], told

    def _vision(
        self, sounds: list[_Sound], at: list[Place], hops: int, chance: np.random.Generator
    ) -> tuple[Float32, NDArray[np.float16], Bools, Ints, Float32]:
        settings, span, lag = self._settings, self._settings.seen + hops, self._settings.sight_lag
        scene = np.zeros((len(sounds), span, SCENE_WIDTH), np.float32)
        pixels = np.zeros((len(sounds), span, *CELLS), np.float16)
        known = np.zeros((len(sounds), span), np.bool_)
        horizons, noise = np.zeros(len(sounds), np.int32), np.zeros(len(sounds), np.float32)
        blind = chance.random(len(sounds)) < settings.vision_null
        worse = chance.random(len(sounds)) < settings.degraded
        for row, (sound, place) in enumerate(zip(sounds, at, strict=True)):
            if sound.entry.pixels < 0 or blind[row]:
                continue
            horizon = _horizon(sound.entry, place, hops, settings, chance)
            before = settings.seen - place.first - lag  # rows before the scene began
            begin, end = max(0, before), min(settings.seen + horizon, before + sound.entry.hops)
            if begin >= end:
                continue
            sight = _seen(sound, begin - before, end - begin)
            if worse[row] and self._sights is not None:
                noise[row] = level = chance.random()
                sight = blurred(sight, _way(settings, chance), level, self._sights, chance)
            scene[row, begin:end], pixels[row, begin:end] = sight.scene, sight.pixels
            known[row, begin:end], horizons[row] = True, horizon
        return scene, pixels, known, horizons, noise

    def _cues(
        self, sounds: list[_Sound], at: list[Place], told: Bools, hops: int, chance: np.random.Generator
    ) -> Float32:
        """Contacts of the hops of vision and of the block. What is told and what is seen are drawn apart."""
        settings, span = self._settings, self._settings.seen + hops
        out = np.zeros((len(sounds), span, CUE_WIDTH), np.float32)
        for row, (sound, place) in enumerate(zip(sounds, at, strict=True)):
            if told[row]:
                entry, begin = sound.entry, place.first - settings.seen + settings.sight_lag
                horizon = _horizon(entry, place, hops, settings, chance)
                if place.first < 0 and hops > EVENT_HOPS:
                    horizon = hops  # how long a voice waits cannot be guessed
                known = settings.seen + horizon
                loud = sound.part.latents[entry.first : entry.first + entry.hops, 0]
                out[row, :known] = contacts_told(
                    entry.onsets, loud, begin, known, self._silence[0], chance, since=min(0, place.first)
                )
        return out

    def _texts(self, entry: Entry) -> tuple[tuple[int, ...], ...]:
        table, words = self._store.texts, entry.words
        if table is None:
            if self._settings.text_null < 1.0:
                raise FeedError(
                    f"{self._store.folder}: its texts have not been encoded.",
                    cure="Run hobnail-train feed prepare again, or set text_null to 1.",
                )
            return ((), (), (), ())
        try:
            return tuple(
                tuple(table.places[text] for text in texts)
                for texts in ((words.exact,), words.paraphrases, (words.category,), (words.vague,))
            )
        except KeyError as error:
            raise FeedError(
                f"{self._store.folder}: the text {error} of {entry.id!r} has not been encoded.",
                cure="Run hobnail-train feed prepare again; what is whole is kept.",
            ) from error


def _lasts(entry: Entry, place: Place, settings: FeedSettings) -> int:
    """Hops from a voice's first to its sound's end, 0 where nobody knows it."""
    return 0 if goes_on(entry, settings) else entry.hops - place.begun


def _horizon(entry: Entry, place: Place, hops: int, settings: FeedSettings, chance: np.random.Generator) -> int:
    """Hops of the block whose vision is known; at an event at least EVENT_HOPS."""
    drawn = chance.random()
    if drawn < settings.live:
        horizon = 0
    elif drawn < settings.live + settings.film:
        horizon = hops
    else:
        horizon = int(chance.integers(0, hops + 1))
    known = max(0, EVENT_HOPS - settings.sight_lag)
    return max(horizon, min(hops, known)) if place.first in entry.onsets else horizon


def _way(settings: FeedSettings, chance: np.random.Generator) -> Way:
    drawn = chance.random()
    if drawn < settings.by_noise:
        return "noise"
    return "frames" if drawn < settings.by_noise + settings.by_frames else "cover"


def _seen(sound: _Sound, first: int, count: int) -> Sight:
    """Rows and cells from a hop of the sound on."""
    row, cell = sound.entry.first + first, sound.entry.pixels + first
    return Sight(
        sound.part.scene[row : row + count].astype(np.float32),
        sound.part.pixels[cell : cell + count].astype(np.float32),
    )
