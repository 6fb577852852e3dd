"""``hobnail render``: a timeline, MIDI file, recorded session, scene trace or film into sound files, offline."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from click.core import ParameterSource
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from hobnail.cli.options import configuration, session_options
from hobnail.errors import RenderError, TraceError
from hobnail.render.batch import Outcome, Runner, read_list, run_batch
from hobnail.render.job import Rendered, Wanted, render_score, take_path
from hobnail.render.run import Extras, clip_of, finishing, prepare, treatment
from hobnail.render.times import frames_of_day
from hobnail.render.workers import here, on_cluster

_FILE = click.Path(path_type=Path, dir_okay=False)
_OF_THE_LIST = ("source", "output", "batch", "jobs", "cluster", "report", "as_json")
_FILES = ("attributes", "events", "film", "picture")  # written by a render; of several takes each has its own


@click.command("render")
@click.argument("source", metavar="INPUT", required=False)
@click.option("-o", "--output", type=_FILE, help="WAV or FLAC file of the mix.")
@click.option("--batch", type=_FILE, help="CSV of many renders, instead of INPUT and -o; see docs/render.md.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Renders at a time in a batch; default: one a core.")
@click.option("--cluster", metavar="ADDRESS", help="Of a batch: run it on Ray: local, auto, or HOST:PORT of its head.")
@click.option("--report", type=_FILE, help="Where a batch says what became of each; default: beside the list.")
@session_options
@click.option("--stems", is_flag=True, help="Also a file for each emitter: OUT.EMITTER.wav.")
@click.option("--samples", type=click.Choice(["pcm16", "pcm24", "float"]), default="pcm24", show_default=True)
@click.option("--loudness", type=click.FloatRange(-70, 0), metavar="LUFS", help="EBU R 128: -23. Peaks under -1 dBTP.")
@click.option("--time-reference", metavar="TIME", help="BWF: hh:mm:ss of the first sample, or frames from midnight.")
@click.option("--attributes", type=_FILE, help="JSON of what was achieved: onsets, levels, colours.")
@click.option("--events", type=_FILE, help="Write INPUT as a timeline (JSON), to edit and to render again.")
@click.option("--markers/--no-markers", default=True, help="Cue points for events in WAV files.")
@click.option("--seed", type=click.IntRange(min=0), help="Other takes of all events.")
@click.option("--map", "midi_map", type=_FILE, help="TOML of keys and controllers, for MIDI files.")
@click.option("--chain", type=_FILE, help="Effects on stems and mix: TOML, or Python with a variable chain.")
@click.option("--prompt", "prompts", multiple=True, metavar="[FROM-TO=]WORDS", help="Of a film; repeatable.")
@click.option("--threshold", type=click.FloatRange(0.01, 0.99), help="How sure a contact in a film must be.")
@click.option("--film", type=_FILE, help="Write the film with its new sound; the picture is not encoded again.")
@click.option("--onto", type=_FILE, help="The picture for --film, when INPUT is a timeline made of it.")
@click.option("--picture", type=_FILE, help="PNG: filmstrip, motion and events, sound.")
@click.option("--takes", type=click.IntRange(1, 999), default=1, help="So many takes: OUT.take01.wav, ...")
@click.option("--anew", is_flag=True, help="Of a take: play the messages anew, instead of what was made of them.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(source: str | None, output: Path | None, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - read by name below
    """Render INPUT offline: sample-exact, and the same bytes every time.

    INPUT is a timeline (.toml, .json), a MIDI file (.mid), a recorded session (.hobnail), a film (.mp4, .mov, ...), or
    a scene trace (a file, or "courtyard").
    """
    if options["batch"] is not None:
        how = here(options["jobs"] or os.cpu_count() or 1)
        if options["cluster"] is not None:
            how = on_cluster(options["cluster"])
        if source is not None or output is not None:
            raise click.UsageError("With --batch, INPUT and -o stand in the list.")
        _batch(options["batch"], options["report"], how, as_json, _common())
        return
    if source is None or output is None:
        raise click.UsageError("Give INPUT and -o OUT, or --batch LIST.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it wants no half files either
    if options["takes"] == 1:
        _render(source, output, options, as_json)
        return
    for take in range(options["takes"]):
        own = {name: take_path(path, take) for name in _FILES if (path := options[name]) is not None}
        given = {**options, **own, "seed": (options["seed"] or 0) + take}
        _render(source, take_path(output, take), given, as_json)


def _render(source: str, output: Path, options: Mapping[str, Any], as_json: bool) -> None:
    config, host = configuration(options["config_path"], options["engine"], options["only"], options["disable"])
    wanted = Wanted(
        output=output,
        samples=options["samples"],
        stems=options["stems"],
        attributes=options["attributes"],
        loudness_lufs=options["loudness"],
        time_reference=None if options["time_reference"] is None else frames_of_day(options["time_reference"]),
        markers=options["markers"],
    )
    console = Console(stderr=True, highlight=False)
    ready = prepare(
        source,
        host=host,
        config=config,
        engine=options["engine"],
        seed=options["seed"],
        midi_map=options["midi_map"],
        anew=options["anew"],
        prompts=options["prompts"],
        threshold=options["threshold"],
        onto=options["onto"],
    )
    treat = treatment(options["chain"], host)
    extras = Extras(
        clip=options["onto"] or clip_of(source),
        film=options["film"],
        picture=options["picture"],
        events=options["events"],
    )
    with Progress(console=console, disable=as_json or not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Rendering", total=ready.score.frames)
        done = render_score(
            ready.score,
            wanted,
            host=host,
            config=ready.config,
            play=ready.play,
            treat=treat,
            advance=lambda frames: progress.advance(task, frames),
            finish=finishing(ready, extras),
            beside=extras.files,
            shown=ready.shown,
        )
    _tell(done, wanted, console, as_json)
    if done.refused:
        first, many = done.refused[0], len(done.refused)
        said = f"{many} events or settings were" if many > 1 else "1 event or setting was"
        raise TraceError(f"{said} refused; the first: {first.problem}", cure=first.cure)


def _common() -> list[tuple[str, ...]]:
    """What was said of all renders of a list, as their arguments. Raises click.UsageError for files."""
    context = click.get_current_context()
    said: list[tuple[str, ...]] = []
    for option in context.command.params:
        name, value = option.name or "", context.params.get(option.name or "")
        if name in _OF_THE_LIST or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        if name in _FILES:
            raise click.UsageError(f"--{name} stands in the list: each render has a file of its own.")
        if isinstance(value, bool):
            said.append(((option.opts if value else option.secondary_opts)[0],))
        else:
            said += [(option.opts[0], str(each)) for each in (value if isinstance(value, tuple) else (value,))]
    return said


def _batch(path: Path, report: Path | None, how: Runner, as_json: bool, common: Sequence[tuple[str, ...]]) -> None:
    jobs = read_list(path, common)
    console = Console(stderr=True, highlight=False)
    with Progress(console=console, disable=as_json or not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Batch", total=len(jobs))

        def told(outcome: Outcome) -> None:
            progress.advance(task)
            if outcome.state == "failed":
                console.print(f"[red]line {outcome.job.line}[/] {escape(outcome.said)}")

        outcomes = run_batch(jobs, report or path.with_suffix(".report.jsonl"), how=how, told=told)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    if as_json:
        click.echo(json.dumps({"jobs": len(jobs), "failed": [outcome.job.line for outcome in failed]}))
    else:
        console.print(f"{len(jobs) - len(failed)} of {len(jobs)} renders are done.")
    if failed:
        raise RenderError(f"{len(failed)} of {len(jobs)} renders failed.", cure="Run it again: what is done stays.")


def _tell(done: Rendered, wanted: Wanted, console: Console, as_json: bool) -> None:
    summary = {
        "output": str(wanted.output),
        "files": [str(path) for path in done.files],
        "seconds": round(done.seconds, 3),
        "events": done.events,
        "refused": len(done.refused),
        "real_time_factor": round(done.real_time_factor, 1),
        "loudness": None if done.loudness is None else msgspec.to_builtins(done.loudness),
        "limited": done.limited,
        "warnings": list(done.warnings),
    }
    if as_json:
        click.echo(json.dumps(summary))
        return
    for warning in done.warnings:
        console.print(f"[yellow]note:[/] {warning}")
    others = len(done.files) - 1
    more = f" and {others} file{'s' if others > 1 else ''} more" if others else ""
    console.print(
        f"Wrote {wanted.output}{more}: {done.seconds:.1f} s with {done.events} events,"
        f" {done.real_time_factor:.1f} times real time."
    )
    if done.loudness is not None and done.loudness.lufs is not None:
        limited = ", limited" if done.limited else ""
        console.print(f"{done.loudness.lufs:.1f} LUFS, true peak {done.loudness.true_peak_db:.1f} dB{limited}.")
