"""How easily a codec's latents are generated: the same small flow model on each, judged by KAD."""

from hobnail_trainer.codec.flow.trial import Trial, TrialResult, run_trial

__all__ = ["Trial", "TrialResult", "run_trial"]
