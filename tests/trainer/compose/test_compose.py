"""Sequences are made as asked: so many hours, in one split each, the same again, with everything said of them true."""

import shutil
from collections import Counter

import msgspec
import numpy as np
import pytest

from hobnail_trainer.compose import ComposeSettings, compose
from hobnail_trainer.corpus.licences import licence_family
from hobnail_trainer.corpus.manifest import read_manifest, write_manifest
from hobnail_trainer.corpus.pack import open_pack
from hobnail_trainer.errors import CorpusError

from ..tiny_corpus import LEAD, RATE_HZ, manifest_of, write_tiny_corpus


def quiet(_):
    pass


def pack_bytes(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_hours_come_in_the_shares_that_were_asked_for(made):
    for split, share in {"train": 0.6, "validation": 0.2, "test": 0.2}.items():
        assert 0.06 * share - 0.001 <= made.hours[split] <= 0.06 * share + 7.0 / 3600


def test_every_part_of_a_sequence_is_of_its_split(composed, by_id):
    for clip in composed.manifest.clips:
        assert {by_id[source.clip].split for source in clip.sources} == {clip.split}


def test_the_same_seed_gives_the_same_bytes_in_any_number_of_processes(corpus, tmp_path):
    settings = ComposeSettings(hours=0.01, seed=9, longest_s=5.0)
    packs = []
    for name, jobs in (("one", 1), ("two", 2)):
        folder = tmp_path / name
        shutil.copytree(corpus, folder)
        compose(folder, settings, jobs=jobs, tell=quiet)
        packs.append(pack_bytes(folder / "packs" / "composed"))
    assert packs[0] == packs[1]


def test_another_seed_gives_other_sequences(corpus, composed, tmp_path):
    folder = tmp_path / "other"
    shutil.copytree(corpus, folder)
    compose(folder, ComposeSettings(hours=0.01, seed=4), jobs=1, tell=quiet)
    other = open_pack(folder / "packs" / "composed", read_manifest(corpus))
    assert {clip.sha256 for clip in other.manifest.clips}.isdisjoint(clip.sha256 for clip in composed.manifest.clips)


def test_sequences_are_as_long_as_was_said_and_below_full_scale(composed):
    for clip in composed.manifest.clips:
        samples = composed.samples(clip)
        assert 4 * RATE_HZ <= clip.frames <= 6 * RATE_HZ
        assert 0.001 < np.abs(samples).max() <= 10 ** (-1 / 20) + 1e-4
        assert abs(samples[-1]) < 1e-3


def test_what_is_said_of_a_sequence_is_measured_from_it(composed):
    for clip in composed.manifest.clips[:5]:
        peak = np.abs(composed.samples(clip)).max()
        assert clip.attributes.peak_dbfs == pytest.approx(20 * np.log10(peak), abs=0.02)


def test_clicks_are_heard_exactly_at_the_onsets(tmp_path):
    corpus = write_tiny_corpus(tmp_path)
    settings = ComposeSettings(hours=0.03, seed=1, dry=1.0, bed=0.0, pitched=0.0, longest_s=5.0)
    compose(corpus, settings, jobs=1, tell=quiet)
    pack = open_pack(corpus / "packs" / "composed", read_manifest(corpus))
    checked = 0
    for clip in pack.manifest.clips:
        if clip.path != "texture/dry":
            last = clip.frames - RATE_HZ // 8  # the end is faded
            heard = [at for at in np.flatnonzero(pack.samples(clip)) if at < last]
            assert heard == [at for at in clip.onset_frames if at < last]
            checked += len(heard)
    assert checked > 100


def test_a_source_says_where_it_is_and_how_loud(tmp_path):
    corpus = write_tiny_corpus(tmp_path)
    compose(corpus, ComposeSettings(hours=0.02, seed=2, dry=1.0, bed=0.0, pitched=0.0), jobs=1, tell=quiet)
    pack = open_pack(corpus / "packs" / "composed", read_manifest(corpus))
    checked = 0
    for clip in pack.manifest.clips:
        samples, starts = pack.samples(clip), Counter(source.at_frame for source in clip.sources)
        for source in clip.sources if clip.path != "texture/dry" else ():
            at = source.at_frame + LEAD
            if at < clip.frames - RATE_HZ // 8 and starts[source.at_frame] == 1:
                assert samples[at] == pytest.approx(0.5 * 10 ** (source.gain_db / 20), rel=1e-3, abs=1e-4)
                checked += 1
    assert checked > 20


def test_a_pitched_click_keeps_its_place(tmp_path):
    corpus = write_tiny_corpus(tmp_path)
    compose(
        corpus, ComposeSettings(hours=0.02, seed=1, dry=1.0, bed=0.0, pitched=1.0, longest_s=5.0), jobs=1, tell=quiet
    )
    pack = open_pack(corpus / "packs" / "composed", read_manifest(corpus))
    checked = 0
    for clip in pack.manifest.clips:
        if clip.path == "walk/dry":
            assert -3.0 <= clip.changes["pitch_semitones"] <= 3.0
            samples = np.abs(pack.samples(clip))
            for at in clip.onset_frames[:-1]:
                assert abs(int(samples[at - 200 : at + 200].argmax()) - 200) <= 1
                checked += 1
    assert checked > 20


def test_a_caption_names_what_is_heard_first_and_behind(composed, by_id):
    for clip in composed.manifest.clips:
        exact = clip.captions.exact
        assert len(clip.captions.paraphrases) >= 2
        assert exact not in clip.captions.paraphrases
        beds = [by_id[each.clip] for each in clip.sources if by_id[each.clip].category in ("water", "machine")]
        for bed in beds:
            assert bed.captions.exact in exact
        if "reverberation_s" in clip.changes:
            assert ", in " in exact


def test_what_a_caption_names_in_order_is_heard(composed, by_id):
    for clip in composed.manifest.clips:
        heard = {by_id[each.clip].captions.exact for each in clip.sources}
        for caption in ("a wooden door opening", "a wooden door closing", "a monster grunting", "swords clashing"):
            assert (caption in clip.captions.exact) == (caption in heard)


def test_every_kind_of_recording_finds_its_sequence(made):
    kinds = {"walk", "bounce", "work", "breakage", "fight", "doorway", "events", "texture"}
    assert kinds <= set(made.kinds)


def test_recordings_are_used_about_evenly(made):
    steps = [count for name, count in made.uses.items() if name.startswith("train-a-footstep-on-gravel")]
    assert min(steps) > 0
    assert max(steps) <= 2 * min(steps) + 2


def test_licences_and_authors_of_all_parts_are_kept(composed, by_id):
    for clip in composed.manifest.clips:
        assert {by_id[source.clip].author for source in clip.sources} == set(clip.author.split("; "))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """The tiny corpus with half of it under the GPL and half under CC BY-SA, composed."""
    corpus = write_tiny_corpus(tmp_path_factory.mktemp("mixed"), splits=("train",))
    clips = [
        msgspec.structs.replace(clip, licence=("GPL-2.0+", "CC-BY-SA-3.0", "CC0-1.0")[number % 3])
        for number, clip in enumerate(read_manifest(corpus).clips)
    ]
    write_manifest(manifest_of(clips), corpus)
    compose(corpus, ComposeSettings(hours=0.03, seed=1, longest_s=5.0), jobs=1, tell=quiet)
    return open_pack(corpus / "packs" / "composed", read_manifest(corpus)), {clip.id: clip for clip in clips}


def test_the_licence_of_a_sequence_names_those_of_its_parts(mixed):
    pack, parts = mixed
    for clip in pack.manifest.clips:
        assert set(clip.licence.split(" AND ")) == {parts[source.clip].licence for source in clip.sources}
    assert any(" AND " in clip.licence for clip in pack.manifest.clips)


def test_copylefts_that_do_not_go_together_are_not_mixed(mixed):
    pack, parts = mixed
    for clip in pack.manifest.clips:
        families = {licence_family(parts[source.clip].licence) for source in clip.sources}
        assert not families >= {"gpl", "cc-by-sa"}


def test_only_recordings_under_the_licences_that_were_asked_for_are_used(mixed, tmp_path):
    _, parts = mixed
    corpus = write_tiny_corpus(tmp_path, splits=("train",))
    write_manifest(manifest_of(list(parts.values())), corpus)
    settings = ComposeSettings(hours=0.02, seed=1, longest_s=5.0, licences=("cc-by-sa", "public-domain"))
    compose(corpus, settings, jobs=1, tell=quiet)
    pack = open_pack(corpus / "packs" / "composed", read_manifest(corpus))
    used = {licence_family(parts[source.clip].licence) for clip in pack.manifest.clips for source in clip.sources}
    assert used == {"cc-by-sa", "public-domain"}
    with pytest.raises(CorpusError, match="no recordings under permissive to compose from"):
        compose(corpus, msgspec.structs.replace(settings, licences=("permissive",)), jobs=1, tell=quiet)


def test_a_corpus_without_recordings_is_refused(tmp_path):
    write_manifest(manifest_of([]), tmp_path)
    with pytest.raises(CorpusError, match="no recordings to compose from"):
        compose(tmp_path, ComposeSettings(hours=0.01), jobs=1, tell=quiet)
