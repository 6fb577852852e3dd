"""What a reader is asked for, what it gives, and where it stands."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from hobnail_trainer.corpus.model import Category, Clip, Material, Origin
from hobnail_trainer.corpus.sound import Samples


class Mixture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What training hears how often, and how. Shares are relative; what is not there leaves its share to the others."""

    origins: dict[Origin, float] = msgspec.field(
        default_factory=lambda: {"recorded": 1.0, "composed": 2.0, "augmented": 1.0, "note": 0.5}
    )
    categories: dict[Category, float] = {}  #: factor on a category; 1 where it is not named, 0 leaves it out
    materials: dict[Material, float] = {}  #: factor on clips of a material; the largest of a clip's materials holds
    flatten: float = 0.5  #: a category comes by its seconds to this power: 1 as it is, 0 all alike
    by_length: float = 0.5  #: inside a category a clip comes by its seconds to this power
    at_onset: float = 0.5  #: of windows of one-shots that begin exactly at their first onset
    one_shot_s: float = 2.0  #: clips up to this long are one-shots; longer ones are read from anywhere
    exact: float = 0.5  #: of texts; what the four leave over goes to the exact caption
    paraphrase: float = 0.35
    category: float = 0.1
    vague: float = 0.05
    family_gain: bool = True  #: bring families to one loudness, their members apart as they are; False: as stored


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Windows for one step. A window's frame ``w`` is its clip's frame ``offset + w``; outside the clip is silence."""

    samples: Samples  #: float32 [batch, window]
    sounding: NDArray[np.bool_]  #: bool [batch, window], true inside the clip; false before it begins and after its end
    offsets: NDArray[np.int64]  #: int64 [batch], the clip's frame at the window's first; negative: it begins later
    clips: tuple[Clip, ...]
    onsets: tuple[tuple[int, ...], ...]  #: frames of the window where something begins
    texts: tuple[str, ...]  #: one of each clip's captions


class ReaderState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a reader stands: all that is needed to go on byte for byte."""

    seed: int
    batches: int  #: that were read
    reads: str  #: digest of the clips, the mixture and the sizes; a reader of anything else refuses to go on
