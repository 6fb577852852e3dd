"""What a single value of a client's message must be: finite, in range, short enough, printable."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from hobnail.errors import MessageError
from hobnail.protocol import limits
from hobnail.protocol.faults import shown
from hobnail.scene import Vector

_NAME = re.compile(r"(?! )[A-Za-z0-9_.:/() -]{1,64}(?<! )")


def outside(value: object, path: str, low: float, high: float) -> MessageError:
    """The refusal of a number that does not lie between two others."""
    return MessageError(
        "out_of_range", f"{shown(value)} is out of range.", path=path, cure=f"Send {low:g} to {high:g}."
    )


def number(value: float, path: str, field: str) -> None:
    """Finite, and in the range of its field."""
    if not math.isfinite(value):
        raise MessageError("not_finite", f"{value} is not a finite number.", path=path, cure="Leave the field out.")
    allowed = limits.RANGES[field]
    if not allowed.low <= value <= allowed.high:
        raise outside(value, path, allowed.low, allowed.high)


def vector(value: Vector, path: str, field: str) -> None:
    """Each number of it."""
    for index, each in enumerate(value):
        number(each, f"{path}[{index}]", field)


def name(value: str, path: str) -> None:
    """An id."""
    if not _NAME.fullmatch(value):
        raise MessageError(
            "out_of_range",
            f"{shown(value)} is not an id.",
            path=path,
            cure=f"Send 1 to {limits.MAX_NAME} of A-Z a-z 0-9 _ . : / ( ) - and inner spaces.",
        )


def text(value: str, path: str, longest: int) -> None:
    """One line of printable text."""
    if len(value) > longest:
        problem = f"A text of {len(value)} characters is too long here."
        raise MessageError("out_of_range", problem, path=path, cure=f"Send at most {longest} characters.")
    if not value.isprintable():
        problem = f"{shown(value)} holds control characters."
        raise MessageError("out_of_range", problem, path=path, cure="Send one line of printable text.")


def distinct(names: Iterable[str], path: str, most: int) -> None:
    """Some names, none of them twice."""
    given = tuple(names)
    if not 0 < len(given) <= most:
        raise MessageError("out_of_range", f"{len(given)} names stand here.", path=path, cure=f"Send 1 to {most}.")
    if len(set(given)) != len(given):
        raise MessageError("out_of_range", "A name stands here twice.", path=path, cure="Name each once.")
