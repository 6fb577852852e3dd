"""Timelines on disk: TOML or JSON in, JSON or TOML out, whole or not at all; faults named with their path."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from hobnail.errors import ConfigError, RenderError
from hobnail.render.checks import timeline_problem
from hobnail.render.timeline import FORMAT, Timeline
from hobnail.settings import settings_from

_CURE = "docs/render.md shows a whole timeline."


def read_timeline(path: Path | str) -> Timeline:
    """A checked timeline from a .toml or .json file. Raises RenderError with the file, the place and the fault."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RenderError(f"{path}: cannot be read: {error.strerror or error}.", cure="Check the path.") from error
    return parse_timeline(data, toml=path.suffix.lower() == ".toml", source=str(path))


def parse_timeline(data: bytes, *, toml: bool, source: str = "timeline") -> Timeline:
    """Bytes -> checked timeline. Raises RenderError."""
    table = _table(data, toml, source)
    if table.get("format") != FORMAT:
        raise RenderError(
            f"{source}: format is {table.get('format')!r}, expected {FORMAT!r}.",
            cure=f'Write format = "{FORMAT}" into its first line. {_CURE}',
        )
    try:
        timeline = settings_from(Timeline, table, where=f"{source}:")
    except ConfigError as error:
        raise RenderError(error.problem, cure=f"{error.cure} {_CURE}".strip()) from error
    return checked_timeline(timeline, source=source)


def checked_timeline(timeline: Timeline, *, source: str = "timeline") -> Timeline:
    """The timeline as it is, if it can be rendered. Raises RenderError."""
    where, problem = timeline_problem(timeline)
    if problem:
        raise RenderError(f"{source}: {where}: {problem.rstrip('.')}.", cure=_CURE)
    return timeline


def write_timeline(timeline: Timeline, path: Path | str) -> None:
    """Write it as JSON, for people to edit and :func:`read_timeline` to read. Raises RenderError."""
    path = Path(path)
    if path.suffix.lower() != ".json":
        raise RenderError(f"{path}: events are written as JSON.", cure="Let the name end in .json.")
    text = timeline_json(timeline)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(text)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RenderError(
            f"{path}: cannot be written: {error.strerror or error}.", cure="Choose another place."
        ) from error


def timeline_json(timeline: Timeline) -> bytes:
    """As a file of JSON for people to edit."""
    return msgspec.json.format(msgspec.json.encode(timeline_table(timeline)), indent=1) + b"\n"


def timeline_table(timeline: Timeline) -> dict[str, Any]:
    """As plain values; ``format`` stands in it although it is the default."""
    return {"format": FORMAT, **msgspec.to_builtins(timeline)}


def _table(data: bytes, toml: bool, source: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(data.decode("utf-8")) if toml else msgspec.json.decode(data)
    except UnicodeDecodeError as error:
        raise RenderError(f"{source}: byte {error.start} is not UTF-8.", cure="Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        raise RenderError(
            f"{source}: not valid {'TOML' if toml else 'JSON'}: {error}.", cure="Correct that place."
        ) from error
    if not isinstance(table, dict):
        raise RenderError(f"{source}: found {type(table).__name__}, expected a table.", cure=_CURE)
    return table
