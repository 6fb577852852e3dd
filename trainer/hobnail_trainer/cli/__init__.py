"""The trainer's command line, ``hobnail-train``: the only place of the room that reads arguments."""

from hobnail_trainer.cli.program import cli, main

__all__ = ["cli", "main"]
