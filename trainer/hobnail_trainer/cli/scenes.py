"""``hobnail-train scenes``."""

from hobnail_trainer.scenes.command import command

__all__ = ["command"]
