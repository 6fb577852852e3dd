"""``hobnail.render.render``: everything that the command line can render, as one call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from hobnail.config import Config
from hobnail.host import Host
from hobnail.render.chain import Chain, chain_treatment, read_chain
from hobnail.render.inputs import Score, kind_of, read_score, timeline_score
from hobnail.render.job import Advance, Play, Rendered, Treat, Wanted, render_score
from hobnail.render.performance import Performance
from hobnail.render.takes import perform_take, read_take_score, take_config, wishes
from hobnail.render.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Prepared:
    """An input that was read: what will be played, with what, and how."""

    score: Score
    config: Config
    play: Play | None = None


def prepare(
    source: str | Path | Timeline,
    *,
    host: Host,
    config: Config | None = None,
    engine: str | None = None,
    seed: int | None = None,
    midi_map: Path | None = None,
    anew: bool = False,
) -> Prepared:
    """Read an input. ``engine``: of emitters that name none. Raises RenderError, TraceError, ConfigError."""
    config = config or Config()
    if engine is not None:
        config = msgspec.structs.replace(config, session=msgspec.structs.replace(config.session, engine=engine))
    if isinstance(source, Timeline):
        return Prepared(timeline_score(source), config)
    if kind_of(str(source)) == "take":
        return _prepared_take(Path(source), host, config, engine, anew)
    score = read_score(str(source), host=host, engine=config.session.engine, midi_map=midi_map, seed=seed)
    return Prepared(score, config)


def render(  # noqa: PLR0913  # what a user may want, each by its name
    source: str | Path | Timeline,
    output: str | Path,
    *,
    host: Host | None = None,
    config: Config | None = None,
    engine: str | None = None,
    seed: int | None = None,
    chain: Chain | Path | str | None = None,
    midi_map: Path | None = None,
    advance: Advance | None = None,
    **wanted: object,
) -> Rendered:
    """Render ``source`` into ``output``; the rest of :class:`Wanted` by name: ``stems=True``, ``loudness_lufs=-23``.

    ::

        from hobnail.render import render

        render("scene.toml", "scene.wav", stems=True, attributes=Path("scene.json"))

    Raises RenderError, TraceError or ConfigError; then nothing stands under any of the names.
    """
    host = host or Host.discovered()
    ready = prepare(source, host=host, config=config, engine=engine, seed=seed, midi_map=midi_map)
    return render_score(
        ready.score,
        Wanted(output=Path(output), **wanted),  # type: ignore[arg-type]  # msgspec's own checks name a wrong field
        host=host,
        config=ready.config,
        treat=treatment(chain, host),
        advance=advance,
        play=ready.play,
    )


def treatment(chain: Chain | Path | str | None, host: Host) -> Treat | None:
    """A chain, or the file of one, as what is done to stems and mix."""
    if chain is None:
        return None
    return chain_treatment(chain if isinstance(chain, Chain) else read_chain(Path(chain)), host)


def _prepared_take(path: Path, host: Host, config: Config, engine: str | None, anew: bool) -> Prepared:
    found = read_take_score(path)
    config = take_config(found.take, config, engine=engine)
    if anew:
        score = replace(found.score, commands=wishes(found.take), frames=None, warnings=())
        return Prepared(score, config)

    def play(stems: bool, advance: Advance | None) -> Performance:
        return perform_take(found.take, host=host, config=config, stems=stems, advance=advance)

    return Prepared(found.score, config, play)
