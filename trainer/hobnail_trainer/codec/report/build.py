"""Builds a report: every rung through everything, then the codecs in detail."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from hobnail.audio import RATE_HZ
from hobnail.contracts import Codec, CodecSpec
from hobnail.version import version
from hobnail_trainer.codec.clips import Listening, corpus_digest, train_windows
from hobnail_trainer.codec.ladder import YARDSTICK, Rung, codec_rung, fit_components, reference_rungs
from hobnail_trainer.codec.ladder.components import FIT_CLIPS
from hobnail_trainer.codec.ladder.plug_in import encoded
from hobnail_trainer.codec.latents import latent_statistics, sounding_hops
from hobnail_trainer.codec.model import About, CodecResult, Report, RungResult
from hobnail_trainer.codec.report.measure import Measured, Reference, measure_rung
from hobnail_trainer.codec.report.parts import by_category, by_material, worst_of, worst_places
from hobnail_trainer.codec.speed import decoding_speed
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.judges import Judge


@dataclass(frozen=True, slots=True)
class Request:
    """What to report on."""

    corpus: Path
    listening: Listening
    codecs: Sequence[Codec]  #: prepared
    judges: Sequence[Judge]
    store: Path  #: of embeddings
    seed: int
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """The report, and the sounds that its pictures show: of each codec, (recording, decoded) of the worst clips."""

    report: Report
    pairs: dict[str, list[tuple[Samples, Samples]]]


def build_report(request: Request, *, tell: Callable[[str], None]) -> Built:
    """Measure everything. Raises CorpusError, JudgeError, TrainerError, MissingExtraError."""
    began = time.monotonic()
    tell("recordings")
    reference = Reference.of(request.listening, request.judges, request.store, request.seed)
    tell("the ladder's PCA")
    trained = [0]
    fitted = fit_components(reference.scale, _counted(request, trained))
    rungs: list[Rung] = list(reference_rungs(reference.scale, fitted))
    rungs[-1:-1] = [codec_rung(codec) for codec in request.codecs]
    rows: list[RungResult] = []
    codecs: list[CodecResult] = []
    pairs: dict[str, list[tuple[Samples, Samples]]] = {}
    by_id = {codec.spec.id: codec for codec in request.codecs}
    for rung in rungs:
        tell(f"{rung.id} ({len(rows) + 1} of {len(rungs)})")
        measured = measure_rung(reference, rung)
        rows.append(measured.row)
        if (codec := by_id.get(rung.id)) is not None:
            places = worst_places(reference, measured)
            codecs.append(_codec_result(reference, codec, measured, places))
            windows = request.listening.windows
            pairs[rung.id] = [(windows[place].samples, measured.sounds[place]) for place in places]
    about = _about(request, trained[0], time.monotonic() - began)
    return Built(Report(about=about, ladder=_relative(rows), codecs=codecs), pairs)


def _counted(request: Request, count: list[int]) -> Sequence[Samples]:
    sounds = list(train_windows(request.corpus, clips=FIT_CLIPS, seed=request.seed))
    count[0] = len(sounds)
    return sounds


def _relative(rows: Sequence[RungResult]) -> list[RungResult]:
    (yardstick,) = (row.modulation_db.value for row in rows if row.id == YARDSTICK)
    return [msgspec.structs.replace(row, modulation_relative=row.modulation_db.over(yardstick)) for row in rows]


def _codec_result(reference: Reference, codec: Codec, measured: Measured, places: Sequence[int]) -> CodecResult:
    spec = codec.spec
    sounds = [heard.samples for heard in reference.listening.windows]
    latents = [encoded(codec, samples) for samples in sounds]
    hop = spec.hop_frames * RATE_HZ / spec.rate_hz
    masks = [sounding_hops(samples, hop, len(each)) for samples, each in zip(sounds, latents, strict=True)]
    return CodecResult(
        id=spec.id,
        licence=spec.licence,
        lookahead_ms=_ms(spec, spec.lookahead_frames),
        lag_ms=_ms(spec, spec.lag_frames),
        speed=decoding_speed(codec, latents, sounds[0]),
        latents=latent_statistics(spec, latents, masks),
        by_category=by_category(reference, measured),
        by_material=by_material(reference, measured),
        worst=worst_of(reference, measured, places),
    )


def _about(request: Request, trained: int, took_s: float) -> About:
    listening = request.listening
    return About(
        corpus=request.corpus.resolve().name,
        corpus_digest=corpus_digest(request.corpus),
        split=listening.split,
        seed=request.seed,
        windows=len(listening.windows),
        families=len({heard.clip.family for heard in listening.windows}),
        rings=len(listening.rings),
        ring_families=len({ring.clip.family for ring in listening.rings}),
        partials=sum(len(ring.partials) for ring in listening.rings),
        attacks=len(listening.attacks),
        trained_on=trained,
        took_s=took_s,
        commit=request.commit,
        versions={
            "hobnail": version(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "libsndfile": soundfile.__libsndfile_version__,
            "machine": platform.machine(),
        },
    )


def _ms(spec: CodecSpec, frames: int | None) -> float | None:
    return None if frames is None else 1000.0 * frames / spec.rate_hz
