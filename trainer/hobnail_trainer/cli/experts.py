"""``hobnail-train experts``."""

from hobnail_trainer.cli.model import experts as command

__all__ = ["command"]
