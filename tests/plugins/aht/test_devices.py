"""Where graphs run: what is asked of onnxruntime for a GPU, and that copies on a device change no bit.

No GPU is needed: copies are made from host to host by the same code, and a stand-in for onnxruntime notes what it was
asked for and runs on the CPU.
"""

import gc
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest

from hobnail.errors import MissingExtraError
from hobnail_plugins.aht import graphs as graphs_module
from hobnail_plugins.aht.bound import BoundStep, RowWindows
from hobnail_plugins.aht.bundle import read_bundle
from hobnail_plugins.aht.graphs import Graphs
from hobnail_plugins.aht.model import Model
from hobnail_plugins.aht.settings import AhtConfig
from hobnail_plugins.aht.slab import Slab, Window
from hobnail_plugins.aht.staging import Staging

from .playing import begin, engine_of, go_on

CUDA, TENSORRT, CPU = "CUDAExecutionProvider", "TensorrtExecutionProvider", "CPUExecutionProvider"


@pytest.fixture
def staged(monkeypatch):
    """Every model that is loaded copies its arrays, as for a device."""
    plain = Graphs.__init__

    def copying(self, *given, **settings):
        plain(self, *given, **(settings | {"staged": True}))

    return lambda: monkeypatch.setattr(Graphs, "__init__", copying)


@pytest.mark.parametrize("event", ["scrape", "footstep"])
def test_with_copies_on_a_device_voices_sound_the_same_to_the_bit(bundle, staged, event):
    heard = []
    for _ in range(2):
        engine = engine_of(bundle, native=False, takes=0)
        steps = [begin(engine, event, seed=seed) for seed in (1, 2, 3)]
        blocks = [step.block.samples for step in steps]
        for _ in range(6 if event == "scrape" else 0):
            steps = go_on(engine, steps)
            blocks += [step.block.samples for step in steps]
        heard.append(np.concatenate(blocks))
        staged()
    assert engine._model._graphs.staged
    np.testing.assert_array_equal(*heard)
    assert np.abs(heard[0]).max() > 1e-3


def test_a_graph_sees_what_lies_in_the_slab_at_every_step_though_it_reads_copies(bundle):
    read = read_bundle(bundle)
    slab, step = Slab(read.manifest.network, read.sinks, 4), {}
    for kind in (False, True):
        graphs = Graphs(read, native=False, staged=kind)
        step[kind] = BoundStep(graphs, 2, 2, adapted=False), RowWindows(graphs, slab)
    found = {False: [], True: []}
    for turn in range(3):
        slab.rows["history"].keys[:, :, :, 1:] = turn
        slab.rows["history"].seen[:, 1:] = True
        for kind, (each, windows) in step.items():
            each.lay(windows.inputs(Window(0, 2), native=each.native), {}, None, 0)
            each.x[...] = 0.5
            each.run()
            found[kind].append(each.velocity.copy())
    np.testing.assert_array_equal(found[True], found[False])
    assert not np.array_equal(found[True][0], found[True][2])


def test_copies_stay_where_they_are_for_as_long_as_shapes_do():
    placed = []

    def place(array):
        placed.append(array.shape)
        return onnxruntime.OrtValue.ortvalue_from_shape_and_type(array.shape, array.dtype, "cpu", 0)

    staging = Staging(place)
    for turn in range(3):
        small, large = np.full((2, 3), turn, np.float32), np.full((2, 5), turn, np.float32)
        values = [staging.copied({"rows": each})["rows"] for each in (small, large)]
        assert [value.numpy().max() for value in values] == [turn, turn]
    assert placed == [(2, 3), (2, 5)]
    room, back = staging.outputs({"out": small}), np.zeros((2, 3), np.float32)
    room["out"].update_inplace(small)
    staging.fetch(["out"], {"out": back})
    assert back.max() == 2


class Asked:
    """onnxruntime on a machine with a GPU, as far as it can be told apart from here."""

    def __init__(self, providers):
        self.providers, self.sessions, self.runs = providers, {}, []
        asked = self

        class Session:
            def __init__(self, path, options, providers):
                names = [each if isinstance(each, str) else each[0] for each in providers]
                asked.sessions[path.rsplit("/", 1)[-1]] = providers
                self._first = names[0]
                self._real = onnxruntime.InferenceSession(path, options, providers=[CPU])

            def get_providers(self):
                return [self._first, CPU]

            def run_with_iobinding(self, binding, options=None):
                number = None if options is None else options.get_run_config_entry("gpu_graph_id")
                asked.runs.append(number)
                self._real.run_with_iobinding(binding)

            def __getattr__(self, name):
                return getattr(self._real, name)

        self.package = SimpleNamespace(
            InferenceSession=Session,
            SessionOptions=onnxruntime.SessionOptions,
            RunOptions=onnxruntime.RunOptions,
            OrtValue=SimpleNamespace(
                ortvalue_from_numpy=onnxruntime.OrtValue.ortvalue_from_numpy,
                ortvalue_from_shape_and_type=self._placed,
            ),
            get_available_providers=lambda: [*self.providers, CPU],
            __version__=onnxruntime.__version__,
        )
        self.places = set()

    def _placed(self, shape, kind, where, number):
        self.places.add(where)
        return onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, kind, "cpu", number)


@pytest.fixture
def gpu(monkeypatch):
    def pretend(*providers):
        asked = Asked(providers)
        monkeypatch.setattr(graphs_module, "runtime_for", lambda device: asked.package)
        return asked

    return pretend


def played(bundle, **settings):
    """A model that has made three steps of two voices, the second of them young no more."""
    model = Model.load(AhtConfig(bundle=str(bundle), voices=8, **settings))
    told = model.told("a scrape on stone")
    voices = [model.begin(seed, told, sustained=True, gain=1.0, force=0.0) for seed in (1, 2)]
    made = [model.make(voices, [{}] * 2, [{}] * 2, 2).latents for _ in range(3)]
    found = np.concatenate(made, axis=1)
    del voices
    gc.collect()
    return model, found


def test_on_cuda_arrays_are_copied_to_the_device_and_the_sound_is_the_same(bundle, gpu):
    _, right = played(bundle, device="cpu", native=False)
    asked = gpu(CUDA)
    model, found = played(bundle, device="cuda")
    assert (model.provider, model.native) == (CUDA, False)
    assert asked.places == {"cuda"}
    assert asked.sessions["plain.onnx"] == [(CUDA, {}), CPU]
    assert set(asked.runs) == {None}
    np.testing.assert_array_equal(found, right)


def test_a_step_of_one_size_is_one_cuda_graph_and_only_steps_are_captured(bundle, gpu):
    asked = gpu(CUDA)
    played(bundle, device="cuda", cuda_graphs=True)
    assert asked.sessions["plain.onnx"] == [(CUDA, {"enable_cuda_graph": "1"}), CPU]
    assert {asked.sessions[name][0] for name in ("tell.onnx", "remember.onnx") if asked.sessions[name][0][1]} == set()
    assert asked.runs == ["0", "0", "1", "1", "1", "1"], "two passes while nothing is remembered, then always the same"


def test_tensorrt_comes_before_cuda_and_keeps_its_engines_in_the_users_cache(bundle, gpu, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = gpu(TENSORRT, CUDA)
    model, _ = played(bundle, device="tensorrt")
    kept = str(tmp_path / "hobnail" / "tensorrt")
    first, second, last = asked.sessions["plain.onnx"]
    assert first == (TENSORRT, {"trt_engine_cache_enable": "True", "trt_engine_cache_path": kept})
    assert (second, last) == ((CUDA, {}), CPU)
    assert model.provider == TENSORRT


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_the_package_does_not_know_names_what_to_install(bundle, device):
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime knows CUDA")
    with pytest.raises(MissingExtraError, match="cuda"):
        Graphs(read_bundle(bundle), device=device)
