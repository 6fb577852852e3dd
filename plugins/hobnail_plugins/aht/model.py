"""A loaded model: a bundle's graphs, codec, words, palettes and voices' memory, and how they make a block together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from time import perf_counter
from typing import Final, cast

import numpy as np

from hobnail.contracts import Codec, Component, Float32
from hobnail.host import Host
from hobnail_plugins.aht.batch import Adapted, Batch, Made, batch_of, strengths
from hobnail_plugins.aht.beside import Work, finished
from hobnail_plugins.aht.bundle import Bundle, check_codec, check_text, read_bundle
from hobnail_plugins.aht.costs import Costs
from hobnail_plugins.aht.descending import descended
from hobnail_plugins.aht.desk import Desk, prepared_codec
from hobnail_plugins.aht.drawing import draw
from hobnail_plugins.aht.flow_times import flow_times
from hobnail_plugins.aht.graph_io import WEIGHTS
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.aht.lasting import foretold_hops, lasts_of
from hobnail_plugins.aht.lines import Units, begin_lines
from hobnail_plugins.aht.manifest import Levels
from hobnail_plugins.aht.palettes import Palettes
from hobnail_plugins.aht.remembering import remember, see
from hobnail_plugins.aht.rows import Bools
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_plugins.aht.slab import Slab, padded
from hobnail_plugins.aht.sliders import decoded_together
from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_plugins.aht.telling import note, tell
from hobnail_plugins.aht.threads import Threads, most_of
from hobnail_plugins.aht.voice import Kept, Kind, Reported, Told, Voice
from hobnail_plugins.aht.watching import Watching, cues_of
from hobnail_plugins.aht.weights import Weights
from hobnail_plugins.moe_lora.component import VoiceAdapters, remembered
from hobnail_plugins.text.encoder import WordsEncoder, words_encoder
from hobnail_plugins.text.table import digest, packaged_bytes

PROMPTS: Final = 256  #: that are kept ready
STEP_HOPS: Final = 2
START_HOPS: Final = 4  #: of a sustained voice's first block: two steps at once, so that the next one has time
ONE_SHOT_HOPS: Final = 64
TAIL_HOPS: Final = 16


class Model:
    """One bundle, ready to make blocks. [engine]"""

    def __init__(
        self, bundle: Bundle, graphs: Graphs, codec: Callable[[], Codec], words: WordsEncoder, settings: AhtConfig
    ) -> None:
        """``codec`` makes one: each decodes on one thread."""
        self.bundle, self._graphs, self._settings = bundle, graphs, settings
        self._units = Units(bundle.manifest.scale)
        self.palettes = Palettes(bundle, graphs)
        self._desks: dict[tuple[Kind, int], Desk] = {}
        self._new_desk = partial(Desk.of, graphs, bundle, codec)
        self.threads = Threads(settings.workers or 1)
        self._weights: Weights | None = None
        self.costs = Costs()
        self.reports: Mapping[str, Float32] = {}  #: of the newest step of sustained voices, [voices, ...]
        self.watching: Watching | None = None  #: the film that voices see
        self.told = lru_cache(maxsize=PROMPTS)(partial(tell, graphs, words))

    @classmethod
    def load(cls, settings: AhtConfig, host: Host | None = None) -> Model:
        """[control] Read, check, lay out. Raises BundleError, MissingExtraError, PaletteError, PluginError."""
        host = host or Host.discovered()
        bundle = read_bundle(bundle_folder(settings), host)
        check_codec(bundle, prepared_codec())
        check_text(bundle, "words", digest(packaged_bytes()))
        model = cls(
            bundle,
            Graphs(bundle, device=settings.device, native=settings.native, captured=settings.cuda_graphs),
            prepared_codec,
            words_encoder(),
            settings,
        )
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
    def codec(self) -> Codec:
        """[any] The codec of sustained voices."""
        return self._desk("sustained", 0).codec

    def codec_of(self, voice: Voice) -> Codec:
        """[engine] The codec of a voice, on its thread."""
        return self._desk(voice.kind, voice.side).codec

    @property
    def levels(self) -> Levels:
        """[any] How loud events are."""
        return self.bundle.manifest.levels

    @property
    def provider(self) -> str:
        """[any] What it really runs on."""
        return self._graphs.provider

    @property
    def native(self) -> bool:
        """[any] Whether it is played without onnxruntime, but for live adapters."""
        return self._graphs.is_native

    @property
    def passes(self) -> int:
        """Passes of a block of a sustained voice when there is time enough."""
        return len(self.times(STEP_HOPS)) - 1

    def slab(self, *, sustained: bool) -> Slab:
        """[engine] The memory of one kind of voices."""
        return self._desk("sustained" if sustained else "one_shot", 0).slab

    def times(self, hops: int, passes: int = 0) -> Sequence[float]:
        """Flow times for a block of so many hops; ``passes`` 0: as the settings or else the bundle say.

        Of a length that the bundle does not name, those of the next shorter one.
        """
        sampling = self.bundle.manifest.sampling
        if count := passes or self._settings.passes:
            return flow_times(count, instant=sampling.instant)
        return sampling.times[max(known for known in sampling.times if known <= hops)]

    def begin(  # noqa: PLR0913 - whose, what it was told, how loud, where and when
        self,
        seed: int,
        told: Told,
        *,
        sustained: bool,
        gain: float,
        force: float,
        at_frame: int | None = None,
        take: bool = False,
        side: int = 0,
    ) -> Voice | None:
        """[engine] A voice that has made nothing; None: there is no memory left for one.

        ``at_frame``: of the session, when it sounds; who does not know it sees nothing of a film. ``take``: of a
        one-shot that is made ahead; there is memory for one. ``side``: whose memory it shares, and whose thread.
        """
        kind: Kind = "sustained" if sustained else "take" if take else "one_shot"
        desk = self._desk(kind, side)
        slab = desk.slab
        if (seat := slab.take()) is None:
            return None
        note(told, slab, seat.slot)
        slab.eyes.at[seat.slot] = -1 if at_frame is None else at_frame
        return Voice(
            seed=seed,
            kind=kind,
            side=side,
            seat=seat,
            adapters=VoiceAdapters(prompt=told.prompt),
            weights=self._weights.begin(STEP_HOPS) if self._weights and sustained else None,
            decoding=desk.codec.begin_decoding(seed),
            gain=gain,
            force=force,
            lines=begin_lines(self.bundle.manifest.lines, desk.codec, told.words),
            lasts=0 if sustained else foretold_hops(self.bundle.manifest.lasting, told.words, seed),
        )

    def again(self, kept: Kept, told: Told, hops: int, *, at_frame: int | None, side: int = 0) -> Voice | None:
        """[engine] A sustained voice that rested, at hop ``hops`` of its clock; what it remembered is gone.

        None: there is no memory left for it.
        """
        voice = self.begin(
            kept.seed, told, sustained=True, gain=kept.gain, force=kept.force, at_frame=at_frame, side=side
        )
        if voice is not None:
            voice.hops, voice.blocks = hops, kept.blocks
            voice.weights, voice.adapters = kept.weights, kept.adapters
            voice.steady_db, voice.hold = kept.steady_db, kept.hold
            self._desk("sustained", side).slab.eyes.hop[voice.seat.slot] = hops - 1
        return voice

    def make(
        self,
        voices: Sequence[Voice],
        controls: Sequence[Mapping[str, float]],
        features: Sequence[Mapping[str, float]],
        hops: int,
        *,
        passes: int = 0,
    ) -> Made:
        """[engine] The next block of voices of one kind. ``controls`` are normalised: 0.5 leaves a sound as it is.

        Nothing of a voice has changed when this raises, but what it has seen.
        """
        return finished(self.making(voices, controls, features, hops, passes=passes))

    def making(
        self,
        voices: Sequence[Voice],
        controls: Sequence[Mapping[str, float]],
        features: Sequence[Mapping[str, float]],
        hops: int,
        *,
        passes: int = 0,
    ) -> Work[Made]:
        """[engine] The same, pass by pass: between two of them nothing may be done with other voices of this kind."""
        desk, adapted = self._desk(voices[0].kind, voices[0].side), self.palettes.now
        slab = desk.slab
        steered = voices[0].kind == "sustained" and self._weights is not None
        whole = bool(adapted.now.loaded) or (steered and not self._graphs.plain_is_steered)
        lanes = self.threads.lanes(native=self._graphs.is_native and not whole)
        batches: list[Batch] = []
        for which in slab.parts([voice.seat for voice in voices], most_of(len(voices), lanes)):
            lane = len(batches) % lanes.count
            batches.append(batch_of(desk, which, voices, controls, features, hops, lane=lane, adapted=whole))
        if len(batches) == 1:
            made = [(yield from self._made(slab, adapted, batches[0], hops, passes))]
        else:
            made = lanes.each(lambda batch: finished(self._made(slab, adapted, batch, hops, passes)), batches)
        latents = np.empty((len(voices), hops, self.spec.latents), np.float32)
        sound: Bools = np.ones(len(voices), np.bool_)
        for batch, part in zip(batches, made, strict=True):
            latents[batch.which], sound[batch.which] = part.latents, part.sound
        return Made(latents, sound)

    def sounded(self, voices: Sequence[Voice], latents: Float32) -> Sequence[Float32] | None:
        """[engine] Samples of voices of one kind from latents [voices, hops, latents]; None: their codec cannot."""
        states, slid = [voice.decoding for voice in voices], [voice.slid for voice in voices]
        return decoded_together(self.codec_of(voices[0]), latents, states, slid, self.threads.team(voices))

    def cost_s(self, hops: int, voices: int, passes: int) -> float:
        """[engine] What a block of so many voices will probably take."""
        if not voices:
            return 0.0
        lanes = self.threads.lanes(native=self._graphs.is_native and not self.palettes.now.now.loaded)
        count = -(-voices // most_of(voices, lanes))
        each = -(-voices // count)
        return self.costs.seconds(hops, padded(each), passes, voices=each) * count / min(count, lanes.count)

    def _made(self, slab: Slab, adapted: Adapted, batch: Batch, hops: int, passes: int) -> Work[Made]:
        began = perf_counter()
        voices, step, window = batch.voices, batch.step, batch.window
        slots = np.array([voice.seat.slot for voice in voices], np.intp)
        rows, at = slots - window.first, [voice.hops for voice in voices]
        film = self.watching.ahead(hops, self.spec.sight_lag) if self.watching else None
        team = self.threads.team(voices)
        see(self._graphs, slab, slots, at, batch.features, film, team)
        # a one-shot begins where it is told to
        cue = cues_of(self.spec, slab.eyes, self.watching, slots, at, hops) if voices[0].sustained else None
        step.tell(rows, cue)
        step.lasts[rows] = lasts_of(voices, cue)
        strength, adapters = strengths(adapted, batch, rows)
        step.lay(batch.inputs, adapted.factors.values, strength, adapted.factors.ranks)
        step.x[...] = 0.0
        draw(step.x, rows, [voice.seed for voice in voices], at)
        step.first[rows] = step.age[rows] = at
        weighing = self._weights if voices[0].sustained else None
        joined = weighing.before([voice.weights for voice in voices], step.steering, rows) if weighing else None
        times = self.times(hops, passes)
        around_s = perf_counter() - began
        whole = team if voices[0].sustained else None  # one-shots give way between passes
        used, instant = range(int(rows[0]), int(rows[-1]) + 1), self.bundle.manifest.sampling.instant
        passing_s = yield from descended(step, times, used, instant=instant, team=whole)
        began = perf_counter()
        latents = step.x[rows]
        sound: Bools = np.asarray(np.isfinite(latents).reshape(len(latents), -1).all(axis=1), np.bool_)
        weights = weighing.after(step.reports, joined, rows) if weighing else [None] * len(voices)
        if self.watching is not None:
            self.watching.note(slab.eyes.at[slots], at, hops, step.reports[WEIGHTS][rows])
        played = self._units.played(latents, sound, [voice.lines for voice in voices])
        remember(self._graphs, slab, slots, at, latents, sound, team)
        told = {name: values[rows] for name, values in step.reports.items()}
        self.reports = told if weighing else self.reports
        for index, (voice, each, one) in enumerate(zip(voices, adapters, weights, strict=True)):
            voice.adapters, voice.weights = remembered(each), one
            voice.told = Reported(told, index)
            voice.slide(batch.controls[index])
            voice.hops += hops
            voice.blocks += 1
        around_s += perf_counter() - began
        self.costs.note(hops, window.size, len(times) - 1, passing_s, voices=len(voices), around_s=around_s)
        return Made(played, sound)

    def _desk(self, kind: Kind, side: int) -> Desk:
        if (found := self._desks.get((kind, side))) is None:
            found = self._desks[kind, side] = self._new_desk(1 if kind == "take" else self._settings.voices)
        return found
