"""Every number of a report as tables of text, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.suite.model import (
    Adherence,
    Audit,
    Control,
    ControlEngine,
    Fad,
    Floor,
    Label,
    Quality,
    QualityRow,
    Seams,
    Structure,
    Sync,
    Variety,
)


class Table(NamedTuple):
    """Heads and rows; the first column is words, the others numbers."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def floors_table(found: Sequence[Floor]) -> Table:
    """What was to be beaten."""
    rows = [(each.what, each.wanted, each.measured, each.verdict) for each in found]
    return Table("", ("what", "wanted", "measured", "verdict"), rows)


def quality_tables(found: Quality) -> Iterator[Table]:
    """KAD and FD of sets, then KAD by category, then differences."""
    judges = list(found.judges)
    yield _sets("All clips", found.rows, judges)
    if found.playable:
        yield _sets("Clips that the rules have an event for", found.playable, judges)
    for judge in judges:
        rows = [row for row in found.rows if row.by_category]
        categories = sorted({name for row in rows for name in row.by_category})
        if categories:
            cells = [
                (name, *(interval(row.by_category.get(name, {}).get(judge, Interval.unknown())) for row in rows))
                for name in categories
            ]
            yield Table(f"KAD by category, {judge}", ("category", *(row.name for row in rows)), cells)
    less = [(name, *(interval(each[judge]) for judge in judges)) for name, each in found.less.items()]
    yield Table("KAD of a set less the model's: above 0, the model is nearer", ("set", *judges), less)


def adherence_tables(found: Adherence) -> Iterator[Table]:
    """One row a set."""
    heads = ("set", "category", "balanced", "material", "balanced", "text likeness", "caption's rank")
    rows = [
        (row.name, *_label(row.category), *_label(row.material), interval(row.text), interval(row.rank))
        for row in found.rows
    ]
    yield Table(f"Recogniser and text map learned from {found.learnt} train recordings", heads, rows)


def sync_tables(found: Sync) -> Iterator[Table]:
    """Precision, recall and F1, and what was not run."""
    tolerances = list(found.rows[0].f1) if found.rows else []
    heads = (
        "made from",
        "voices",
        "events",
        "heard",
        *(f"F1 ±{each} ms" for each in tolerances),
        "offset, ms",
        "jitter, ms",
    )
    rows = [
        (
            f"{row.name} ({row.of})",
            str(row.voices),
            str(row.events),
            str(row.heard),
            *(interval(row.f1[each]) for each in tolerances),
            interval(row.offset_ms, 1),
            f"{row.jitter_ms:.1f}",
        )
        for row in found.rows
    ]
    yield Table("F1", heads, rows)
    parts = [
        (row.name, *(f"{number(row.precision[each].value)} / {number(row.recall[each].value)}" for each in tolerances))
        for row in found.rows
    ]
    yield Table("Precision / recall", ("made from", *(f"±{each} ms" for each in tolerances)), parts)
    if found.not_run:
        yield Table("Not run", ("what", "why"), list(found.not_run.items()))


def control_tables(found: Control) -> Iterator[Table]:
    """Per engine: curves, cross-talk, sensitivity; then the recordings' own correlations."""
    for engine in found.engines:
        yield from _engine_tables(engine)
    own = [(name, *(f"{each:.2f}" for each in row)) for name, row in zip(found.measures, found.own, strict=True)]
    yield Table("The recordings' own rank correlations", ("measure", *found.measures), own)


def _engine_tables(engine: ControlEngine) -> Iterator[Table]:
    heads = ("control", "measure", "pairs", "Spearman", "slope, whole range", "reach (1 less 0)")
    curves = [
        (
            each.axis,
            f"{each.measure}, {each.unit}",
            str(each.pairs),
            interval(each.spearman),
            interval(each.slope),
            interval(each.reach),
        )
        for each in engine.curves
    ]
    yield Table(f"{engine.engine}, {engine.palettes} palettes: sliders", heads, curves)
    slopes = [
        (curve.axis, *(f"{each:+.2f}" for each in row))
        for curve, row in zip(engine.curves, engine.cross_slopes, strict=True)
    ]
    yield Table(
        f"{engine.engine}: slopes, over the spread of sounds at the middle", ("control", *engine.measures), slopes
    )
    css = [
        (each.axis, f"{each.literal:.1f}", f"{each.normalised:.2f}", f"{each.dummy:.2f}", f"{each.reseeded:.2f}")
        for each in engine.css
    ]
    yield Table(f"{engine.engine}: CSS", ("control", "literal", "normalised", "of a dummy", "of a new seed"), css)
    diagonal = "-" if engine.coi_diagonal is None else f"{engine.coi_diagonal:.2f}"
    yield Table(
        f"{engine.engine}: COI",
        ("form", "value"),
        [(f"paper's, {engine.settings} settings", interval(engine.coi_paper)), ("by the diagonal", diagonal)],
    )


def variety_tables(found: Variety) -> Iterator[Table]:
    """Spread, nearest, closest pairs."""
    yield Table(
        f"Spread of takes, by {found.judge}", ("of", "mean"), [(k, interval(v)) for k, v in found.spread.items()]
    )
    rows = [(name, interval(value)) for name, value in found.nearest.items()]
    rows += [
        ("closest two train families", f"{found.distinct:.2f}"),
        ("made sounds nearer than that", f"{found.nearer} of {found.made}"),
    ]
    yield Table("Distance to the nearest train clip", ("of", "median"), rows)
    pairs = [(each.made, each.near, each.clip, f"{each.distance:.2f}") for each in found.closest]
    yield Table("Closest pairs", ("made from", "train clip", "id", "distance"), pairs)


def structure_tables(found: Structure) -> Iterator[Table]:
    """One row a set."""
    heads = (
        "set",
        "n",
        "modulation, dB apart",
        "onsets a second",
        "lasts, s",
        "octaves apart",
        "decays, s",
        "octaves apart",
        "ends",
        "partials that ring",
    )
    rows = [
        (
            row.name,
            str(row.clips),
            interval(row.modulation_db),
            interval(row.onsets_per_s, 1),
            interval(row.duration_s),
            f"{row.duration_apart:.2f}",
            interval(row.decay_s),
            f"{row.decay_apart:.2f}",
            interval(row.ends),
            interval(row.ringing, 1),
        )
        for row in found.rows
    ]
    yield Table("Sounds as they go", heads, rows)


def seams_tables(found: Seams) -> Iterator[Table]:
    """Clicks, drift, attacks."""
    rows = [
        (f"clicks at {found.joins} joins of {found.voices} voices", interval(found.clicks_at_joins, 4)),
        ("clicks at as many other places", interval(found.clicks_elsewhere, 4)),
        (f"level, dB a minute, over {found.drift_s:g} s", ", ".join(f"{each:+.1f}" for each in found.level_db_per_min)),
        ("brightness, octaves a minute", ", ".join(f"{each:+.2f}" for each in found.brightness_octaves_per_min)),
        ("first to last sixth, over neighbours", ", ".join(f"{each:.2f}" for each in found.apart)),
        *((f"rise of first attacks, ms: {name}", interval(value, 1)) for name, value in found.rise_ms.items()),
    ]
    yield Table("Joins and a minute", ("what", "value"), rows)


def audit_tables(found: Audit) -> Iterator[Table]:
    """Scores and their worth."""
    yield Table("Score", ("set", "mean"), [(row.name, interval(row.score)) for row in found.rows])
    rows = [(f"{name} (never heard)", interval(value)) for name, value in found.validity.items()]
    rows += [(f"{name} (learned)", interval(value)) for name, value in found.within.items()]
    rows += [("clean above unseen at its worst, share of pairs", f"{found.clean_over_worst:.2f}")]
    yield Table(f"Validity; learned from {found.learnt} sounds", ("degradation", "Spearman with level"), rows)


def _sets(title: str, rows: Sequence[QualityRow], judges: Sequence[str]) -> Table:
    heads = (
        "set",
        "n",
        "families",
        "silent",
        *(f"KAD {each}" for each in judges),
        *(f"FD {each} (d)" for each in judges),
    )
    cells = [
        (
            row.name + (" (halves)" if row.name == "recording" else ""),
            str(row.clips),
            str(row.families),
            str(row.silent),
            *(interval(row.kad[each]) for each in judges),
            *(_fad(row.fad[each]) for each in judges),
        )
        for row in rows
    ]
    return Table(title, heads, cells)


def _fad(found: Fad) -> str:
    return f"{found.value:.3g} ({found.dimensions}; {found.references}, {found.judged})"


def _label(found: Label | None) -> tuple[str, str]:
    return ("-", "-") if found is None else (interval(found.accuracy), f"{found.balanced:.2f}")


def interval(found: Interval, digits: int = 2) -> str:
    """Value and 95 %."""
    if found.value is None or found.low is None or found.high is None:
        return "-"
    return f"{found.value:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def number(value: float | None) -> str:
    """Two digits, or a dash."""
    return "-" if value is None else f"{value:.2f}"
