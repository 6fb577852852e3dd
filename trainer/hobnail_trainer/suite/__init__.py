"""The judge of a bundle: what ships, played by the real engine as a game plays it, measured section by section."""

from hobnail_trainer.suite.build import Inputs, run_suite
from hobnail_trainer.suite.listening import choose_clips, choose_test_clips_for_evaluation
from hobnail_trainer.suite.model import SECTIONS, Report
from hobnail_trainer.suite.player import open_player
from hobnail_trainer.suite.report import write_report
from hobnail_trainer.suite.sizes import FULL, QUICK, Sizes

__all__ = [
    "FULL",
    "QUICK",
    "SECTIONS",
    "Inputs",
    "Report",
    "Sizes",
    "choose_clips",
    "choose_test_clips_for_evaluation",
    "open_player",
    "run_suite",
    "write_report",
]
