"""Many sustained voices at once: a second thread really shares them, and one that is off the beat gets a hop more."""

import time

import numpy as np
import pytest

from hobnail.audio import HOP_FRAMES
from hobnail_native import neural_supported
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_plugins.aht.sustained import LONGER, LONGER_HOPS, STEP_FRAMES
from hobnail_plugins.aht.threads import SHARED

from .playing import begin, engine_of, go_on


@pytest.mark.skipif(not neural_supported(), reason="a processor without AVX-512 VNNI: no native pass")
def test_the_second_thread_is_woken_from_its_sleep_and_takes_its_share():
    engine = engine_of(bundle_folder(AhtConfig()), voices=16, workers=2)
    steps = [begin(engine, "scrape", seed=seed) for seed in range(2 * SHARED)]
    before = engine.figures()["helped"]
    for _ in range(20):
        time.sleep(0.01)  # long enough for it to sleep
        steps = go_on(engine, steps)
    assert engine.figures()["helped"] > before + 20


def test_a_voice_that_is_off_the_beat_gets_a_hop_more_and_the_others_are_as_they_were(bundle):
    def played(more):
        engine = engine_of(bundle)
        steps = [begin(engine, "scrape", seed=seed) for seed in range(4)]
        lengths = []
        for turn in range(4):
            told = [{"more_frames": more if turn == 1 and number == 2 else 0} for number in range(4)]
            steps = go_on(engine, steps, each=told)
            lengths.append([step.block.frames for step in steps])
        return lengths, [step.block.samples for step in steps]

    usual, sounds = played(0)
    longer, others = played(HOP_FRAMES)
    assert {frames for turn in usual for frames in turn} == {STEP_FRAMES}
    assert longer[1] == [STEP_FRAMES, STEP_FRAMES, LONGER_HOPS * HOP_FRAMES, STEP_FRAMES]
    assert longer[2] == [STEP_FRAMES] * 4
    for number in (0, 1, 3):
        np.testing.assert_array_equal(sounds[number], others[number])
    assert np.abs(others[2]).max() > 0


def test_only_a_few_at_a_time_are_given_more_and_none_for_less_than_a_hop(bundle):
    engine = engine_of(bundle)
    steps = [begin(engine, "scrape", seed=seed) for seed in range(4)]
    steps = go_on(engine, steps, more_frames=HOP_FRAMES)
    frames = [step.block.frames for step in steps]
    assert sorted(frames) == [STEP_FRAMES] * (4 - LONGER) + [LONGER_HOPS * HOP_FRAMES] * LONGER
    less = go_on(engine, steps, more_frames=HOP_FRAMES - 1)
    assert {step.block.frames for step in less} == {STEP_FRAMES}
