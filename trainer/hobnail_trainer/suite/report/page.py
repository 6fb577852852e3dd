"""``report.html``: one file, pictures inside it, readable without a network."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Final, NamedTuple

from hobnail_trainer.suite.model import Report
from hobnail_trainer.suite.report.tables import Table, floors_table


class Part(NamedTuple):
    """A section of the page."""

    id: str
    title: str
    about: str
    pictures: Sequence[tuple[str, bytes]]  #: caption, PNG
    tables: Sequence[Table]


STYLE: Final = """
:root{color-scheme:dark}
*{box-sizing:border-box}
body{margin:0;background:#0e1117;color:#d6dbe5;font:15px/1.55 system-ui,"DejaVu Sans",sans-serif}
header,main{max-width:1340px;margin:0 auto;padding:0 28px}
header{padding-top:40px}
h1{margin:0 0 4px;font-size:30px;color:#eef1f6;letter-spacing:-.01em}
h2{margin:56px 0 6px;font-size:21px;color:#eef1f6}
h3{margin:24px 0 6px;font-size:14px;font-weight:600;color:#eef1f6}
p{margin:6px 0;max-width:84ch;color:#a9b2c3}
nav{position:sticky;top:0;background:#0e1117ee;border-bottom:1px solid #262d3b;margin:22px 0 0;padding:10px 0;z-index:1}
nav a{color:#6db8ff;text-decoration:none;margin-right:20px}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:1px;background:#262d3b;
border:1px solid #262d3b;border-radius:8px;overflow:hidden;margin:20px 0 0}
dl div{background:#12161f;padding:10px 14px}
dt{font-size:12px;color:#8b95a7}
dd{margin:0;color:#eef1f6;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;margin:4px 0 12px}
th,td{padding:5px 14px 5px 0;text-align:left;border-bottom:1px solid #1c2330;white-space:nowrap}
th{color:#8b95a7;font-weight:500}
td:first-child{color:#eef1f6}
img{display:block;width:100%;border-radius:8px;margin:14px 0 4px}
figcaption{font-size:12px;color:#8b95a7}
figure{margin:0}
.v{display:inline-block;padding:1px 10px;border-radius:10px;font-size:12px}
.met{background:#123a31;color:#8fe8d0}.not-met{background:#3f1f25;color:#f28f8f}
.not-shown{background:#3a3216;color:#ffd98a}.not-measured{background:#1c2330;color:#8b95a7}
footer{padding:40px 0 60px;color:#8b95a7;font-size:13px}
@media (max-width:700px){header,main{padding:0 14px}h1{font-size:24px}}
"""


def page_of(report: Report, parts: Sequence[Part]) -> str:
    """The whole page."""
    title = f"Hobnail bundle “{html.escape(report.about.bundle)}”"
    links = "".join(f'<a href="#{part.id}">{html.escape(part.title)}</a>' for part in parts)
    body = "\n".join(_part(part) for part in parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}, judged</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body>'
        f"<header><h1>{title}</h1><p>{_said(report)}</p>{_facts(report)}</header>"
        f'<main><nav><a href="#floors">Floors</a>{links}</nav>'
        f'<h2 id="floors">Floors</h2><p>Written before the run. What compares two sets asks for the whole interval.</p>'
        f"{_table(floors_table(report.floors))}{body}"
        f"<footer>In brackets: 95 %. Intervals draw families (scenes, pairs) again; KAD's is the jackknife over "
        f"families. Sections took {_took(report)}.</footer></main></body></html>\n"
    )


def _said(report: Report) -> str:
    about = report.about
    return html.escape(
        f"Played by the real engine at its run-time settings ({about.precision}, {about.passes} passes), judged beside "
        f"recordings of the {about.split} split that it never heard."
    )


def _facts(report: Report) -> str:
    about = report.about
    facts = {
        "recordings": f"{about.clips} of {about.families} families",
        "split, set": f"{about.split}, {about.set_digest}",
        "seed": str(about.seed),
        "network": f"{about.parameters / 1e6:.1f} M, {about.network}",
        "stage": about.stage,
        "palettes": ", ".join(about.palettes) or "none",
        "corpus": about.corpus,
        "commit": about.commit or "-",
        "version": about.versions.get("hobnail", "-"),
        "floors met": f"{sum(each.verdict == 'met' for each in report.floors)} of {len(report.floors)}",
    }
    cells = "".join(f"<div><dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd></div>" for k, v in facts.items())
    return f"<dl>{cells}</dl>"


def _part(part: Part) -> str:
    pictures = "".join(
        f'<figure><img alt="{html.escape(caption)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for caption, png in part.pictures
    )
    tables = "".join(_table(table) for table in part.tables)
    return f'<h2 id="{part.id}">{html.escape(part.title)}</h2><p>{html.escape(part.about)}</p>{pictures}{tables}'


def _table(table: Table) -> str:
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in table.heads)
    rows = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    title = f"<h3>{html.escape(table.title)}</h3>" if table.title else ""
    return f'{title}<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cell(words: str) -> str:
    if words in ("met", "not met", "not shown", "not measured"):
        return f'<span class="v {words.replace(" ", "-")}">{words}</span>'
    return html.escape(words)


def _took(report: Report) -> str:
    return ", ".join(f"{name} {seconds:.0f} s" for name, seconds in report.about.took_s.items())
