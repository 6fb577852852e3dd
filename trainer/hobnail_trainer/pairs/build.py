"""Makes the pairs of a whole corpus: ``DIR/packs/pairs``, a pack, and beside it what was found out, ``pairs.json``."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.model import Clip
from hobnail_trainer.corpus.pack import Pack, PackWriter
from hobnail_trainer.corpus.recorded import pack_folder, recordings
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.pairs.change import Changed, changed
from hobnail_trainer.pairs.fit import Fit, fit_force
from hobnail_trainer.pairs.model import AXES, suits
from hobnail_trainer.pairs.table import Moved, cross_talk

PAIRS: Final = "pairs"
REPORT: Final = "pairs.json"
AHEAD: Final = 8  #: clips that wait for each process


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. ``pairs.json`` holds the same."""

    clips: int
    hours: float
    axes: dict[str, int]  #: axis -> clips
    splits: dict[str, int]
    left_out: dict[str, int]  #: "axis: reason" -> clips
    force: list[Fit]  #: what the corpus itself says of level, brightness and attack
    cross_talk: list[Moved]
    seconds: float


def build_pairs(corpus: Path, *, seed: int, jobs: int, tell: Callable[[str], None]) -> Made:
    """Change what can be changed in the corpus in ``corpus``. The same seed gives the same pack. Raises CorpusError."""
    started = time.monotonic()
    pack = recordings(corpus, tell=tell)
    chosen = [clip for clip in pack.manifest.clips if any(suits(clip, axis) for axis in AXES)]
    if not chosen:
        raise CorpusError(f"{corpus}: no clip of 3 s or less can be changed.", cure="Build a larger corpus.")
    tell("how level, brightness and attack go together")
    force = fit_force(pack)
    left_out = Counter[str]()
    folder = pack_folder(corpus, PAIRS)
    title = f"{pack.manifest.header.title}: pairs"
    with PackWriter(folder, title=title, recipe=PAIRS, seed=seed, known=pack.manifest) as writer:
        for done, result in enumerate(_results(pack, chosen, seed, jobs), start=1):
            for clip, samples in result.clips:
                writer.add(clip, samples)
            left_out.update(f"{axis}: {reason}" for axis, reason in result.left_out)
            if done % 20 == 0:
                tell(f"changing {done} of {len(chosen)} clips")
        manifest = writer.finish()
    made = Made(
        clips=len(manifest.clips),
        hours=round(sum(clip.frames for clip in manifest.clips) / RATE_HZ / 3600.0, 3),
        axes=dict(Counter(clip.id.rpartition("/")[2].partition("-")[0] for clip in manifest.clips)),
        splits=dict(Counter(clip.split for clip in manifest.clips)),
        left_out=dict(left_out),
        force=force,
        cross_talk=cross_talk(manifest.clips, pack.manifest.clips),
        seconds=round(time.monotonic() - started, 1),
    )
    write_whole(folder / REPORT, msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n")
    return made


def _results(pack: Pack, clips: list[Clip], seed: int, jobs: int) -> Iterator[Changed]:
    """In order, whatever the number of processes."""
    if jobs == 1:
        yield from (changed(clip, pack.samples(clip), seed) for clip in clips)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        waiting = deque[Future[Changed]]()
        try:
            for clip in clips:
                waiting.append(pool.submit(changed, clip, pack.samples(clip), seed))
                if len(waiting) >= AHEAD * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
