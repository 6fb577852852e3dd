"""Traces on disk, and the ones that come with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from hobnail.errors import TraceError
from hobnail.trace.codec import decode_trace, encode_trace
from hobnail.trace.model import Trace

DEMO_SCENE = "courtyard"


def read_trace(path: Path | str) -> Trace:
    """Read and check a trace file. Raises TraceError."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise TraceError(
            f"{path}: cannot be read: {error.strerror}.",
            cure=f"Give the path of a .trace file, or the name of a packaged scene ({', '.join(packaged_scenes())}).",
        ) from error
    return decode_trace(data, source=str(path))


def write_trace(trace: Trace, path: Path | str) -> None:
    """Write a trace file, whole or not at all. Raises TraceError."""
    target = Path(path)
    partial = target.with_name(target.name + ".part")
    try:
        partial.write_bytes(encode_trace(trace))
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise TraceError(f"{target}: cannot be written: {error.strerror}.", cure="Choose another folder.") from error


def packaged_scenes() -> tuple[str, ...]:
    """Names of the scenes that come with the package."""
    folder = resources.files("hobnail.trace") / "data"
    return tuple(
        sorted(entry.name.removesuffix(".trace") for entry in folder.iterdir() if entry.name.endswith(".trace"))
    )


def packaged_scene(name: str = DEMO_SCENE) -> Trace:
    """A scene that comes with the package, from a checkout or an installed wheel alike."""
    if name not in packaged_scenes():
        raise TraceError(
            f"there is no packaged scene {name!r}.", cure=f"Packaged scenes: {', '.join(packaged_scenes())}."
        )
    file = resources.files("hobnail.trace") / "data" / f"{name}.trace"
    return decode_trace(file.read_bytes(), source=f"{name}.trace")


def find_trace(name_or_path: str) -> Trace:
    """A packaged scene by its name, or else a trace file by its path."""
    if name_or_path in packaged_scenes():
        return packaged_scene(name_or_path)
    return read_trace(name_or_path)
