"""From a corpus to batches, by the commands that people type, with the codec and the words that ship."""

import re

from click.testing import CliRunner

from hobnail_trainer.cli import cli
from hobnail_trainer.feed import Feed, open_feed

from ..tiny_corpus import write_tiny_corpus


def run(*words):
    return CliRunner().invoke(cli, ["feed", *map(str, words)], catch_exceptions=False)


def test_a_feed_is_prepared_and_its_speed_measured(tmp_path):
    corpus, feed = write_tiny_corpus(tmp_path / "corpus"), tmp_path / "feed"
    done = run("prepare", corpus, "--to", feed, "--jobs", 1)
    assert done.exit_code == 0, done.output
    assert re.search(r"train +recorded +20 sounds", done.output)
    assert re.search(r"validation +recorded +20 sounds", done.output)
    batch = next(Feed(open_feed(feed), seed=1))
    assert batch.latents.shape[2] == 32
    assert batch.text_mask.any()
    done = run("speed", feed, "--seconds", 0.1)
    assert re.search(r"[\d,]+ hops in a second of CPU .* times what training takes", done.output)


def test_a_part_that_is_unknown_is_named(tmp_path):
    done = CliRunner().invoke(
        cli, ["feed", "prepare", str(tmp_path), "--to", str(tmp_path), "--packs", "recorded,music"]
    )
    assert done.exit_code != 0
    assert "music" in done.output
