"""Bytes to a checked trace and back. Pure: files are opened in :mod:`hobnail.trace.files`."""

from __future__ import annotations

import msgspec

from hobnail.errors import TraceError
from hobnail.trace.checks import ItemChecks, header_problem, settings_problem
from hobnail.trace.model import Trace, TraceEmitter, TraceHeader, TraceItem

LINE_LIMIT_BYTES = 1 << 20
"""No honest line is longer: 1 MiB holds a tick of ten thousand emitters."""

_CURE = "Record the scene again, or repair this line (the format is described in hobnail.trace.model)."
_HEADER = msgspec.json.Decoder(TraceHeader)
_BODY: msgspec.json.Decoder[TraceEmitter | TraceItem] = msgspec.json.Decoder(TraceEmitter | TraceItem)
_ENCODER = msgspec.json.Encoder()


def decode_trace(data: bytes, *, source: str = "trace") -> Trace:
    """A trace from its bytes. Raises TraceError naming ``source``, the line, the fault and the cure."""
    lines = data.split(b"\n")
    if lines[-1] != b"":
        raise TraceError(
            f"{source}, line {len(lines)}: the last line does not end; the file was cut off.",
            cure="Copy or record it again.",
        )
    header = _decode_header(lines[0], source)
    emitters: dict[str, TraceEmitter] = {}
    items: list[TraceItem] = []
    checks: ItemChecks | None = None
    for number, line in enumerate(lines[1:-1], start=2):
        entry = _decode_line(line, number, source)
        if isinstance(entry, TraceEmitter):
            problem = _emitter_problem(entry, emitters, items)
            emitters[entry.id] = entry
        else:
            checks = checks or ItemChecks(header, frozenset(emitters))
            problem = checks.problem(entry)
            items.append(entry)
        if problem:
            raise _fault(source, number, problem)
    if checks and (open_event := checks.unfinished()):
        emitter, name = open_event
        raise _fault(source, len(lines) - 1, f"{name!r} of {emitter!r} is started but never stopped")
    return Trace(header=header, emitters=tuple(emitters.values()), items=tuple(items))


def encode_trace(trace: Trace) -> bytes:
    """A trace as bytes, one object a line. The result decodes to an equal trace."""
    return b"".join(_ENCODER.encode(entry) + b"\n" for entry in (trace.header, *trace.emitters, *trace.items))


def _decode_header(line: bytes, source: str) -> TraceHeader:
    try:
        header = _HEADER.decode(line[:LINE_LIMIT_BYTES])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TraceError(
            f"{source}, line 1: not a trace's header: {error}.", cure="Give a file that a Hobnail recorder wrote."
        ) from error
    if problem := header_problem(header):
        raise _fault(source, 1, problem)
    return header


def _decode_line(line: bytes, number: int, source: str) -> TraceEmitter | TraceItem:
    if len(line) > LINE_LIMIT_BYTES:
        raise _fault(source, number, f"{len(line)} bytes long, expected at most {LINE_LIMIT_BYTES}")
    try:
        return _BODY.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _fault(source, number, str(error)) from error


def _emitter_problem(emitter: TraceEmitter, known: dict[str, TraceEmitter], items: list[TraceItem]) -> str:
    if items:
        return f"emitter {emitter.id!r} comes after the first item; emitters stand before all items"
    if emitter.id in known:
        return f"emitter {emitter.id!r} is there twice"
    return settings_problem(emitter.settings)


def _fault(source: str, line: int, problem: str) -> TraceError:
    return TraceError(f"{source}, line {line}: {problem}.", cure=_CURE)
