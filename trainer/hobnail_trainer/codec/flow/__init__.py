"""How easily a codec's latents are generated: the same small flow model on each, judged by KAD."""

from hobnail_trainer.codec.flow.train import Trial
from hobnail_trainer.codec.flow.trial import TrialResult, run_trial

__all__ = ["Trial", "TrialResult", "run_trial"]
