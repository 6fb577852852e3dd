"""What is said of sight reaches the network, and what cannot be shown is not said."""

import msgspec
import numpy as np
import pytest
import torch

from hobnail.host import Host
from hobnail_plugins.aht.nn.assemble import assemble
from hobnail_plugins.aht.nn.probes import without
from hobnail_trainer.feed.draw import Drawer
from hobnail_trainer.feed.settings import FeedSettings
from hobnail_trainer.feed.store import columns_of
from hobnail_trainer.model.blocks import Units, blocks_from, streams_of
from hobnail_trainer.model.loop import Data, scale_of
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.reproduce import oscillation
from hobnail_trainer.reproduce.contacts import CLEAN, LATEST, VALUES, held_contacts, shown, stranger_of
from hobnail_trainer.reproduce.dominance import PAST, WORDS, measure_dominance
from hobnail_trainer.reproduce.evened import evened
from hobnail_trainer.reproduce.fusion import looked, measure_sinks, remembering
from hobnail_trainer.reproduce.judged import judge
from hobnail_trainer.reproduce.oscillation import measure_oscillation
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.reproduce.rules import difference
from hobnail_trainer.reproduce.sight import ANOTHER, FRAMES, HIDDEN, NOISE, NONE, VIEWS, bench_of, measure_sight
from hobnail_trainer.reproduce.weighting import measure_weighting

from .seeing import seeing_store

QUIET = lambda _: None  # noqa: E731


@pytest.fixture(scope="session")
def held():
    return held_contacts(seeing_store("validation", 12, 2), read_preset("repro_sight").feed, drawn=60)


@pytest.fixture(scope="session")
def network(held):
    """Untaught, but with open gates and something to say, so that everything that reaches it shows."""
    torch.manual_seed(1)
    made = assemble(read_preset("repro_sight").network, Host.discovered())
    with torch.no_grad():
        torch.nn.init.normal_(made.leave.weight)
        for layer in made.layers:
            torch.nn.init.zeros_(layer.fusion.gate.bias)
    return made.eval()


@pytest.fixture(scope="session")
def units():
    return Units(scale_of(seeing_store("train", 2, 1)))


@pytest.fixture(scope="session")
def bench(tmp_path_factory):
    preset = read_preset("repro_sight")
    small = msgspec.structs.replace(
        preset,
        steps=2,
        judge_batches=1,
        feed=msgspec.structs.replace(preset.feed, tokens=64, most=2),
    )
    data = Data(seeing_store("train", 8, 1), seeing_store("validation", 14, 2))
    return bench_of(tmp_path_factory.mktemp("sight"), small, data, (1,), taught_steps=2, drawn=60)


def test_blocks_have_their_contact_inside_and_it_is_what_is_judged(held):
    entries = {each.id: each for each in seeing_store("validation", 12, 2).parts["scenes"].index.entries}
    for clip, first, judged in zip(held.batch.clips, held.batch.first, held.judged, strict=True):
        inside = [onset - first for onset in entries[clip].onsets if 4 <= onset - first < LATEST]
        assert inside
        assert all(judged[at] for at in inside)
        assert judged.sum() <= 7 * len(inside)


@pytest.mark.parametrize("view", [*NOISE, FRAMES, HIDDEN, ANOTHER])
def test_what_is_said_to_be_worse_is_worse_in_the_input(held, view):
    clean, worse = shown(held, CLEAN), shown(held, view)
    off = np.abs(worse.scene[..., :VALUES] - clean.scene[..., :VALUES])[clean.scene_mask]
    assert off.max() > 0.1
    assert np.array_equal(worse.latents, clean.latents)
    assert np.array_equal(worse.text, clean.text)


def test_noise_has_the_share_of_the_power_that_it_says(held):
    clean = shown(held, CLEAN)
    spread = held.scale.scene.spread[2]
    for view in NOISE:
        off = shown(held, view).scene[..., 2] - held.scale.scene.mean[2]
        noise = off - (1.0 - view.level) ** 0.5 * (clean.scene[..., 2] - held.scale.scene.mean[2])
        assert noise[clean.scene_mask].std() == pytest.approx(view.level**0.5 * spread, rel=0.1)


def test_without_sight_nothing_of_it_is_seen_and_another_is_of_another_scene(held):
    assert not shown(held, NONE).scene_mask.any()
    strangers = stranger_of(held)
    assert all(held.scenes[row] != held.scenes[other] for row, other in enumerate(strangers))


@pytest.mark.parametrize("view", [*(view for view in VIEWS if view is not CLEAN), WORDS, PAST])
def test_every_view_reaches_what_a_network_says(held, network, units, view):
    clean, other = judge(network, units, held, shown(held, CLEAN)), judge(network, units, held, shown(held, view))
    changed = np.abs(other.losses - clean.losses) > 1e-4
    assert changed.mean() > 0.5
    assert np.array_equal(other.true, clean.true)


def test_the_same_view_says_the_same_twice(held, network, units):
    first, second = (judge(network, units, held, shown(held, NOISE[1])) for _ in range(2))
    assert np.array_equal(first.losses, second.losses)


def test_evicting_takes_as_many_hops_as_it_says_and_changes_the_loss(held, network, units):
    blocks = remembering(blocks_from(shown(held, CLEAN), units), network.spec.history_hops)
    assert len(blocks.latents) > 3
    streams = streams_of(network, blocks)
    seen = streams.history_seen
    oldest, newest = without(streams, 4).history_seen, without(streams, 4, "newest").history_seen
    assert (seen.sum(dim=1) - oldest.sum(dim=1)).tolist() == [4] * len(seen)
    assert not oldest[:, :4].any()
    assert not newest[:, -4:].any()
    _, costs = looked(network, units, blocks)
    assert list(costs) == ["1 oldest", "4 oldest", "8 oldest", "1 newest", "4 newest", "8 newest", "all"]
    assert all(abs(cost) > 1e-6 for cost in costs.values())


def test_groups_are_drawn_whole():
    chance = np.random.default_rng(1)
    scene = np.repeat(chance.normal(0.0, 1.0, 10), 20)
    names = [f"scene {number}" for number in np.repeat(np.arange(10), 20)]
    zero = np.zeros(200)
    alone = difference({1: scene}, {1: zero})
    whole = difference({1: scene}, {1: zero}, names)
    assert whole.value == pytest.approx(alone.value)
    assert whole.high - whole.low > 2.0 * (alone.high - alone.low)


def test_blocks_begin_up_to_so_many_hops_before_an_event():
    store = seeing_store("train", 8, 1)
    settings = FeedSettings(parts={"scenes": 1.0}, at_event=1.0, before_event=10)
    batch = Drawer(store, settings).batch(16, np.linspace(0.01, 0.99, 64), np.random.default_rng(1))
    entries = {each.id: each for each in store.parts["scenes"].index.entries}
    ahead = [
        min(onset - first for onset in entries[clip].onsets if onset >= first)
        for clip, first in zip(batch.clips, batch.first.tolist(), strict=True)
    ]
    assert max(ahead) == 10
    assert min(ahead) == 0


def test_all_arms_begin_with_the_taught_network_and_weigh_by_themselves(bench):
    arms = [Arm(weighting=name) for name in ("daf", "learned_static")]
    bench.taught.ensure([Arm(weighting="equal")], tell=QUIET)
    taught, _ = bench.taught.network(Arm(weighting="equal"))
    values = dict(taught.named_parameters())
    for arm in arms:
        begun = bench.arms._begun(arm, bench.arms._preset(arm))
        own = [name for name, _ in begun.named_parameters() if ".weighting." in name]
        assert own
        assert all(torch.equal(values[name], each) for name, each in begun.named_parameters() if name not in own)


def test_networks_that_heed_nothing_say_nothing_about_weighting(bench, tmp_path):
    sight = measure_sight(bench, tell=QUIET)
    assert {rule.verdict for rule in sight.rules} == {"not observed at this scale"}
    three, eight = measure_weighting(bench, tmp_path, tell=QUIET)
    assert {rule.verdict for rule in (*three.rules, *eight.rules)} == {"not run"}
    assert (tmp_path / "figure4.png").is_file()


def test_rows_enter_evened(bench):
    store = bench.taught.data.train
    columns = columns_of([store.parts["scenes"].index.scene])
    torch.manual_seed(1)
    made = assemble(bench.taught.preset.network, Host.discovered())
    enter = made.see.resampler.scene
    weight, bias = enter.weight.detach().clone(), enter.bias.detach().clone()
    evened(store)(made)
    mean = torch.as_tensor(columns.mean)
    assert torch.allclose(enter(mean), bias, atol=1e-5)
    struck = mean.clone()
    struck[2] += float(columns.spread[2])
    assert torch.allclose(enter(struck) - bias, weight[:, 2], atol=1e-5)


def test_probes_and_weights_that_swing_are_measured_on_the_same_runs(bench, monkeypatch):
    monkeypatch.setattr(oscillation, "STEPS", 16)
    one = measure_dominance(bench, tell=QUIET)
    assert [row[0] for row in one.tables[0].rows] == ["daf", "learned_static", "equal"]
    swings = measure_oscillation(bench, bench.arms.data.held_out, tell=QUIET)
    assert len(swings.tables[0].rows) == 4
    still = [float(row[3]) for row in swings.tables[0].rows]
    assert still[1] <= still[0]


def test_sinks_are_looked_for_in_slots_and_in_blocks(bench, held):
    registry = Registry(bench.arms.folder.parent / "fusion", bench.arms.preset, bench.arms.data)
    found = measure_sinks(registry, held, (1,), tell=QUIET)
    assert len(found.rules) == 2
    assert [row[0] for row in found.tables[0].rows] == ["vanilla", "gca_literal", "gca_g1"]
