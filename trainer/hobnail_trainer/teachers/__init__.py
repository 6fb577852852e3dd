"""Teachers: networks that hear clean sound and give features over time, which a student's hidden states are drawn to.

Ours is fitted to the corpus; those of others are loaded from local weights; two controls know less than they should.
A store holds a teacher's features of a whole feed. Judges may never teach.
"""

from hobnail_trainer.teachers.clock import hop_features, to_hops
from hobnail_trainer.teachers.contract import HOPS_HZ, ClipTeacher, Features, Teacher
from hobnail_trainer.teachers.controls import Shuffled
from hobnail_trainer.teachers.opening import KINDS, open_clip_teacher, open_teacher
from hobnail_trainer.teachers.store import FeatureIndex, FeaturePart, Place, open_features, write_features
from hobnail_trainer.teachers.structure import Structure, structure

__all__ = [
    "HOPS_HZ",
    "KINDS",
    "ClipTeacher",
    "FeatureIndex",
    "FeaturePart",
    "Features",
    "Place",
    "Shuffled",
    "Structure",
    "Teacher",
    "hop_features",
    "open_clip_teacher",
    "open_features",
    "open_teacher",
    "structure",
    "to_hops",
    "write_features",
]
