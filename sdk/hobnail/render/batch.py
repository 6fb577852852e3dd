"""Many renders from a list: each in a process of its own, so that one that breaks costs only itself.

The list is a CSV file with a header. ``input`` and ``output`` are needed; every other column is an option of
``hobnail render`` by its name (``seed``, ``loudness``, ``prompt``, ``chain``, ...), and ``stems`` takes yes or no. A
report beside the list, one JSON line a job, says what became of each; a job that is in it as done, with its file still
there, not older than what it was made of, and the same row, is not done again.
"""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import msgspec

from hobnail.errors import RenderError

OPTIONS: Final = (
    "engine", "config", "samples", "loudness", "time-reference", "attributes", "events", "seed", "map", "chain",
    "prompt", "threshold", "film", "onto", "picture", "takes",
)  # fmt: skip
FLAGS: Final = ("stems", "anew")
_YES: Final = frozenset({"yes", "true", "1", "on"})
_NO: Final = frozenset({"", "no", "false", "0", "off"})
_MADE_OF: Final = ("--config", "--map", "--chain", "--onto")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One row."""

    line: int
    input: str
    output: str
    arguments: tuple[str, ...] = ()  #: of the command line


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a job."""

    job: Job
    state: Literal["done", "failed"]
    said: str = ""  #: the error of one that failed
    summary: dict[str, object] = {}


Argument = tuple[str, ...]
"""An option of the command line, and its value, if it has one."""

Finished = Callable[[int, Outcome], None]
"""Told of each job by its number, from any thread."""
Runner = Callable[[Sequence[tuple[int, Job]], Finished], None]
"""Runs jobs by their numbers, wherever there is room; see :mod:`hobnail.render.workers`."""


def read_list(path: Path, common: Sequence[Argument] = ()) -> list[Job]:
    """The jobs of a list. Raises RenderError with the line and the fault.

    ``common``: arguments of all of them, where a row says nothing else.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            columns = [name.strip() for name in rows.fieldnames or []]
            unknown = [name for name in columns if name not in (*OPTIONS, *FLAGS, "input", "output")]
            if unknown or "input" not in columns or "output" not in columns:
                found = f"found the column {unknown[0]!r}" if unknown else "input or output is missing"
                raise RenderError(
                    f"{path}, line 1: {found}.",
                    cure=f"Columns are: input, output, {', '.join((*OPTIONS, *FLAGS))}.",
                )
            jobs = [_job(path, rows.line_num, {(k or "").strip(): v for k, v in row.items()}, common) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RenderError(f"{path}: cannot be read: {error}.", cure="Save it as CSV in UTF-8.") from error
    seen: dict[str, int] = {}
    for job in jobs:
        if job.output in seen:
            raise RenderError(
                f"{path}, line {job.line}: {job.output!r} is the output of line {seen[job.output]} already.",
                cure="Give each job a file of its own.",
            )
        seen[job.output] = job.line
    return jobs


def run_batch(
    jobs: Sequence[Job], report: Path, *, how: Runner, told: Callable[[Outcome], None] | None = None
) -> list[Outcome]:
    """Run the jobs that are not done yet; returns the outcome of every job, in order. Raises RenderError (report)."""
    before = {_key(outcome.job): outcome for outcome in read_report(report) if outcome.state == "done"}
    done: dict[int, Outcome] = {}
    waiting = []
    for number, job in enumerate(jobs):
        earlier = before.get(_key(job))
        if earlier is not None and _stands(earlier):
            done[number] = earlier
        else:
            waiting.append((number, job))
    lock = threading.Lock()

    def finished(number: int, outcome: Outcome) -> None:
        with lock:
            done[number] = outcome
            with report.open("ab") as file:
                file.write(msgspec.json.encode(outcome) + b"\n")
            if told is not None:
                told(outcome)

    try:
        report.touch()
    except OSError as error:
        raise RenderError(f"{report}: cannot be written: {error.strerror}.", cure="Choose another --report.") from error
    if waiting:
        how(waiting, finished)
    return [done[number] for number in range(len(jobs))]


def read_report(path: Path) -> list[Outcome]:
    """Outcomes of earlier runs; a line that was cut off is left out."""
    outcomes = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            outcomes.append(msgspec.json.decode(line, type=Outcome))
        except msgspec.DecodeError:
            continue
    return outcomes


def _job(path: Path, line: int, row: dict[str, str | None], common: Sequence[Argument]) -> Job:
    source, output = (row.get("input") or "").strip(), (row.get("output") or "").strip()
    if not source or not output:
        raise RenderError(f"{path}, line {line}: input or output is empty.", cure="Fill both in.")
    own: list[Argument] = []
    answered: set[str] = set()
    for name in (*OPTIONS, *FLAGS):
        option, said = f"--{name}", (row.get(name) or "").strip()
        if said:
            answered.add(option)
        if name in FLAGS and said.lower() not in _YES | _NO:
            raise RenderError(f"{path}, line {line}: {name} is {said!r}.", cure="Write yes or no.")
        if said and (name in OPTIONS or said.lower() in _YES):
            own.append((option, said) if name in OPTIONS else (option,))
    parts = [*(argument for argument in common if argument[0] not in answered), *own]
    return Job(line=line, input=source, output=output, arguments=tuple(word for part in parts for word in part))


def _key(job: Job) -> tuple[str, str, tuple[str, ...]]:
    return job.input, job.output, job.arguments


def _stands(outcome: Outcome) -> bool:
    """Whether its files are there, and newer than what they were made of."""
    job = outcome.job
    named = [after for before, after in pairwise(job.arguments) if before in _MADE_OF]
    made, of = ([Path(str(name)) for name in names] for names in (_files(outcome), [job.input, *named]))
    if not all(path.exists() for path in made):
        return False
    sources = [_changed_ns(path) for path in of if path.exists()]  # a packaged scene never changes
    return min(map(_changed_ns, made)) >= max(sources, default=0)


def _changed_ns(path: Path) -> int:
    return path.stat().st_mtime_ns


def _files(outcome: Outcome) -> list[object]:
    files = outcome.summary.get("files")
    return list(files) if isinstance(files, list) and files else [outcome.job.output]
