"""Writes a report: pictures and the page first, ``report.json`` last."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from hobnail.errors import MissingExtraError
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.corpus.report.picture import NIGHT
from hobnail_trainer.suite.build import Built
from hobnail_trainer.suite.model import SECTIONS
from hobnail_trainer.suite.report import pictures, tables
from hobnail_trainer.suite.report.page import Part, page_of
from hobnail_trainer.suite.report.sheets import draw_closest, draw_sheet

JSON: Final = "report.json"

ABOUT: Final = {
    "quality": (
        "Quality",
        "Sets of sounds as distributions. KAD is unbiased, with the recordings' own bandwidth and families as groups; "
        "FD grows as samples get fewer: compare it only where n is the same (brackets: dimensions; n of both sets).",
    ),
    "adherence": (
        "Adherence",
        "Whether a sound is what was asked for, by a classifier and a text map that know real train recordings only. "
        "What recordings themselves reach is the ceiling, dealt words are the floor.",
    ),
    "sync": (
        "Sync",
        "When things sound: events that are sent, events of which only frame features tell, events that only pixels "
        "show.",
    ),
    "control": (
        "Control",
        "The same words and noise at nine settings of a slider. Measures are read from the sound, not from latents, as "
        "the loss reads them. The rules' sliders are there to prove the measures.",
    ),
    "variety": (
        "Variety",
        "How far takes of one prompt are apart, and whether any made sound is a train clip. The dotted line: the "
        "closest two train families.",
    ),
    "structure": ("Structure", "How sounds go: modulation, onsets, how long they last, whether they end, what rings."),
    "seams": ("Seams", "Joins of steps, a minute of a running voice, the first attack."),
    "audit": (
        "Audit",
        "A proxy, taught by degradations made on purpose. What it is worth is beside what it says; people's ratings "
        "(hobnail-train rate) replace it.",
    ),
}
_DRAW: Final[dict[str, Callable[[Any], bytes]]] = {
    "quality": pictures.draw_quality,
    "adherence": pictures.draw_adherence,
    "sync": pictures.draw_sync,
    "control": pictures.draw_control,
    "variety": pictures.draw_variety,
    "structure": pictures.draw_structure,
    "seams": pictures.draw_seams,
    "audit": pictures.draw_audit,
}
_TABLES: Final[dict[str, Callable[[Any], Any]]] = {
    "quality": tables.quality_tables,
    "adherence": tables.adherence_tables,
    "sync": tables.sync_tables,
    "control": tables.control_tables,
    "variety": tables.variety_tables,
    "structure": tables.structure_tables,
    "seams": tables.seams_tables,
    "audit": tables.audit_tables,
}


def write_report(built: Built, folder: Path) -> Path:
    """Write ``report.html``, ``report.png``, ``report.json``; gives the page. Raises CorpusError, MissingExtraError."""
    report = built.report
    folder.mkdir(parents=True, exist_ok=True)
    (folder / JSON).unlink(missing_ok=True)
    parts = []
    for name in SECTIONS:
        found = getattr(report, name)
        if found is None:
            continue
        title, about = ABOUT[name]
        shown = [(f"{title} of {report.about.clips} clips, seed {report.about.seed}", _DRAW[name](found))]
        if name == "variety" and built.closest:
            shown.append(("Made sounds above, the train clips nearest to them below", draw_closest(built.closest)))
        parts.append(Part(name, title, about, shown, list(_TABLES[name](found))))
    sheet = ("0.68 s, 60 Hz to 20 kHz, 70 dB; “none”: the rules have no event for it", draw_sheet(built))
    parts.append(Part("sheet", "Sheet", "The same captions in every set.", [sheet], []))
    page = folder / "report.html"
    write_whole(page, page_of(report, parts).encode())
    write_whole(folder / "report.png", stacked([png for part in parts for _, png in part.pictures]))
    write_whole(folder / JSON, msgspec.json.format(msgspec.json.encode(report, enc_hook=float), indent=1))
    return page


def stacked(pngs: Sequence[bytes]) -> bytes:
    """Pictures of one width, one below the other."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError("the report", extra="plot") from error
    images = [Image.open(io.BytesIO(png)).convert("RGB") for png in pngs]
    whole = Image.new("RGB", (max(each.width for each in images), sum(each.height + 8 for each in images)), NIGHT)
    top = 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height + 8
    out = io.BytesIO()
    whole.save(out, "PNG", optimize=True)
    return out.getvalue()
