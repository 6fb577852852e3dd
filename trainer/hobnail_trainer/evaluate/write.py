"""Writes an evaluation: the sheet and the page first, ``evaluation.json`` last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from hobnail_trainer.codec.model import Interval
from hobnail_trainer.corpus.files import write_whole
from hobnail_trainer.evaluate.build import Built
from hobnail_trainer.evaluate.model import Cell, Evaluation, Onsets, Recognised, Row
from hobnail_trainer.evaluate.sheet import draw_sheet

JSON = "evaluation.json"


def write_evaluation(built: Built, folder: Path) -> Path:
    """Write everything into ``folder``; gives the page. Raises CorpusError, MissingExtraError."""
    found = built.evaluation
    folder.mkdir(parents=True, exist_ok=True)
    (folder / JSON).unlink(missing_ok=True)
    draw_sheet(built.shown, _title(found), folder / "sheet.png")
    page = folder / "evaluation.md"
    write_whole(page, markdown(found).encode())
    write_whole(folder / JSON, msgspec.json.format(msgspec.json.encode(found), indent=1))
    return page


def markdown(found: Evaluation) -> str:
    """The page."""
    about = found.about
    judges = list(found.sets[0].kad)
    lines = [
        f"# {_title(found)}",
        "",
        f"{about.parameters / 1e6:.1f} M parameters, preset {about.preset}, average weights, held-out loss "
        f"{'-' if about.held_out is None else f'{about.held_out:.3f}'}. {about.clips} clips of {about.families} "
        f"families, split {about.split}, seed {about.seed}; the recogniser learnt from {about.learnt} train clips. "
        f"Corpus {about.corpus_digest[:12]}, commit {about.commit or '-'}, {about.took_s / 60.0:.0f} min.",
        "",
        "KAD is times 100, families as groups; 0 is two samples of one distribution; in brackets 95 %. *Within* is the "
        "mean over categories of six families or more: it falls only when the words are heeded.",
        "",
        *_sets(found.sets, judges),
        "",
        "## Clips that the procedural engine has an event for",
        "",
        *_sets(found.procedural, judges),
        "",
        f"## Block size and passes, guidance {found.blocks_guidance:g}",
        "",
        *_blocks(found.blocks, judges),
        "",
        f"## Onsets in scenes (offset {found.onset_offset_ms:.0f} ms taken off)",
        "",
        *_onsets(found.onsets),
        "",
        "![recording, codec, model, rules](sheet.png)",
        "",
    ]
    return "\n".join(lines)


def _sets(rows: Sequence[Row], judges: Sequence[str]) -> list[str]:
    heads = ["set", "passes", "guidance", "n"]
    heads += [f"KAD {judge}" for judge in judges] + [f"within, {judge}" for judge in judges]
    heads += ["category", "balanced", "material", "silent"]
    lines = [_line(heads), _line(["---"] * len(heads))]
    for row in rows:
        cells = [row.name, _plain(row.passes), _plain(row.guidance), str(row.clips)]
        cells += [_interval(row.kad[judge].grouped) for judge in judges]
        cells += [_interval(row.within[judge]) for judge in judges]
        cells += [_share(row.category), f"{row.category.balanced:.2f}", _share(row.material), str(row.silent)]
        lines.append(_line(cells))
    return lines


def _blocks(cells: Sequence[Cell], judges: Sequence[str]) -> list[str]:
    passes = sorted({cell.passes for cell in cells})
    heads = ["hops", *(f"{count} pass{'es' if count > 1 else ''}" for count in passes)]
    lines = [f"KAD {' / '.join(judges)}; s of one core for a second of sound in a batch.", "", _line(heads)]
    lines.append(_line(["---"] * len(heads)))
    for hops in sorted({cell.block_hops for cell in cells}):
        row = {cell.passes: cell for cell in cells if cell.block_hops == hops}
        lines.append(
            _line(
                [
                    str(hops),
                    *(
                        " / ".join(_number(row[count].kad[judge].value) for judge in judges)
                        + f"; {row[count].seconds:.2f} s"
                        for count in passes
                    ),
                ]
            )
        )
    return lines


def _onsets(rows: Sequence[Onsets]) -> list[str]:
    if not rows:
        return ["None were asked for, or the feed has no scenes in this split."]
    heads = ["voices", "n", "events", "heard", *(f"F1 ±{tolerance} ms" for tolerance in rows[0].f1)]
    lines = [_line(heads), _line(["---"] * len(heads))]
    for row in rows:
        scores = [_interval(score, 2) for score in row.f1.values()]
        lines.append(_line([row.name, str(row.voices), str(row.events), str(row.heard), *scores]))
    return lines


def _title(found: Evaluation) -> str:
    about = found.about
    return f"{about.run}: step {about.step}, {about.stage}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _interval(found: Interval, digits: int = 1) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "-"
    return f"{found.value:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def _share(found: Recognised | None) -> str:
    return "-" if found is None else _interval(found.accuracy, 2)
