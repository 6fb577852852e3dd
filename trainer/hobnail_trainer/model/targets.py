"""What the hidden states of a batch are drawn to: a teacher's features, the averaged network's own states, its words.

All of it is made outside of the learner: features come from files, and the averaged network is the same network with
other weights for a moment, so that nothing is held twice, copied or shared out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.distributed.fsdp import FSDPModule

from hobnail_plugins.aht.spec import NetworkSpec
from hobnail_trainer.alignment import Alignment, AlignmentSpec, Beside, Moments, Widths, lower_noise
from hobnail_trainer.alignment.losses import pooled
from hobnail_trainer.errors import TeacherError
from hobnail_trainer.feed.batch import FeedBatch
from hobnail_trainer.feed.choice import chosen_parts
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import FeedStore
from hobnail_trainer.model.average import Average
from hobnail_trainer.model.blocks import Blocks, Units
from hobnail_trainer.model.checkpoint import Checkpoint
from hobnail_trainer.model.optimiser import restore_weights
from hobnail_trainer.model.velocity import Draw
from hobnail_trainer.teachers.blocks import FeatureStore

if TYPE_CHECKING:
    from torch import Tensor

WHOLE = 0.5
"""Hops of a greater weight count: those of the sound and shortly after."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Of one batch."""

    features: Tensor | None  #: [batch, hops, numbers] of a teacher
    mask: Tensor  #: bool [batch, hops], hops that count
    step: int
    beside: Beside


class Guide:
    """Fetches a batch's targets. [one thread]"""

    def __init__(self, alignment: Alignment, features: FeatureStore | None, network: nn.Module) -> None:
        self.alignment, self.features = alignment, features
        self._network = network

    @property
    def teacher(self) -> str:
        """Digest of the teacher's weights; "" without one."""
        return self.features.digest if self.features else ""

    def targets(
        self, model: nn.Module, average: Average, batch: FeedBatch, blocks: Blocks, units: Units, drawn: Draw, step: int
    ) -> Targets:
        """``model``: what Accelerate made of the learner. All processes call it."""
        on, device = self.alignment.active(step), blocks.latents.device
        features, moments, heard = None, None, None
        if "teacher" in on and self.features is not None:
            found = self.features.blocks(batch.clips, batch.first, batch.hops)
            features, heard, mean, sd = (
                torch.as_tensor(each, device=device) for each in (found.features, found.mask, found.mean, found.sd)
            )
            moments = Moments(mean, sd)
        beside = Beside(
            moments=moments,
            heard=heard,
            averaged=self._averaged(model, average, blocks, units, drawn) if "itself" in on else None,
            text=pooled(blocks.text, blocks.text_seen) if "text" in on else None,
            told=blocks.text_seen.any(dim=1),
        )
        return Targets(features, blocks.weight > WHOLE, step, beside)

    def _averaged(
        self, model: nn.Module, average: Average, blocks: Blocks, units: Units, drawn: Draw
    ) -> tuple[Tensor, ...]:
        """Each layer's output, by the averaged weights, for the same blocks with the same noise, and less of it."""
        assert self.alignment.spec.itself is not None
        lower = lower_noise(drawn.t, self.alignment.spec.itself.lower, drawn.uniform[:, 0])
        with torch.no_grad(), average.lent(self._network):
            model.eval()  # nothing is dropped of what is learned from
            hidden = model(blocks, units, Draw(drawn.noise, lower, drawn.uniform), look=True)
            model.train()
            if isinstance(model, FSDPModule):
                model.reshard()  # else what it gathered of the average would be taken for the weights
        return tuple(hidden.values())


def open_features(
    folder: Path | None, spec: AlignmentSpec, store: FeedStore, settings: FeedSettings, *, digest: str = ""
) -> FeatureStore | None:
    """What ``spec`` asks for, checked against the feed; ``digest``: the teacher that it must be of, if any.

    None: no teacher is asked for. Raises TeacherError.
    """
    if spec.teacher is None:
        if folder is not None:
            raise TeacherError(
                f"{folder}: features, and the preset has no teacher.", cure="Add the table [alignment.teacher]."
            )
        return None
    if folder is None:
        raise TeacherError(
            "the preset aligns to a teacher, and no features are given.",
            cure="hobnail-train teacher encode FEED ... --to FOLDER; then --features FOLDER.",
        )
    features = FeatureStore.open(folder, "train", digest=digest or None)
    for part in chosen_parts(store, settings):
        if store.parts[part].index.made_of not in features.made_of:
            raise TeacherError(
                f"{folder}: has no features of the part {store.split}/{part} of {store.folder} as it is now.",
                cure="Encode this feed: hobnail-train teacher encode FEED ...; parts that are there are kept.",
            )
    return features


def guide_for(
    network: nn.Module,
    size: NetworkSpec,
    spec: AlignmentSpec,
    features: FeatureStore | None,
    past: Checkpoint | None = None,
) -> Guide | None:
    """Projectors for what a preset aligns, as in ``past``; None where it aligns nothing. Raises TrainerError."""
    if spec.teacher is None and spec.itself is None and spec.text is None:
        return None
    widths = Widths(
        student=size.width, layers=size.layers, teacher=features.dims if features else 0, text=size.text_width
    )
    alignment = Alignment(spec, widths)
    if past is not None:
        restore_weights(alignment, past.part("projector"))
    return Guide(alignment, features, network)
