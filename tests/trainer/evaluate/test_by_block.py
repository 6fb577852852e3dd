"""A block network and a flow head that learnt nothing, in one table."""

import msgspec
import pytest

from hobnail_trainer.cli.codec import built_codec
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.evaluate import open_maker
from hobnail_trainer.evaluate.by_block import Asked, measure_by_block
from hobnail_trainer.evaluate.by_block_page import by_block_markdown, joined, read_by_block, write_by_block
from hobnail_trainer.export.lasting import lasting_of
from hobnail_trainer.feed.store import open_feed
from hobnail_trainer.flow_head.learner import hop_arm
from hobnail_trainer.flow_head.spec import FlowHeadSpec
from hobnail_trainer.model.loop import Data, train

from ..codec.conftest import BandJudge


@pytest.fixture(scope="module")
def hops(maker, corpus, feed):
    preset = msgspec.structs.replace(maker.state.preset, name="hops", head=FlowHeadSpec(width=32, depth=1))
    data, arm, run = Data(open_feed(feed, "train"), open_feed(feed, "validation")), hop_arm(preset), corpus.parent / "h"
    train(run, preset, data, arm.make, tell=lambda _: None, learner_of=arm.learner_of, judge=arm.judge)
    return open_maker(run, built_codec("linear", None))


@pytest.fixture(scope="module")
def asked(tmp_path_factory, corpus, feed, held, maker, hops):
    return Asked(
        corpus=corpus,
        held=held,
        ends=lasting_of(open_feed(feed, "train")).lasting,
        makers={"blocks": maker, "head": hops},
        judges=(BandJudge(),),
        store=tmp_path_factory.mktemp("by-block"),
        passes=(1, 2),
        blocks=(32, 64),
        guidance=1.0,
        seed=1,
        commit="abc",
    )


@pytest.fixture(scope="module")
def found(asked):
    return measure_by_block(asked, tell=lambda _: None)


def test_every_size_and_pass_has_its_numbers_and_hops_have_one_row(found):
    blocks, head = found.contenders
    assert [(each.block_hops, each.passes) for each in blocks.spots] == [(32, 1), (32, 2), (64, 1), (64, 2)]
    assert [(each.block_hops, each.passes) for each in head.spots] == [(1, 1), (1, 2)]
    for each in (*blocks.spots, *head.spots):
        assert 0.0 < each.batch < each.alone  # a voice alone cannot share a call with others
        assert found.codec["bands"].value < each.kad["bands"].value  # neither has learnt anything


def test_the_page_has_a_row_for_each_size_and_names_networks_with_their_size(found, tmp_path):
    page = write_by_block(found, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "24 clips of 12 families, split validation, seed 1, guidance 1" in text
    assert [line.split(" | ")[1] for line in text.splitlines() if line.startswith(("| blocks", "| head"))] == [
        "32",
        "64",
        "1",
    ]
    assert "| head (0.2 M, 2 steps) | 1 |" in text
    assert read_by_block(tmp_path / "blocks.json") == found


def test_tables_of_the_same_clips_are_joined_and_others_are_not(found):
    one = msgspec.structs.replace(found, contenders=found.contenders[:1])
    two = msgspec.structs.replace(found, contenders=found.contenders[1:])
    assert by_block_markdown(joined(one, two)) == by_block_markdown(found)
    blocks = one.contenders[0]
    parts = [
        msgspec.structs.replace(one, contenders=[msgspec.structs.replace(blocks, spots=spots)])
        for spots in (blocks.spots[:2], blocks.spots[2:])
    ]
    assert joined(*parts) == one
    with pytest.raises(TrainerError, match="differ in clips"):
        joined(msgspec.structs.replace(one, clips=7), two)
