"""What is made around a recording, by the role that it plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from hobnail_trainer.compose.kinds.scene import doorway, events, fight, texture
from hobnail_trainer.compose.kinds.strike import bounce, breakage, keys, work
from hobnail_trainer.compose.kinds.walk import walk
from hobnail_trainer.compose.model import Draft
from hobnail_trainer.compose.roles import Role
from hobnail_trainer.compose.shelf import Beside
from hobnail_trainer.corpus.model import Clip

Kind = Callable[[Beside, np.random.Generator, Clip, float], Draft]

KINDS: Final[Mapping[Role, Kind]] = {
    "step": walk,
    "keys": keys,
    "work": work,
    "bounce": bounce,
    "break": breakage,
    "swing": fight,
    "hit": fight,
    "door": doorway,
    "texture": texture,
    "event": events,
}
