"""A loaded model: a bundle's graphs, codec, words and palettes, and how they make a block together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from hobnail.contracts import Codec, Float32
from hobnail_plugins.aht.bundle import Bundle, check_codec, check_text, read_bundle
from hobnail_plugins.aht.graphs import Block, Graphs, Live
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_plugins.aht.sights import Sights, nothing_seen
from hobnail_plugins.aht.spec import CONTROLS, NetworkSpec
from hobnail_plugins.aht.voice import Memory, Told, VoiceState, side_by_side
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.moe_lora.component import VoiceAdapters, before_steps
from hobnail_plugins.moe_lora.files import read_palette
from hobnail_plugins.moe_lora.slots import Slots
from hobnail_plugins.moe_lora.spec import AdapterSettings
from hobnail_plugins.text.encoder import WordsEncoder, words_encoder
from hobnail_plugins.text.table import digest, packaged_bytes

PROMPTS: Final = 256
"""Prompts that are kept ready."""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A block of several voices, and the voices after what they saw and were set to."""

    latents: Float32  #: [voices, hops, latents], in the codec's units
    states: list[VoiceState]


class Model:
    """One bundle, ready to make blocks. [engine]"""

    def __init__(self, bundle: Bundle, graphs: Graphs, codec: Codec, words: WordsEncoder, passes: int) -> None:
        manifest = bundle.manifest
        self.bundle, self.codec, self._graphs, self._words = bundle, codec, graphs, words
        self._passes = passes
        self._mean = np.array(manifest.scale.mean, np.float32)
        self._spread = np.array(manifest.scale.spread, np.float32)
        settings = AdapterSettings(slots=manifest.adapters.slots, slot_rank=manifest.adapters.slot_rank)
        self.slots = Slots(self.spec, settings, manifest.base, *manifest.fits)
        for folder in bundle.palettes():
            self.slots.load(read_palette(folder, self.spec, manifest.base, *manifest.fits))
        self.told = lru_cache(maxsize=PROMPTS)(self._told)

    @classmethod
    def load(cls, settings: AhtConfig) -> Model:
        """[control] Raises BundleError, MissingExtraError, PaletteError."""
        bundle = read_bundle(bundle_folder(settings))
        codec = linear_codec()
        codec.prepare()
        check_codec(bundle, codec)
        check_text(bundle, "words", digest(packaged_bytes()))
        return cls(bundle, Graphs(bundle), codec, words_encoder(), settings.passes)

    @property
    def spec(self) -> NetworkSpec:
        """The network's sizes."""
        return self.bundle.manifest.network

    def warm_up(self) -> None:
        """[control] One pass of every size that the engine asks for."""
        self._graphs.warm_up(((1, 64), (1, 16), (1, 2), (4, 2)))

    def times(self, hops: int) -> Sequence[float]:
        """Flow times for a block of so many hops."""
        if self._passes:
            return [1.0 - step / self._passes for step in range(self._passes + 1)]
        return self.bundle.manifest.sampling.times[hops]

    def begin(self, seed: int, told: Told, *, sustained: bool, gain: float, force: float) -> VoiceState:
        """A voice that has made nothing."""
        spec = self.spec
        return VoiceState(
            seed=seed,
            sustained=sustained,
            told=told,
            sights=nothing_seen(spec),
            vision=self._graphs.rows("vision", 1, spec.seen_hops * spec.resampler.tokens),
            memory=Memory(
                rows=self._graphs.rows("history", 1, spec.history_hops),
                recent=np.zeros((spec.history_taps - 1, spec.latents), np.float32),
                hops=0,
            ),
            adapters=VoiceAdapters(prompt=told.prompt),
            decoding=self.codec.begin_decoding(seed),
            gain=gain,
            force=force,
        )

    def make(self, states: Sequence[VoiceState], controls: Sequence[Mapping[str, float]], hops: int) -> Made:
        """The next block of every voice. ``controls`` are normalised, 0..1; 0.5 leaves a sound as it is."""
        states = [self._seen(state) for state in states]
        moved = [
            replace(state.adapters, controls=_axes(given, state.force))
            for state, given in zip(states, controls, strict=True)
        ]
        now = self.slots.now
        strengths, adapters = before_steps(now, moved)
        live = Live(factors=now.factors, strength=strengths) if strengths.any() else None
        x = np.stack([noise_of(state.seed, state.memory.hops, hops, self.spec.latents) for state in states])
        sampling = self.bundle.manifest.sampling
        block = self._block(states, x, live)
        at = self.times(hops)
        for number, t in enumerate(at[:-1]):
            r = at[number + 1]
            ones = np.ones(len(states), np.float32)
            passed = self._graphs.step(
                replace(block, x=x, t=np.float32(t) * ones, r=np.float32(t if sampling.instant else r) * ones)
            )
            x = x - np.float32(t - r) * passed.velocity
        after = [
            replace(state, adapters=each, memory=self._remembered(state.memory, latents))
            for state, each, latents in zip(states, adapters, x, strict=True)
        ]
        return Made(x * self._spread + self._mean, after)

    def _block(self, states: Sequence[VoiceState], x: Float32, live: Live | None) -> Block:
        hop = np.array([state.memory.hops for state in states], np.int64)
        return Block(
            x=x,
            t=np.ones(len(x), np.float32),
            r=np.ones(len(x), np.float32),
            first=hop,
            age=hop,
            prompt=np.stack([state.told.prompt for state in states]),
            text=side_by_side([state.told.rows for state in states]),
            vision=side_by_side([state.vision for state in states]),
            history=side_by_side([state.memory.rows for state in states]),
            live=live,
        )

    def _remembered(self, memory: Memory, latents: Float32) -> Memory:
        given = np.concatenate([memory.recent, latents])[None]
        return memory.after(self._graphs.remember(given, np.array([memory.hops], np.int64)), latents)

    def _seen(self, state: VoiceState) -> VoiceState:
        """With rows of what the last hops saw."""
        sights, spec = state.sights, self.spec
        if not sights.seen.any():
            return state
        scene = sights.scene[None]
        pixels = np.zeros((1, len(sights.seen), spec.cells, spec.cell_width), np.float32)
        first = np.array([state.memory.hops - spec.seen_hops], np.int64)
        new = self._graphs.see(scene, sights.seen[None], pixels, np.zeros((1, len(sights.seen)), np.bool_), first)
        rows = self._graphs.rows("vision", 1, new.keys.shape[3])
        rows.write(0, slice(1, None), new)
        rows.seen[0, 1:] = known_rows(sights, spec)
        return replace(state, vision=rows)

    def _told(self, text: str) -> Told:
        spec = self.spec
        tokens = self._words.encode(text)
        given = np.zeros((1, spec.text_tokens, spec.text_width), np.float32)
        seen = np.zeros((1, spec.text_tokens), np.bool_)
        given[0, : len(tokens)], seen[0, : len(tokens)] = tokens, True
        new, prompt = self._graphs.tell(given, seen)
        rows = self._graphs.rows("text", 1, spec.text_tokens)
        rows.write(0, slice(1, None), new)
        rows.seen[0, 1:] = seen[0]
        return Told(rows, prompt[0])


def noise_of(seed: int, first_hop: int, hops: int, latents: int) -> Float32:
    """Standard normal noise of a block, float32 [hops, latents]: the same for a voice alone and in any company."""
    chance = np.random.Generator(np.random.Philox(key=seed & 0xFFFF_FFFF_FFFF_FFFF, counter=[0, 0, 0, first_hop + 1]))
    return chance.standard_normal((hops, latents), dtype=np.float32)


def known_rows(sights: Sights, spec: NetworkSpec) -> np.ndarray:
    """Which vision tokens stand for something: bool [seen hops * tokens]; one known hop in its window is enough."""
    window = spec.resampler.window_hops
    hops = np.array([sights.seen[hop : hop + window].any() for hop in range(len(sights.seen) - window + 1)])
    return np.repeat(hops, spec.resampler.tokens)


def _axes(controls: Mapping[str, float], force: float) -> dict[str, float]:
    """Normalised controls as -1..1; the contact's force moves the intensity with them."""
    axes = {name: 2.0 * value - 1.0 for name, value in controls.items()}
    axes[CONTROLS[1]] = min(1.0, max(-1.0, axes.get(CONTROLS[1], 0.0) + force))
    return axes
