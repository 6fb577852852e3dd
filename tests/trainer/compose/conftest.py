"""A tiny corpus, composed once; tests only read it."""

from itertools import chain

import pytest

from hobnail_trainer.compose import ComposeSettings, compose
from hobnail_trainer.corpus.pack import open_pack

from ..tiny_corpus import write_tiny_corpus

SETTINGS = ComposeSettings(hours=0.06, seed=3, validation=0.2, test=0.2, longest_s=6.0)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    return write_tiny_corpus(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def made(corpus):
    """What composing gave back."""
    return compose(corpus, SETTINGS, jobs=1, tell=lambda _: None)


@pytest.fixture(scope="session")
def recorded(corpus, made):
    return open_pack(corpus / "packs" / "recorded")


@pytest.fixture(scope="session")
def composed(corpus, made, recorded):
    return open_pack(corpus / "packs" / "composed", recorded.manifest)


@pytest.fixture(scope="session")
def by_id(recorded, composed):
    return {clip.id: clip for clip in chain(recorded.manifest.clips, composed.manifest.clips)}
