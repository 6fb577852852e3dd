"""Real graphs on onnxruntime: whole = streamed, a voice is the same in any company, and nothing is copied or kept."""

import gc
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from hobnail_plugins.aht.bound import YOUNG_ROWS
from hobnail_plugins.aht.drawing import draw, noise_of
from hobnail_plugins.aht.graph_io import STEERING
from hobnail_plugins.aht.graphs import Block, Live
from hobnail_plugins.aht.lanes import Lanes
from hobnail_plugins.aht.lines import begin_lines, settled
from hobnail_plugins.aht.loading import warm_up
from hobnail_plugins.aht.model import STEP_HOPS, TAIL_HOPS, Model
from hobnail_plugins.aht.rows import ring_places
from hobnail_plugins.aht.settings import AhtConfig

CONTROLS = {"pitch": 0.5, "intensity": 0.5, "texture": 0.5}
FEATURES = [{"speed_m_s": 1.0 + 0.1 * step, "slip_m_s": 0.3} for step in range(20)]


def begun(model, seed, *, sustained=True, prompt="a crate scraping on stone"):
    return model.begin(seed, model.told(prompt), sustained=sustained, gain=1.0, force=0.0)


def stepped(model, voices, features=None, hops=STEP_HOPS):
    return model.make(voices, [CONTROLS] * len(voices), [features or {}] * len(voices), hops)


def alone(model, seed, steps, *, seeing=False):
    """Latents of a voice by itself, [steps * hops, latents]."""
    voice = begun(model, seed)
    made = [stepped(model, [voice], FEATURES[step] if seeing else None).latents[0] for step in range(steps)]
    return np.concatenate(made)


def by_hand(model, seed, steps):
    """The same voice without slab, bindings or batches: arrays of its own, plain calls of the graphs."""
    graphs, spec = model._graphs, model.spec
    told = model.told("a crate scraping on stone")
    vision = graphs.rows("vision", 1, spec.seen_hops * spec.resampler.tokens)
    history = graphs.rows("history", 1, spec.history_hops)
    recent, weights = np.zeros((1, spec.history_taps - 1, spec.latents), np.float32), model._weights.begin(STEP_HOPS)
    lines = begin_lines(model.bundle.manifest.lines, model.codec, told.words)
    made = []
    for step in range(steps):
        hop = np.array([step * STEP_HOPS])
        steering = {name: np.zeros((1, size), np.float32) for name, size in zip(STEERING, (3, 1, 3, 1), strict=True)}
        joined = model._weights.before([weights], steering, np.array([0]))
        x = noise_of(seed, step * STEP_HOPS, STEP_HOPS, spec.latents)[None]
        for t, r in pairwise(model.times(STEP_HOPS)):
            block = Block(
                x=x, t=np.float32([t]), r=np.float32([r]), first=hop, age=hop, prompt=told.prompt[None],
                text=told.rows, vision=vision, history=history, live=Live(steering=steering),
            )  # fmt: skip
            passed = graphs.step(block)
            x = x - np.float32(t - r) * passed.velocity
        settled([lines], x)
        (weights,) = model._weights.after(passed.reports, joined, np.array([0]))
        given = np.concatenate([recent, x], axis=1)
        history.write(0, ring_places(step * STEP_HOPS, STEP_HOPS, spec.history_hops), graphs.remember(given, hop))
        recent = given[:, STEP_HOPS:]
        made.append(x[0])
    return np.concatenate(made)


def test_the_slab_and_its_bindings_change_no_bit(model):
    """Longer than the ring of history."""
    assert model.spec.history_hops < 14 * STEP_HOPS
    np.testing.assert_array_equal(alone(model, 7, 14), by_hand(model, 7, 14))


@pytest.mark.parametrize("seeing", [False, True])
def test_a_voice_alone_is_that_voice_in_any_company(model, seeing):
    steps = 8
    right = {seed: alone(model, seed, steps, seeing=seeing) for seed in range(8)}
    chance = np.random.default_rng(2)
    voices = {seed: begun(model, seed) for seed in range(8)}
    made = {seed: [] for seed in voices}
    while any(len(each) < steps for each in made.values()):
        hungry = [seed for seed in made if len(made[seed]) < steps]
        some = chance.permutation(hungry)[: chance.integers(1, len(hungry) + 1)].tolist()
        features = [FEATURES[len(made[seed])] if seeing else {} for seed in some]
        block = model.make([voices[seed] for seed in some], [CONTROLS] * len(some), features, STEP_HOPS)
        for seed, latents in zip(some, block.latents, strict=True):
            made[seed].append(latents)
    for seed, latents in right.items():
        np.testing.assert_array_equal(np.concatenate(made[seed]), latents)
    assert model.slab(sustained=True).moves > 0


def test_a_voice_beside_one_that_gives_nan_is_the_same_and_the_broken_one_begins_anew(model):
    right = alone(model, 1, 6)
    voices = [begun(model, seed) for seed in (0, 1, 2)]
    made = []
    for step in range(6):
        if step == 3:
            model.slab(sustained=True).prompt[voices[2].seat.slot] = np.nan
        block = stepped(model, voices)
        assert block.sound.tolist() == [True, True, step < 3]
        assert np.isfinite(block.latents).all()
        made.append(block.latents[1])
    np.testing.assert_array_equal(np.concatenate(made), right)
    slab = model.slab(sustained=True)
    slot = voices[2].seat.slot
    assert slab.rows["history"].seen[slot].sum() == 1
    slab.prompt[slot] = model.told("a crate scraping on stone").prompt
    again = stepped(model, voices)
    assert again.sound.all()
    assert np.abs(again.latents[2]).max() > 0.1


def test_one_shots_and_tails_go_by_the_same_code(model):
    first = begun(model, 5, sustained=False)
    blocks = [stepped(model, [first], hops=hops).latents[0] for hops in (64, TAIL_HOPS, TAIL_HOPS)]
    beside = [begun(model, seed, sustained=False) for seed in (4, 5, 6)]
    for voice in beside:
        stepped(model, [voice], hops=64)
    for block in blocks[1:]:
        np.testing.assert_array_equal(stepped(model, beside, hops=TAIL_HOPS).latents[1], block)


@pytest.mark.parametrize("hops", [STEP_HOPS, TAIL_HOPS, 64])
def test_a_first_block_looks_at_less_and_is_the_same(model, hops):
    """Among voices that remember nothing only a few hidden rows of history are read, beside one that does all."""
    sustained = hops == STEP_HOPS
    alone = stepped(model, [begun(model, 5, sustained=sustained)], hops=hops).latents[0]
    company = [begun(model, seed, sustained=sustained) for seed in (4, 5, 6)]
    np.testing.assert_array_equal(stepped(model, company, hops=hops).latents[1], alone)
    older = [begun(model, 4, sustained=sustained), begun(model, 5, sustained=sustained)]
    stepped(model, older[:1], hops=hops)
    np.testing.assert_array_equal(stepped(model, older, hops=hops).latents[1], alone)
    window = model.slab(sustained=True).gather([begun(model, 1).seat])
    rows = [
        model._desk("sustained", 0).windows.inputs(window, young=young)["history_keys_0"].shape()[2]
        for young in (True, False)
    ]
    assert rows == [YOUNG_ROWS, 1 + model.spec.history_hops]


def test_steps_read_the_slab_where_it_lies(model):
    slab = model.slab(sustained=True)
    voice = begun(model, 1)
    window = slab.gather([voice.seat])
    inputs = model._desk("sustained", 0).windows.inputs(window)
    for name in ("history_keys_0", "text_values_1", "vision_seen", "prompt"):
        stream, half = (name.split("_")[0], name.split("_")[1]) if "_" in name else (name, "")
        array = slab.prompt if name == "prompt" else getattr(slab.rows[stream], half)
        assert np.shares_memory(inputs[name].numpy(), array)


def test_a_steady_state_keeps_nothing(model):
    voices = [begun(model, seed) for seed in range(4)]

    def run(steps):
        for _ in range(steps):
            stepped(model, voices)

    run(30)
    gc.collect()
    tracemalloc.start()
    run(5)
    before = tracemalloc.take_snapshot()
    run(40)
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    ours = [tracemalloc.Filter(True, "*hobnail_plugins/aht*")]
    grown = sum(each.size_diff for each in after.filter_traces(ours).compare_to(before.filter_traces(ours), "lineno"))
    assert grown < 20_000, "forty steps keep more than bookkeeping"


def test_voices_are_freed_when_they_are_forgotten(model):
    voices = [begun(model, seed) for seed in range(8)]
    assert model.slab(sustained=True).taken == 8
    assert begun(model, 9) is None
    del voices[3:]
    assert model.slab(sustained=True).taken == 3
    del voices
    assert model.slab(sustained=True).taken == 0


def test_fewer_passes_are_another_sound_and_cost_less(model):
    whole, fewer = begun(model, 3), begun(model, 3)
    one = stepped(model, [whole]).latents
    two = model.make([fewer], [CONTROLS], [{}], STEP_HOPS, passes=1).latents
    assert not np.array_equal(one, two)
    assert model.passes == 2


def test_every_size_is_tried_at_least_twice_and_within_bounds(model):
    runs = warm_up(model)
    assert runs[64, 1] >= 2
    assert max(runs.values()) <= 6
    assert {(2, 1), (2, 8), (16, 1)} <= runs.keys()


def test_what_it_runs_on_is_what_the_session_says(bundle, model):
    """The installed package may well list more than the machine has."""
    assert model.provider == "CPUExecutionProvider"
    assert Model.load(AhtConfig(bundle=str(bundle), device="cpu", voices=8)).provider == "CPUExecutionProvider"


def test_wanted_weights_reach_the_graph(bundle):
    wanted = AhtConfig(bundle=str(bundle), voices=8, weights=(1.0, 0.0, 0.0), weights_share=1.0)
    usual, steered = Model.load(AhtConfig(bundle=str(bundle), voices=8)), Model.load(wanted)
    for model in (usual, steered):
        voice = begun(model, 1)
        for _ in range(20):
            stepped(model, [voice])
    weights = {model: model.reports["daf_weights"].mean(axis=0)[0] for model in (usual, steered)}
    assert weights[steered] > 0.95
    assert weights[usual] < 0.95


def test_a_second_worker_changes_no_bit(bundle, model):
    two = Model.load(AhtConfig(bundle=str(bundle), voices=8, workers=2))
    made = {}
    for each in (model, two):
        voices = [begun(each, seed) for seed in range(8)]
        made[each] = np.concatenate([stepped(each, voices, FEATURES[step]).latents for step in range(6)], axis=1)
    np.testing.assert_array_equal(made[two], made[model])
    two.slab(sustained=True).prompt[voices[0].seat.slot] = np.nan
    assert stepped(two, voices).sound.tolist() == [False] + [True] * 7


def test_lanes_wait_for_each_other_and_tell_what_was_raised():
    lanes, done = Lanes(2), []

    def make(number):
        if number == 3:
            raise ValueError("three")
        done.append(number)
        return number * 10

    assert lanes.each(make, [0, 1, 2, 4, 5]) == [0, 10, 20, 40, 50]
    with pytest.raises(ValueError, match="three"):
        lanes.each(make, [6, 3])
    assert 6 in done


def test_noise_is_that_of_numpys_generator():
    for seed, first in ((1, 0), (2**63 + 11, 77), (-3, 2)):
        chance = np.random.Generator(np.random.Philox(key=seed & (2**64 - 1), counter=[0, 0, 0, first + 1]))
        right = chance.standard_normal((500, 32), dtype=np.float32)
        np.testing.assert_array_equal(noise_of(seed, first, 500, 32), right)
    out = np.zeros((3, 2, 32), np.float32)
    draw(out, np.array([2, 0]), [1, 2], [0, 4])
    np.testing.assert_array_equal(out[0], noise_of(2, 4, 2, 32))
    assert not out[1].any()
    with pytest.raises(ValueError, match="no such row"):
        draw(out, np.array([3]), [1], [0])
