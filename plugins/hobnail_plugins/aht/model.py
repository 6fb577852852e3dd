"""A loaded model: a bundle's graphs, codec, words, palettes and voices' memory, and how they make a block together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from time import perf_counter
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Codec, Component, Float32
from hobnail.host import Host
from hobnail_plugins.aht.bound import BoundStep, RowWindows
from hobnail_plugins.aht.bundle import Bundle, check_codec, check_text, read_bundle
from hobnail_plugins.aht.costs import Costs
from hobnail_plugins.aht.drawing import axes_of, noise_of
from hobnail_plugins.aht.graphs import Factors, Graphs
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_plugins.aht.remembering import remember, see
from hobnail_plugins.aht.slab import Slab, chunks
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.aht.voice import Told, Voice
from hobnail_plugins.aht.weights import Weights
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.moe_lora.component import VoiceAdapters, before_steps
from hobnail_plugins.moe_lora.files import read_palette
from hobnail_plugins.moe_lora.slots import Slots, Snapshot
from hobnail_plugins.moe_lora.spec import AdapterSettings
from hobnail_plugins.streams import STREAMS
from hobnail_plugins.text.encoder import WordsEncoder, words_encoder
from hobnail_plugins.text.table import digest, packaged_bytes

PROMPTS: Final = 256
"""Prompts that are kept ready."""

STEP_HOPS: Final = 2
ONE_SHOT_HOPS: Final = 64
TAIL_HOPS: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """Palettes and the graph inputs made of them: changed together, between two steps."""

    now: Snapshot
    factors: Factors


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A block of several voices, in the order given."""

    latents: Float32  #: [voices, hops, latents], in the codec's units; silence where the network gave none
    sound: Bools  #: [voices]; false: the network gave NaN or infinity, and the voice begins anew


class Model:
    """One bundle, ready to make blocks. [engine]"""

    def __init__(self, bundle: Bundle, graphs: Graphs, codec: Codec, words: WordsEncoder, settings: AhtConfig) -> None:
        manifest = bundle.manifest
        self.bundle, self.codec, self._graphs, self._words = bundle, codec, graphs, words
        self._settings = settings
        self._mean = np.array(manifest.scale.mean, np.float32)
        self._spread = np.array(manifest.scale.spread, np.float32)
        self._silence = np.array(manifest.scale.silence, np.float32)
        adapters = AdapterSettings(slots=manifest.adapters.slots, slot_rank=manifest.adapters.slot_rank)
        self._slots = Slots(self.spec, adapters, manifest.base, *manifest.fits)
        for folder in bundle.palettes():
            self._slots.load(read_palette(folder, self.spec, manifest.base, *manifest.fits))
        self._adapted = Adapted(self._slots.now, graphs.factors(self._slots.now.factors))
        self._slabs = {kind: Slab(self.spec, bundle.sinks, settings.voices) for kind in (True, False)}  # by sustained
        self._windows = {kind: RowWindows(graphs, slab) for kind, slab in self._slabs.items()}
        self._bound: dict[tuple[int, int, bool], BoundStep] = {}
        self._weights: Weights | None = None
        self.costs = Costs()
        self.reports: dict[str, Float32] = {}  #: of the newest step of sustained voices: means over its voices
        self.told = lru_cache(maxsize=PROMPTS)(self._told)

    @classmethod
    def load(cls, settings: AhtConfig, host: Host | None = None) -> Model:
        """[control] Read, check, lay out. Raises BundleError, MissingExtraError, PaletteError, PluginError."""
        host = host or Host.discovered()
        bundle = read_bundle(bundle_folder(settings), host)
        codec = linear_codec()
        codec.prepare()
        check_codec(bundle, codec)
        check_text(bundle, "words", digest(packaged_bytes()))
        model = cls(bundle, Graphs(bundle, device=settings.device), codec, words_encoder(), settings)
        if settings.steady:
            choice = model.spec.weighting
            part = cast("Component", host.build("components", choice.id, choice.settings))
            model._weights = Weights(part, wanted=settings.weights, share=settings.weights_share)
        return model

    @property
    def spec(self) -> NetworkSpec:
        """The network's sizes."""
        return self.bundle.manifest.network

    @property
    def provider(self) -> str:
        """[any] What it really runs on."""
        return self._graphs.provider

    @property
    def adapted(self) -> Adapted:
        """[any] What is loaded at this moment."""
        return self._adapted

    @property
    def passes(self) -> int:
        """Passes of a block of a sustained voice when there is time enough."""
        return len(self.times(STEP_HOPS)) - 1

    def seen(self) -> dict[str, float]:
        """[engine] What the newest step of sustained voices reported: weights, entropies, gates, sinks."""
        found: dict[str, float] = {}
        for name, values in self.reports.items():
            if name == "gca_gates":
                found["gate"] = float(values.mean())
            elif name != "daf_logits":
                found |= {f"{name}_{stream}": float(value) for stream, value in zip(STREAMS, values, strict=True)}
        return found

    def slab(self, *, sustained: bool) -> Slab:
        """[engine] The memory of one kind of voices."""
        return self._slabs[sustained]

    def load_palette(self, folder: str) -> None:
        """[control] Beside what sounds; the next step uses it. Raises PaletteError, and leaves everything as it was."""
        from pathlib import Path

        manifest = self.bundle.manifest
        self._adapt(self._slots.load(read_palette(Path(folder), self.spec, manifest.base, *manifest.fits)))

    def unload_palette(self, name: str) -> None:
        """[control] Raises PaletteError when it is not loaded."""
        self._adapt(self._slots.unload(name))

    def times(self, hops: int, passes: int = 0) -> Sequence[float]:
        """Flow times for a block of so many hops; ``passes`` 0: as the settings or else the bundle say."""
        if count := passes or self._settings.passes:
            return [1.0 - step / count for step in range(count + 1)]
        return self.bundle.manifest.sampling.times[hops]

    def begin(self, seed: int, told: Told, *, sustained: bool, gain: float, force: float) -> Voice | None:
        """[engine] A voice that has made nothing; None: there is no memory left for one."""
        slab = self._slabs[sustained]
        if (seat := slab.take()) is None:
            return None
        text = slab.rows["text"]
        text.keys[:, seat.slot] = told.rows.keys[:, 0]
        text.values[:, seat.slot] = told.rows.values[:, 0]
        text.seen[seat.slot] = told.rows.seen[0]
        slab.prompt[seat.slot] = told.prompt
        return Voice(
            seed=seed,
            sustained=sustained,
            seat=seat,
            adapters=VoiceAdapters(prompt=told.prompt),
            weights=self._weights.begin(STEP_HOPS) if self._weights and sustained else None,
            decoding=self.codec.begin_decoding(seed),
            gain=gain,
            force=force,
        )

    def make(
        self,
        states: Sequence[Voice],
        controls: Sequence[Mapping[str, float]],
        features: Sequence[Mapping[str, float]],
        hops: int,
        *,
        passes: int = 0,
    ) -> Made:
        """[engine] The next block of voices of one kind. ``controls`` are normalised: 0.5 leaves a sound as it is.

        Nothing of a voice has changed when this raises, but what it has seen.
        """
        parts: list[Made] = []
        at = 0
        for count in chunks(len(states)):
            some = slice(at, at + count)
            parts.append(self._batch(states[some], controls[some], features[some], hops, passes))
            at += count
        if len(parts) == 1:
            return parts[0]
        return Made(
            np.concatenate([part.latents for part in parts]),
            np.concatenate([part.sound for part in parts]),
        )

    def rest(self, hops: int) -> Float32:
        """Latents of silence, [hops, latents]."""
        return np.repeat(self._silence[None], hops, axis=0)

    def _batch(
        self,
        states: Sequence[Voice],
        controls: Sequence[Mapping[str, float]],
        features: Sequence[Mapping[str, float]],
        hops: int,
        passes: int,
    ) -> Made:
        began = perf_counter()
        sustained = states[0].sustained
        slab = self._slabs[sustained]
        window = slab.gather([state.seat for state in states])
        slots = np.array([state.seat.slot for state in states], np.intp)
        rows = slots - window.first
        see(self._graphs, slab, slots, [state.hops for state in states], features)
        adapted = self._adapted
        live = bool(adapted.now.loaded) or (sustained and self._weights is not None)
        step = self._step(window.size, hops, live=live)
        strength, adapters = self._strengths(adapted, states, controls, window.size, rows)
        step.lay(self._windows[sustained].inputs(window), adapted.factors.values, strength, adapted.factors.ranks)
        step.x[...] = 0.0
        for row, state in zip(rows.tolist(), states, strict=True):
            step.x[row] = noise_of(state.seed, state.hops, hops, self.spec.latents)
            step.first[row] = step.age[row] = state.hops
        weighing = self._weights if sustained else None
        joined = weighing.before([each.weights for each in states], step.steering, rows) if weighing else None
        times = self.times(hops, passes)
        passing = perf_counter()
        for t, r in pairwise(times):
            step.t[...] = t
            step.r[...] = t if self.bundle.manifest.sampling.instant else r
            step.run()
            step.x -= np.float32(t - r) * step.velocity
        passed = perf_counter()
        latents = step.x[rows]
        sound: Bools = np.isfinite(latents).all(axis=(1, 2))
        weights = weighing.after(step.reports, joined, rows) if weighing else [None] * len(states)
        if sustained:
            self.reports = {name: values[rows].mean(axis=0) for name, values in step.reports.items()}
        remember(self._graphs, slab, slots, [state.hops for state in states], latents, sound)
        for state, each, one in zip(states, adapters, weights, strict=True):
            state.adapters, state.weights = each, one
            state.hops += hops
            state.blocks += 1
        played = latents * self._spread + self._mean
        if not sound.all():
            played[~sound] = self._silence
        around = passing - began + (perf_counter() - passed)
        self.costs.note(hops, window.size, len(times) - 1, passed - passing, voices=len(states), around_s=around)
        return Made(played, sound)

    def _strengths(
        self,
        adapted: Adapted,
        states: Sequence[Voice],
        controls: Sequence[Mapping[str, float]],
        size: int,
        rows: NDArray[np.intp],
    ) -> tuple[Float32 | None, list[VoiceAdapters]]:
        if not adapted.now.loaded:
            return None, [state.adapters for state in states]
        moved = [
            replace(state.adapters, controls=axes_of(given, state.force))
            for state, given in zip(states, controls, strict=True)
        ]
        found, after = before_steps(adapted.now, moved)
        strength = np.zeros((size, *found.shape[1:]), np.float32)
        strength[rows] = found
        return strength, after

    def _step(self, size: int, hops: int, *, live: bool) -> BoundStep:
        key = size, hops, live
        if (found := self._bound.get(key)) is None:
            found = self._bound[key] = BoundStep(self._graphs, size, hops, live=live)
        return found

    def _adapt(self, now: Snapshot) -> None:
        self._adapted = Adapted(now, self._graphs.factors(now.factors))

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
