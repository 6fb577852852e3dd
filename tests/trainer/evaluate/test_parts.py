"""What an evaluation is made of: matching onsets, dealing words, the rules' events, recognition."""

import numpy as np
import pytest

from hobnail_trainer.codec.clips import WINDOW
from hobnail_trainer.errors import FeedError, TrainerError
from hobnail_trainer.evaluate import choose_held, choose_test_for_evaluation, open_maker
from hobnail_trainer.evaluate.build import dealt
from hobnail_trainer.evaluate.held import window
from hobnail_trainer.evaluate.onsets import matched
from hobnail_trainer.evaluate.recognise import Recogniser
from hobnail_trainer.evaluate.rules import event_for, rendered
from hobnail_trainer.evaluate.sheet import choose_shown

from ..tiny_corpus import make_clip


@pytest.mark.parametrize(
    ("events", "heard", "pairs"),
    [
        ([0.0, 100.0], [10.0, 90.0], [(0.0, 10.0), (100.0, 90.0)]),
        ([0.0], [26.0], []),
        ([0.0, 20.0], [10.0], [(0.0, 10.0)]),
        ([0.0], [-5.0, 5.0], [(0.0, -5.0)]),
        ([0.0, 20.0, 40.0], [-20.0, 0.0, 20.0], [(0.0, -20.0), (20.0, 0.0), (40.0, 20.0)]),
        ([], [1.0], []),
    ],
)
def test_events_and_onsets_are_paired_once_and_as_many_as_can_be(events, heard, pairs):
    assert matched(events, heard, 25.0) == pairs


def test_windows_are_levelled_cut_and_filled():
    samples = window(np.full(100, 0.1, np.float32))
    assert samples.size == WINDOW
    assert samples.max() == pytest.approx(0.9)
    assert not window(np.full(100, 0.0009, np.float32)).any()


@pytest.mark.parametrize(
    ("category", "caption", "event"),
    [
        ("footstep", "a footstep on gravel", "footstep"),
        ("door", "a door slamming shut", "door_close"),
        ("door", "a hinge creaking", "creak"),
        ("door", "a steel door opening", "door_open"),
        ("water", "rain falling", "rain"),
        ("impact", "a barrel rolling on wood", "roll"),
        ("weapon", "a gun firing", None),
    ],
)
def test_the_rules_have_an_event_for_what_they_can_do(category, caption, event):
    clip = make_clip("it", category, caption, ("wood",), "validation")
    assert event_for(clip) == event
    if event:
        made = rendered(clip, event, 24_000)
        assert np.abs(made).max() > 1e-3
        assert np.array_equal(made, rendered(clip, event, 24_000))


def test_dealt_words_are_of_another_kind_and_each_is_used_once(held):
    order = dealt(held.clips, 1)
    assert sorted(order) == list(range(len(held.clips)))
    kinds = [each.clip.category for each in held.clips]
    assert all(kinds[given] != kinds[place] for place, given in enumerate(order))


def test_held_out_clips_come_from_their_split_with_words_and_latents(held):
    assert {each.clip.split for each in held.clips} == {"validation"}
    for each in held.clips:
        assert each.text_seen.any()
        assert np.abs(each.real).max() == pytest.approx(0.9, abs=1e-3)
        assert len(each.latents) == each.entry.hops


def test_the_test_split_opens_by_its_own_door_only(corpus, feed):
    with pytest.raises(FeedError, match="nothing of the test split"):
        choose_test_for_evaluation(corpus, feed, clips=24, seed=1)
    assert choose_held(corpus, feed, clips=8, seed=1).store.split == "validation"


def test_too_few_clips_are_refused(corpus, feed):
    with pytest.raises(FeedError, match="clips to judge by"):
        choose_held(corpus, feed, clips=3, seed=1)


def test_the_recogniser_names_what_it_learnt_and_not_what_was_dealt():
    chance = np.random.default_rng(1)
    kinds = ("impact", "water", "machine", "footstep")
    centres = {kind: chance.normal(0.0, 3.0, 12) for kind in kinds}
    clips = [
        make_clip(f"{split}{kind}{take}", kind, f"a {kind}", (), "train", family=f"{split}/{kind}/{take // 2}")
        for split in ("learnt", "asked")
        for kind in kinds
        for take in range(12)
    ]
    points = np.array([centres[clip.category] + chance.normal(0.0, 1.0, 12) for clip in clips], np.float32)
    recogniser = Recogniser.of(clips[:48], {"one": points[:48, :6], "two": points[:48, 6:]}, 1)

    def ask(rows):
        return recogniser.ask(clips[48:], {"one": rows[:, :6], "two": rows[:, 6:]}, "category")

    right, wrong = ask(points[48:]), ask(np.roll(points[48:], 12, axis=0))
    assert right.accuracy.value > 0.9
    assert wrong.accuracy.value < 0.2
    assert right.majority == pytest.approx(0.25)
    assert recogniser.ask(clips[48:], {"one": points[48:, :6], "two": points[48:, 6:]}, "material") is None


def test_the_sheet_shows_different_words(held):
    shown = choose_shown(held.clips, 24)
    said = [held.clips[place].clip.captions.exact for place in shown]
    assert len(said) == len(set(said)) == 4


def test_a_run_without_a_checkpoint_is_refused(tmp_path, maker):
    with pytest.raises(TrainerError, match="no checkpoint"):
        open_maker(tmp_path, maker.codec)
