"""Numbers to beat, written before any run, and whether they were met.

"met" and "not met" need a measurement; "not shown" is one whose interval does not decide; "not measured" says what is
missing. A rule that compares two sets asks for the whole interval.
"""

from __future__ import annotations

from collections.abc import Iterator

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.suite.model import Adherence, Control, ControlEngine, Floor, Quality, Sync, Variety
from hobnail_trainer.suite.sets import CODEC, DEALT, MODEL, RECORDING, RULES

MET, MISSED, OPEN, UNMEASURED = "met", "not met", "not shown", "not measured"
REACH = {"pitch": 12.0, "intensity": 18.0, "texture": 9.0}
SIGN = {"pitch": 1.0, "intensity": 1.0, "texture": -1.0}
"""Which way the measure goes with its control: a rough sound has less of harmonics."""

TALK = 0.2
PAIRS = "pairs"


def floors(
    *,
    quality: Quality | None,
    adherence: Adherence | None,
    sync: Sync | None,
    control: Control | None,
    variety: Variety | None,
) -> list[Floor]:
    """All of them, in the order of the sections."""
    found = [*_quality(quality), *_adherence(adherence), *_sync(sync), *_control(control)]
    if variety is None:
        return [
            *found,
            _unmeasured("nothing learned by heart", "0 made sounds nearer to a train clip than two families"),
        ]
    words = f"{variety.nearer} of {variety.made}"
    nothing = "no made sound nearer to a train clip than the closest two families"
    return [
        *found,
        Floor(
            what="variety: nothing learned by heart", wanted=nothing, measured=words, verdict=_is(variety.nearer == 0)
        ),
    ]


def _quality(found: Quality | None) -> Iterator[Floor]:
    if found is None:
        yield _unmeasured("quality", "KAD at most 1.5 times the codec's")
        return
    rows = {row.name: row for row in found.rows}
    for judge in found.judges:
        ours, ceiling = rows[MODEL].kad[judge].value, rows[CODEC].kad[judge].value
        if ours is None or ceiling is None:
            yield _unmeasured(f"quality, {judge}", "KAD at most 1.5 times the codec's")
            continue
        yield Floor(
            what=f"quality, {judge}: KAD of the model",
            wanted=f"at most 1.5 times the codec's ({1.5 * max(ceiling, 0.0):.2f})",
            measured=f"{ours:.2f}",
            verdict=_is(ours <= 1.5 * max(ceiling, 0.0)),
        )
        less = found.less[DEALT][judge]
        yield Floor(
            what=f"quality, {judge}: nearer than with words dealt",
            wanted="the whole interval above 0",
            measured=_words(less),
            verdict=_above(less, 0.0),
        )
        yield from _over_rules(found, judge)


def _over_rules(found: Quality, judge: str) -> Iterator[Floor]:
    rows = {row.name: row for row in found.playable}
    wanted = "nearer by half of the rules' distance to the codec, with the whole interval"
    if RULES not in found.less or not rows:
        yield _unmeasured(f"quality, {judge}: against the rules", wanted)
        return
    rules, codec = rows[RULES].kad[judge].value, rows[CODEC].kad[judge].value
    less = found.less[RULES][judge]
    half = 0.5 * ((rules or 0.0) - (codec or 0.0))
    yield Floor(
        what=f"quality, {judge}: nearer than the rules",
        wanted=f"{wanted} ({half:.2f})",
        measured=_words(less),
        verdict=_above(less, half),
    )


def _adherence(found: Adherence | None) -> Iterator[Floor]:
    wanted = "80 % of the accuracy on recordings"
    if found is None:
        yield _unmeasured("adherence", wanted)
        return
    rows = {row.name: row for row in found.rows}
    for label in ("category", "material"):
        ours, real = (getattr(rows[name], label, None) if name in rows else None for name in (MODEL, RECORDING))
        if ours is None or real is None or ours.accuracy.value is None or not real.accuracy.value:
            yield _unmeasured(f"adherence: {label}", wanted)
            continue
        share = ours.accuracy.value / real.accuracy.value
        yield Floor(
            what=f"adherence: {label} recognised", wanted=wanted, measured=f"{share:.0%}", verdict=_is(share >= 0.8)
        )


def _sync(found: Sync | None) -> Iterator[Floor]:
    rows = {row.name: row for row in found.rows} if found else {}
    for name, tolerance, least, wanted in (
        ("scheduled", "2", 1.0, "every event within 2 ms"),
        ("in a running voice", "25", 0.95, "events over a running voice, F1 at 25 ms at least 0.95"),
        ("frame features alone", "100", 0.85, "F1 at 100 ms 0.85 or more"),
        ("pixels alone, causal", "100", 0.75, "F1 at 100 ms 0.75 or more"),
        ("pixels alone, all known", "50", 0.8, "F1 at 50 ms 0.8 or more, all known"),
    ):
        if name not in rows:
            yield _unmeasured(f"sync: {name}", wanted)
            continue
        value = rows[name].f1[tolerance].value or 0.0
        yield Floor(
            what=f"sync: {name}", wanted=wanted, measured=_words(rows[name].f1[tolerance]), verdict=_is(value >= least)
        )


def _control(found: Control | None) -> Iterator[Floor]:
    engine = next((each for each in found.engines if each.engine == MODEL), None) if found else None
    for axis, reach in REACH.items():
        less = "-" if SIGN[axis] < 0.0 else ""
        wanted = f"Spearman {less}0.9 or beyond, reach {less}{reach:g} or beyond"
        curve = next((each for each in engine.curves if each.axis == axis), None) if engine else None
        if curve is None or curve.spearman.value is None or curve.reach.value is None:
            yield _unmeasured(f"control: {axis}", wanted)
            continue
        yield Floor(
            what=f"control: {axis}",
            wanted=f"{wanted} {curve.unit}",
            measured=f"{curve.spearman.value:.2f}, {curve.reach.value:+.1f} {curve.unit}",
            verdict=_is(SIGN[axis] * curve.spearman.value >= 0.9 and SIGN[axis] * curve.reach.value >= reach),
        )
    yield _cross_talk(found, engine)


def _cross_talk(found: Control | None, engine: ControlEngine | None) -> Floor:
    """The largest that one control does to another's measure, by rank, beyond what it does in the data."""
    what, wanted = "control: cross-talk", f"{TALK:g} at most beyond the data's own"
    data = next((each for each in found.engines if each.engine == PAIRS), None) if found else None
    if engine is None or data is None or not any(curve.pairs for curve in data.curves):
        return _unmeasured(what, wanted)
    own = [engine.measures.index(curve.measure) for curve in engine.curves]
    beyond = {
        f"{control.axis} on {other.measure}": abs(engine.cross_talk[row][own[column]])
        - abs(data.cross_talk[row][own[column]])
        for row, control in enumerate(engine.curves)
        for column, other in enumerate(engine.curves)
        if row != column
    }
    worst = max(beyond, key=lambda name: beyond[name])
    return Floor(
        what=what, wanted=wanted, measured=f"{beyond[worst]:+.2f} ({worst})", verdict=_is(beyond[worst] <= TALK)
    )


def _unmeasured(what: str, wanted: str) -> Floor:
    return Floor(what=what, wanted=wanted, measured="-", verdict=UNMEASURED)


def _is(met: bool) -> str:
    return MET if met else MISSED


def _above(found: Interval, least: float) -> str:
    if found.low is None or found.high is None:
        return UNMEASURED
    if found.low > least:
        return MET
    return MISSED if found.high < least else OPEN


def _words(found: Interval) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "-"
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
