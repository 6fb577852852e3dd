"""The feed: everything that training reads, precomputed once, then batches of latents with conditioning."""

from hobnail_trainer.feed.batch import TOLD, FeedBatch
from hobnail_trainer.feed.feed import Feed, FeedState, validation_blocks
from hobnail_trainer.feed.prepare import SHIPPABLE, Request, prepare, prepare_test_for_evaluation
from hobnail_trainer.feed.settings import BLOCKS, FeedSettings, check_settings
from hobnail_trainer.feed.store import FeedStore, LatentScale, open_feed, open_test_for_evaluation

__all__ = [
    "BLOCKS",
    "SHIPPABLE",
    "TOLD",
    "Feed",
    "FeedBatch",
    "FeedSettings",
    "FeedState",
    "FeedStore",
    "LatentScale",
    "Request",
    "check_settings",
    "open_feed",
    "open_test_for_evaluation",
    "prepare",
    "prepare_test_for_evaluation",
    "validation_blocks",
]
