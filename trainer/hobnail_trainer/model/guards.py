"""A run that has left the ground ends before it learns from it, and says which sounds it had in hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hobnail_trainer.errors import TrainerError
from hobnail_trainer.feed.batch import FeedBatch

SAFE: Final = 1e3
"""A loss above this is no loss any more: the run has left the ground."""
NAMED: Final = 8
"""Clips of a bad batch that are named, at most."""


def refuse_loss(loss: float, step: int, batches: int, batch: FeedBatch) -> None:
    """``step``: steps that are done; ``batches``: that were drawn. Raises TrainerError."""
    if not loss < SAFE:
        raise _lost(f"the loss is {loss}", step, batches, batch)


def refuse_norm(norm: float, step: int, batches: int, batch: FeedBatch) -> None:
    """Likewise for the gradient's norm."""
    if not norm < float("inf"):
        raise _lost(f"the gradient's norm is {norm}", step, batches, batch)


def _lost(what: str, step: int, batches: int, batch: FeedBatch) -> TrainerError:
    bad = _not_finite(batch) or batch.clips
    named = ", ".join(bad[:NAMED]) + (f" and {len(bad) - NAMED} more" if len(bad) > NAMED else "")
    return TrainerError(
        f"step {step + 1}, batch {batches}: {what}; the clips were {named}.",
        cure="The last checkpoint is whole: look at those clips, or go on from it with a lower rate.",
    )


def _not_finite(batch: FeedBatch) -> Sequence[str]:
    """Clips whose latents, history or words hold a number that is none."""
    rows = (batch.latents, batch.history, batch.text, batch.scene)
    sums = [abs(each.reshape(len(batch.clips), -1)).sum(axis=1) for each in rows]
    return [clip for clip, *found in zip(batch.clips, *sums, strict=True) if not sum(found) < float("inf")]
