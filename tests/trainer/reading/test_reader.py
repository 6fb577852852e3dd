"""What feeds training is what was asked for: the right split, the right mixture, the same again after a stop."""

import math
import tracemalloc
from collections import Counter
from itertools import islice

import msgspec
import numpy as np
import pytest

from hobnail_trainer.corpus import Source
from hobnail_trainer.corpus.pack import PackWriter, open_pack
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.reading import Mixture, Reader, ReaderState, open_test_for_evaluation, read_speed

from ..tiny_corpus import LEAD, RATE_HZ, make_clip, noise, tiny_clips

WINDOW = 4800


def write_pack(folder, made, known=None):
    with PackWriter(folder, title="Test", recipe="test", seed=1, known=known) as writer:
        for clip, samples in made:
            writer.add(clip, samples)
        writer.finish()
    return open_pack(folder, known)


@pytest.fixture(scope="module")
def packs(tmp_path_factory):
    """The tiny recordings, and long sequences said to be made from them."""
    folder = tmp_path_factory.mktemp("packs")
    recorded = write_pack(folder / "recorded", tiny_clips())
    sequences = [
        (
            make_clip(
                f"composed-{clip.id}",
                clip.category,
                f"two of {clip.id}",
                clip.materials,
                clip.split,
                frames=4 * RATE_HZ,
                onsets=(0, RATE_HZ),
                origin="composed",
                sources=(Source(clip=clip.id),),
            ),
            noise(number, 4 * RATE_HZ),
        )
        for number, clip in enumerate(recorded.manifest.clips)
    ]
    return [recorded, write_pack(folder / "composed", sequences, recorded.manifest)]


def reader(packs, split="train", **options):
    return Reader(packs, split, **{"window_frames": WINDOW, "batch": 8, "seed": 5, **options})


def bytes_of(batch):
    named = [clip.id for clip in batch.clips], batch.onsets, batch.texts
    return batch.samples.tobytes(), batch.sounding.tobytes(), batch.offsets.tobytes(), named


def take(reader, count):
    return [bytes_of(batch) for batch in islice(reader, count)]


def rows(reader, count):
    """(samples, sounding, offset, clip, onsets, text) of every window of some batches."""
    for batch in islice(reader, count):
        yield from zip(
            batch.samples, batch.sounding, batch.offsets, batch.clips, batch.onsets, batch.texts, strict=True
        )


def test_the_same_seed_reads_the_same(packs):
    assert take(reader(packs), 4) == take(reader(packs), 4)
    assert take(reader(packs), 4) != take(reader(packs, seed=6), 4)


@pytest.mark.parametrize("stop", [0, 1, 3])
def test_a_reader_that_was_stopped_goes_on_as_if_it_was_not(packs, stop):
    whole = take(reader(packs), 5)
    first = reader(packs)
    begun = take(first, stop)
    state = msgspec.json.decode(msgspec.json.encode(first.state()), type=ReaderState)
    assert begun + take(reader(packs, state=state), 5 - stop) == whole


@pytest.mark.parametrize("other", [{"seed": 6}, {"batch": 7}, {"window_frames": 99}, {"mixture": Mixture(flatten=1.0)}])
def test_a_state_of_another_reader_is_refused(packs, other):
    with pytest.raises(CorpusError, match="belongs to other packs"):
        reader(packs, state=reader(packs).state(), **other)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_only_clips_of_the_split_are_read(packs, split):
    assert {clip.split for _, _, _, clip, _, _ in rows(reader(packs, split), 40)} == {split}


def test_the_test_split_cannot_be_opened_for_training(packs):
    with pytest.raises(CorpusError, match=r"'test', expected one of: train, validation.*open_test_for_evaluation"):
        reader(packs, "test")


def test_the_test_split_is_opened_by_saying_so(packs):
    opened = open_test_for_evaluation(packs, window_frames=WINDOW, batch=8, seed=1)
    assert {clip.split for _, _, _, clip, _, _ in rows(opened, 40)} == {"test"}


def test_every_window_is_its_clip_at_its_offset_and_silence_outside(packs):
    for samples, sounding, offset, clip, _, _ in rows(reader(packs), 40):
        pack = packs[clip.origin == "composed"]
        whole = np.concatenate([np.zeros(WINDOW, np.float32), pack.samples(clip), np.zeros(WINDOW, np.float32)])
        assert np.array_equal(samples, whole[WINDOW + offset : 2 * WINDOW + offset])
        inside = (np.arange(WINDOW) + offset >= 0) & (np.arange(WINDOW) + offset < clip.frames)
        assert np.array_equal(sounding, inside)


def test_silence_after_the_end_is_part_of_some_windows(packs):
    ends = [not sounding[-1] for _, sounding, _, _, _, _ in rows(reader(packs), 60)]
    assert 0.02 < np.mean(ends) < 0.6


def test_onsets_are_where_the_clicks_are(packs):
    found = 0
    for samples, _, _, clip, onsets, _ in rows(reader(packs), 60):
        if clip.onset_frames == (LEAD,):
            assert onsets == tuple(np.flatnonzero(samples))
            found += len(onsets)
    assert found > 20


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_one_shots_begin_at_their_onset_as_often_as_asked(packs, share):
    mixture = Mixture(at_onset=share, origins={"recorded": 1.0}, categories={"water": 0.0, "machine": 0.0})
    at = [offset == LEAD for _, _, offset, _, _, _ in rows(reader(packs, mixture=mixture), 100)]
    assert abs(np.mean(at) - share) < 4 * math.sqrt(0.25 / len(at)) * (0 < share < 1) + 0.01


def test_origins_come_by_their_shares(packs):
    mixture = Mixture(origins={"recorded": 1.0, "composed": 3.0, "note": 5.0})
    origins = Counter(clip.origin for _, _, _, clip, _, _ in rows(reader(packs, mixture=mixture), 100))
    assert abs(origins["composed"] / origins.total() - 0.75) < 0.07


@pytest.mark.parametrize("flatten", [0.0, 1.0])
def test_categories_come_by_their_seconds_as_far_as_they_are_not_flattened(packs, flatten):
    mixture = Mixture(origins={"recorded": 1.0}, flatten=flatten)
    counts = Counter(clip.category for _, _, _, clip, _, _ in rows(reader(packs, mixture=mixture), 150))
    expected = 1 / 7 if flatten == 0.0 else 3.0 / (6.0 + 18 * 0.25)
    assert abs(counts["water"] / counts.total() - expected) < 0.06


def test_a_factor_of_nought_leaves_a_category_or_material_out(packs):
    mixture = Mixture(categories={"creature": 0.0}, materials={"wood": 0.0})
    clips = [clip for _, _, _, clip, _, _ in rows(reader(packs, mixture=mixture), 100)]
    assert not any(clip.category == "creature" or clip.materials == ("wood",) for clip in clips)


def test_texts_come_by_their_shares(packs):
    mixture = Mixture(exact=0.4, paraphrase=0.3, category=0.2, vague=0.1)
    kinds = Counter()
    for _, _, _, clip, _, text in rows(reader(packs, mixture=mixture), 200):
        kinds["vague"] += text == clip.captions.vague
        kinds["category"] += text == clip.captions.category
        kinds["paraphrase"] += text in clip.captions.paraphrases
        kinds["exact"] += text == clip.captions.exact
    for kind, share in {"exact": 0.4, "paraphrase": 0.3, "category": 0.2, "vague": 0.1}.items():
        assert abs(kinds[kind] / 1600 - share) < 0.05


def test_a_familys_gain_is_applied_or_not_as_asked(tmp_path):
    clip = make_clip("loud", "water", "water", (), "train", frames=RATE_HZ, family_gain_db=-6.0)
    pack = write_pack(tmp_path, [(clip, np.full(RATE_HZ, 0.5, np.float32))])
    for gain, level in ((True, 0.5 * 10 ** (-6 / 20)), (False, 0.5)):
        batch = next(reader([pack], mixture=Mixture(family_gain=gain)))
        assert batch.samples.max() == pytest.approx(level, rel=1e-5)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"mixture": Mixture(origins={"note": 1.0})}, "nothing of the train split is left"),
        ({"mixture": Mixture(at_onset=1.5)}, "a share outside"),
        ({"mixture": Mixture(categories={"water": -1.0})}, "negative factor"),
        ({"batch": 0}, "expected at least 1"),
    ],
)
def test_what_cannot_be_read_is_refused(packs, options, fault):
    with pytest.raises(CorpusError, match=fault):
        reader(packs, **options)


@pytest.mark.parametrize("window", [1, 2, 11_999, 12_000, 12_001])
def test_windows_of_any_length_are_read(packs, window):
    for samples, _, _, _, _, _ in rows(reader(packs, window_frames=window), 10):
        assert samples.shape == (window,)


def test_reading_a_pack_takes_no_more_memory_than_its_batches(tmp_path):
    frames = 8 * 2**20
    clip = make_clip("long", "water", "water", (), "train", frames=frames, onsets=(0,))
    pack = write_pack(tmp_path, [(clip, np.zeros(frames, np.float32))])
    tracemalloc.start()
    for _ in islice(reader([pack]), 100):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 * 2**20


def test_speed_counts_the_sound_that_was_read(packs):
    speed = read_speed(reader(packs), seconds=0.05)
    assert speed.audio_s == pytest.approx(speed.batches * 8 * WINDOW / RATE_HZ)
    assert speed.times_real_time == pytest.approx(speed.audio_s / speed.took_s)
