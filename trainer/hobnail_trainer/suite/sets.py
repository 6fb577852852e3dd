"""The sets of sounds that are compared, all of the same held-out clips.

recording     the clips themselves
codec         the clips through the codec: the ceiling of anything that is made of its latents
model         the bundle, played by the engine from each clip's exact caption
words dealt   the same with another category's caption: what is left when words are not heeded
nearest       the recording of the train split whose caption is most alike: a sample library
rules         the procedural engine, for the clips that it has an event for: the floor
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hobnail.contracts import Codec, Float32
from hobnail_plugins.text.encoder import words_encoder
from hobnail_trainer.codec.clips import WINDOW, read_clip
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.evaluate.build import dealt_among
from hobnail_trainer.evaluate.held import window
from hobnail_trainer.evaluate.rules import event_for, rendered
from hobnail_trainer.suite.listening import LONGEST, Listening, seed_of
from hobnail_trainer.suite.player import Ask, Player

RECORDING, CODEC, MODEL, DEALT, NEAREST, RULES = "recording", "codec", "model", "words dealt", "nearest", "rules"
NAMES: Final = (RECORDING, CODEC, MODEL, DEALT, NEAREST, RULES)


@dataclass(frozen=True, slots=True)
class SoundSet:
    """Sounds of some of the clips, in the clips' order."""

    name: str
    places: tuple[int, ...]  #: which clips
    whole: tuple[Samples, ...]  #: as long as they sound, four seconds at most
    windows: tuple[Samples, ...]  #: the first 0.68 s, peak at 0.9

    def only(self, places: Sequence[int]) -> SoundSet:
        """The part that is of these clips."""
        at = {place: number for number, place in enumerate(self.places)}
        chosen = [at[place] for place in places if place in at]
        pick = tuple(self.places[each] for each in chosen)
        return SoundSet(
            self.name, pick, tuple(self.whole[each] for each in chosen), tuple(self.windows[each] for each in chosen)
        )


def make_sets(
    listening: Listening, player: Player, codec: Codec, *, seed: int, tell: Callable[[str], None]
) -> dict[str, SoundSet]:
    """All of them, by name. Raises CorpusError, TrainerError."""
    clips = [each.clip for each in listening.clips]
    every = tuple(range(len(clips)))
    whole = tuple(each.whole for each in listening.clips)
    found = {RECORDING: SoundSet(RECORDING, every, whole, tuple(each.window for each in listening.clips))}
    tell("the codec's copies")
    found[CODEC] = _set(CODEC, every, [through(codec, samples, seed) for samples in whole])
    tell("the model's sounds")
    found[MODEL] = _set(MODEL, every, player.one_shots(_asks(clips, every, seed), LONGEST))
    tell("words dealt")
    order = dealt_among([clip.category for clip in clips], seed)
    found[DEALT] = _set(DEALT, every, player.one_shots(_asks(clips, order, seed), WINDOW))
    tell("the nearest recordings")
    near = nearest_by_caption(listening)
    found[NEAREST] = _set(
        NEAREST, every, [read_clip(listening.corpus, clip, min(clip.frames, LONGEST)) for clip in near]
    )
    tell("the rules' sounds")
    events = {place: event for place, clip in enumerate(clips) if (event := event_for(clip))}
    played = [rendered(clips[place], event, LONGEST) for place, event in events.items()]
    found[RULES] = _set(RULES, tuple(events), played)
    return found


def through(codec: Codec, samples: Samples, seed: int) -> Samples:
    """A sound by way of its latents."""
    decoded, _ = codec.decode(latents_of(codec, samples), codec.begin_decoding(seed), last=True)
    return np.asarray(decoded[: samples.size], np.float32)


def latents_of(codec: Codec, samples: Samples) -> Float32:
    """float32 [hops, dimensions]."""
    latents, _ = codec.encode(np.ascontiguousarray(samples), codec.begin_encoding(), last=True)
    return latents


def nearest_by_caption(listening: Listening) -> list[Clip]:
    """For each held-out clip the train recording whose words are most alike; the first by id of several."""
    known = [clip for clip in read_manifest(listening.corpus).clips if clip.split == "train"]
    known = sorted((clip for clip in known if clip.origin == "recorded"), key=lambda clip: clip.id)
    words = text_vectors([clip.captions.exact for clip in known])
    asked = text_vectors([each.clip.captions.exact for each in listening.clips])
    return [known[place] for place in (asked @ words.T).argmax(axis=1).tolist()]


def text_vectors(texts: Sequence[str]) -> Float32:
    """Pooled words of the shipped table, of length 1, float32 [texts, 128]."""
    encoder = words_encoder()
    rows = np.stack([encoder.pooled(encoder.encode(text)) for text in texts])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)


def _asks(clips: Sequence[Clip], order: Sequence[int], seed: int) -> list[Ask]:
    """Each clip's own seed with the words of the clip that ``order`` names."""
    return [Ask(clips[told].captions.exact, seed_of(clip.id, seed)) for clip, told in zip(clips, order, strict=True)]


def _set(name: str, places: tuple[int, ...], sounds: Sequence[Samples]) -> SoundSet:
    return SoundSet(name, places, tuple(sounds), tuple(window(each[:WINDOW]) for each in sounds))
