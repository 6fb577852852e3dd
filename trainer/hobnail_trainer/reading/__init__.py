"""Reading: what feeds training, random windows from packs, weighted, resumable, far faster than training takes them."""

from hobnail_trainer.reading.model import Batch, Mixture, ReaderState
from hobnail_trainer.reading.reader import Reader, TrainingSplit, open_test_for_evaluation
from hobnail_trainer.reading.speed import TRAINER_SPEED, Speed, read_speed

__all__ = [
    "TRAINER_SPEED",
    "Batch",
    "Mixture",
    "Reader",
    "ReaderState",
    "Speed",
    "TrainingSplit",
    "open_test_for_evaluation",
    "read_speed",
]
