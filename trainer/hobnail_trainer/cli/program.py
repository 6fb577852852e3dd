"""``hobnail-train``: the trainer's commands."""

import click

from hobnail.program import LazyCommands, run
from hobnail.version import version


@click.group(
    cls=LazyCommands,
    commands_in="hobnail_trainer.cli",
    names=(
        "corpus",
        "scenes",
        "judges",
        "codec",
        "feed",
        "teacher",
        "fit",
        "resume",
        "export",
        "native",
        "widen",
        "inspect",
        "distil",
        "adversarial",
        "experts",
        "adapt",
        "slim",
        "evaluate",
        "blocks",
        "rate",
        "reproduce",
        "takes",
        "text",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(version(), prog_name="hobnail-train")
def cli() -> None:
    """Train Hobnail's models: build a corpus, make scenes, fit a codec, train."""


def main() -> None:
    """Run ``hobnail-train``."""
    run(cli)
