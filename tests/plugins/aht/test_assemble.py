"""A network is put together from components by id; a stranger's weighting trains and runs; what is wrong is named."""

import textwrap
from importlib.metadata import EntryPoint

import msgspec
import numpy as np
import pytest
import torch

from hobnail.contracts import BatchedComponent, Component, SteeredComponent
from hobnail.errors import ConfigError, PluginError
from hobnail.host import Host
from hobnail.testing import check_component
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.nn.reported import reported, steering
from hobnail_plugins.aht.spec import PartChoice
from hobnail_plugins.daf.components import WeightingComponent
from hobnail_plugins.daf.spec import WeightingSettings
from hobnail_plugins.gca.components import FusionComponent
from hobnail_plugins.gca.spec import FusionSettings

torch.set_num_threads(1)

FLOOR = WeightingSettings().smoothing.floor
STRANGER = {
    "__init__.py": '"""A stranger\'s weighting."""',
    "plugin.py": '''
        """Registers it."""
        import msgspec
        import numpy as np
        from hobnail import hookimpl

        class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
            """Table [component.loudest]."""
            power: float = 1.0  #: how much louder counts more

        class Loudest:
            """Weights by loudness to a learned power; holds the last weights half."""
            kind = "weighting"
            torch_half = "hobnail_loudest.nn:Loudest"
            inputs = {"daf_prior": (3,), "daf_hold": (1,)}
            outputs = {"daf_logits": (3,)}

            def __init__(self, settings):
                self.settings = settings

            def init_state(self):
                return np.zeros(3, np.float32)

            def before_step(self, state):
                return {"daf_prior": state.copy(), "daf_hold": np.full(1, 0.5, np.float32)}, state

            def after_step(self, outputs, state):
                return np.clip(outputs["daf_logits"], -8.0, 8.0)

        @hookimpl
        def hobnail_register_components(register):
            register("loudest", Loudest, help="Weighting: the loudest counts most.", config=Settings)
    ''',
    "nn.py": '''
        """Its torch half; it knows nothing of ours but the shape of what it is handed."""
        import torch
        from hobnail_plugins.nn.contracts import Weighed

        class Loudest(torch.nn.Module):
            def __init__(self, size, settings):
                super().__init__()
                self.power = torch.nn.Parameter(torch.full((size.streams,), settings.power))

            def forward(self, evidence, steering):
                logits = self.power * evidence.magnitude.clamp(min=1e-6).log()
                if steering is not None:
                    logits = logits + steering.hold.unsqueeze(1) * (steering.prior.unsqueeze(1) - logits)
                hidden = ~(evidence.present | ~evidence.present.any(dim=-1, keepdim=True))
                return Weighed(torch.softmax(logits.masked_fill(hidden, -1e4), dim=-1), logits)

        class Headless(torch.nn.Module):
            def __init__(self, size, settings):
                super().__init__()
                raise RuntimeError("no head")
    ''',
}


@pytest.fixture
def stranger(tmp_path, monkeypatch):
    """A host that found the stranger's plug-in by its entry point, beside ours."""
    package = tmp_path / "hobnail_loudest"
    package.mkdir()
    for name, text in STRANGER.items():
        (package / name).write_text(textwrap.dedent(text).lstrip())
    monkeypatch.syspath_prepend(tmp_path)
    host = Host.discovered(only=["gca", "daf"])
    stranger = Host()
    points = [
        EntryPoint(name="loudest", value="hobnail_loudest.plugin", group="hobnail"),
        EntryPoint(name="gca", value="hobnail_plugins.gca.plugin", group="hobnail"),
    ]
    stranger.discover(points)
    assert host.failures == stranger.failures == ()
    return stranger


def train(network, tiny, steps):
    """Losses of a few steps on one batch."""
    given = tiny.given()
    aim = torch.randn(given.x.shape, generator=torch.Generator().manual_seed(3))
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(steps):
        streams = tiny.streams(network, given)
        out = network(given.x, given.t, given.r, given.first, torch.full_like(given.first, 50), streams)
        loss = (out.velocity - aim).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def test_a_strangers_weighting_is_found_assembled_and_trained(tiny, stranger):
    spec = tiny.spec("gca_g1", PartChoice(id="loudest", settings={"power": 2.0}))
    torch.manual_seed(0)
    network = assemble(spec, stranger)
    parts = [layer.weighting for layer in network.layers]
    assert [type(part).__name__ for part in parts] == ["Loudest", "Loudest"]
    assert all(bool((part.power == 2.0).all()) for part in parts)
    losses = train(network, tiny, 6)
    assert losses[-1] < 0.98 * losses[0]
    assert all(bool((part.power != 2.0).any()) for part in parts)
    assert isinstance(msgspec.json.decode(msgspec.json.encode(spec)), dict)


def test_a_strangers_weighting_runs_live_beside_the_network_that_it_is_part_of(tiny, stranger):
    component = stranger.build("components", "loudest")
    check_component(component)
    network, given = tiny.network("gca_g1", "loudest", host=stranger), tiny.given()
    none = {"daf_override": torch.zeros(3, 3), "daf_overriding": torch.zeros(3, 1)}
    states = [component.init_state()] * 3
    seen = []
    for _ in range(3):
        begun = [component.before_step(state) for state in states]
        names = begun[0][0]
        inputs = {name: torch.from_numpy(np.stack([given_[name] for given_, _ in begun])) for name in names}
        outputs = reported(tiny.step(network, given, steering(inputs | none)))
        read = [{"daf_logits": outputs["daf_logits"][voice].numpy()} for voice in range(3)]
        states = [component.after_step(each, state) for each, (_, state) in zip(read, begun, strict=True)]
        seen.append(outputs["daf_logits"].numpy())
    first, second, third = (
        np.abs(after - before).max() for before, after in zip([0 * seen[0], *seen], seen, strict=False)
    )
    assert first > second > third > 0.0  # half the way each time


@pytest.mark.parametrize(
    "weighting", ["equal", "learned_static", "magnitude", "daf_literal", "daf", "variance", "oracle"]
)
@pytest.mark.parametrize("fusion", ["vanilla", "flamingo", "gca_literal", "gca_ctx", "gca_g1", "late", "projected"])
def test_every_pair_of_arms_takes_a_training_step(tiny, fusion, weighting):
    torch.manual_seed(0)
    losses = train(assemble(tiny.spec(fusion, weighting), Host.discovered(only=["gca", "daf"])), tiny, 3)
    assert losses[-1] < losses[0]


def test_components_may_be_given_by_name_without_a_host(tiny):
    settings = WeightingSettings(temperature=0.4)
    parts = {
        "flamingo": FusionComponent("flamingo", FusionSettings()),
        "warm": WeightingComponent("daf", settings),
    }
    network = assemble(tiny.spec("flamingo", PartChoice(id="warm", settings={"temperature": 0.4})), parts)
    assert network.layers[0].weighting.settings == settings
    with pytest.raises(
        ConfigError, match=r"'warm' was built with .*temperature=0\.4.* the network has .*temperature=0\.15"
    ):
        assemble(tiny.spec("flamingo", "warm"), parts)


def test_ours_step_many_voices_and_follow_the_caller():
    weighting, fusion = WeightingComponent("daf", WeightingSettings()), FusionComponent("gca_g1", FusionSettings())
    assert isinstance(weighting, Component)
    assert isinstance(weighting, BatchedComponent)
    assert isinstance(weighting, SteeredComponent)
    assert isinstance(fusion, BatchedComponent)
    assert not isinstance(fusion, SteeredComponent)


@pytest.mark.parametrize(
    ("place", "choice", "kind", "problem"),
    [
        ("weighting", {"id": "dav"}, PluginError, "no installed plug-in offers.*Install.*Did you mean 'daf'"),
        ("weighting", {"id": "gca_g1"}, ConfigError, "'gca_g1' is a component of kind 'fusion', expected 'weighting'"),
        ("fusion", {"id": "daf"}, ConfigError, "expected 'fusion'"),
        (
            "fusion",
            {"id": "gca_g1", "settings": {"bias": 1.0}},
            ConfigError,
            "network.fusion.settings.bias: unknown key",
        ),
        ("weighting", {"id": "daf", "settings": {"temperature": "hot"}}, ConfigError, "network.weighting.settings"),
    ],
)
def test_a_wrong_choice_is_refused_with_the_cure(tiny, place, choice, kind, problem):
    host = Host.discovered(only=["gca", "daf"])
    with pytest.raises(kind, match=problem):
        assemble(tiny.spec(**{place: PartChoice(**choice)}), host)


class Broken(WeightingComponent):
    """Ours with something else said of it."""

    def __init__(self, **said):
        super().__init__("daf", WeightingSettings())
        self.said = said

    def __getattribute__(self, name):
        said = object.__getattribute__(self, "__dict__").get("said", {})
        return said[name] if name in said else object.__getattribute__(self, name)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            {"torch_half": "hobnail_absent.nn:Half"},
            "needs 'hobnail_absent', which is not installed. pip install hobnail_absent",
        ),
        ({"torch_half": "hobnail_plugins.daf.nn.weighting:Half"}, "has no torch module 'Half'.*Correct torch_half"),
        ({"torch_half": "hobnail_plugins.daf.spec:WeightingSettings"}, "has no torch module 'WeightingSettings'"),
        ({"torch_half": "torch.nn:GRU"}, "cannot be built as GRU"),
        ({"torch_half": "hobnail_loudest.nn:Headless"}, "RuntimeError: no head"),
        ({"outputs": {"daf_mood": (3,)}}, "'daf_mood'.*among its outputs, which the network does not have"),
        ({"outputs": {"daf_logits": (4,)}}, r"'daf_logits' \[4\].*daf_logits \[3\]"),
        ({"inputs": {"daf_mood": (3,)}}, "'daf_mood'.*among its inputs"),
    ],
)
def test_a_component_that_does_not_fit_is_refused_with_the_reason(tiny, stranger, said, problem):
    parts = {"vanilla": FusionComponent("vanilla", FusionSettings()), "odd": Broken(**said)}
    with pytest.raises(PluginError, match=problem):
        assemble(tiny.spec("vanilla", "odd"), parts)


def test_a_fusion_that_cannot_mix_is_refused(tiny):
    odd = FusionComponent("vanilla", FusionSettings())
    odd.torch_half = "hobnail_plugins.daf.nn.weighting:Equal"
    parts = {"odd": odd, "daf": WeightingComponent("daf", WeightingSettings())}
    with pytest.raises(PluginError, match="lacks inside, mix"):
        assemble(tiny.spec("odd", "daf"), parts)


def test_what_the_network_reports_is_what_the_components_read(tiny):
    network = tiny.network()
    told = reported(tiny.step(network, tiny.given()))
    for name in ("fusion", "weighting"):
        component = Host.discovered(only=["gca", "daf"]).build("components", getattr(network.spec, name).id)
        for output, shape in component.outputs.items():
            assert tuple(told[output].shape) == (3, *(len(network.layers) if size == -1 else size for size in shape))
    assert torch.allclose(told["daf_weights"].sum(dim=-1), torch.ones(3), atol=1e-6)


def test_the_live_half_recovers_what_a_steered_network_thought(tiny):
    network, given = tiny.network(layers=1), tiny.given()
    component = WeightingComponent("daf", WeightingSettings())
    state = component.gather([component.init_state()] * 3)
    free = reported(tiny.step(network, given))
    there = (free["daf_weights"] > 0.0).numpy()
    strengths = np.exp(free["daf_logits"].numpy()) * there
    thought = strengths / strengths.sum(axis=-1, keepdims=True)
    over = np.maximum(thought - FLOOR, 0.0)
    share = (1.0 - FLOOR * there.sum(axis=-1, keepdims=True)) / over.sum(axis=-1, keepdims=True)
    expected = (FLOOR + over * share) * there
    for _ in range(60):
        inputs, state = component.before_step(state)
        steered = steering({name: torch.from_numpy(value) for name, value in inputs.items()})
        outputs = reported(tiny.step(network, given, steered))
        state = component.after_step({name: outputs[name].numpy() for name in component.outputs}, state)
    assert np.allclose(state.weights, expected, atol=0.02)  # the leader is a little in front
    assert np.array_equal(state.weights > 0.0, there)
    assert np.allclose(outputs["daf_weights"].numpy(), state.weights, atol=0.05)
