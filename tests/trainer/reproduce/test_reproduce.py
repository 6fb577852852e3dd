"""Runs are kept and gone on with, rules decide as they were written, the page says what was not run."""

import msgspec
import numpy as np
import pytest

from hobnail.host import Host
from hobnail_trainer.errors import FeedError, TrainerError
from hobnail_trainer.export.counts import counts_of
from hobnail_trainer.model.preset import read_preset
from hobnail_trainer.reproduce import Sources, reproduce, write_page
from hobnail_trainer.reproduce.build import read_outcomes, take_over
from hobnail_trainer.reproduce.conditions import CLEAN, part_blocks, scene_blocks
from hobnail_trainer.reproduce.cost import train_gb, work_tflop
from hobnail_trainer.reproduce.domains import _dealt
from hobnail_trainer.reproduce.paradigms import ARMS
from hobnail_trainer.reproduce.registry import Arm, Registry
from hobnail_trainer.reproduce.rules import at_most, difference, lower
from hobnail_trainer.reproduce.sounds import beginnings, measure_transients
from hobnail_trainer.reproduce.speed import above_one, ratio_of, speed_ratio, speed_up

CHANCE = np.random.default_rng(1)


def losses(mean, seeds=(1, 2, 3), spread=0.1):
    return {seed: CHANCE.normal(mean, spread, 60) for seed in seeds}


def test_a_lower_loss_with_every_seed_is_supported_and_the_opposite_is_not():
    low, high = losses(0.5), losses(0.8)
    assert lower(difference(low, high)) == "supported"
    assert lower(difference(high, low)) == "not supported"
    assert lower(difference(low, {seed: each.copy() for seed, each in low.items()})) == "not observed at this scale"


def test_one_seed_or_one_that_disagrees_supports_nothing():
    assert lower(difference(losses(0.5, (1,)), losses(0.8, (1,)))) == "not observed at this scale"
    mixed = {1: losses(0.5)[1], 2: losses(0.5)[2], 3: losses(0.9)[3]}
    assert lower(difference(mixed, losses(0.8))) == "not observed at this scale"


def test_a_bound_is_kept_or_broken():
    assert at_most(0.8, 0.85) == "supported"
    assert at_most(0.9, 0.85) == "not supported"


@pytest.mark.parametrize(
    ("aligned", "expected"),
    [
        ([(50, 0.9), (100, 0.7)], 100 / 75.0),
        ([(50, 0.8), (100, 0.7)], 2.0),
        ([(50, 0.9), (100, 0.85)], None),
        ([(50, 0.7)], 2.0),
    ],
)
def test_a_speed_up_is_read_between_looks(aligned, expected):
    found = speed_up([(50, 0.95), (100, 0.8)], aligned)
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_run_that_never_gets_there_has_a_speed_up_below_one():
    plain, slow = [(50, 0.9), (100, 0.7)], [(50, 0.95), (100, 0.8)]
    assert speed_ratio(plain, slow) == pytest.approx(0.75)
    assert speed_ratio(slow, plain) == pytest.approx(1.0 / 0.75)
    assert speed_ratio(plain, plain) == 1.0


def test_a_speed_up_needs_three_seeds_that_agree():
    clear, one, mixed = ratio_of([1.5, 1.6, 1.55]), ratio_of([1.5]), ratio_of([1.5, 0.9, 1.4])
    assert clear.low > 1.4
    assert above_one(clear) == "supported"
    assert [above_one(each) for each in (one, mixed)] == ["not observed at this scale"] * 2
    assert above_one(ratio_of([0.5, 0.52, 0.51])) == "not supported"


def test_arms_that_differ_have_folders_of_their_own_and_plain_ones_keep_theirs():
    arms = [
        Arm(),
        Arm(level=True),
        Arm(aligned="own", level=True),
        Arm(aligned="own", how="repa", level=True),
        Arm(aligned="own", pull=2.0, level=True),
        Arm(fusion="late", weighting="equal"),
    ]
    assert arms[0].name == "gca_g1-daf-none-1"
    assert len({arm.name for arm in arms}) == len(arms)


def test_the_preset_is_as_small_as_it_says():
    assert counts_of(read_preset("repro").network, Host.discovered()).parameters <= 2_000_000


def test_memory_and_work_of_full_follow_from_its_parameters():
    assert train_gb(1_500_000_000) == pytest.approx(30.0)
    assert work_tflop(1_500_000_000) == pytest.approx(4.5)


def test_a_run_is_made_once_and_its_record_says_of_what(registry):
    (first,) = registry.ensure([Arm()], tell=lambda _: None)
    said = []
    (again,) = registry.ensure([Arm()], tell=said.append)
    assert said == []
    assert first == again
    assert (first.steps, first.commit, first.arm.name) == (2, "abc", "gca_g1-daf-none-1")
    network, _ = registry.network(Arm())
    assert not network.training


def test_a_run_that_stopped_goes_on(registry, preset, tmp_path):
    shorter = Registry(tmp_path, msgspec.structs.replace(preset, steps=1), registry.data)
    shorter.ensure([Arm(seed=5)], tell=lambda _: None)
    (tmp_path / "gca_g1-daf-none-5" / "record.json").unlink()
    with pytest.raises(TrainerError, match="of other settings"):
        Registry(tmp_path, preset, registry.data).ensure([Arm(seed=5)], tell=lambda _: None)
    (found,) = shorter.ensure([Arm(seed=5)], tell=lambda _: None)
    assert found.steps == 1


def test_a_record_of_other_settings_is_refused(registry, preset):
    other = Registry(registry.folder, msgspec.structs.replace(preset, steps=9), registry.data)
    registry.ensure([Arm()], tell=lambda _: None)
    with pytest.raises(TrainerError, match="a run of other settings"):
        other.ensure([Arm()], tell=lambda _: None)


def test_conditions_need_scenes(registry):
    with pytest.raises(FeedError, match="no scenes in validation"):
        scene_blocks(registry.data.held_out, registry.preset.feed, CLEAN)


def test_outcomes_are_kept_and_the_page_names_what_was_not_run(registry, bundle, tmp_path):
    sources = Sources(tmp_path, bundle, registry, registry.data.held_out, seeds=(1,))
    found = reproduce(sources, ["int8", "table6", "table7", "table4"], tell=lambda _: None)
    assert [each.id for each in found] == ["int8", "table7", "table6", "collapse", "table4"]
    assert read_outcomes(tmp_path) == sorted(found, key=lambda each: each.id)
    four = found[-1]
    ran = [rule for rule in four.rules if rule.verdict != "not run"]
    assert [rule.claim.partition(":")[0] for rule in ran] == ["drawn to itself", "drawn to itself"]
    assert {rule.verdict for rule in ran} <= {"not supported", "not observed at this scale"}
    page = write_page(found, tmp_path / "pictures", tmp_path / "docs" / "reproduction.md").read_text(encoding="utf-8")
    assert "claimed" in page
    assert "| not run |" in page
    assert "| table3 | was not asked for yet |" in page
    assert (tmp_path / "docs" / "pictures" / "reproduction" / "table4.png").is_file()


def test_outcomes_of_two_folders_come_on_one_page(registry, bundle, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, tables in ((here, ["int8"]), (there, ["int8", "table4"])):
        reproduce(Sources(folder, bundle, registry, registry.data.held_out, seeds=(1,)), tables, tell=lambda _: None)
    kept = (here / "outcomes" / "int8.json").read_bytes()
    take_over(here, there)
    assert [each.id for each in read_outcomes(here)] == ["int8", "table4"]
    assert (here / "outcomes" / "int8.json").read_bytes() == kept
    assert (here / "pictures" / "table4.png").is_file()


def test_a_table_that_is_not_there_is_refused(registry, bundle, tmp_path):
    with pytest.raises(TrainerError, match="'table12': no such table"):
        reproduce(Sources(tmp_path, bundle, registry, registry.data.held_out), ["table12"], tell=lambda _: None)


def test_paradigms_and_gates_are_compared_from_runs_that_are_made(registry, bundle, tmp_path):
    sources = Sources(tmp_path, bundle, registry, registry.data.held_out, seeds=(1,))
    two, gates = reproduce(sources, ["table2", "gating"], tell=lambda _: None)
    labels = [row[0] for row in two.tables[0].rows]
    assert labels[:4] == list(ARMS)
    assert [rule.verdict for rule in two.rules[-3:]] == ["not run"] * 3  # there are no pairs
    assert [row[0] for row in gates.tables[0].rows] == ["vanilla", "gca_g1"]
    assert all(0.0 < float(row[2]) < 1.0 for row in gates.tables[0].rows)


def test_first_transients_are_of_sounds_at_their_beginning(registry):
    batch = beginnings(registry.data.held_out, registry.preset.feed, 8)
    assert batch.hops == 64
    assert not batch.first.any()
    found = measure_transients(registry, registry.data.held_out, (1,), tell=lambda _: None)
    assert [row[0] for row in found.tables[0].rows][1:] == ["vanilla", "gca_g1"]


def test_words_are_dealt_within_a_batch(registry, preset):
    batch = max(part_blocks(registry.data.held_out, preset.feed, count=6), key=lambda each: len(each.clips))
    dealt = _dealt(batch)
    assert not np.array_equal(dealt.text, batch.text)
    assert sorted(map(bytes, dealt.text)) == sorted(map(bytes, batch.text))
