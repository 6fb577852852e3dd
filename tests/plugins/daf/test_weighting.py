"""Every weighting arm against its formula, worked out by hand in numpy."""

import math

import numpy as np
import pytest
import torch

from hobnail.errors import ConfigError
from hobnail.host import Host
from hobnail.testing import check_plugin
from hobnail_plugins.daf import plugin
from hobnail_plugins.daf.nn.weighting import Daf, DafLiteral, Equal, LearnedStatic, Magnitude, Oracle, Variance
from hobnail_plugins.daf.spec import WeightingSettings
from hobnail_plugins.nn.contracts import Evidence, PartSize, Steering

torch.set_num_threads(1)
SIZE = PartSize(width=16, heads=2)
SETTINGS = WeightingSettings()
ARMS = (Equal, LearnedStatic, Magnitude, DafLiteral, Daf, Variance, Oracle)


def evidence(**changed):
    """Two samples of three hops."""
    torch.manual_seed(4)
    values = {
        "entropy": torch.rand(2, 3, 3),
        "variance": torch.rand(2, 3, 3),
        "magnitude": torch.rand(2, 3, 3) + 0.1,
        "dynamic": torch.zeros(2, 3, 3),
        "count": torch.full((2, 3, 3), 9),
        "present": torch.ones(2, 3, 3, dtype=torch.bool),
    }
    return Evidence(**(values | changed))


def softmax(logits):
    strengths = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return strengths / strengths.sum(axis=-1, keepdims=True)


def weigh(part, given, steering=None):
    with torch.no_grad():
        return part(given, steering).weights.numpy()


def steered(hold=0.0, prior=(0.0, 0.0, 0.0), override=(1.0, 0.0, 0.0), overriding=0.0):
    return Steering(
        prior=torch.tensor([prior] * 2),
        hold=torch.full((2, 1), hold),
        override=torch.tensor([override] * 2),
        overriding=torch.full((2, 1), overriding),
    )


def test_every_arm_is_offered_by_hook_and_keeps_its_contract():
    checked = check_plugin(plugin)
    expected = ("equal", "learned_static", "magnitude", "daf_literal", "daf", "variance", "oracle")
    assert checked == tuple(f"component.{arm}" for arm in expected)


def test_the_entry_point_brings_them():
    host = Host.discovered(only=["daf", "gca"])
    assert {"daf", "oracle", "gca_g1", "vanilla"} <= {offer.id for offer in host.offers("components")}
    part = host.build("components", "daf", {"temperature": 0.3, "smoothing": {"seconds": 0.2}})
    assert part.settings == WeightingSettings(temperature=0.3, smoothing=type(SETTINGS.smoothing)(seconds=0.2))


def test_equal_and_untrained_static_weights_are_a_third_each():
    for arm in (Equal, LearnedStatic, Oracle):
        assert np.allclose(weigh(arm(SIZE, SETTINGS), evidence()), 1 / 3)


def test_learned_static_is_the_softmax_of_what_it_learned():
    part = LearnedStatic(SIZE, SETTINGS)
    part.bias.data = torch.tensor([1.0, -1.0, 0.5])
    assert np.allclose(weigh(part, evidence()), softmax(np.array([1.0, -1.0, 0.5])), atol=1e-6)


def test_magnitude_is_loudness_over_a_fixed_temperature():
    given = evidence()
    expected = softmax(np.log(given.magnitude.numpy()) / 0.15)
    assert np.allclose(weigh(Magnitude(SIZE, SETTINGS), given), expected, atol=1e-5)


def test_the_literal_formula_knows_only_entropy():
    given = evidence(dynamic=torch.ones(2, 3, 3), count=torch.ones(2, 3, 3, dtype=torch.int64))
    part = DafLiteral(SIZE, WeightingSettings(temperature=1.0))
    assert np.allclose(weigh(part, given), softmax(-given.entropy.numpy()), atol=1e-6)
    assert not list(part.parameters())


def test_daf_is_bias_less_entropy_over_its_temperature():
    given, part = evidence(), Daf(SIZE, SETTINGS)
    assert np.allclose(weigh(part, given), softmax(-given.entropy.numpy() / 0.15), atol=1e-5)
    part.bias.data = torch.tensor([0.1, 0.0, -0.1])
    expected = softmax((np.array([0.1, 0.0, -0.1]) - given.entropy.numpy()) / 0.15)
    assert np.allclose(weigh(part, given), expected, atol=1e-5)


def test_the_dynamic_gate_is_added_before_the_temperature():
    dynamic = torch.tensor([0.2, -0.3, 0.0]).expand(2, 3, 3)
    given = evidence(dynamic=dynamic)
    expected = softmax((dynamic.numpy() - given.entropy.numpy()) / 0.15)
    assert np.allclose(weigh(Daf(SIZE, SETTINGS), given), expected, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1])
def test_a_single_token_has_a_learned_constant_in_place_of_its_entropy(count):
    counts = torch.full((2, 3, 3), 9)
    counts[..., 0] = count
    given, part = evidence(count=counts), Daf(SIZE, SETTINGS)
    part.single.data = torch.tensor([0.7, 0.0, 0.0])
    doubt = given.entropy.numpy().copy()
    doubt[..., 0] = 0.7
    assert np.allclose(weigh(part, given), softmax(-doubt / 0.15), atol=1e-5)


def test_variance_takes_the_place_of_one_less_entropy():
    given = evidence()
    assert np.allclose(weigh(Variance(SIZE, SETTINGS), given), softmax((given.variance.numpy() - 1) / 0.15), atol=1e-5)


@pytest.mark.parametrize(("warmth", "temperature"), [(-30.0, 0.05), (30.0, 1.0), (math.log(math.expm1(0.4)), 0.4)])
def test_the_temperature_stays_between_coldest_and_warmest(warmth, temperature):
    given, part = evidence(), Daf(SIZE, SETTINGS)
    part.warmth.data = torch.tensor(warmth)
    assert np.allclose(weigh(part, given), softmax(-given.entropy.numpy() / temperature), atol=1e-5)


def test_the_oracle_mistrusts_what_it_knows_to_be_noisy():
    noise = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 0.0]])
    part = Oracle(SIZE, SETTINGS)
    expected = softmax(-math.log(2.0) * noise.numpy()[:, None] / 0.15)
    assert np.allclose(weigh(part, evidence(noise=noise)), np.broadcast_to(expected, (2, 3, 3)), atol=1e-5)
    assert np.allclose(weigh(part, evidence()), 1 / 3)


@pytest.mark.parametrize("arm", ARMS)
def test_an_absent_stream_weighs_nothing_and_the_rest_share_as_before(arm):
    whole = weigh(arm(SIZE, SETTINGS), evidence())
    present = torch.tensor([True, False, True]).expand(2, 3, 3)
    weights = weigh(arm(SIZE, SETTINGS), evidence(present=present))
    assert (weights[..., 1] == 0.0).all()
    rest = whole[..., [0, 2]] / whole[..., [0, 2]].sum(axis=-1, keepdims=True)
    assert np.allclose(weights[..., [0, 2]], rest, atol=1e-5)


@pytest.mark.parametrize("arm", ARMS)
def test_where_nothing_is_there_weights_are_those_of_everything(arm):
    nothing = torch.zeros(2, 3, 3, dtype=torch.bool)
    weights = weigh(arm(SIZE, SETTINGS), evidence(present=nothing))
    assert np.allclose(weights, weigh(arm(SIZE, SETTINGS), evidence()))
    assert np.allclose(weights.sum(axis=-1), 1.0, atol=1e-6)


def test_what_is_held_is_mixed_in_as_logits():
    given, part = evidence(), Daf(SIZE, SETTINGS)
    own = -given.entropy.numpy() / 0.15
    for hold in (0.0, 0.25, 1.0):
        expected = softmax(hold * np.array([2.0, 0.0, -1.0]) + (1 - hold) * own)
        assert np.allclose(weigh(part, given, steered(hold, (2.0, 0.0, -1.0))), expected, atol=1e-5)


def test_the_callers_weights_replace_the_parts_own_as_far_as_he_says():
    given, part = evidence(), Daf(SIZE, SETTINGS)
    own = weigh(part, given)
    for share in (0.0, 0.5, 1.0):
        expected = own + share * (np.array([0.2, 0.3, 0.5]) - own)
        found = weigh(part, given, steered(override=(0.2, 0.3, 0.5), overriding=share))
        assert np.allclose(found, expected, atol=1e-6)
        assert np.allclose(found.sum(axis=-1), 1.0, atol=1e-6)


@pytest.mark.parametrize("arm", [LearnedStatic, Daf, Variance])
def test_what_can_be_learned_has_a_gradient(arm):
    part = arm(SIZE, SETTINGS)
    counts = torch.full((2, 3, 3), 9)
    counts[..., 0] = 1
    part(evidence(count=counts), None).weights[..., 1].sum().backward()
    assert all(each.grad is not None and bool((each.grad != 0).any()) for each in part.parameters())


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"temperature": 0.0}, "temperature"),
        ({"coldest": 2.0}, "coldest is 2.0, above warmest"),
        ({"smoothing": {"fallback": [0.5, 0.5, 0.5]}}, "sum to 1"),
        ({"smoothing": {"tau": 0.2}}, "tau"),
        ({"smoothing": {"seconds": float("nan")}}, "finite"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(settings, problem):
    with pytest.raises(ConfigError, match=problem):
        Host.discovered(only=["daf"]).build("components", "daf", settings)
