"""The engine bench: a grid of voices and settings, streams of one-shots, a recorded game at several speeds."""

from __future__ import annotations

import itertools
import subprocess
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from hobnail.bench.engine_run import Orders, Result
from hobnail.bench.figures import Figure
from hobnail.children import python
from hobnail.config import Config
from hobnail.errors import ConfigError, SessionError

VOICES: Final = (1, 8, 32, 64)
SPEEDS: Final = (1.0, 4.0, 16.0)
ONE_SHOTS_PER_S: Final = 60.0
BESIDE_VOICES: Final = 16
BESIDE_PER_S: Final = 8.0
AGAIN_PER_S: Final = 2.0
AGAIN_KINDS: Final = 2
GAME: Final = "openarena"
WANTED_VOICES: Final = 32  #: up to here a hop must leave half of its time, and nothing may run dry
WANTED_RSS_MB: Final = 400.0

Settings = Mapping[str, Any]


def grid(config: Config, voices: Sequence[int], vary: Mapping[str, Sequence[Any]], seconds: float) -> Iterator[Figure]:
    """Sustained voices, for every combination of the engine's varied settings."""
    for settings in combinations(vary):
        for count in voices:
            orders = Orders(config=_with(config, settings, count), voices=count, seconds=seconds)
            yield from _held(run(orders), _name(config.session.engine, settings), count)


def struck(config: Config, vary: Mapping[str, Sequence[Any]], seconds: float) -> Iterator[Figure]:
    """A stream of one-shots, nothing else sounding."""
    for settings in combinations(vary):
        orders = Orders(config=_with(config, settings, 64), one_shots_per_s=ONE_SHOTS_PER_S, seconds=seconds)
        name = f"{_name(config.session.engine, settings)}, {ONE_SHOTS_PER_S:g} one-shots/s"
        yield from _heard(run(orders), name)


def beside(config: Config, seconds: float) -> Iterator[Figure]:
    """One-shots while voices that last sound; and the same few kinds of one-shot again and again."""
    orders = Orders(config=_with(config, {}, 64), voices=BESIDE_VOICES, one_shots_per_s=BESIDE_PER_S, seconds=seconds)
    name = f"{config.session.engine}, {BESIDE_VOICES} voices and {BESIDE_PER_S:g} one-shots/s"
    yield from _heard(run(orders), name)
    orders = Orders(
        config=_with(config, {}, 64), one_shots_per_s=AGAIN_PER_S, kinds=AGAIN_KINDS, seconds=min(seconds, 30.0)
    )
    result = run(orders)
    hits, misses = (int(result.figures.get(name, 0)) for name in ("take_hits", "take_misses"))
    yield Figure(
        name=f"{config.session.engine}, {AGAIN_KINDS} kinds of one-shot again and again: event to sample p50",
        value=round(result.latency.p50_ms, 2),
        unit="ms",
        wanted=5.0,
        detail=f"p99 {result.latency.p99_ms:.2f}, n = {result.latency.count}; made ahead {hits}, not {misses}",
    )


def played(config: Config, speeds: Sequence[float], seconds: float) -> Iterator[Figure]:
    """A real game's events, as they came and faster."""
    for speed in speeds:
        orders = Orders(config=_with(config, {}, 64), trace=GAME, speed=speed, seconds=seconds)
        yield from _heard(run(orders), f"{config.session.engine}, {GAME} at {speed:g} x")


def run(orders: Orders) -> Result:
    """Measure in a fresh process. Raises SessionError with what it said when it fails."""
    done = subprocess.run(
        python("hobnail.bench.engine_run"),
        input=msgspec.json.encode(orders),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing."]
        raise SessionError(f"The measurement failed: {said[-1]}", cure="Try the engine with 'hobnail demo' first.")
    return msgspec.json.decode(done.stdout, type=Result)


def combinations(vary: Mapping[str, Sequence[Any]]) -> Iterator[Settings]:
    """Every combination of the varied settings; one empty one when nothing is varied."""
    for values in itertools.product(*vary.values()):
        yield dict(zip(vary, values, strict=True))


def varied(given: Sequence[str]) -> dict[str, list[Any]]:
    """``["passes=1,2"]`` as ``{"passes": [1, 2]}``: values as TOML reads them, else as text. Raises ConfigError."""
    found: dict[str, list[Any]] = {}
    for each in given:
        key, equals, values = each.partition("=")
        if not (key and equals and values):
            raise ConfigError(f"--vary {each!r} names no values.", cure="Write it as KEY=VALUE,VALUE.")
        found[key] = [_value(text) for text in values.split(",")]
    return found


def _value(text: str) -> Any:  # noqa: ANN401 - whatever TOML says that it is
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _with(config: Config, settings: Settings, voices: int) -> Config:
    """The configuration with settings of its engine laid over, and room for the voices."""
    id = config.session.engine
    session = msgspec.structs.replace(config.session, voices=max(config.session.voices, voices), metrics_hz=10.0)
    tables = {**config.engine, id: {**config.engine.get(id, {}), **settings}}
    return msgspec.structs.replace(config, session=session, engine=tables)


def _name(engine: str, settings: Settings) -> str:
    return ", ".join([engine, *(f"{key} {value}" for key, value in settings.items())])


def _held(result: Result, name: str, voices: int) -> Iterator[Figure]:
    wanted = voices <= WANTED_VOICES
    found = result.hop
    yield Figure(
        name=f"{name}, {voices} voices: hop p99",
        value=round(found.p99_ms, 2),
        unit="ms",
        wanted=round(result.budget_ms / 2, 2) if wanted else None,
        detail=f"p50 {found.p50_ms:.2f}, max {found.max_ms:.1f} of {result.budget_ms:.1f} ms; {_cost(result)}",
    )
    yield Figure(
        name=f"{name}, {voices} voices: underruns",
        value=result.underruns,
        unit="",
        wanted=0 if wanted else None,
        detail=f"{result.voices} sounded, batch {result.batch:.1f}; {_trouble(result)}",
    )
    if voices == WANTED_VOICES and result.rss_mb is not None:
        yield Figure(name=f"{name}, {voices} voices: memory", value=result.rss_mb, unit="MB", wanted=WANTED_RSS_MB)


def _heard(result: Result, name: str) -> Iterator[Figure]:
    found = result.latency
    yield Figure(name=f"{name}: event to sample p50", value=round(found.p50_ms, 2), unit="ms", wanted=12.0)
    yield Figure(
        name=f"{name}: event to sample p99",
        value=round(found.p99_ms, 2),
        unit="ms",
        wanted=20.0,
        detail=f"p50 {found.p50_ms:.2f}, max {found.max_ms:.1f}, n = {found.count}; {_cost(result)}",
    )
    yield Figure(
        name=f"{name}: underruns and late events",
        value=result.underruns + result.late,
        unit="",
        wanted=0,
        detail=f"{result.events} voices; {_trouble(result)}",
    )


def _cost(result: Result) -> str:
    parts = []
    if result.cpu_percent is not None:
        parts.append(f"{result.cpu_percent:.0f} % of a core")
    if result.rss_mb is not None:
        parts.append(f"{result.rss_mb:.0f} MB")
    parts.append("watts not readable" if result.watts is None else f"{result.watts:.1f} W")
    return ", ".join(parts)


def _trouble(result: Result) -> str:
    found = {"over": result.hops_over, "refused": result.refused, "stolen": result.stolen, "failed": result.failed}
    found |= result.overload
    return ", ".join(f"{what} {count}" for what, count in found.items() if count) or "no trouble"
