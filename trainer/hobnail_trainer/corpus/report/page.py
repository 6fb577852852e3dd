"""The report as a page: the picture and every table, and a list of the examples with their words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from hobnail.audio import RATE_HZ
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.corpus.model import SPLITS, Clip, Manifest
from hobnail_trainer.corpus.report.picture import draw_report
from hobnail_trainer.corpus.report.tables import Count, Tables, tabulate
from hobnail_trainer.corpus.tagging import Agreement, agreement, read_tags
from hobnail_trainer.corpus.tagging.review import HEADS, rows_of, sentence

_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;background:#0e1117;color:#eef1f6;margin:2em auto;max-width:75em}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .9em;border-bottom:1px solid #262d3b}"
    "th{text-align:left}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}th{color:#8b95a7;font-weight:500}img{width:100%}"
    "a{color:#6db8ff}"
)


def write_report(corpus: Path, *, seed: int = 1) -> tuple[Path, Path]:
    """Write ``report.png`` and ``report.html`` into the corpus. Raises CorpusError, MissingExtraError."""
    manifest = read_manifest(corpus)
    tables = tabulate(manifest)
    picture, page = corpus / "report.png", corpus / "report.html"
    examples = draw_report(manifest, tables, corpus, picture, seed=seed)
    tags = read_tags(corpus)
    found = agreement(manifest.clips, tags) if tags else None
    write_whole(page, page_of(manifest, tables, examples, found).encode())
    return picture, page


def page_of(manifest: Manifest, tables: Tables, examples: Iterable[Clip], found: Agreement | None = None) -> str:
    """The page's text; ``found`` is there when a tagger listened."""
    whole = tables.whole
    parts = [
        f"<!doctype html><meta charset=utf-8><title>{escape(manifest.header.title)}</title><style>{_STYLE}</style>",
        f"<h1>{escape(manifest.header.title)}</h1>",
        f"<p>{whole.clips} clips, {whole.minutes / 60.0:.2f} hours, {whole.families} families.</p>",
        "<img src=report.png alt='counts, histograms and example spectrograms'>",
        _counts("Splits", tables.by_split),
        _categories(tables),
        _counts("Materials", tables.by_material),
        _counts("Licences", tables.by_licence),
        _counts("Packages", tables.by_package),
        *([_agreement(found)] if found else []),
        _examples(examples),
    ]
    return "\n".join(parts) + "\n"


def _counts(title: str, counts: Mapping[str, Count]) -> str:
    rows = [(name, count.clips, f"{count.minutes:.1f}", count.families) for name, count in counts.items()]
    return _table(title, (title.rstrip("s"), "clips", "minutes", "families"), rows)


def _categories(tables: Tables) -> str:
    rows: list[tuple[str | int, ...]] = [
        (name, count.clips, f"{count.minutes:.1f}", *(tables.by_category_split.get((name, each), 0) for each in SPLITS))
        for name, count in tables.by_category.items()
    ]
    return _table("Categories", ("category", "clips", "minutes", *SPLITS), rows)


def _agreement(found: Agreement) -> str:
    return f"{_table('Captions and tagger', ('', *HEADS), rows_of(found))}<p>{escape(sentence(found))}</p>"


def _examples(clips: Iterable[Clip]) -> str:
    rows = [
        (clip.captions.exact, clip.category, f"{clip.frames / RATE_HZ:.2f}", clip.licence, clip.package, clip.path)
        for clip in clips
    ]
    return _table("Examples", ("caption", "category", "seconds", "licence", "package", "file"), rows)


def _table(title: str, heads: Iterable[str], rows: Iterable[tuple[str | int, ...]]) -> str:
    head = "".join(f"<th>{escape(name)}" for name in heads)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}" for row in rows)
    return f"<h2>{escape(title)}</h2><table><tr>{head}{body}</table>"


def _cell(value: str | int) -> str:
    number = isinstance(value, int) or value.replace(".", "", 1).isdigit()
    return f"<td{' class=n' if number else ''}>{escape(str(value))}"
