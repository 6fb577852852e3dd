"""A tagger's second opinion: kept on disk, compared with the captions, shown."""

import shutil

import msgspec
import numpy as np
import pytest

from hobnail_trainer.corpus import read_manifest
from hobnail_trainer.corpus.model import CATEGORIES, MATERIALS
from hobnail_trainer.corpus.report import tabulate, write_report
from hobnail_trainer.corpus.report.page import page_of
from hobnail_trainer.corpus.tagging import Heard, Tagged, Tags, agreement, read_tags, tag_corpus, write_review
from hobnail_trainer.corpus.tagging.agreement import agrees, contradicts
from hobnail_trainer.corpus.tagging.classes import CATEGORY_CLASSES, MATERIAL_CLASSES, NEUTRAL
from hobnail_trainer.errors import CorpusError


class Ear:
    """A tagger that hears glass in what is bright, a door in what is dull, and counts how often it listens."""

    name = "ear"
    classes = ("Speech", "Glass", "Door", "Silence", "Walk, footsteps", "Music")

    def __init__(self, stops_after=10**9):
        self.peaks = []
        self._left = stops_after

    def scores(self, samples):
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        self.peaks.append(float(np.abs(samples).max()))
        bright = float(np.abs(np.diff(samples)).mean() / np.abs(samples).mean())
        return np.array([0.01, min(1.0, bright), 1.0 - min(1.0, bright), 0.02, 0.0, 0.0], np.float32)


def heard(*pairs):
    return tuple(Heard(name=name, probability=probability) for name, probability in pairs)


@pytest.fixture
def corpus(built, tmp_path):
    return shutil.copytree(built, tmp_path / "corpus")


def test_every_clip_is_heard_at_the_same_peak(corpus):
    ear = Ear()
    tags = tag_corpus(corpus, ear)
    assert [each.clip for each in tags.clips] == [clip.id for clip in read_manifest(corpus).clips]
    assert ear.peaks == pytest.approx([0.9] * 11)
    assert all(len(each.heard) == 5 for each in tags.clips)
    assert read_tags(corpus) == tags


def test_a_clip_is_heard_once(corpus):
    first = tag_corpus(corpus, Ear())
    again = Ear()
    assert tag_corpus(corpus, again) == first
    assert again.peaks == []


def test_what_changed_is_heard_again(corpus):
    first = tag_corpus(corpus, Ear())
    stale = msgspec.structs.replace(first.clips[3], sha256="another", heard=())
    lines = (corpus / "tags.jsonl").read_bytes().splitlines()
    lines[4] = msgspec.json.encode(stale)
    (corpus / "tags.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    again = Ear()
    assert tag_corpus(corpus, again) == first
    assert len(again.peaks) == 1


def test_a_stopped_run_goes_on_where_it_was(corpus):
    with pytest.raises(KeyboardInterrupt):
        tag_corpus(corpus, Ear(stops_after=6), store_every=4)
    assert len(read_tags(corpus).clips) == 4
    rest = Ear()
    assert len(tag_corpus(corpus, rest).clips) == 11
    assert len(rest.peaks) == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "line 1: not the header"),
        (b'{"is":"header","format":"hobnail-tags","version":1,"tagger":"ear","clips":3}\n', "0 clips, but the header"),
        (b'{"is":"header","format":"hobnail-tags","version":2,"tagger":"ear","clips":0}\n', "line 1: not the header"),
        (b"{}\n", "line 1: "),
    ],
)
def test_a_broken_file_of_tags_is_refused(tmp_path, text, words):
    (tmp_path / "tags.jsonl").write_bytes(text)
    with pytest.raises(CorpusError, match=words):
        read_tags(tmp_path)


def test_nobody_listened_is_no_fault(tmp_path):
    assert read_tags(tmp_path) is None


def test_one_of_three_classes_is_enough_to_agree():
    assert agrees("impact", heard(("Speech", 0.9), ("Music", 0.3), ("Glass", 0.06)))
    assert not agrees("impact", heard(("Speech", 0.9), ("Music", 0.3), ("Glass", 0.04)))
    assert not agrees("impact", heard(("Speech", 0.9), ("Music", 0.3), ("Chant", 0.2), ("Glass", 0.1)))


def test_only_a_sure_tagger_contradicts():
    assert contradicts("impact", heard(("Speech", 0.5), ("Music", 0.3)))
    assert not contradicts("impact", heard(("Speech", 0.49), ("Music", 0.3)))
    assert not contradicts("impact", heard(("Speech", 0.9), ("Thunk", 0.3)))
    assert not contradicts("creature", heard(("Silence", 0.9)))


def test_agreement_counts_by_category_and_material(corpus):
    clips = read_manifest(corpus).clips
    says = {"footstep": "Walk, footsteps", "impact": "Glass", "door": "Speech"}
    tags = Tags(
        tagger="ear",
        clips=tuple(
            Tagged(clip=clip.id, sha256=clip.sha256, frames=clip.frames, heard=heard((says[clip.category], 0.8)))
            for clip in clips
        ),
    )
    found = agreement(clips, tags)
    assert found.by_category["footstep"] == (5, 5, 5, 0)
    assert found.by_category["door"] == (3, 0, 0, 3)
    assert found.whole == (11, 8, 8, 3)
    assert found.by_material["metal"] == (3, 0, 0, 0)
    assert found.by_material["gravel"] == (4, 4, 4, 0)
    assert {each.clip.category for each in found.contradictions} == {"door"}
    assert 0.0 < found.by_chance < 8 / 11
    text = write_review(found, corpus).read_text()
    assert "ear agrees with 73 % of 11 captions" in text
    assert "| door | 3 | 0 % | 0 % | 3 |" in text
    assert "Speech 0.80" in text


def test_the_report_shows_the_agreement_if_somebody_listened(corpus):
    manifest = read_manifest(corpus)
    assert "Captions and tagger" not in page_of(manifest, tabulate(manifest), [])
    tag_corpus(corpus, Ear())
    _, page = write_report(corpus)
    assert "Captions and tagger" in page.read_text()
    assert "ear agrees with" in page.read_text()


def test_the_table_speaks_of_every_category_and_of_no_music_or_speech_elsewhere():
    assert set(CATEGORY_CLASSES) == set(CATEGORIES)
    assert set(MATERIAL_CLASSES) <= set(MATERIALS)
    for category, classes in CATEGORY_CLASSES.items():
        assert "" not in classes
        assert "Speech" not in classes
        assert ("Music" in classes) == (category == "note")
    assert not {"Speech", "Music", "Singing"} & NEUTRAL
