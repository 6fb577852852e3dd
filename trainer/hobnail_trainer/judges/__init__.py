"""Judges: networks of others that hear sounds, and the distances between sets of sounds.

A judge turns a sound into a point; :func:`kad` and :func:`frechet` say how far two clouds of points are apart. Weights
are fetched by ``hobnail-train judges fetch``, never shipped and never trained.
"""

from hobnail_trainer.judges.aisfx import Aisfx
from hobnail_trainer.judges.frechet import Frechet, frechet
from hobnail_trainer.judges.kad import Distance, kad
from hobnail_trainer.judges.model import Judge, Tag, Tagger, strongest
from hobnail_trainer.judges.sets import embed_set
from hobnail_trainer.judges.weights import AISFX, ALL, YAMNET, Weights, fetch
from hobnail_trainer.judges.yamnet import Yamnet

__all__ = [
    "AISFX",
    "ALL",
    "YAMNET",
    "Aisfx",
    "Distance",
    "Frechet",
    "Judge",
    "Tag",
    "Tagger",
    "Weights",
    "Yamnet",
    "embed_set",
    "fetch",
    "frechet",
    "kad",
    "strongest",
]
