"""What a program's messages tell about it: wrong units, refusals, silence. Pure: seen messages in, findings out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from hobnail.findings import Finding
from hobnail.monitoring import frame_rows, message_of
from hobnail.watching import Fault, Seen

_FAR_M: Final = 2000.0
_FAST_M_S: Final = 120.0
_LARGE_M: Final = 60.0
_NEAR_M: Final = 0.5
_ENOUGH: Final = 10  # lengths, before small ones mean anything


class _Lengths:
    """The largest of each quantity that a client has sent, in the metres that its units make of them."""

    def __init__(self) -> None:
        self.units = 1.0
        self.largest: dict[str, float] = defaultdict(float)
        self.count = 0

    def take(self, quantity: str, value: object, units: float) -> None:
        if isinstance(value, int | float) and math.isfinite(value):
            self.units = units
            self.count += 1
            self.largest[quantity] = max(self.largest[quantity], abs(value) / units)


def judge(seen: Iterable[Seen]) -> list[Finding]:
    """What strikes about the messages of a few seconds; nothing came is a finding too."""
    lengths: dict[str, _Lengths] = defaultdict(_Lengths)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    faults: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for one in seen:
        who = one.client or "(not greeted)"
        message = message_of(one) or {}
        kinds[who][str(message.get("type", one.door))] += 1
        if one.fault is not None:
            faults[who, one.fault.code].append(one.fault)
        for quantity, value in _lengths_of(message):
            lengths[who].take(quantity, value, one.units_per_metre)
    if not kinds:
        cure = "Is your program connected to this server, and does it send anything? `hobnail monitor` shows it live."
        return [Finding(check="messages", state="note", found="none came while watching", cure=cure)]
    findings = [_traffic(who, counted) for who, counted in kinds.items()]
    findings += [_refused(who, code, found) for (who, code), found in faults.items()]
    findings += [finding for who, measured in lengths.items() for finding in _units(who, measured)]
    return findings


def _traffic(who: str, counted: Counter[str]) -> Finding:
    found = ", ".join(f"{count} {kind}" for kind, count in counted.most_common())
    return Finding(check=f"messages of {who}", state="ok", found=found)


def _refused(who: str, code: str, faults: list[Fault]) -> Finding:
    newest = faults[-1]
    found = f"{len(faults)} refused as {code}: {newest.problem} ({newest.path})"
    return Finding(check=f"messages of {who}", state="fault", found=found, cure=newest.cure)


def _units(who: str, measured: _Lengths) -> Iterator[Finding]:
    limits = {"position": _FAR_M, "speed": _FAST_M_S, "size": _LARGE_M}
    for quantity, largest in measured.largest.items():
        if largest > limits[quantity]:
            unit = "m/s" if quantity == "speed" else "m"
            found = f"a {quantity} of {largest:.4g} {unit}, with units_per_metre = {measured.units:g}"
            cure = "If your lengths are centimetres (Unreal), say hello with units_per_metre = 100."
            if measured.units != 1.0:
                cure = f"{measured.units:g} units are said to be a metre; is that so? Unity and Godot have 1."
            yield Finding(check=f"units of {who}", state="note", found=found, cure=cure)
    position = measured.largest.get("position", 0.0)
    if measured.units >= 10.0 and measured.count >= _ENOUGH and 0.0 < position < _NEAR_M:
        found = f"nothing is further than {position * 100:.3g} cm, with units_per_metre = {measured.units:g}"
        cure = "If your lengths are metres (Unity, Godot), say hello with units_per_metre = 1."
        yield Finding(check=f"units of {who}", state="note", found=found, cure=cure)


def _lengths_of(message: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """(quantity, number in the client's own unit) of all lengths in a message."""
    for row in frame_rows(message).values() if message.get("type") == "frame" else ():
        for feature, value in row.items():
            if feature.startswith("position_"):
                yield "position", value
            elif feature in ("speed_m_s", "slip_m_s"):
                yield "speed", value
            elif feature == "size_m":
                yield "size", value
    for part in (message.get("contact"), message.get("settings")):
        if isinstance(part, dict):
            yield "speed", part.get("speed_m_s")
            yield "speed", part.get("slip_m_s")
            yield "size", part.get("size_m")
            yield from (("position", value) for value in _list(part.get("position_m")))
    yield from (("position", value) for value in _list(message.get("position")))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
