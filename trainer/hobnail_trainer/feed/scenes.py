"""Scenes to rows: each emitter's stem as latents, what a game would tell of it, and what a camera would see."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Codec
from hobnail_trainer.codec.workers import over_clips
from hobnail_trainer.corpus.model import Category, Split
from hobnail_trainer.feed.encode import STORED, Encoded, MakeCodec, encode
from hobnail_trainer.feed.making import Making
from hobnail_trainer.feed.model import CELLS, INDEX, LATENTS, PIXELS, SCENE, Entry, Words
from hobnail_trainer.feed.vision import cells_of, rows_of
from hobnail_trainer.feed.write import Adder, RowFile, kept_index
from hobnail_trainer.scenes import Scene, Situation, read_card, read_scene, scene_folders
from hobnail_trainer.scenes.store import CARD

CATEGORY: Final[dict[Situation, Category]] = {
    "walk": "footstep",
    "drop": "impact",
    "roll": "impact",
    "scrape": "impact",
    "door": "door",
    "rain": "water",
}
SILENT: Final = 1e-4  #: peak of a stem that is left out
AT_ONCE: Final = 8


class Emitter(NamedTuple):
    """One sounding thing of a scene."""

    number: int
    encoded: Encoded
    scene: NDArray[np.float16]  #: [hops, 24]


class Rows(NamedTuple):
    """A scene."""

    scene: Scene
    emitters: list[Emitter]
    pixels: NDArray[np.float16]  #: [hops, 64, 6]


@dataclass(frozen=True, slots=True)
class SceneEncoding:
    """Encodes scenes from their folders."""

    make: MakeCodec

    def __call__(self, folders: Sequence[Path]) -> list[Rows]:
        """Raises SceneError, FeedError."""
        codec = self.make()
        return [_rows(codec, read_scene(folder)) for folder in folders]


def scenes_digest(root: Path, split: Split) -> str:
    """What names the scenes of a split: their cards and the sizes of their arrays."""
    digest = hashlib.sha256()
    for folder in scene_folders(root, split):
        digest.update(folder.name.encode() + (folder / CARD).read_bytes())
    return digest.hexdigest()


def make_scenes(making: Making, root: Path) -> None:
    """Write the part of scenes, if it is not there and right, without scenes of recordings that may not be used.

    Raises CorpusError, FeedError, SceneError.
    """
    corpus, split, folder = making.corpus, making.split, making.folder
    made_of = corpus.made_of("scenes", split, scenes_digest(root, split))
    if kept_index(folder, made_of) is not None:
        return
    (folder / INDEX).unlink(missing_ok=True)
    folders = scene_folders(root, split)
    allowed = [each for each in folders if corpus.may_use(used.clip for used in read_card(each).used)]
    latents, scene, pixels = (RowFile(folder / name) for name in (LATENTS, SCENE, PIXELS))
    heard, told, seen = Adder(), Adder(), Adder()
    entries: list[Entry] = []
    work = SceneEncoding(making.make)
    try:
        for each, rows in over_clips(work, allowed, jobs=making.jobs, tell=making.told, at_once=AT_ONCE, what="scenes"):
            cell = pixels.add(rows.pixels)
            seen.add(rows.pixels.reshape(-1, CELLS[1]))
            for emitter in rows.emitters:
                first = latents.add(emitter.encoded.latents)
                scene.add(emitter.scene)
                heard.add(emitter.encoded.latents[emitter.encoded.marks.sounding])
                told.add(emitter.scene)
                entries.append(_entry(each.name, rows.scene, emitter, first, cell))
        files = tuple(file.finish() for file in (latents, scene, pixels))
    finally:
        for file in (latents, scene, pixels):
            file.abandon()
    making.finish(made_of, entries, files, heard.sums(), len(folders) - len(allowed), (told.sums(), seen.sums()))


def _rows(codec: Codec, scene: Scene) -> Rows:
    emitters = []
    for number, stem in enumerate(scene.stems):
        if float(np.abs(stem).max(initial=0.0)) < SILENT:
            continue
        name = scene.card.emitters[number].id
        begins = sorted({event.at for event in scene.card.events if event.emitter == name and event.action != "stop"})
        encoded = encode(codec, stem, begins, f"scene {scene.card.seed}, {name}")
        rows = rows_of(scene.features[number], len(encoded.latents)).astype(STORED)
        emitters.append(Emitter(number, encoded, rows))
    hops = max((len(each.encoded.latents) for each in emitters), default=0)
    cells = cells_of(scene.pictures, hops).astype(STORED) if hops else np.zeros((0, *CELLS), STORED)
    return Rows(scene, emitters, cells)


def _entry(name: str, scene: Scene, emitter: Emitter, first: int, pixels: int) -> Entry:
    card = scene.card
    thing = card.emitters[emitter.number]
    return Entry(
        id=f"{name}/{thing.id}",
        origin="composed",
        category=CATEGORY[card.situation],
        materials=(thing.material,),
        family=f"scenes/{card.split}/{name}",
        licence="made of " + ", ".join(sorted({used.clip.partition("/")[0] for used in card.used})),
        frames=card.duration_frames,
        first=first,
        hops=len(emitter.encoded.latents),
        onsets=emitter.encoded.marks.onsets,
        starts=emitter.encoded.marks.starts,
        cut=True,  # it goes on after what was simulated
        words=Words(exact=thing.words.exact, category=thing.words.category, vague=thing.words.vague),
        pixels=pixels,
    )
