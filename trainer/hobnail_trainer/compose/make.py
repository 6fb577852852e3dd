"""Composes a pack: plans in one process, renders in several, writes in the order of the plan.

What comes out depends on the recordings and the settings alone, not on how many processes rendered it.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from itertools import chain
from pathlib import Path

import msgspec

from hobnail.audio import RATE_HZ
from hobnail_trainer.compose.model import ComposeSettings, Score
from hobnail_trainer.compose.plan import plan
from hobnail_trainer.compose.render import render
from hobnail_trainer.compose.roles import TEXTURES, is_steady
from hobnail_trainer.compose.rooms import rooms
from hobnail_trainer.compose.shelf import Shelf
from hobnail_trainer.corpus.licences import licence_family
from hobnail_trainer.corpus.model import SPLITS, Clip, Manifest, Split
from hobnail_trainer.corpus.pack import Pack, PackWriter, open_pack
from hobnail_trainer.corpus.recorded import pack_folder, recordings
from hobnail_trainer.corpus.sound import Samples
from hobnail_trainer.errors import CorpusError

Tell = Callable[[str], None]
Rendered = tuple[Clip, Samples]

AHEAD = 4
"""Sequences that wait to be written, per process; more would only fill memory."""


class Composition(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. Uses are sequences in which a recording is heard."""

    manifest: Manifest
    hours: dict[str, float]  #: split -> hours
    kinds: dict[str, int]  #: kind of sequence -> how many
    uses: dict[str, int]  #: id of a recording -> sequences
    unused: int  #: recordings that are in none


def compose(corpus: Path, settings: ComposeSettings, *, jobs: int, tell: Tell) -> Composition:
    """Compose sequences from a corpus's recordings into its pack ``packs/composed``. Raises CorpusError."""
    pack = recordings(corpus, tell=tell)
    tell("sorting recordings")
    shelves = _shelves(pack, settings)
    if not shelves:
        under = f" under {', '.join(settings.licences)}" if settings.licences else ""
        raise CorpusError(
            f"{corpus}: has no recordings{under} to compose from.",
            cure="Build a corpus with recordings first, or allow more licences.",
        )
    plans = chain.from_iterable(
        plan(split, shelf, rooms(split, seed=settings.seed), settings, seconds=_seconds(split, settings))
        for split, shelf in shelves.items()
    )
    header = pack.manifest.header
    writer = PackWriter(
        pack_folder(corpus, "composed"),
        title=f"{header.title}: sequences",
        recipe=header.recipe,
        seed=settings.seed,
        known=pack.manifest,
    )
    seconds, asked = 0.0, settings.hours * 3600.0
    with writer:
        for clip, samples in _rendered(plans, pack, jobs):
            writer.add(clip, samples)
            seconds += clip.frames / RATE_HZ
            tell(f"composing {seconds / 3600:.2f} of {asked / 3600:.2f} hours")
        manifest = writer.finish()
    return _composition(manifest, shelves)


def _seconds(split: Split, settings: ComposeSettings) -> float:
    shares = {"validation": settings.validation, "test": settings.test}
    return settings.hours * 3600.0 * shares.get(split, 1.0 - settings.validation - settings.test)


def _shelves(pack: Pack, settings: ComposeSettings) -> dict[Split, Shelf]:
    allowed = set(settings.licences)
    clips = [clip for clip in pack.manifest.clips if not allowed or licence_family(clip.licence) in allowed]
    steady = {clip.id: is_steady(pack.samples(clip)) for clip in clips if clip.category in TEXTURES}
    shelves = {split: Shelf([clip for clip in clips if clip.split == split], steady, settings) for split in SPLITS}
    return {split: shelf for split, shelf in shelves.items() if shelf.clips}


def _rendered(plans: Iterable[Score], pack: Pack, jobs: int) -> Iterator[Rendered]:
    """Every sequence's clip and samples, in order; only a few wait in memory."""
    if jobs == 1:
        yield from (render(score, pack.samples) for score in plans)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting: deque[Future[Rendered]] = deque()
        try:
            for score in plans:
                waiting.append(pool.submit(_render_from, str(pack.folder), score))
                if len(waiting) >= AHEAD * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise CorpusError(
                "A process that renders sequences died, perhaps for want of memory.", cure="Run it again with --jobs 1."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


@cache  # a process opens its pack once
def _opened(folder: str) -> Pack:
    return open_pack(folder)


def _render_from(folder: str, score: Score) -> Rendered:
    return render(score, _opened(folder).samples)


def _composition(manifest: Manifest, shelves: dict[Split, Shelf]) -> Composition:
    hours: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for clip in manifest.clips:
        hours[clip.split] += clip.frames
        kinds[clip.path.partition("/")[0]] += 1
    uses = {clip.id: shelf.uses[clip.id] for shelf in shelves.values() for clip in shelf.clips}
    return Composition(
        manifest=manifest,
        hours={split: round(hours[split] / RATE_HZ / 3600, 3) for split in SPLITS if split in hours},
        kinds=dict(kinds.most_common()),
        uses=uses,
        unused=sum(not count for count in uses.values()),
    )


def most_used(uses: dict[str, int], most: int = 5) -> Sequence[tuple[str, int]]:
    """The recordings that are heard most often."""
    return Counter(uses).most_common(most)
