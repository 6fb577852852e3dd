"""Scenes on disk: one folder each, whole or not at all, and read back bit for bit.

::

    scenes/train/scene-000042/
        scene.json     the card: words, emitters, events, recordings used
        arrays.npz     features float32 [emitters, ticks, 12]; pictures uint8 [pictures, px, px, 3]
        audio.flac     one channel per emitter, 48 kHz, 24 bit

A folder is written beside its place under a name that ends in ``.part`` and then renamed: what has the right name is
whole. An interrupted run is gone on with by running it again; left-over parts are cleared.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

from hobnail.audio import RATE_HZ
from hobnail.scene import SCENE_FEATURES
from hobnail_trainer.corpus.model import Split
from hobnail_trainer.errors import SceneError
from hobnail_trainer.scenes.model import FORMAT, PICTURE_HZ, TICK_HZ, VERSION, Scene, SceneCard

CARD, ARRAYS, AUDIO = "scene.json", "arrays.npz", "audio.flac"
PART = ".part"
_CURE = "Delete that folder and generate the scenes again; those that are whole are kept."
_FULL_SCALE_24 = 2**23


def scene_folder(root: Path | str, split: Split, seed: int) -> Path:
    """Where a scene lives."""
    return Path(root) / split / f"scene-{seed:06d}"


def write_scene(scene: Scene, root: Path | str) -> Path:
    """Write a scene into its folder under ``root``; one that is there already is replaced. Raises SceneError."""
    target = scene_folder(root, scene.card.split, scene.card.seed)
    part = target.with_name(target.name + PART)
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        (part / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(scene.card), indent=1) + b"\n")
        np.savez_compressed(part / ARRAYS, features=scene.features, pictures=scene.pictures)
        grid = np.round(scene.stems.T.astype(np.float64) * _FULL_SCALE_24).astype(np.int32) << 8
        soundfile.write(part / AUDIO, grid, RATE_HZ, format="FLAC", subtype="PCM_24")
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    except (OSError, soundfile.SoundFileError) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise SceneError(
            f"{target}: cannot be written: {error}.", cure="Free some space or choose another folder."
        ) from error
    return target


def scene_folders(root: Path | str, split: Split | None = None) -> tuple[Path, ...]:
    """Folders of the whole scenes under ``root``, by split and number."""
    pattern = f"{split or '*'}/scene-*"
    return tuple(sorted(path for path in Path(root).glob(pattern) if path.suffix != PART and path.is_dir()))


def read_scenes(root: Path | str, split: Split | None = None) -> Iterator[Scene]:
    """The scenes under ``root`` one after another. Raises SceneError at the first that is broken."""
    for folder in scene_folders(root, split):
        yield read_scene(folder)


def read_scene(folder: Path | str) -> Scene:
    """One scene from its folder. Raises SceneError naming the file, the fault and the cure."""
    folder = Path(folder)
    card = read_card(folder)
    try:
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            features, pictures = arrays["features"], arrays["pictures"]
        # int32, since libsndfile's own float of 24 bit is the same number only up to its scaling
        audio, rate_hz = soundfile.read(folder / AUDIO, dtype="int32", always_2d=True)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, soundfile.SoundFileError) as error:
        raise SceneError(f"{folder}: its arrays or audio cannot be read: {error}.", cure=_CURE) from error
    stems = ((audio >> 8).astype(np.float64) / _FULL_SCALE_24).astype(np.float32).T
    scene = Scene(card, features, pictures, np.ascontiguousarray(stems))
    if problem := scene_problem(scene, rate_hz):
        raise SceneError(f"{folder}: {problem}.", cure=_CURE)
    return scene


def read_card(folder: Path) -> SceneCard:
    """The card alone, which is enough for statistics. Raises SceneError."""
    try:
        card = msgspec.json.decode((folder / CARD).read_bytes(), type=SceneCard)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SceneError(f"{folder / CARD}: cannot be read: {error}.", cure=_CURE) from error
    if (card.format, card.version) != (FORMAT, VERSION):
        raise SceneError(
            f"{folder / CARD}: is {card.format!r} {card.version}, expected {FORMAT!r} {VERSION}.", cure=_CURE
        )
    return card


def scene_problem(scene: Scene, rate_hz: int = RATE_HZ) -> str:
    """Why card and arrays do not belong together; empty when they do."""
    card, emitters = scene.card, len(scene.card.emitters)
    seconds = card.duration_frames / RATE_HZ
    wanted: dict[str, tuple[NDArray[Any], type, tuple[int, ...]]] = {
        "features": (scene.features, np.float32, (emitters, round(seconds * TICK_HZ), len(SCENE_FEATURES))),
        "pictures": (scene.pictures, np.uint8, (round(seconds * PICTURE_HZ), card.picture_px, card.picture_px, 3)),
        "stems": (scene.stems, np.float32, (emitters, card.duration_frames)),
    }
    for name, (array, kind, shape) in wanted.items():
        if array.dtype != kind or array.shape != shape:
            return f"{name} are {array.dtype} {array.shape}, expected {np.dtype(kind)} {shape}"
    if rate_hz != RATE_HZ:
        return f"audio is at {rate_hz} Hz, expected {RATE_HZ}"
    known = {emitter.id for emitter in card.emitters}
    strangers = [event.emitter for event in card.events if event.emitter not in known]
    return f"an event names the unknown emitter {strangers[0]!r}" if strangers else ""
