"""The native pass gives what onnxruntime gives of the same weights; a voice is the same in any company, bit for bit."""

import numpy as np
import pytest

from hobnail.errors import BundleError
from hobnail_native import NeuralNetwork, NeuralPass, neural_supported
from hobnail_plugins.aht.bound import BoundStep, RowWindows
from hobnail_plugins.aht.bundle import Bundle, read_bundle
from hobnail_plugins.aht.graph_io import REPORTS
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.aht.manifest import NATIVE
from hobnail_plugins.aht.native import native_of
from hobnail_plugins.aht.settings import AhtConfig, bundle_folder
from hobnail_plugins.aht.slab import Slab, Window

pytestmark = pytest.mark.skipif(not neural_supported(), reason="a processor without AVX-512 VNNI")

CLOSE = 0.02
"""Relative RMS of a velocity: 8-bit inputs that lie between two steps may be rounded to either."""


@pytest.fixture(scope="module")
def packaged():
    return read_bundle(bundle_folder(AhtConfig()))


@pytest.fixture(scope="module")
def native(packaged):
    graphs = Graphs(packaged)
    assert graphs.is_native
    return graphs


@pytest.fixture(scope="module")
def elsewhere(packaged):
    graphs = Graphs(packaged, native=False)
    assert not graphs.is_native
    return graphs


def filled(bundle, voices, seed=0):
    """Memory in which every voice remembers and sees something, some more and some less."""
    slab, chance = Slab(bundle.manifest.network, bundle.sinks, voices), np.random.default_rng(seed)
    for rows in slab.rows.values():
        rows.keys[:, :, :, 1:] = chance.standard_normal(rows.keys[:, :, :, 1:].shape)
        rows.values[:, :, :, 1:] = chance.standard_normal(rows.values[:, :, :, 1:].shape)
        rows.seen[:, 1:] = chance.random(rows.seen[:, 1:].shape) < np.linspace(1.0, 0.0, voices)[:, None]
    slab.prompt[...] = 0.5 * chance.standard_normal(slab.prompt.shape)
    slab.rows = {stream: rows.halved() for stream, rows in slab.rows.items()}
    return slab


def passed(graphs, slab, window, hops, *, seed=0, young=False):
    """Velocity and reports of one pass; voice n's inputs are those of slot n, whichever window it is in."""
    step = BoundStep(graphs, window.size, hops, adapted=False)
    rows = RowWindows(graphs, slab).inputs(window, young=young, native=step.native, halved=step.halved)
    step.lay(rows, {}, None, 0)
    for row in range(window.size):
        chance = np.random.default_rng([seed, window.first + row])
        step.x[row] = chance.standard_normal(step.x[row].shape)
        step.cue[row] = chance.random(step.cue[row].shape)
        step.t[row], step.r[row] = 1.0 - 0.3 * (row % 2), 0.4
        step.first[row], step.age[row] = chance.integers(0, 5000, 2)
        for array in step.steering.values():
            array[row] = chance.random(array[row].shape)
    step.run()
    return step.velocity, step.reports


def off(found, right):
    return float(np.sqrt(np.square(found - right).mean() / np.square(right).mean()))


@pytest.mark.parametrize(("voices", "hops"), [(1, 2), (1, 64), (5, 16), (32, 2), (8, 4)])
def test_a_pass_is_that_of_onnxruntime(packaged, native, elsewhere, voices, hops):
    slab, window = filled(packaged, voices), Window(0, voices)
    velocity, reports = passed(native, slab, window, hops)
    right, wanted = passed(elsewhere, slab, window, hops)
    assert float(np.square(right).mean()) > 0.1
    assert off(velocity, right) < CLOSE
    for name in REPORTS:
        assert off(reports[name], wanted[name]) < CLOSE, name


def test_a_voice_is_the_same_alone_and_in_any_company(packaged, native):
    slab = filled(packaged, 32)
    whole, reports = passed(native, slab, Window(0, 32), 2)
    for first, size in ((0, 1), (3, 1), (2, 3), (20, 12)):
        part, told = passed(native, slab, Window(first, size), 2)
        even = [row for row in range(size) if row % 2 == (first + row) % 2]  # whose flow time is the same in both
        np.testing.assert_array_equal(part[even], whole[first : first + size][even])
        for name in REPORTS:
            np.testing.assert_array_equal(told[name][even], reports[name][first : first + size][even])


def test_a_voice_that_remembers_nothing_is_the_same_with_a_few_rows_in_place_of_all(packaged, native):
    slab = filled(packaged, 2)
    slab.rows["history"].seen[:, 1:] = False
    for hops in (4, 64):
        velocity, _ = passed(native, slab, Window(0, 2), hops)
        young, _ = passed(native, slab, Window(0, 2), hops, young=True)
        np.testing.assert_array_equal(young, velocity)


def test_beside_a_voice_that_is_no_number_the_others_are_the_same(packaged, native):
    slab = filled(packaged, 4)
    before, _ = passed(native, slab, Window(0, 4), 2)
    before = before.copy()
    slab.prompt[1] = np.nan
    velocity, _ = passed(native, slab, Window(0, 4), 2)
    assert not np.isfinite(velocity[1]).all()
    np.testing.assert_array_equal(velocity[[0, 2, 3]], before[[0, 2, 3]])


@pytest.mark.parametrize(("voices", "hops"), [(1, 1), (3, 2), (2, 64), (32, 2)])
def test_rows_are_those_of_onnxruntime(packaged, native, elsewhere, voices, hops):
    spec, chance = packaged.manifest.network, np.random.default_rng(voices + hops)
    first = chance.integers(0, 9000, voices)
    latents = chance.standard_normal((voices, spec.history_taps - 1 + hops, spec.latents)).astype(np.float32)
    span = spec.resampler.window_hops - 1 + hops
    scene = chance.standard_normal((voices, span, spec.scene_width)).astype(np.float32)
    seen = chance.random((voices, span)) < 0.7
    for found, right in (
        (native.remember(latents, first), elsewhere.remember(latents, first)),
        (native.see(scene, seen, None, None, first), elsewhere.see(scene, seen, None, None, first)),
    ):
        np.testing.assert_allclose(found.keys, right.keys, atol=1e-4)
        np.testing.assert_allclose(found.values, right.values, atol=1e-4)
    alone = native.see(scene[-1:], seen[-1:], None, None, first[-1:])
    together = native.see(scene, seen, None, None, first)
    np.testing.assert_array_equal(alone.keys[:, 0], together.keys[:, -1])
    alone, together = native.remember(latents[-1:], first[-1:]), native.remember(latents, first)
    np.testing.assert_array_equal(alone.values[:, 0], together.values[:, -1])


def test_what_is_missing_or_of_another_size_is_named(packaged):
    network = native_of(packaged).network
    step = NeuralPass(network, voices=2, hops=4)
    with pytest.raises(ValueError, match="not bound yet"):
        step.run()
    with pytest.raises(ValueError, match=r"x has shape \[2, 3, 32\], expected 256 numbers"):
        step.bind("x", np.zeros((2, 3, 32), np.float32))
    with pytest.raises(ValueError, match="t is not an array of float32"):
        step.bind("t", np.zeros(2))
    with pytest.raises(ValueError, match="has no nonsense"):
        step.bind("nonsense", np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="no array enter_weight"):
        NeuralNetwork(
            {}, latents=32, width=192, layers=6, heads=3, inner=768, cue=16, cue_inner=96, ages=9, history_least=4
        )


def test_a_file_that_is_not_whole_is_refused(packaged, tmp_path):
    (tmp_path / NATIVE).write_bytes((packaged.folder / NATIVE).read_bytes()[:100_000])
    with pytest.raises(BundleError, match="not whole"):
        native_of(Bundle(tmp_path, packaged.manifest, packaged.sinks))
