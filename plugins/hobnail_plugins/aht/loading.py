"""Bundles are loaded beside what sounds: read, checked, laid out, tried until they are steady, then handed over."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Final

import msgspec

from hobnail.contracts import EventSpec, VoiceStart
from hobnail.errors import BundleError, PaletteError
from hobnail.host import Host
from hobnail.scene import Contact, Emitter
from hobnail_plugins.aht.model import ONE_SHOT_HOPS, START_HOPS, STEP_HOPS, TAIL_HOPS, Model
from hobnail_plugins.aht.playing import asked
from hobnail_plugins.aht.safe_mode import marked, refuse_if_it_crashed
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_plugins.aht.slab import SIZES, padded
from hobnail_plugins.aht.sustained import LONGER, LONGER_HOPS
from hobnail_plugins.aht.threads import SHARED

STEADY: Final = 1.2
"""A size is warm when its last run took at most this many times its fastest, or no more than the next greater one."""

MANY: Final = 16
"""Voices with which it is tried whether a second worker helps; what is greater is warmed up after that."""

TRIES: Final = 2
HELPS: Final = 0.75
"""Of one worker's time, that two may take to be worth it."""

MOST_RUNS: Final = 6
MOST_S: Final = 0.6
"""Of all sizes together: start to ready is two seconds."""


def load_model(settings: AhtConfig, host: Host | None = None, *, folder: Path | None = None) -> Model:
    """[control] A model that has played. Raises BundleError, MissingExtraError, PaletteError, PluginError.

    A bundle that brought the program down the last time is refused (:mod:`hobnail_plugins.aht.safe_mode`).
    """
    if folder is not None:
        settings = msgspec.structs.replace(settings, bundle=str(folder))
    bundle = bundle_folder(settings)
    refuse_if_it_crashed(bundle)
    with marked(bundle):
        model = Model.load(settings, host)
        warm_up(model, workers=settings.workers)
    return model


def two_help(model: Model) -> bool:
    """[control] Whether a second worker makes a step of many voices so much faster that it is worth a core."""
    size = min(MANY, model.slab(sustained=True).voices)
    if size < SHARED or cores() < 2:
        return False
    taken: dict[int, float] = {}
    for workers in (1, 2):
        model.threads.share_out(workers)
        taken[workers] = min(_tried(model, STEP_HOPS, size) for _ in range(TRIES))
    model.threads.share_out(1)
    return taken[2] < HELPS * taken[1]


def cores() -> int:
    """[any] Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def named_folder(base: str, name: str) -> Path:
    """[control] The folder of a palette or bundle that a client names. Raises PaletteError when there is none."""
    known = sorted(path.name for path in Path(base).iterdir() if path.is_dir()) if base and Path(base).is_dir() else []
    if name not in known:  # looked up, not joined: a name cannot lead out of the folder
        cure = f"There are: {', '.join(known)}." if known else "Name a folder of them: [engine.aht] palettes."
        raise PaletteError(f"there is no palette or bundle {name!r} to load.", cure=cure)
    return Path(base) / name


def warm_up(model: Model, *, workers: int = 1) -> dict[tuple[int, int], int]:
    """[control] Play every size of batch that may come until it is steady; runs by (hops, voices).

    The greatest come first: they need the most memory, and a smaller one that was no slower is warm at once. One-shots
    on one thread, sustained voices on another, as they will play. ``workers`` 0: two where the native pass plays and
    there are two cores, or where that helps. Raises BundleError when what it plays is not finite.
    """
    began = perf_counter()
    if workers == 0 and model.native and cores() > 1:  # pieces go to whichever thread is free
        workers = 2
        model.threads.share_out(2)
    sizes = [size for size in reversed(SIZES) if size <= model.slab(sustained=True).voices]
    struck = [(ONE_SHOT_HOPS, 1), (32, 1), (TAIL_HOPS, 1)]
    held = [(STEP_HOPS, size) for size in sizes if size <= MANY]
    with ThreadPoolExecutor(1, "hobnail-warm") as pool:
        other = pool.submit(_until_steady, model, struck, began)
        runs = {**_until_steady(model, [*held, (START_HOPS, 1), (LONGER_HOPS, LONGER)], began), **other.result()}
    if workers == 0 and two_help(model):
        workers = 2
        model.threads.share_out(2)
    many = [size for size in sizes if size > MANY] if workers < 2 or model.native else _shared(sizes)
    return runs | _until_steady(model, [(STEP_HOPS, size) for size in many], began)


def _until_steady(model: Model, sizes: Sequence[tuple[int, int]], began: float) -> dict[tuple[int, int], int]:
    runs: dict[tuple[int, int], int] = {}
    greater = 0.0
    for hops, size in sizes:
        fastest, steady = float("inf"), False
        count = 0
        while not steady and count < MOST_RUNS and not (count and perf_counter() - began > MOST_S):
            last = _tried(model, hops, size)
            steady = last <= max(greater, STEADY * fastest if count else 0.0)
            fastest = min(fastest, last)
            count += 1
        runs[hops, size], greater = count, fastest
    return runs


def _shared(sizes: Sequence[int]) -> list[int]:
    """Numbers of voices, the greatest first: one for each size of half a batch, which two workers have."""
    halves = {padded(-(-size // 2)): size for size in sizes if size >= SHARED}
    return list(halves.values())


def _tried(model: Model, hops: int, size: int) -> float:
    sustained = hops in (STEP_HOPS, LONGER_HOPS, START_HOPS)
    event = EventSpec(name="scrape" if sustained else "footstep", kind="sustained" if sustained else "one_shot")
    asking = VoiceStart(
        voice=0, event=event, emitter=Emitter(id=""), contact=Contact(), controls={}, features={}, seed=size
    )
    told = model.told(asked(asking, 0.0, model.levels).prompt)
    began_with = [model.begin(seed, told, sustained=sustained, gain=1.0, force=0.0) for seed in range(size)]
    voices = [voice for voice in began_with if voice is not None]
    if hops in (STEP_HOPS, TAIL_HOPS):  # what goes on reads all of its history, also where there is none yet
        for each in voices:
            each.hops = START_HOPS
    began = perf_counter()
    made = model.make(voices, [{}] * len(voices), [{}] * len(voices), hops)
    if model.sounded(voices, made.latents) is None:
        for each, latents in zip(voices, made.latents, strict=True):
            model.codec_of(each).decode(latents, each.decoding)
    taken_s = perf_counter() - began
    if not made.sound.all():
        raise BundleError(f"{model.bundle.folder}: the network gives NaN or infinity.", cure="Export the bundle again.")
    return taken_s
