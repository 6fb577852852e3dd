"""The judge of a trained generator: held-out captions, made into sound and heard beside what they were said of."""

from hobnail_trainer.evaluate.build import Request, evaluate
from hobnail_trainer.evaluate.held import Held, choose_held, choose_test_for_evaluation
from hobnail_trainer.evaluate.maker import Maker, open_maker
from hobnail_trainer.evaluate.write import write_evaluation

__all__ = [
    "Held",
    "Maker",
    "Request",
    "choose_held",
    "choose_test_for_evaluation",
    "evaluate",
    "open_maker",
    "write_evaluation",
]
