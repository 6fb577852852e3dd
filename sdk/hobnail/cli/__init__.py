"""The command line: the composition root, and the only place that reads arguments and the environment."""

import click

from hobnail.program import LazyCommands, run
from hobnail.version import version

__all__ = ["main"]


@click.group(
    cls=LazyCommands,
    commands_in="hobnail.cli",
    names=("demo", "serve", "top", "monitor", "send", "render", "doctor", "plugins", "plugin", "codec", "bench"),
    entry_group="hobnail.commands",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(version(), prog_name="hobnail")
def cli() -> None:
    """Foley for game engines and DAWs: scene events in, sound out, in under 20 ms on a CPU."""


def main() -> None:
    """Run ``hobnail``."""
    run(cli)
