"""The address tree as OSCQuery's JSON. Pure, but for reading values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hobnail_bridges.osc.matching import parts_of
from hobnail_bridges.osc.space import READ, Method, Tree
from hobnail_bridges.osc.subscriptions import Values

_UNITS: Final = {"dB": "gain.db", "m": "distance.m", "s": "time.second", "Hz": "time.hz"}
ATTRIBUTES: Final = frozenset(
    ["FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE"]
)

Json = dict[str, Any]
ReadValue = Callable[[Method, str | None], Values | None]


def node_at(root: Tree, path: str) -> tuple[Tree, str | None] | None:
    """(node, emitter) at an address that is there; None: nothing is."""
    node, emitter = root, None
    if path.strip("/"):
        for part in parts_of("/" + path.strip("/")):
            if not isinstance(part, str):
                return None
            if part in node.children:
                node = node.children[part]
            elif node.named is not None and part in node.names():
                node, emitter = node.named, part
            else:
                return None
    return node, emitter


def described(node: Tree, path: str, emitter: str | None, read: ReadValue, *, depth: int = 8) -> Json:
    """A node and all that is below it."""
    path = path.rstrip("/") or "/"
    told: Json = {"FULL_PATH": path, "ACCESS": 0}
    if node.leaf is not None:
        told |= _method(node.leaf, emitter, read)
    contents = {
        part: described(child, f"{path.rstrip('/')}/{part}", part if named else emitter, read, depth=depth - 1)
        for part, child, named in node.branches()
        if depth
    }
    if contents:
        told["CONTENTS"] = contents
    return told


def _method(method: Method, emitter: str | None, read: ReadValue) -> Json:
    told: Json = {"TYPE": method.types or "N", "ACCESS": method.access, "DESCRIPTION": method.help}
    if method.low is not None and method.high is not None:
        told["RANGE"] = [{"MIN": method.low, "MAX": method.high}]
        told["CLIPMODE"] = ["both"]
    if method.unit:
        told["UNIT"] = [_UNITS.get(method.unit, method.unit)]
    if method.access & READ:
        values = read(method, emitter)
        if values is not None:
            told["VALUE"] = list(values)
    return told
