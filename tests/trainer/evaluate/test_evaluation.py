"""An evaluation from end to end, with judges that need no weights."""

import msgspec
import numpy as np
import pytest

from hobnail_trainer.evaluate import Request, evaluate, write_evaluation
from hobnail_trainer.evaluate.build import told_of
from hobnail_trainer.evaluate.maker import Way
from hobnail_trainer.evaluate.model import Evaluation

from ..codec.conftest import BandJudge


@pytest.fixture(scope="module")
def written(tmp_path_factory, corpus, held, maker):
    folder = tmp_path_factory.mktemp("page")
    request = Request(
        corpus=corpus,
        held=held,
        maker=maker,
        judges=(BandJudge(),),
        store=folder / "store",
        passes=(1, 2),
        guidance=(1.0, 2.0),
        blocks=(16, 64),
        commit="abc",
    )
    page = write_evaluation(evaluate(request, tell=lambda _: None), folder / "out")
    return page, msgspec.json.decode((folder / "out" / "evaluation.json").read_bytes(), type=Evaluation)


def test_every_set_is_there_with_its_numbers(written):
    _, found = written
    names = [(row.name, row.passes, row.guidance) for row in found.sets]
    assert names == [
        ("recording", None, None),
        ("codec", None, None),
        *(("model", passes, guidance) for guidance in (1.0, 2.0) for passes in (1, 2)),
        ("model, words dealt", 2, 2.0),
    ]
    assert {row.clips for row in found.sets} == {24}
    assert [row.name for row in found.procedural] == ["recording", "codec", "model", "rules"]
    assert {(cell.block_hops, cell.passes) for cell in found.blocks} == {(16, 1), (16, 2), (64, 1), (64, 2)}
    assert found.onsets == []  # this feed has no scenes


def test_the_codec_is_nearer_to_the_recordings_than_a_network_that_learnt_nothing(written):
    _, found = written
    codec, model = found.sets[1], found.sets[2]
    assert codec.kad["bands"].grouped.value < model.kad["bands"].grouped.value
    assert codec.category.accuracy.value > model.category.accuracy.value
    assert found.sets[0].category.accuracy.value > 0.8


def test_the_page_says_what_was_judged_and_shows_the_sheet(written):
    page, found = written
    text = page.read_text(encoding="utf-8")
    assert "24 clips of 12 families, split validation, seed 1" in text
    assert "| recording | - | - | 24 |" in text
    assert (page.parent / "sheet.png").stat().st_size > 20_000
    assert found.about.step == 2
    assert found.about.commit == "abc"


def test_the_same_seed_makes_the_same_sounds_and_another_does_not(held, maker):
    told, names = told_of(held.clips[:2]), ["a", "b"]
    once, again, other = (maker.latents(told, names, 16, Way(8, 2, 1.0), seed) for seed in (1, 1, 2))
    assert np.array_equal(once, again)
    assert not np.allclose(once, other)
