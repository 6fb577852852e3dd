"""``hobnail-train resume``."""

from hobnail_trainer.cli.model import resume as command

__all__ = ["command"]
