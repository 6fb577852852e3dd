"""Weights for the native pass are read from the graph, and give what the graph gives."""

import numpy as np
import pytest
import torch

from hobnail.host import Host
from hobnail_native import NeuralNetwork, NeuralPass, NeuralRows, neural_supported
from hobnail_plugins.aht.graph_io import REPORTS, VELOCITY
from hobnail_plugins.aht.native import natively, row_sizes, sizes_of
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.spec import NetworkSpec, PartChoice
from hobnail_trainer.export.bundle import small_of
from hobnail_trainer.export.native import is_known, native_weights, row_weights
from hobnail_trainer.export.runtime import session_of
from hobnail_trainer.export.write import example_of, graphs_of

from .conftest import forgotten

pytestmark = pytest.mark.timeout(600)
SPEC = NetworkSpec(width=64, heads=2, layers=2, mlp=2, history_hops=12, cue_hops=4, still_sinks=True, told_end=True)
CLOSE = 0.03


def network_of(arrays):
    return NeuralNetwork(arrays, **sizes_of(SPEC, arrays))


@pytest.fixture(scope="module")
def steps():
    """Two steps of three voices, as arrays."""
    torch.manual_seed(3)
    whole = [example_of(SPEC, 3, hops, rows=9) for hops in (2, 5)]
    return [{name: value.numpy() for name, value in given.items()} for given in whole]


@pytest.fixture(scope="module", params=[True, False], ids=["forgotten", "as it begins"])
def graph(steps, request):
    """INT8; also of a network that has its zeros, of which many constants are one and the same."""
    network = assemble(SPEC, Host.discovered())
    network = (forgotten(network) if request.param else network).eval()
    return small_of(graphs_of(network, ["plain"])["plain"], SPEC.width, steps)


def test_every_weight_is_found_and_a_pass_is_the_graphs(graph, steps):
    if not neural_supported():
        pytest.skip("a processor without AVX-512 VNNI")
    arrays = native_weights(graph, SPEC)
    network = network_of(arrays)
    session = session_of(graph.SerializeToString())
    outputs = (VELOCITY, *REPORTS)
    for given in steps:
        ours = {value.name: np.ascontiguousarray(given[value.name]) for value in session.get_inputs()}
        wanted = dict(zip(outputs, session.run(list(outputs), ours), strict=True))
        found = {name: np.zeros_like(value) for name, value in wanted.items()}
        step = NeuralPass(network, voices=3, hops=given["x"].shape[1])
        for name, array in sorted({**ours, **found}.items(), key=lambda each: not each[0].endswith("seen")):
            step.bind(name, natively(name, array))
        step.run()
        for name, value in wanted.items():
            away = np.sqrt(np.square(found[name] - value).mean())
            assert away <= CLOSE * np.sqrt(np.square(value).mean()) + 1e-6, name


def test_rows_are_those_of_the_graphs():
    if not neural_supported():
        pytest.skip("a processor without AVX-512 VNNI")
    network = forgotten(assemble(SPEC, Host.discovered())).eval()
    graphs = graphs_of(network, ["plain", "remember", "scene"])
    arrays = row_weights(graphs["remember"], graphs["scene"], SPEC)
    small = small_of(graphs["plain"], SPEC.width, [])
    rows = NeuralRows(network_of(native_weights(small, SPEC)), arrays, **row_sizes(SPEC))
    chance, first = np.random.default_rng(2), np.array([4090, 7, 100])
    latents = chance.standard_normal((3, SPEC.history_taps - 1 + 4, SPEC.latents)).astype(np.float32)
    scene = chance.standard_normal((3, SPEC.resampler.window_hops - 1 + 4, SPEC.scene_width)).astype(np.float32)
    seen = chance.random(scene.shape[:2]) < 0.6
    given = {"latents": latents, "first": first}
    for found, right in zip(rows.remember(latents, first), _run(graphs["remember"], given), strict=True):
        np.testing.assert_allclose(found, right, atol=1e-4)
    given = {"scene": scene, "scene_seen": seen, "first": first}
    for found, right in zip(rows.see(scene, seen, first), _run(graphs["scene"], given), strict=True):
        np.testing.assert_allclose(found, right, atol=1e-4)


def _run(graph, given):
    return session_of(graph.SerializeToString()).run(None, given)


@pytest.mark.parametrize(
    "changed",
    [
        {"key_heads": 2},
        {"still_sinks": False},
        {"fusion": PartChoice(id="vanilla")},
        {"heads": 4},
        {"dynamic_gate": False},
    ],
)
def test_networks_of_other_parts_are_left_to_onnxruntime(changed):
    fields = {name: getattr(SPEC, name) for name in SPEC.__struct_fields__}
    assert is_known(SPEC)
    assert not is_known(NetworkSpec(**{**fields, **changed}))


def test_a_graph_of_another_shape_is_refused(graph):
    fields = {name: getattr(SPEC, name) for name in SPEC.__struct_fields__}
    with pytest.raises(ValueError, match="18 INT8 products, expected 27"):
        native_weights(graph, NetworkSpec(**{**fields, "layers": 3}))
