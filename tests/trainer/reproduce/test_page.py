"""The page that is committed says what its committed outcomes say, and shows pictures that are there."""

import re
from pathlib import Path

from hobnail_trainer.reproduce.build import read_outcomes
from hobnail_trainer.reproduce.page import ORDER, markdown

DOCS = Path(__file__).parents[3] / "docs"


def test_the_committed_page_is_made_of_the_committed_outcomes():
    known = {outcome.id: outcome for outcome in read_outcomes(DOCS / "reproduction")}
    assert set(known) <= set(ORDER)
    page = (DOCS / "reproduction.md").read_text(encoding="utf-8")
    assert page == markdown([known[id] for id in ORDER if id in known])
    pictures = re.findall(r"!\[.*\]\((.*)\)", page)
    assert pictures
    assert all((DOCS / picture).is_file() for picture in pictures)
