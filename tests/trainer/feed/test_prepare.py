"""A feed holds what it was made from, nothing else, and only what may be used."""

import numpy as np
import pytest

from hobnail.audio import HOP_FRAMES
from hobnail_plugins.vision.pixels import pixel_cells
from hobnail_plugins.vision.scene import scene_rows
from hobnail_trainer.corpus.licences import licence_family
from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed import clips, open_feed, open_test_for_evaluation, prepare, prepare_test_for_evaluation
from hobnail_trainer.feed import scenes as feed_scenes
from hobnail_trainer.feed.marks import marks
from hobnail_trainer.scenes import read_scene

from ..tiny_corpus import noise
from .conftest import LetterWords, QuarterCodec, request

PARTS = {"recorded", "notes", "composed", "pairs", "scenes"}


def latents_of(samples):
    padded = np.append(samples, np.zeros(HOP_FRAMES, np.float32))
    return QuarterCodec().encode(padded, None, last=True)[0].astype(np.float16)


def files_of(folder):
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def quiet(_):
    pass


def test_every_sound_is_there_as_the_codec_hears_it_at_its_familys_loudness(store, sounds):
    assert set(store.parts) == PARTS
    for part in store.parts.values():
        for entry in part.index.entries:
            if entry.pixels < 0:
                found = part.latents[entry.first : entry.first + entry.hops]
                assert np.array_equal(found, latents_of(sounds[entry.id])), entry.id
                assert entry.hops == -(-entry.frames // 512) + 1


def test_a_licence_that_is_not_allowed_is_nowhere_not_even_inside_of_others(feed):
    for split in ("train", "validation"):
        parts = open_feed(feed, split).parts
        ids = {entry.id for part in parts.values() for entry in part.index.entries}
        assert f"{split}-sequence" in ids
        assert not ids & {f"{split}-stolen", f"{split}-laundered"}
        assert all(
            licence_family(entry.licence) != "gpl"
            for name, part in parts.items()
            if name != "scenes"
            for entry in part.index.entries
        )
        assert (parts["recorded"].index.left_out, parts["composed"].index.left_out) == (1, 1)


def test_with_the_gpl_allowed_all_are_there(corpus, tmp_path):
    prepare(request(corpus, tmp_path, licences=("gpl", "public-domain"), parts=("recorded", "composed")), tell=quiet)
    ids = {entry.id for part in open_feed(tmp_path).parts.values() for entry in part.index.entries}
    assert {"train-stolen", "train-laundered"} <= ids


def test_a_scene_that_used_such_a_recording_is_left_out(store):
    names = {entry.id.partition("/")[0] for entry in store.parts["scenes"].index.entries}
    assert names == {"scene-000000", "scene-000001"}
    assert store.parts["scenes"].index.left_out == 1


def test_scenes_have_rows_and_cells_on_the_clock_of_the_latents(store, scenes):
    part = store.parts["scenes"]
    for entry in part.index.entries:
        name, _, emitter = entry.id.partition("/")
        scene = read_scene(scenes / "train" / name)
        number = [each.id for each in scene.card.emitters].index(emitter)
        rows = slice(entry.first, entry.first + entry.hops)
        assert np.array_equal(part.latents[rows], latents_of(scene.stems[number]))
        told = scene_rows(scene.features[number], rate_hz=60, hops=entry.hops)
        assert np.array_equal(part.scene[rows], told.astype(np.float16))
        seen = pixel_cells(scene.pictures, rate_hz=30, hops=entry.hops)
        assert np.array_equal(part.pixels[entry.pixels : entry.pixels + entry.hops], seen.astype(np.float16))
        begins = {event.at // 512 for event in scene.card.events if event.emitter == emitter and event.action != "stop"}
        assert set(entry.onsets) == begins
        assert entry.cut
        assert entry.words.exact == scene.card.emitters[number].words.exact


def test_pairs_hold_their_change_between_minus_one_and_one_and_what_was_changed(store):
    found = {entry.id[-1]: (entry.changes, entry.source) for entry in store.parts["pairs"].index.entries}
    source = "train-a-hammer-on-wood-0"
    assert found == {"0": ((0.5, 0, 0), source), "1": ((0, -0.25, 0), source), "2": ((0, 0, 0.75), source)}


def test_the_scale_is_that_of_train_hops_that_sound(store, sounds):
    rows = []
    for name in ("recorded", "notes", "composed", "scenes"):
        part = store.parts[name]
        for entry in part.index.entries:
            latents = part.latents[entry.first : entry.first + entry.hops].astype(np.float64)
            rows.append(latents[(latents > -0.4999).any(axis=1)])
    rows = np.concatenate(rows)
    assert store.scale.mean == pytest.approx(rows.mean(axis=0), abs=2e-3)
    assert store.scale.spread == pytest.approx(rows.std(axis=0), abs=2e-3)
    assert store.silence == pytest.approx([-0.5] * 4)


def test_every_text_is_encoded_once(store):
    words = [entry.words for part in store.parts.values() for entry in part.index.entries]
    texts = {text for each in words for text in (each.exact, *each.paraphrases, each.category, each.vague)}
    assert texts <= store.texts.places.keys()
    for text in texts:
        place, tokens = store.texts.places[text], LetterWords().encode(text)
        assert store.texts.tokens[place] == len(tokens)
        assert np.allclose(store.texts.rows[place, : len(tokens)], tokens, atol=1e-2)
        assert not store.texts.rows[place, len(tokens) :].any()


def test_two_processes_make_the_same(corpus, scenes, feed, tmp_path, monkeypatch):
    monkeypatch.setattr(clips, "AT_ONCE", 5)
    monkeypatch.setattr(feed_scenes, "AT_ONCE", 1)
    prepare(request(corpus, tmp_path, scenes=scenes, jobs=2), tell=quiet)
    for path in feed.rglob("*.*"):
        assert (tmp_path / path.relative_to(feed)).read_bytes() == path.read_bytes()


def test_what_is_whole_is_kept_and_what_was_cut_off_is_made_again(corpus, tmp_path):
    parts = ("recorded", "composed")
    prepare(request(corpus, tmp_path, parts=parts), tell=quiet)
    before = files_of(tmp_path / "train")
    cut = tmp_path / "train" / "composed" / "latents.f16"
    whole = cut.read_bytes()
    cut.write_bytes(whole[:-2])
    prepare(request(corpus, tmp_path, parts=parts), tell=quiet)
    after = files_of(tmp_path / "train")
    assert cut.read_bytes() == whole
    changed = {path.parts[0] for path in after if after[path] != before[path]}
    assert changed == {"composed"}


def test_the_test_split_is_for_evaluation_alone(corpus, tmp_path):
    wanted = request(corpus, tmp_path, parts=("recorded",))
    with pytest.raises(FeedError, match="test is for final tables only"):
        prepare(wanted, tell=quiet, splits=("train", "test"))
    prepare(wanted, tell=quiet)
    assert not (tmp_path / "test").exists()
    with pytest.raises(FeedError, match="nothing is ever trained on it"):
        open_feed(tmp_path, "test")
    trained = open_feed(tmp_path).digest(["recorded"])
    prepare_test_for_evaluation(wanted, tell=quiet)
    ids = [entry.id for entry in open_test_for_evaluation(tmp_path).parts["recorded"].index.entries]
    assert ids
    assert all(id.startswith("test-") for id in ids)
    assert open_feed(tmp_path).digest(["recorded"]) == trained


def test_where_a_voice_could_begin_it_is_quiet_before():
    samples = np.zeros(100 * 512, np.float32)
    samples[: 10 * 512] = noise(1, 10 * 512, 0.2)
    samples[50 * 512 : 60 * 512] = noise(2, 10 * 512, 0.2)
    onsets = [0, 5 * 512 + 7, 50 * 512 + 100]
    found = marks(samples, onsets, 101)
    assert (found.onsets, found.starts, found.cut) == ((0, 5, 50), (0, 50), False)
    assert found.sounding.tolist() == [hop < 10 or 50 <= hop < 60 for hop in range(101)]


def test_a_sound_that_does_not_fade_was_cut_off():
    steady = noise(3, 48_000, 0.1)
    assert marks(steady, [0], 95).cut
    assert not marks(steady * np.linspace(1.0, 0.0, 48_000, dtype=np.float32) ** 2, [0], 95).cut
    assert not marks(np.zeros(48_000, np.float32), [], 95).cut
