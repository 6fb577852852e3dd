"""Blocks are what the feed holds at that place, with what came before, what is told and what is seen."""

from collections import Counter
from itertools import islice

import msgspec
import numpy as np
import pytest

from hobnail_trainer.errors import FeedError
from hobnail_trainer.feed import BLOCKS, TOLD, Feed, FeedSettings, FeedState, open_feed, validation_blocks
from hobnail_trainer.feed.draw import EVENT_HOPS
from hobnail_trainer.feed.speed import feed_speed

SILENCE = -0.5
PLAIN = FeedSettings(
    context_noise=0.0,
    degraded=0.0,
    vision_null=0.0,
    rows_alone=0.0,
    pixels_alone=0.0,
    text_null=0.0,
    history_null=0.0,
)
SCENES = msgspec.structs.replace(PLAIN, parts={"scenes": 1.0})


def batches(store, settings=PLAIN, count=40, seed=1):
    return list(islice(Feed(store, settings, seed=seed), count))


def changed(settings=PLAIN, **fields):
    return msgspec.structs.replace(settings, **fields)


def entry_of(store, id):
    return next((part, entry) for part in store.parts.values() for entry in part.index.entries if entry.id == id)


def blocks(store, drawn):
    """(batch, row, part, entry, first) of every block."""
    known = {entry.id: (part, entry) for part in store.parts.values() for entry in part.index.entries}
    for batch in drawn:
        for row, id in enumerate(batch.clips):
            yield batch, row, *known[id], int(batch.first[row])


def same(one, other):
    return all(
        np.array_equal(value, getattr(other, name)) if isinstance(value, np.ndarray) else value == getattr(other, name)
        for name in one.__slots__
        for value in [getattr(one, name)]
    )


@pytest.mark.parametrize("one_shot_s", [2.0, 0.0])
def test_a_block_is_what_the_feed_holds_there_and_silence_after_the_end(store, one_shot_s):
    seen = Counter()
    for batch, row, part, entry, first in blocks(store, batches(store, changed(one_shot_s=one_shot_s))):
        for hop, (latent, weight) in enumerate(zip(batch.latents[row], batch.weight[row], strict=True)):
            at = first + hop
            if at < entry.hops:
                assert np.array_equal(latent, part.latents[entry.first + at].astype(np.float32))
            else:
                assert np.allclose(latent, SILENCE)
            behind = at - entry.hops
            unknown = entry.cut and (entry.pixels >= 0 or entry.frames > one_shot_s * 48_000)
            wanted = 1.0 if behind < 0 else 0.0 if unknown else 1.0 if behind < 24 else 0.25
            assert weight == wanted
            seen[wanted] += 1
    assert min(seen[1.0], seen[0.25]) > 20
    assert (seen[0.0] > 20) == (one_shot_s == 0.0)


def test_history_is_what_came_before_as_far_back_as_the_voice_began(store):
    lengths = []
    for batch, row, part, entry, first in blocks(store, batches(store)):
        age, mask = int(batch.age[row]), batch.history_mask[row]
        count = min(128, age)
        assert mask.tolist() == [False] * (128 - count) + [True] * count
        assert not batch.history[row, : 128 - count].any()
        for back in range(1, count + 1):
            at = first - back
            held = part.latents[entry.first + at].astype(np.float32) if at < entry.hops else SILENCE
            assert np.allclose(batch.history[row, -back], held)
        lengths.append(count)
    assert {0, 128} <= set(lengths)
    assert len(set(lengths)) > 40


def test_half_of_the_large_blocks_of_one_shots_are_whole_beginnings(store):
    settings = changed(parts={"recorded": 1.0}, odds={64: 1.0}, categories={"water": 0.0, "machine": 0.0})
    drawn = [first for *_, first in blocks(store, batches(store, settings, 60))]
    assert np.mean(np.array(drawn) == 0) == pytest.approx(0.5, abs=0.05)
    assert max(drawn) >= 24
    every = [first for *_, first in blocks(store, batches(store, changed(settings, at_beginning=1.0), 3))]
    assert not any(every)


def test_new_voices_begin_where_it_was_quiet(store):
    settings = changed(parts={"composed": 1.0}, long_at_beginning=0.0, at_start=1.0)
    for batch, row, _, entry, first in blocks(store, batches(store, settings, 10)):
        assert first in entry.starts
        assert batch.age[row] == 0
    young = changed(parts={"composed": 1.0}, long_at_beginning=0.0, at_start=0.0, young=1.0)
    ages = [int(batch.age[row]) for batch, row, _, _, first in blocks(store, batches(store, young, 10)) if first > 127]
    assert ages
    assert all(4 <= age < 128 for age in ages)


def test_a_voice_that_is_told_of_contacts_may_wait_in_silence_for_its_first(store):
    settings = changed(parts={"recorded": 1.0}, at_beginning=1.0, long_at_beginning=1.0, cued=0.5, waiting=1.0, waits=8)
    waits = []
    for batch, row, part, entry, first in blocks(store, batches(store, changed(settings, odds={64: 1.0}), 20)):
        waits.append(-first)
        assert batch.age[row] == 0
        assert not batch.history_mask[row].any()
        there = min(64 + first, entry.hops)
        assert np.allclose(batch.latents[row, :-first], SILENCE)
        heard = part.latents[entry.first : entry.first + there].astype(np.float32)
        assert np.array_equal(batch.latents[row, -first : there - first], heard)
        told = batch.cue[row, batch.cue.shape[1] - 64 :]
        if first:  # it is told that nothing has happened yet
            assert told[0, 1] == 1.0
    assert set(waits) == set(range(9))
    assert np.mean(np.array(waits) == 0) == pytest.approx(0.5, abs=0.1)
    never = [first for *_, first in blocks(store, batches(store, changed(settings, cued=0.0), 3))]
    assert min(never) == 0


def test_batches_hold_about_as_many_hops_each_and_sizes_come_by_their_odds(store):
    drawn = batches(store, FeedSettings(), 400)
    sizes = Counter(batch.hops for batch in drawn)
    for size, odds in FeedSettings().odds.items():
        assert sizes[size] / 400 == pytest.approx(odds, abs=0.08)
    assert {batch.weight.size for batch in drawn if batch.hops >= 16} == {2048}
    assert {len(batch.clips) for batch in drawn if batch.hops < 16} == {128}


def test_parts_come_by_their_shares(store):
    drawn = batches(store, changed(parts={"recorded": 3.0, "notes": 1.0}), 40)
    kinds = Counter(entry.origin for *_, entry, _ in blocks(store, drawn))
    assert kinds["note"] / kinds.total() == pytest.approx(0.25, abs=0.03)
    assert set(kinds) == {"note", "recorded"}


def test_words_are_those_of_the_sound_as_exact_as_is_told(store):
    told = Counter()
    for batch, row, _, entry, _ in blocks(store, batches(store, changed(text_null=0.12), 60)):
        way = TOLD[batch.told[row]]
        told[way] += 1
        words, count = entry.words, int(batch.text_mask[row].sum())
        texts = {
            "exact": (words.exact,),
            "paraphrase": words.paraphrases,
            "category": (words.category,),
            "vague": (words.vague,),
            "nothing": ("",),
        }[way]
        found = [len(text.split()) for text in texts if _tokens_are(batch.text[row], text)]
        assert count in found
        assert not batch.text[row, count:].any()
    shares = {way: told[way] / told.total() for way in TOLD}
    assert shares["nothing"] == pytest.approx(0.12, abs=0.03)
    assert shares["category"] == pytest.approx(0.088, abs=0.03)
    assert shares["vague"] == pytest.approx(0.044, abs=0.02)
    assert shares["exact"] > shares["paraphrase"] > 0.2


def _tokens_are(rows, text):
    return [round(float(row[0])) for row in rows if row[0]] == [len(word) for word in text.split()]


def test_nothing_of_the_future_is_seen_beyond_the_horizon(store):
    horizons = Counter()
    for batch, row, part, entry, first in blocks(store, batches(store, SCENES, 40)):
        hops, horizon = batch.hops, int(batch.horizon[row])
        horizons["live" if horizon <= EVENT_HOPS else "film" if horizon == hops else "part"] += 1
        at = first - 24 + np.arange(24 + hops)
        known = (at >= 0) & (at < np.minimum(entry.hops, first + horizon))
        assert np.array_equal(batch.scene_mask[row], known)
        assert np.array_equal(batch.pixels_mask[row], known)
        assert np.array_equal(batch.scene[row, known], part.scene[entry.first + at[known]].astype(np.float32))
        assert np.array_equal(batch.pixels[row, known], part.pixels[entry.pixels + at[known]])
        assert not batch.scene[row, ~known].any()
        assert not batch.pixels[row, ~known].any()
        if first in entry.onsets:
            assert horizon >= min(hops, EVENT_HOPS)
    assert min(horizons["live"], horizons["film"], horizons["part"]) > 50


def test_rows_and_pictures_come_alone_as_often_as_asked(store):
    drawn = batches(store, changed(SCENES, rows_alone=0.3, pixels_alone=0.4), 60)
    rows = np.concatenate([batch.scene_mask.any(axis=1) for batch in drawn])
    pictures = np.concatenate([batch.pixels_mask.any(axis=1) for batch in drawn])
    there = np.concatenate([batch.has_vision for batch in drawn])
    assert np.array_equal(rows | pictures, there)
    assert np.mean(~pictures[there]) == pytest.approx(0.3, abs=0.05)
    assert np.mean(~rows[there]) == pytest.approx(0.4, abs=0.05)
    for batch in drawn:
        both = batch.scene_mask & batch.pixels_mask
        some = both.any(axis=1)
        assert np.array_equal(batch.scene_mask[some], batch.pixels_mask[some])


def test_sounds_without_a_picture_are_blind(store):
    for batch in batches(store, changed(parts={"recorded": 1.0}), 4):
        assert not batch.has_vision.any()
        assert not batch.scene_mask.any()
        assert not batch.horizon.any()


def test_each_stream_is_left_out_as_often_as_asked_independently(store):
    settings = changed(SCENES, text_null=0.3, vision_null=0.4, history_null=0.25)
    drawn = batches(store, settings, 60)
    text = np.concatenate([~batch.text_mask.any(axis=1) for batch in drawn])
    blind = np.concatenate([~batch.has_vision for batch in drawn])
    later = np.concatenate([batch.age > 0 for batch in drawn])
    forgot = np.concatenate([~batch.history_mask.any(axis=1) for batch in drawn])
    assert text.mean() == pytest.approx(0.3, abs=0.03)
    assert blind.mean() == pytest.approx(0.4, abs=0.03)
    assert forgot[later].mean() == pytest.approx(0.25, abs=0.03)
    assert (text & blind).mean() == pytest.approx(0.12, abs=0.03)


def test_noise_on_history_is_as_strong_as_it_says(store):
    settings = changed(parts={"recorded": 1.0}, context_noise=0.5)
    levels, errors = [], []
    for batch, row, part, entry, first in blocks(store, batches(store, settings, 60)):
        level, count = float(batch.context_noise[row]), min(128, int(batch.age[row]))
        held = np.full((count, 4), SILENCE, np.float32)
        there = part.latents[entry.first + first - count : entry.first + min(first, entry.hops)]
        held[: len(there)] = there
        noise = (batch.history[row, 128 - count :] - held) / store.scale.spread
        if count >= 64:
            levels.append(level)
            errors.append(noise.std() - level)
        if not level:
            assert np.allclose(noise, 0.0, atol=1e-6)
    assert np.mean(np.array(levels) > 0.0) == pytest.approx(0.5, abs=0.06)
    assert max(levels) > 0.25
    assert np.abs(errors).max() < 0.05


def test_pairs_alone_have_their_change_as_controls(store):
    found = {}
    for batch in batches(store, FeedSettings(pairs_only=True), 8):
        found |= dict(zip((id[-1] for id in batch.clips), map(tuple, batch.controls.tolist()), strict=True))
    assert found == {"0": (0.5, 0, 0), "1": (0, -0.25, 0), "2": (0, 0, 0.75)}
    assert not any(batch.controls.any() for batch in batches(store, count=8))


def test_a_feed_goes_on_where_another_stood(store):
    settings = FeedSettings()
    whole = batches(store, settings, 12)
    first = Feed(store, settings, seed=1)
    assert all(same(next(first), batch) for batch in whole[:5])
    state = msgspec.json.decode(msgspec.json.encode(first.state()), type=FeedState)
    second = Feed(store, settings, seed=1, state=state)
    assert all(same(next(second), batch) for batch in whole[5:])
    assert not same(next(Feed(store, settings, seed=2)), whole[0])


@pytest.mark.parametrize("other", [{"tokens": 1024}, {"text_null": 0.5}, {"parts": {"recorded": 1.0}}])
def test_it_does_not_go_on_with_other_settings(store, other):
    state = Feed(store, FeedSettings(), seed=1).state()
    with pytest.raises(FeedError, match="changed since the run began"):
        Feed(store, changed(FeedSettings(), **other), seed=1, state=state)


def test_held_out_blocks_never_change_and_nothing_is_left_out(feed):
    held_out = open_feed(feed, "validation")
    once, again = (validation_blocks(held_out, 12, seed=3) for _ in range(2))
    assert all(same(one, other) for one, other in zip(once, again, strict=True))
    assert [batch.hops for batch in once] == 2 * sorted(BLOCKS, reverse=True)
    for batch in once:
        assert batch.text_mask.any(axis=1).all()
        assert (batch.told == 0).all()
        assert not batch.context_noise.any()
        assert not batch.vision_noise.any()
        seen = [id.startswith("scene-") for id in batch.clips]
        assert batch.has_vision.tolist() == seen
        assert np.mean(seen) == pytest.approx(0.6 / 2.55, abs=1.5 / len(seen))  # by strata, not by chance


def test_speed_counts_hops(store):
    found = feed_speed(Feed(store, PLAIN, seed=1), seconds=0.2)
    assert found.batches >= 1
    assert 128 * 2 * found.batches <= found.hops <= 2048 * found.batches
    assert found.times_trainer == pytest.approx(found.hops / found.cpu_s / 7600.0)


def test_how_long_a_sound_lasts_is_told_of_those_whose_end_is_known(store):
    settings = changed(lasting=0.6, one_shot_s=0.5)
    told, could = 0, 0
    for batch, row, _, entry, first in blocks(store, batches(store, settings)):
        unknown = entry.cut and (entry.pixels >= 0 or entry.frames > 0.5 * 48_000)
        could += not unknown
        if lasts := int(batch.lasts[row]):
            told += 1
            assert not unknown
            assert lasts == entry.hops - (first - int(batch.age[row]))
    assert told / could == pytest.approx(0.6, abs=0.05)
    assert not any(batch.lasts.any() for batch in batches(store))
