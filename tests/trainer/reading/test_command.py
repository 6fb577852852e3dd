"""From a built corpus to what training reads, by the commands that people type."""

import re

from click.testing import CliRunner

from hobnail_trainer.cli import cli

from ..tiny_corpus import write_tiny_corpus


def run(*words):
    done = CliRunner().invoke(cli, ["corpus", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_corpus_is_packed_composed_and_read(tmp_path):
    corpus = write_tiny_corpus(tmp_path)
    assert "60 clips" in run("pack", corpus)
    said = run("compose", corpus, "--hours", 0.01, "--jobs", 1)
    assert re.search(r"\d+ sequences \(train 0\.01 h", said)
    assert "a recording is in" in said
    assert re.search(
        r"[\d,]+ s of sound a second, [\d,]+ times what training takes",
        run("read-speed", corpus, "--seconds", 0.1, "--window", 4800, "--batch", 4),
    )
