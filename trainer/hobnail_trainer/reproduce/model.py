"""What a reproduction of one table says; ``outcomes/<id>.json`` is exactly this."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Verdict = Literal["supported", "not supported", "not observed at this scale", "not run"]
SUPPORTED: Final[Verdict] = "supported"
REFUTED: Final[Verdict] = "not supported"
UNSEEN: Final[Verdict] = "not observed at this scale"
NOT_RUN: Final[Verdict] = "not run"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A claim, what would decide it, and what did."""

    claim: str  #: of the paper
    rule: str  #: written before the run
    measured: str
    verdict: Verdict


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """A table; columns of the paper are named "claimed ...", ours "measured ..."."""

    title: str
    heads: list[str]
    rows: list[list[str]]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Of one table or figure."""

    id: str
    title: str
    scale: str  #: network, steps, data, n, seeds: what was really run
    rules: list[Rule]
    tables: list[Cells]
    notes: list[str] = []
    pictures: list[str] = []  #: file names beside the page
    commit: str = ""
    took_s: float = 0.0


def not_run(id: str, title: str, claim: str, rule: str, why: str) -> Outcome:
    """Where something is missing: said plainly."""
    return Outcome(
        id=id,
        title=title,
        scale="",
        rules=[Rule(claim=claim, rule=rule, measured=why, verdict=NOT_RUN)],
        tables=[],
    )
