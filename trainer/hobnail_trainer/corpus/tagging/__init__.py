"""A tagger's second opinion on every caption of a corpus: tags, their agreement, and what to listen to again."""

from hobnail_trainer.corpus.tagging.agreement import Agreement, agreement
from hobnail_trainer.corpus.tagging.model import Heard, Tagged, Tags, read_tags, write_tags
from hobnail_trainer.corpus.tagging.review import write_review
from hobnail_trainer.corpus.tagging.run import tag_corpus

__all__ = [
    "Agreement",
    "Heard",
    "Tagged",
    "Tags",
    "agreement",
    "read_tags",
    "tag_corpus",
    "write_review",
    "write_tags",
]
