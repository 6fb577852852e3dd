"""Listening by people: a blind page on this machine, answers in a file, means with intervals."""

from hobnail_trainer.rating.results import Answer, Mean, read_answers, summed
from hobnail_trainer.rating.server import Desk, serve
from hobnail_trainer.rating.trials import Trial, Trials, prepare, read_trials

__all__ = ["Answer", "Desk", "Mean", "Trial", "Trials", "prepare", "read_answers", "read_trials", "serve", "summed"]
