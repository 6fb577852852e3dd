"""Tables of a report as rows of text: the page and the Markdown file show the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hobnail_trainer.codec.model import CodecResult, Interval, Part, Report

Row = tuple[str, ...]


class Table(NamedTuple):
    """A heading, the names of columns, and rows."""

    title: str
    heads: Row
    rows: Sequence[Row]


def tables_of(report: Report) -> list[Table]:
    """Every table, in the order of the page."""
    tables = [_quality(report), _exact(report), _cost(report)]
    for codec in report.codecs:
        if codec.by_category:
            tables.append(_parts(f"{codec.id}: by category", codec.by_category))
        if codec.by_material:
            tables.append(_parts(f"{codec.id}: by material", codec.by_material))
        tables.append(_worst(codec))
    return tables


def markdown(report: Report) -> str:
    """All tables as Markdown."""
    return "\n".join(_markdown(table) for table in tables_of(report))


def facts(report: Report) -> str:
    """One paragraph on what was listened to."""
    about = report.about
    commit = f", commit {about.commit}" if about.commit else ""
    versions = ", ".join(f"{name} {each}" for name, each in about.versions.items())
    return (
        f"{about.windows} windows of 0.68 s of {about.families} families of the {about.split} split; "
        f"{about.partials} partials of {about.rings} ringing sounds of {about.ring_families} families; "
        f"{about.attacks} attacks. The ladder's PCA was fitted on {about.trained_on} windows of the train split. "
        f"Corpus {about.corpus_digest[:12]}, seed {about.seed}{commit}; {versions}; {about.took_s:.0f} s."
    )


def speed_of(codec: CodecResult) -> str:
    """One sentence on a codec's speed and delay."""
    speed = codec.speed
    return (
        f"{codec.id}: a voice among {speed.voices} on one thread is decoded {speed.by_hop:.0f} times as fast as it "
        f"sounds hop by hop, {speed.whole:.0f} times in one call, and encoded {speed.encoding:.0f} times. It follows "
        f"its latents by {_ms(codec.lag_ms)}; encoding looks {_ms(codec.lookahead_ms)} ahead."
    )


def _quality(report: Report) -> Table:
    judges = list(report.ladder[0].kad)
    heads = ["", *(f"KAD {name}" for name in judges), *(f"{name}, plain" for name in judges)]
    rows = [
        (
            row.id,
            *(_interval(row.kad[name].grouped, 2) for name in judges),
            *(_number(row.kad[name].plain.value, 2) for name in judges),
            _interval(row.modulation_db, 2),
            _number(row.modulation_bias_db.value, 2),
            _number(row.modulation_relative, 2),
            _number(row.level_error_db.value, 2),
            _number(row.log_mel.value, 2),
        )
        for row in report.ladder
    ]
    return Table(
        "The ladder: likeness",
        (*heads, "modulation, dB", "bias", "of PCA-24", "level, dB", "log-mel L1"),
        rows,
    )


def _exact(report: Report) -> Table:
    rows = [
        (
            row.id,
            _interval(row.partial_hz, 2, 100.0),
            _interval(row.partial_decay, 1, 100.0),
            _interval(row.attack_ms, 2),
            _number(row.first_attack_ms.value, 2),
            _number(row.rise_ms.value, 2),
            _interval(row.pre_echo_db, 1),
        )
        for row in report.ladder
    ]
    heads = ("", "partials, %", "decay, %", "attack, ms", "at the voice's begin", "rise, ms", "pre-echo, dB")
    return Table("The ladder: partials and attacks (medians)", heads, rows)


def _cost(report: Report) -> Table:
    rows = [
        (
            row.id,
            row.about,
            _number(row.dimensions, 0),
            _number(row.latents_hz, 1),
            _number(row.lag_ms, 1),
            _number(row.cpu_ms, 1),
        )
        for row in report.ladder
    ]
    return Table("The ladder: cost", ("", "what", "numbers", "a second", "lag, ms", "CPU, ms for 1 s"), rows)


def _parts(title: str, parts: Sequence[Part]) -> Table:
    judges = list(parts[0].kad)
    rows = [
        (
            part.name,
            str(part.clips),
            str(part.families),
            *(_interval(part.kad[name], 1) for name in judges),
            _number(part.modulation_db.value, 2),
            _number(part.level_error_db.value, 2),
            _number(part.moved.value, 2),
        )
        for part in parts
    ]
    heads = ("", "clips", "families", *(f"KAD {name}" for name in judges), "modulation, dB", "level, dB", "moved")
    return Table(title, heads, rows)


def _worst(codec: CodecResult) -> Table:
    rows = [
        (
            each.caption,
            each.category,
            f"{each.moved:.2f}",
            f"{each.modulation_db:.2f}",
            f"{each.level_db:+.2f}",
            each.clip,
        )
        for each in codec.worst
    ]
    heads = ("", "category", "moved", "modulation, dB", "level, dB", "clip")
    return Table(f"{codec.id}: the clips that moved farthest", heads, rows)


def _interval(found: Interval, digits: int, scale: float = 1.0) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "-"
    value, low, high = (f"{each * scale:.{digits}f}" for each in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _ms(value: float | None) -> str:
    return "the whole sound" if value is None else f"{value:.1f} ms"


def _markdown(table: Table) -> str:
    lines = [f"### {table.title}", "", f"| {' | '.join(table.heads)} |", f"|---{'|---:' * (len(table.heads) - 1)}|"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in table.rows]
    return "\n".join([*lines, ""])
