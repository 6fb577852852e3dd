"""Settings say what cannot be; the component keeps its contract and is found by its id."""

import pytest

from hobnail import ConfigError, Host
from hobnail.testing import check_component
from hobnail_plugins.aht.spec import ADAPTED
from hobnail_plugins.moe_lora import plugin
from hobnail_plugins.moe_lora.spec import EXPERTS, AdapterSettings, LoraSettings, place_problem


def test_by_default_there_are_four_experts_of_rank_four_everywhere_in_six_slots():
    settings = AdapterSettings()
    assert (settings.experts, settings.rank, settings.places, settings.slots) == (EXPERTS, 4, ADAPTED, 6)
    assert settings.axes == ("pitch", "intensity", "texture")


@pytest.mark.parametrize("place", ["self_kv", "cross_k", "memory.both", "k_proj", "v", "values"])
def test_keys_and_values_are_refused_with_the_reason(place):
    with pytest.raises(ConfigError, match="keys or values, which are remembered and would go stale"):
        AdapterSettings(places=("self_q", place))


@pytest.mark.parametrize("place", ["conditioning", "self_qq", "mlp", ""])
def test_other_places_are_refused_with_those_that_there_are(place):
    assert "is no place for adapters, expected one of self_q" in place_problem(place)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"rank": 0}, r"rank is 0, expected 1\.\.512"),
        ({"alpha": 0.0}, "alpha is 0.0"),
        ({"slots": 65}, "slots is 65"),
        ({"experts": ()}, "experts are"),
        ({"experts": ("pitch", "pitch")}, "each once"),
        ({"experts": ("../up",)}, "expected a word"),
        ({"experts": ("shared",)}, "follows no control"),
        ({"places": ()}, "places are"),
        ({"losses": {"memory": 1.5}}, r"losses\.memory is 1\.5, expected 0\.\.1"),
        ({"losses": {"cross_talk_every": 0}}, "cross_talk_every"),
    ],
)
def test_numbers_and_names_that_cannot_be_are_refused(settings, problem):
    host = Host(only=[])
    host.add(plugin, "moe_lora")
    with pytest.raises(ConfigError, match=problem):
        host.build("components", "moe_lora", settings)


@pytest.mark.parametrize("arm", ["lora", "moe_lora"])
def test_both_arms_are_found_by_their_ids_and_keep_the_contract(arm):
    host = Host(only=[])
    host.add(plugin, "moe_lora")
    component = host.build("components", arm, {"rank": 2})
    assert component.kind == "adapter"
    assert component.settings.rank == 2
    assert component.inputs == {"strength": (1, 24)}
    check_component(component)


def test_a_plain_lora_has_an_adapter_an_axis_and_none_that_is_shared():
    assert LoraSettings().experts == ("pitch", "intensity", "texture")


def test_torch_halves_are_where_they_are_said_to_be():
    from importlib import import_module

    for build, settings in ((plugin.lora, LoraSettings()), (plugin.moe_lora, AdapterSettings())):
        module, name = build(settings).torch_half.split(":")
        assert name in vars(import_module(module))
