"""How a network begins that is to look at scenes: rows enter with each column less its mean, over its spread.

Rows of a scene hold what hardly changes (flags, sizes) beside what does (an impulse in one hop of fifty): of the first
networks' tokens of sight 0.2 % changed from hop to hop, and after 500 steps own sight and another's gave the same loss
to four digits. So the layer that rows enter by begins as if each column had mean 0 and spread 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch

from hobnail_plugins.aht.nn.network import Network
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed.store import FeedStore, columns_of

STEADY: Final = 1e-3  #: spread of a column below which it says nothing


def evened(store: FeedStore) -> Callable[[Network], None]:
    """Makes a new network take each column of a scene's rows less its mean over its spread. Raises FeedError."""
    index = store.parts["scenes"].index if "scenes" in store.parts else None
    columns = columns_of([index.scene]) if index is not None and index.scene is not None else None
    if columns is None:
        raise FeedError(f"{store.folder}: has no scenes in {store.split}.", cure="Prepare the feed with scenes.")
    mean = torch.as_tensor(columns.mean)
    spread = torch.as_tensor(np.where(columns.spread > STEADY, columns.spread, 1.0).astype(np.float32))

    @torch.no_grad()
    def ready(network: Network) -> None:
        enter = network.see.resampler.scene
        enter.weight.div_(spread)
        enter.bias.sub_(enter.weight @ mean)

    return ready
