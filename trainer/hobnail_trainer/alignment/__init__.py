"""Alignment: losses that draw a student's hidden states to a teacher, to its own later self, or to a text.

Only training knows this room: projectors live here and are thrown away when a model is exported.
"""

from hobnail_trainer.alignment.alignment import Alignment, AlignmentLoss, Beside
from hobnail_trainer.alignment.losses import Moments, cosine_loss, in_time, info_nce
from hobnail_trainer.alignment.parts import lower_noise
from hobnail_trainer.alignment.probes import LayerSimilarity, gated, layer_effects, similarity_by_layer
from hobnail_trainer.alignment.spec import AlignmentSpec, ToItself, ToTeacher, ToText, Widths

__all__ = [
    "Alignment",
    "AlignmentLoss",
    "AlignmentSpec",
    "Beside",
    "LayerSimilarity",
    "Moments",
    "ToItself",
    "ToTeacher",
    "ToText",
    "Widths",
    "cosine_loss",
    "gated",
    "in_time",
    "info_nce",
    "layer_effects",
    "lower_noise",
    "similarity_by_layer",
]
