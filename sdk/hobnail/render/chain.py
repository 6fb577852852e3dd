"""Chains of effects on stems and on the mix: latency taken out, tails drained, NaN caught, settings that move.

::

    [[mix]]                               # in this order
    effect = "limiter"                    # an effect of any installed plug-in; `hobnail plugins` lists them
    ceiling_db = -2.0                     # its own settings stand beside it

    [[stems.boots]]                       # only this emitter; [[stems."*"]] each one
    effect = "pedalboard"
    plugin = "Reverb"
    settings = { room_size = 0.3 }
    curves = { wet_level = [[0.0, 0.0], [2.0, 0.5]] }
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import msgspec
import numpy as np

from hobnail.audio import RATE_HZ
from hobnail.contracts import Effect, Float32
from hobnail.errors import BrokenPluginError, HobnailError, RenderError
from hobnail.host import Host
from hobnail.render.job import Treat

BLOCK_FRAMES: Final = 512
LONGEST_TAIL_S: Final = 10.0
ECHO_S: Final = 2.0  # a tail is over when it has been silent for so long: between two echoes it is silent too
SILENT: Final = 10.0 ** (-90.0 / 20.0)
EVERY: Final = "*"

Link = dict[str, Any]  # "effect" and the effect's own settings


class Chain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Effects in order, for the mix and for stems by emitter; "*" stands for every stem without a chain of its own."""

    mix: tuple[Link, ...] = ()
    stems: dict[str, tuple[Link, ...]] = {}


@dataclass(frozen=True, slots=True)
class Treated:
    """Sound after effects, and what is to be said about it."""

    sound: Float32
    warnings: tuple[str, ...] = ()


def read_chain(path: Path) -> Chain:
    """A chain from a TOML file, or a Python file with a variable ``chain``. Raises RenderError."""
    try:
        if path.suffix.lower() == ".py":
            return _python_chain(path)
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Chain)
    except OSError as error:
        raise RenderError(f"{path}: cannot be read: {error.strerror or error}.", cure="Check the path.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RenderError(f"{path}: not a chain: {error}.", cure="docs/render.md shows one.") from error


def chain_treatment(chain: Chain, host: Host) -> Treat:
    """The chain as a function of stems and mix. Effects are built now, so that a wrong name costs no render.

    With stem chains the mix is made anew, as the sum of the treated stems. A plug-in that breaks costs the stem that it
    stands in its effects, and no other.
    """
    broken: dict[int, BrokenPluginError] = {}  # told when its turn comes
    for name, links in {"mix": chain.mix, **chain.stems}.items():
        for link in links:
            try:
                _built(link, host, name)
            except BrokenPluginError as error:
                broken[id(link)] = error

    def through(place: str, sound: Float32, links: Sequence[Link]) -> Treated:
        try:
            for link in links:
                if id(link) in broken:
                    raise broken[id(link)]
            return apply(sound, [_built(link, host, place) for link in links])
        except HobnailError as error:
            return Treated(sound, (f"stays without effects: {error}",))

    def treat(stems: Mapping[str, Float32], mix: Float32) -> tuple[dict[str, Float32], Float32, list[str]]:
        warnings = [
            f"The chain names the emitter {name!r}, which there is not."
            for name in chain.stems
            if name not in (*stems, EVERY)
        ]
        done: dict[str, Float32] = {}
        for emitter, sound in stems.items():
            treated = through(emitter, sound, chain.stems.get(emitter, chain.stems.get(EVERY, ())))
            done[emitter] = treated.sound
            warnings += [f"{emitter}: {said}" for said in treated.warnings]
        if any(chain.stems.values()):
            mix = summed(list(done.values()), len(mix))
        treated = through("mix", mix, chain.mix)
        return done, treated.sound, [*warnings, *(f"mix: {said}" for said in treated.warnings)]

    return treat


def apply(sound: Float32, effects: Sequence[tuple[str, Effect]]) -> Treated:
    """Effects one after another on float32 [frames, 2]; the result is as much longer as its tail rings."""
    warnings: list[str] = []
    for name, effect in effects:
        before, sound, broken = sound, *_through(sound, effect)
        if broken:
            warnings.append(f"{name} gave {broken} samples that are no numbers; they became silence.")
        if len(sound) >= len(before) and np.array_equal(sound[: len(before)], before) and np.any(before):
            warnings.append(f"{name} changed nothing: it is bypassed, its mix is at 0, or it had nothing to do.")
    return Treated(sound, tuple(warnings))


def summed(sounds: Sequence[Float32], least_frames: int) -> Float32:
    """Their sum, float32 [frames, 2], as long as the longest."""
    out = np.zeros((max([least_frames, *map(len, sounds)]), 2), np.float32)
    for sound in sounds:
        out[: len(sound)] += sound
    return out


@runtime_checkable
class TakesWhole(Protocol):
    """What an effect may offer beside its contract: the whole sound at once."""

    def whole(self, sound: Float32, tail_frames: int) -> Float32 | None:
        """[control] float32 [frames, 2] in, lined up and longer by ``tail_frames`` out; None: block by block."""


def _through(sound: Float32, effect: Effect) -> tuple[Float32, int]:
    """One effect: at once or block by block, without its delay, until its tail is silent."""
    sound = np.where(np.isfinite(sound), sound, np.float32(0.0))
    if isinstance(effect, TakesWhole):
        given = effect.whole(sound, round(LONGEST_TAIL_S * RATE_HZ))
        if given is not None and np.isfinite(given).all():
            return _without_silence(given, len(sound)), 0
    state = effect.init_state(RATE_HZ, 2)
    latency = effect.latency_frames
    out: list[Float32] = []
    made = broken = 0
    wanted = len(sound)
    longest = wanted + latency + round(LONGEST_TAIL_S * RATE_HZ)
    at = rung = 0
    while made < wanted + latency or (made < longest and made - rung < ECHO_S * RATE_HZ):
        block = np.zeros((BLOCK_FRAMES, 2), np.float32)
        piece = sound[at : at + BLOCK_FRAMES]
        block[: len(piece)] = piece
        at += BLOCK_FRAMES
        given, state = effect.process(block, state)
        wrong = ~np.isfinite(given)
        if wrong.any():
            broken += int(wrong.sum())
            given = np.where(wrong, np.float32(0.0), given)
            state = effect.init_state(RATE_HZ, 2)  # what is no number stays in a filter for ever
        out.append(np.asarray(given, np.float32))
        made += len(given)
        if _rings(out[-1]):
            rung = made
        if at > longest + BLOCK_FRAMES and not len(given):
            break
    whole = np.concatenate(out)[latency:] if out else sound
    return _without_silence(whole, wanted), broken


def _without_silence(sound: Float32, least_frames: int) -> Float32:
    """Cut after the last sample that can be heard, but not below ``least_frames``."""
    loud = np.flatnonzero(np.abs(sound).max(axis=1, initial=0.0) > SILENT)
    return sound[: max(least_frames, int(loud[-1]) + 1 if loud.size else 0)]


def _rings(block: Float32) -> bool:
    return bool(np.abs(block).max(initial=0.0) > SILENT) if len(block) else True


def _built(link: Link, host: Host, place: str) -> tuple[str, Effect]:
    settings = dict(link)
    name = settings.pop("effect", None)
    if not isinstance(name, str):
        raise RenderError(f"chain of {place}: an entry without effect.", cure='Write effect = "limiter".')
    effect: Effect = host.build("effects", name, settings)
    return str(settings.get("plugin") or settings.get("path") or name), effect


def _python_chain(path: Path) -> Chain:
    """Runs the file, which the user names on purpose, as any of their scripts."""
    import runpy

    try:
        found = runpy.run_path(str(path)).get("chain")
    except OSError:
        raise
    except Exception as error:  # a user's own code may raise anything
        raise RenderError(f"{path}: {type(error).__name__}: {error}.", cure="Run it by itself to see more.") from error
    if isinstance(found, Chain):
        return found
    raise RenderError(
        f"{path}: chain is {type(found).__name__}, expected hobnail.render.Chain.", cure="Write chain = Chain(...)."
    )
