"""``hobnail-train fit``."""

from hobnail_trainer.cli.model import fit as command

__all__ = ["command"]
