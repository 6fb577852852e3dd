"""Writes a report: pictures and the page first, ``report.json`` last."""

from __future__ import annotations

from html import escape
from pathlib import Path

import msgspec

from hobnail_trainer.codec.model import CodecResult, Report
from hobnail_trainer.codec.report.build import Built
from hobnail_trainer.codec.report.picture import draw_ladder, draw_latents, draw_pairs
from hobnail_trainer.codec.report.tables import Table, facts, markdown, speed_of, tables_of
from hobnail_trainer.corpus.files import write_whole

_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;background:#0e1117;color:#eef1f6;margin:2em auto;max-width:90em}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;border-bottom:1px solid #262d3b}"
    "th{text-align:left;color:#8b95a7;font-weight:500}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}img{width:100%}p{color:#b9c1cf}"
)


def write_report(built: Built, folder: Path) -> Path:
    """Write everything into ``folder``; gives the page. Raises CorpusError, MissingExtraError."""
    report = built.report
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").unlink(missing_ok=True)
    draw_ladder(report, folder / "ladder.png")
    for codec in report.codecs:
        draw_pairs(codec, built.pairs[codec.id], folder / f"worst-{codec.id}.png")
        draw_latents(codec, folder / f"latents-{codec.id}.png")
    write_whole(folder / "report.md", f"{facts(report)}\n\n{markdown(report)}".encode())
    page = folder / "report.html"
    write_whole(page, page_of(report).encode())
    write_whole(folder / "report.json", msgspec.json.format(msgspec.json.encode(report), indent=1))
    return page


def page_of(report: Report) -> str:
    """The page's text."""
    tables = {table.title: table for table in tables_of(report)}
    parts = [
        f"<!doctype html><meta charset=utf-8><title>Codecs</title><style>{_STYLE}</style><h1>Codecs</h1>",
        f"<p>{escape(facts(report))}</p>",
        "<p>KAD is times 100; 0 is two samples of one distribution. Beside it: the 95 % interval, clips with their "
        "copies and families as groups. Plain: every sound for itself, as in the first trial. Other numbers are "
        "medians; their intervals are a bootstrap over families.</p>",
        "<img src=ladder.png alt='the ladder as bars'>",
        *(_table(table) for title, table in tables.items() if title.startswith("The ladder")),
        *(_codec(codec, tables) for codec in report.codecs),
    ]
    return "\n".join(parts) + "\n"


def _codec(codec: CodecResult, tables: dict[str, Table]) -> str:
    mine = [table for title, table in tables.items() if title.startswith(f"{codec.id}: ")]
    return "\n".join(
        [
            f"<h1>{escape(codec.id)}</h1><p>{escape(speed_of(codec))}</p>",
            *(_table(table) for table in mine),
            f"<img src='worst-{escape(codec.id)}.png' alt='spectrograms: recording above, decoded below'>",
            f"<h2>{escape(codec.id)}: latents</h2><p>{codec.latents.hops} sounding hops.</p>",
            f"<img src='latents-{escape(codec.id)}.png' alt='moments, correlation, autocorrelation'>",
        ]
    )


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(name)}" for name in table.heads)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}" for row in table.rows)
    return f"<h2>{escape(table.title)}</h2><table><tr>{head}{body}</table>"


def _cell(value: str) -> str:
    number = value[:1].isdigit() or (value[:1] in "+-" and value[1:2].isdigit())
    return f"<td{' class=n' if number else ''}>{escape(value)}"
