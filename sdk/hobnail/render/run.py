"""``hobnail.render.render``: everything that the command line can render, as one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hobnail.config import Config
from hobnail.contracts import Float32
from hobnail.errors import RenderError
from hobnail.host import Host
from hobnail.offline import Shown
from hobnail.render.chain import Chain, chain_treatment, read_chain
from hobnail.render.inputs import Score, kind_of, read_score, timeline_score
from hobnail.render.job import Advance, Finish, Play, Rendered, Treat, Wanted, render_score
from hobnail.render.output import Outputs
from hobnail.render.performance import Performance
from hobnail.render.reading import timeline_json
from hobnail.render.takes import perform_take, read_take_score, take_config, wishes
from hobnail.render.timeline import Timeline

if TYPE_CHECKING:  # films stand on render's parts; they are imported when one comes
    from hobnail.film.score import FilmScore


@dataclass(frozen=True, slots=True)
class Prepared:
    """An input that was read: what will be played, with what, and how."""

    score: Score
    config: Config
    play: Play | None = None
    film: FilmScore | None = None

    @property
    def shown(self) -> Shown | None:
        """The film that engines look at while it plays."""
        return None if self.film is None else Shown(self.film.film.pictures, self.film.film.at_frames)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Files beside the sound: the film with it, the page that shows both, the input as a timeline."""

    clip: Path | None  #: the picture of ``film``
    film: Path | None = None
    picture: Path | None = None
    events: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """What is to be written."""
        return tuple(path for path in (self.film, self.picture, self.events) if path is not None)


def prepare(  # noqa: PLR0913  # what a user may want, each by its name
    source: str | Path | Timeline,
    *,
    host: Host,
    config: Config | None = None,
    engine: str | None = None,
    seed: int | None = None,
    midi_map: Path | None = None,
    anew: bool = False,
    prompts: Sequence[str] = (),
    threshold: float | None = None,
    onto: Path | None = None,
) -> Prepared:
    """Read an input. ``engine``: of emitters that name none. Raises RenderError, TraceError, ConfigError.

    ``onto``: the clip that a timeline was made of; engines look at it.
    """
    config = config or Config()
    if engine is not None:
        config = msgspec.structs.replace(config, session=msgspec.structs.replace(config.session, engine=engine))
    if isinstance(source, Timeline):
        score = timeline_score(_reseeded(source, seed))
    elif kind_of(str(source)) == "video":
        return _prepared_film(Path(source), host, config, prompts, threshold, seed)
    elif kind_of(str(source)) == "take":
        return _prepared_take(Path(source), host, config, engine, anew, seed)
    else:
        score = read_score(str(source), host=host, engine=config.session.engine, midi_map=midi_map, seed=seed)
    if onto is None or score.timeline is None:
        return Prepared(score, config)
    from hobnail.film.score import scored

    return Prepared(score, config, film=scored(onto, score.timeline))


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
    anew: bool = False,
    prompts: Sequence[str] = (),
    threshold: float | None = None,
    film: Path | None = None,
    onto: Path | None = None,
    picture: Path | None = None,
    events: Path | None = None,
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
    ready = prepare(
        source,
        host=host,
        config=config,
        engine=engine,
        seed=seed,
        midi_map=midi_map,
        anew=anew,
        prompts=prompts,
        threshold=threshold,
        onto=onto,
    )
    extras = Extras(clip=onto or clip_of(source), film=film, picture=picture, events=events)
    return render_score(
        ready.score,
        Wanted(output=Path(output), **wanted),  # type: ignore[arg-type]  # msgspec's own checks name a wrong field
        host=host,
        config=ready.config,
        treat=treatment(chain, host),
        advance=advance,
        play=ready.play,
        finish=finishing(ready, extras),
        beside=extras.files,
        shown=ready.shown,
    )


def clip_of(source: str | Path | Timeline) -> Path | None:
    """The film that a source is, if it is one."""
    return Path(source) if not isinstance(source, Timeline) and kind_of(str(source)) == "video" else None


def treatment(chain: Chain | Path | str | None, host: Host) -> Treat | None:
    """A chain, or the file of one, as what is done to stems and mix."""
    if chain is None:
        return None
    return chain_treatment(chain if isinstance(chain, Chain) else read_chain(Path(chain)), host)


def finishing(ready: Prepared, extras: Extras) -> Finish:
    """What makes the other files of the finished mix. Raises RenderError where one cannot be made of this input."""
    if extras.events is not None and ready.score.timeline is None:
        raise RenderError("Only what is or becomes a timeline can be written as one.", cure="Leave --events out.")
    if extras.events is not None and extras.events.suffix.lower() != ".json":
        raise RenderError(f"{extras.events}: events are written as JSON.", cure="Let the name end in .json.")
    if extras.picture is not None and ready.film is None:
        raise RenderError("There is no film to draw.", cure="Leave --picture out, or name the clip: --onto CLIP.")
    if extras.film is not None and extras.clip is None:
        raise RenderError("There is no picture to lay the sound under.", cure="Name the clip: --onto CLIP.")
    if extras.film is not None and extras.clip is not None and extras.film.resolve() == extras.clip.resolve():
        raise RenderError(
            f"{extras.film}: is the clip itself.", cure="Give the film another name: yours stays as it is."
        )

    def finish(files: Outputs, mix: Float32, played: Performance) -> None:
        if extras.events is not None and ready.score.timeline is not None:
            with files.open(extras.events) as file:
                file.write(timeline_json(ready.score.timeline))
        if extras.film is not None:
            from hobnail.film.mux import write_film

            assert extras.clip is not None
            write_film(extras.clip, mix, files.part(extras.film), name=extras.film.name)
        if extras.picture is not None and ready.film is not None:
            from hobnail.film.picture import draw_film

            draw_film(ready.film, mix, files.part(extras.picture), played.attention)

    return finish


def _prepared_film(
    path: Path, host: Host, config: Config, prompts: Sequence[str], threshold: float | None, seed: int | None
) -> Prepared:
    from hobnail.film.onsets import DEFAULT_THRESHOLD
    from hobnail.film.score import read_film_score
    from hobnail.film.words import prompt_range

    engine = host.build("engines", config.session.engine, config.settings("engines", config.session.engine)).spec
    found = read_film_score(
        path,
        [prompt_range(text) for text in prompts],
        engine,
        threshold=DEFAULT_THRESHOLD if threshold is None else threshold,
    )
    score = timeline_score(_reseeded(found.timeline, seed), kind="video", source=str(path))
    warnings = found.warnings or tuple(said for said in score.warnings if "no event" not in said)
    return Prepared(replace(score, warnings=warnings), config, film=found)


def _prepared_take(
    path: Path, host: Host, config: Config, engine: str | None, anew: bool, seed: int | None
) -> Prepared:
    if seed is not None:
        raise RenderError(
            f"{path}: a recorded session has its own seeds; it is rendered as it was heard.",
            cure="Leave --seed and --takes out.",
        )
    found = read_take_score(path)
    config = take_config(found.take, config, engine=engine)
    if anew:
        score = replace(found.score, commands=wishes(found.take), frames=None, warnings=())
        return Prepared(score, config)

    def play(stems: bool, advance: Advance | None) -> Performance:
        return perform_take(found.take, host=host, config=config, stems=stems, advance=advance)

    return Prepared(found.score, config, play)


def _reseeded(timeline: Timeline, seed: int | None) -> Timeline:
    return timeline if seed is None else msgspec.structs.replace(timeline, seed=seed)
