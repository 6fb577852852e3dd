"""``hobnail-train distil``."""

from hobnail_trainer.cli.model import distil as command

__all__ = ["command"]
