"""What can happen in a scene: each file simulates one situation and hands over a play."""

from hobnail_trainer.scenes.situations.plays import PLAYS

__all__ = ["PLAYS"]
