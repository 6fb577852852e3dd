"""A feed that is not whole, not the same or not enough says so, and what to do."""

import shutil

import msgspec
import numpy as np
import pytest

from hobnail_trainer.corpus import write_manifest
from hobnail_trainer.corpus.manifest import read_manifest
from hobnail_trainer.errors import CorpusError, FeedError
from hobnail_trainer.feed import Feed, FeedSettings, check_settings, open_feed, prepare

from .conftest import QuarterCodec, request

READ = FeedSettings(parts={"recorded": 1.0, "composed": 1.0})


class HalvedCodec(QuarterCodec):
    """Hears half as much."""

    def encode(self, samples, state, *, last=False):
        return super().encode(samples * np.float32(0.5), state, last=last)


class LoudCodec(QuarterCodec):
    """Gives what does not fit."""

    def encode(self, samples, state, *, last=False):
        latents, state = super().encode(samples, state, last=last)
        return latents * np.float32(1e9), state


class WrongWords:
    """Too many numbers."""

    def encode(self, text):
        return np.zeros((1, 64), np.float32)


@pytest.fixture
def own(corpus, tmp_path):
    """A corpus and a small feed of one's own."""
    mine = tmp_path / "corpus"
    shutil.copytree(corpus, mine)
    again(mine, tmp_path / "feed")
    return mine, tmp_path / "feed"


def again(corpus, feed, **fields):
    return prepare(request(corpus, feed, **{"parts": ("recorded", "composed"), **fields}), tell=lambda _: None)


def test_a_run_does_not_go_on_when_the_corpus_changed(own):
    corpus, feed = own
    state = Feed(open_feed(feed), READ, seed=1).state()
    again(corpus, feed)
    assert Feed(open_feed(feed), READ, seed=1, state=state).state() == state
    manifest = read_manifest(corpus)
    louder = [msgspec.structs.replace(clip, family_gain_db=clip.family_gain_db - 6.0) for clip in manifest.clips]
    write_manifest(msgspec.structs.replace(manifest, clips=tuple(louder)), corpus)
    again(corpus, feed)
    with pytest.raises(FeedError, match="the corpus, the codec or the settings changed"):
        Feed(open_feed(feed), READ, seed=1, state=state)


@pytest.mark.parametrize("change", [{"make": HalvedCodec}, {"licences": ("public-domain", "gpl")}])
def test_nor_when_the_codec_or_the_licences_did(own, change):
    corpus, feed = own
    state = Feed(open_feed(feed), READ, seed=1).state()
    again(corpus, feed, **change)
    with pytest.raises(FeedError, match="changed since the run began"):
        Feed(open_feed(feed), READ, seed=1, state=state)


def test_parts_of_two_codecs_are_not_one_feed(own):
    corpus, feed = own
    with pytest.raises(FeedError, match="train/composed: its codec_print is"):
        again(corpus, feed, make=HalvedCodec, parts=("recorded",))


def test_a_file_that_was_cut_off_is_named(own):
    _, feed = own
    path = feed / "train" / "recorded" / "latents.f16"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(FeedError, match=r"recorded/latents\.f16: has \d+ bytes, expected \d+"):
        open_feed(feed)


def test_so_are_an_index_that_was_changed_and_texts_that_were_cut_off(own):
    _, feed = own
    tokens = (feed / "texts.f16").read_bytes()
    (feed / "texts.f16").write_bytes(tokens[:-256])
    with pytest.raises(FeedError, match=r"texts\.f16: "):
        open_feed(feed)
    (feed / "texts.f16").write_bytes(tokens)
    index = feed / "train" / "recorded" / "index.json"
    index.write_bytes(index.read_bytes().replace(b"hammer", b"hummer"))
    with pytest.raises(FeedError, match="it was changed after the feed was finished"):
        open_feed(feed)


def test_no_feed_and_another_format_are_told_apart(own, tmp_path):
    _, feed = own
    with pytest.raises(FeedError, match=r"feed\.json: cannot be read"):
        open_feed(tmp_path / "nowhere")
    header = feed / "feed.json"
    header.write_bytes(header.read_bytes().replace(b'"version":1', b'"version":9'))
    with pytest.raises(FeedError, match=r"is \('hobnail-feed', 9\), expected"):
        open_feed(feed)


def test_a_split_with_nothing_that_may_be_used_is_told(own):
    corpus, feed = own
    with pytest.raises(FeedError, match=r"nothing of the train split may be used; \d+ clips are under other licences"):
        again(corpus, feed, licences=("cc-by",))


def test_a_mixture_that_leaves_nothing_is_told(own):
    _, feed = own
    for settings in (FeedSettings(pairs_only=True), FeedSettings(parts={"recorded": 1.0}, categories={"fire": 1.0})):
        if settings.pairs_only:
            with pytest.raises(FeedError, match="has nothing of pairs that is left in"):
                Feed(open_feed(feed), settings, seed=1)
    nothing = dict.fromkeys(("footstep", "impact", "weapon", "door", "creature", "water", "machine"), 0.0)
    with pytest.raises(FeedError, match="has nothing of recorded that is left in"):
        Feed(open_feed(feed), FeedSettings(parts={"recorded": 1.0}, categories=nothing), seed=1)


def test_without_texts_only_a_wordless_feed_can_be_read(own):
    _, feed = own
    (feed / "texts.json").unlink()
    with pytest.raises(FeedError, match="its texts have not been encoded"):
        Feed(open_feed(feed), READ, seed=1)
    batch = next(Feed(open_feed(feed), msgspec.structs.replace(READ, text_null=1.0), seed=1))
    assert not batch.text_mask.any()


def test_latents_that_do_not_fit_and_tokens_of_another_width_are_refused(own):
    corpus, feed = own
    with pytest.raises(FeedError, match="does not fit 16 bits"):
        again(corpus, feed, make=LoudCodec)
    with pytest.raises(FeedError, match=r"became float32 \[1, 64\]"):
        again(corpus, feed, texts=WrongWords())


def test_a_corpus_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read"):
        again(tmp_path / "nowhere", tmp_path / "feed")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text_null": 1.5}, "text_null is 1.5, expected 0..1"),
        ({"text_null": float("nan")}, "text_null is nan"),
        ({"odds": {3: 1.0}}, "odds is"),
        ({"odds": {2: 0.0}}, "odds is"),
        ({"parts": {"recorded": -1.0}}, "parts is"),
        ({"tokens": 0}, "tokens is 0"),
        ({"exact": 0.9}, r"exact \+ paraphrase \+ category \+ vague is 1.4"),
        ({"live": 0.9}, r"live \+ film is 1.25"),
        ({"materials": {"wood": float("inf")}}, "materials is"),
    ],
)
def test_settings_out_of_range_are_named(wrong, said):
    with pytest.raises(FeedError, match=said):
        check_settings(FeedSettings(**wrong))


def test_a_key_that_is_unknown_is_refused():
    with pytest.raises(msgspec.ValidationError, match="unknown field `tokns`"):
        msgspec.json.decode(b'{"tokns": 1}', type=FeedSettings)
