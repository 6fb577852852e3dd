"""torch whole = torch streamed = onnxruntime streamed; a voice is the same alone and in any company."""

import dataclasses
from itertools import pairwise

import numpy as np
import onnx
import pytest
import torch

from hobnail_plugins.aht.bundle import graph_file
from hobnail_plugins.aht.graphs import Block
from hobnail_plugins.aht.rows import ring_places
from hobnail_trainer.export.halves import halved
from hobnail_trainer.export.runtime import session_of

from .blocks import a_block, a_live, by_torch, draw, only

pytestmark = pytest.mark.timeout(600)  # the first test waits for five graphs to be traced

CLOSE = 1e-4
SIZES = (2, 8, 16, 2, 4, 8)
"""Blocks of a voice of 40 hops."""


@pytest.mark.parametrize("hops", [2, 16])
@pytest.mark.parametrize("strengths", ["none", "steering only", "by voice", "by hop"])
def test_a_pass_is_that_of_torch_with_adapters_and_steering_in_the_graph(whole, network, hops, strengths):
    live = None if strengths == "none" else a_live(network.spec, 3, 1 if strengths == "by voice" else hops)
    if strengths == "steering only":
        live = dataclasses.replace(live, factors={}, strength=None)
    block = a_block(whole, 3, hops, live=live)
    velocity, reports = by_torch(network, block)
    passed = whole.step(block)
    assert np.abs(velocity).max() > 0.3
    np.testing.assert_allclose(passed.velocity, velocity, atol=CLOSE)
    for name, report in reports.items():
        np.testing.assert_allclose(passed.reports[name], report, atol=CLOSE, err_msg=name)


def test_adapters_and_steering_each_change_what_is_made(whole, network):
    live = a_live(network.spec, 3)
    plain = whole.step(a_block(whole, 3, 4)).velocity
    adapted = whole.step(a_block(whole, 3, 4, live=dataclasses.replace(live, steering={}))).velocity
    steered = whole.step(a_block(whole, 3, 4, live=dataclasses.replace(live, factors={}, strength=None))).velocity
    neutral = whole.step(
        a_block(whole, 3, 4, live=dataclasses.replace(live, steering={}, strength=0 * live.strength))
    ).velocity
    assert np.abs(adapted - plain).max() > 0.01
    assert np.abs(steered - plain).max() > 0.001
    np.testing.assert_allclose(neutral, plain, atol=CLOSE)


def test_rows_are_those_of_torch_and_do_not_depend_on_the_blocks_they_came_in(whole, network):
    spec = network.spec
    latents, first = draw(2, spec.history_taps - 1 + 12, spec.latents), np.array([4090, 7])
    rows = whole.remember(latents, first)
    with torch.no_grad():
        memory = network.remember(torch.from_numpy(latents), torch.from_numpy(first))
    np.testing.assert_allclose(rows.keys, memory.keys.permute(1, 0, 3, 2, 4), atol=CLOSE)
    np.testing.assert_allclose(rows.values, memory.values.permute(1, 0, 3, 2, 4), atol=CLOSE)
    later = whole.remember(latents[:, 4:], first + 4)
    np.testing.assert_allclose(later.keys, rows.keys[:, :, :, 4:], atol=CLOSE)


def test_prompts_and_sights_are_those_of_torch(whole, network):
    spec = network.spec
    span = spec.resampler.window_hops - 1 + 5
    text, seen = draw(2, spec.text_tokens, spec.text_width), np.ones((2, spec.text_tokens), np.bool_)
    seen[1] = False  # no words at all
    scene, pixels = draw(2, span, spec.scene_width), draw(2, span, spec.cells, spec.cell_width)
    there = np.random.default_rng(1).random((2, 2, span)) < 0.6
    first = np.array([0, 4095])
    told, prompt = whole.tell(text, seen)
    sights = whole.see(scene, there[0], pixels, there[1], first)
    with torch.no_grad():
        memory, right = network.tell(torch.from_numpy(text), torch.from_numpy(seen))
        seeing = network.see(*map(torch.from_numpy, (scene, there[0].copy(), pixels, there[1].copy(), first)))
    np.testing.assert_allclose(prompt, right, atol=CLOSE)
    np.testing.assert_allclose(told.keys, memory.keys.permute(1, 0, 3, 2, 4), atol=CLOSE)
    np.testing.assert_allclose(sights.keys, seeing.keys.permute(1, 0, 3, 2, 4), atol=CLOSE)
    np.testing.assert_allclose(sights.values, seeing.values.permute(1, 0, 3, 2, 4), atol=CLOSE)


def test_a_scene_without_pixels_is_seen_as_with_none_seen_and_the_same_in_any_company(whole, network):
    spec = network.spec
    span = spec.resampler.window_hops - 1 + 2
    scene, there = draw(8, span, spec.scene_width), np.random.default_rng(2).random((8, span)) < 0.6
    pixels, nothing = np.zeros((8, span, spec.cells, spec.cell_width), np.float32), np.zeros((8, span), np.bool_)
    first = np.arange(8)
    with_none, without = whole.see(scene, there, pixels, nothing, first), whole.see(scene, there, None, None, first)
    np.testing.assert_allclose(without.keys, with_none.keys, atol=CLOSE)
    np.testing.assert_allclose(without.values, with_none.values, atol=CLOSE)
    alone = whole.see(scene[3:4], there[3:4], None, None, first[3:4])
    np.testing.assert_array_equal(alone.keys[:, 0], without.keys[:, 3])
    np.testing.assert_array_equal(alone.values[:, 0], without.values[:, 3])


def test_a_voice_of_forty_hops_is_the_same_whole_streamed_and_in_onnxruntime(whole, network):
    """Whole: before each block all rows are made anew from every latent so far, in one call of torch."""
    noise = draw(1, sum(SIZES), network.spec.latents, seed=9)
    streamed = _voice(whole, whole.step, whole.remember, noise)
    in_torch = _voice(whole, lambda block: _Passed(by_torch(network, block)[0]), _remember(network), noise)
    anew = _voice(whole, lambda block: _Passed(by_torch(network, block)[0]), _remember(network), noise, anew=True)
    assert np.abs(streamed).max() > 1.0
    np.testing.assert_allclose(in_torch, anew, atol=CLOSE)
    np.testing.assert_allclose(streamed, anew, atol=CLOSE)


@pytest.mark.parametrize("precision", ["whole", "small"])
@pytest.mark.parametrize("alive", [False, True])
def test_a_voice_alone_is_that_voice_in_any_batch_and_beside_nan(precision, alive, request):
    graphs = request.getfixturevalue(precision)
    for hops in (2, 4, 8, 64):
        block = a_block(graphs, 32, hops, live=a_live(graphs.spec, 32) if alive else None)
        alone = graphs.step(only(block, [5]))
        for company in ([5, 6], [1, 5, 9], list(range(2, 7)), list(range(8)), list(range(32))):
            together = graphs.step(only(block, company))
            _same(together, company.index(5), alone, 0)
        broken = only(block, list(range(8)))
        broken.x[2], broken.prompt[2], broken.t[2] = np.nan, np.inf, np.nan
        broken.history.keys[:, 2], broken.text.values[:, 2] = np.nan, np.inf
        beside = graphs.step(broken)
        assert not np.isfinite(beside.velocity[2]).all() or precision == "small"
        _same(beside, 5, alone, 0)


def test_int8_is_near_float32_with_the_same_noise(whole, small, network):
    error = small.bundle.manifest.error
    assert 0.0 < error["velocity"] < 0.05
    assert error["weights_most"] < 0.05
    for name, each in (("step", 11), ("plain", 9)):
        large = [node.op_type for node in onnx.load(small.bundle.graph(name)).graph.node]
        assert large.count("MatMulIntegerToFloat") == each * network.spec.layers
    sizes = {name: bundle.graph("step").stat().st_size for name, bundle in (("w", whole.bundle), ("s", small.bundle))}
    assert sizes["s"] < 0.75 * sizes["w"]


def test_16_bit_graphs_load_and_are_near_float32(whole):
    model = onnx.load(whole.bundle.folder / graph_file("plain"))
    given = {value.name: None for value in model.graph.input}
    from hobnail_trainer.export.measure import full_step

    step = full_step(whole.spec, 2, 4)
    given = {name: step[name] for name in given}
    right, near = (session_of(each.SerializeToString()).run(["velocity"], given)[0] for each in (model, halved(model)))
    assert 0.0 < np.abs(near - right).max() < 0.03


def test_what_runs_is_read_back_from_the_session(whole):
    assert whole.provider == "CPUExecutionProvider"


@dataclasses.dataclass
class _Passed:
    velocity: np.ndarray


def _same(one, at, two, there):
    np.testing.assert_array_equal(one.velocity[at], two.velocity[there])
    for name in two.reports:
        np.testing.assert_array_equal(one.reports[name][at], two.reports[name][there], err_msg=name)


def _remember(network):
    def remember(latents, first):
        with torch.no_grad():
            memory = network.remember(torch.from_numpy(latents), torch.from_numpy(first))
        return tuple(half.permute(1, 0, 3, 2, 4).numpy() for half in (memory.keys, memory.values))

    return remember


def _voice(graphs, step, remember, noise, *, anew=False):
    """Latents of a voice made in blocks of SIZES, three passes each; rows in a ring that is shorter than the voice."""
    spec, begin = graphs.spec, 4090
    taps, window = spec.history_taps - 1, spec.history_hops
    text, vision = graphs.rows("text", 1, 4), graphs.rows("vision", 1, 4)
    text.seen[:], text.keys[:, :, :, 1:] = True, draw(*text.keys[:, :, :, 1:].shape)
    text.values[:, :, :, 1:] = draw(*text.values[:, :, :, 1:].shape, seed=1)
    history, made = graphs.rows("history", 1, window), np.zeros((1, 0, spec.latents), np.float32)
    for hops in SIZES:
        done = made.shape[1]
        if anew and done:
            history = graphs.rows("history", 1, window)
            padded = np.concatenate([np.zeros((1, taps, spec.latents), np.float32), made], axis=1)
            keys, values = remember(padded, np.array([begin]))
            kept = np.arange(max(0, done - window), done)
            history.keys[:, :, :, 1 + kept % window] = keys[:, :, :, kept]
            history.values[:, :, :, 1 + kept % window] = values[:, :, :, kept]
            history.seen[:, 1 + kept % window] = True
        x = noise[:, done : done + hops]
        block = Block(
            x=x, t=np.ones(1, np.float32), r=np.ones(1, np.float32), first=np.array([begin + done]),
            age=np.array([done]), prompt=draw(1, spec.width), text=text, vision=vision, history=history,
        )  # fmt: skip
        for t, r in pairwise(graphs.bundle.manifest.sampling.times[2]):
            at = {"t": np.full(1, t, np.float32), "r": np.full(1, r, np.float32)}
            x = x - np.float32(t - r) * step(dataclasses.replace(block, x=x, **at)).velocity
        made = np.concatenate([made, x], axis=1)
        if not anew:
            past = np.concatenate([np.zeros((1, taps, spec.latents), np.float32), made], axis=1)[:, -(taps + hops) :]
            keys, values = remember(past, np.array([begin + done]))
            places = ring_places(done, hops, window)
            history.keys[:, :, :, places], history.values[:, :, :, places] = keys, values
            history.seen[:, places] = True
    return made
