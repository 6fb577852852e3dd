"""What is written, what is counted, and what is refused."""

import re

import msgspec
import pytest
import torch
from click.testing import CliRunner

from hobnail.errors import BundleError
from hobnail_plugins.aht.bundle import check_codec, check_text, read_bundle
from hobnail_plugins.aht.phrases import EVENTS
from hobnail_plugins.aht.prints import codec_digest
from hobnail_plugins.aht.spec import BLOCKS
from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.procedural.engine import ProceduralEngine
from hobnail_trainer.cli.inspect import command as inspect
from hobnail_trainer.errors import TrainerError
from hobnail_trainer.export.counts import counts_of
from hobnail_trainer.export.levels import MOST_DB, MOST_OVER_DB, lacking_db
from hobnail_trainer.export.source import checkpoint_of, network_of
from hobnail_trainer.feed.encode import codec_print as feeds_print
from hobnail_trainer.feed.model import FeedHeader
from hobnail_trainer.model.checkpoint import save
from hobnail_trainer.model.preset import read_preset

pytestmark = pytest.mark.timeout(600)

KINDS = {event.name for event in EVENTS}


def test_a_bundle_says_what_it_is(small):
    manifest = small.bundle.manifest
    assert (manifest.name, manifest.precision, manifest.training.steps) == ("tiny", "int8", 7)
    assert manifest.sampling.instant
    assert set(manifest.sampling.times) == set(BLOCKS)
    assert [part.id for part in manifest.components] == ["gca_g1", "daf"]
    assert {part.distribution for part in manifest.components} == {"hobnail"}
    assert len(manifest.latency.passes) == 6
    assert "INT8" in manifest.precision.upper()
    assert manifest.codec.id in (small.bundle.folder / "card.md").read_text()


def test_a_bundle_says_how_loud_its_events_are(small):
    """One-shots as the procedural engine has them; what is held is held at the rule's level once it is turned."""
    levels = small.bundle.manifest.levels
    rules = {event.name: event.kind for event in ProceduralEngine().spec.events}
    assert set(levels.one_shot_db) == {name for name, kind in rules.items() if kind == "one_shot"} & set(KINDS)
    assert set(levels.sustained_db) == set(levels.steady_db)
    assert {"rain", "scrape"} <= set(levels.sustained_db)
    assert all(-60.0 < level < 0.0 for level in levels.one_shot_db.values())
    assert all(abs(level) <= MOST_DB for level in levels.sustained_db.values())
    for event, up_db in levels.sustained_db.items():
        assert -60.0 < levels.steady_db[event] + up_db < -10.0, event


def test_takes_that_lie_far_apart_are_turned_up_less():
    wanted = [-30.0] * 10
    assert lacking_db(wanted, [-36.0] * 10) == 6.0
    scattered = [-20.0, -20.0, *[-60.0] * 8]
    assert lacking_db(wanted, scattered) == pytest.approx(-10.0 + MOST_OVER_DB)
    assert lacking_db(wanted, [-200.0] * 10) == MOST_DB


def test_the_codec_it_was_made_for_fits_and_another_does_not(small):
    codec = linear_codec()
    codec.prepare()
    check_codec(small.bundle, codec)
    assert codec_digest(codec) == feeds_print(codec)
    manifest = small.bundle.manifest
    other = msgspec.structs.replace(manifest, codec=msgspec.structs.replace(manifest.codec, print="0" * 16))
    with pytest.raises(BundleError, match="its tables are others"):
        check_codec(type(small.bundle)(small.bundle.folder, other, small.bundle.sinks), codec)
    with pytest.raises(BundleError, match="reads words"):
        check_text(small.bundle, "words", "another")


def test_a_feed_of_another_codec_is_refused(write, feed):
    path = feed / "feed.json"
    before = path.read_bytes()
    header = msgspec.json.decode(before, type=FeedHeader)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(header, codec_print="f" * 16)))
    try:
        with pytest.raises(TrainerError):
            write("refused")
    finally:
        path.write_bytes(before)


def test_weights_that_are_missing_or_broken_are_refused(run, host, tmp_path):
    checkpoint = checkpoint_of(run)
    tensors = dict(checkpoint.tensors)
    name = "average.layers.1.self_q.weight"
    for value, words in ((torch.full_like(tensors[name], float("nan")), "holds NaN"), (torch.zeros(3), "expected")):
        broken = checkpoint_of(save(tmp_path, checkpoint.state, tensors | {name: value}))
        with pytest.raises(TrainerError, match=words):
            network_of(broken, host)
    stranger = checkpoint_of(save(tmp_path, checkpoint.state, tensors | {"average.stranger": torch.zeros(1)}))
    with pytest.raises(TrainerError, match="stranger"):
        network_of(stranger, host)


def test_the_papers_size_is_counted_without_memory(host):
    found = counts_of(read_preset("full").network, host)
    assert 1.4e9 < found.parameters < 1.6e9
    assert found.parameters == sum(found.parts.values())
    assert found.four_experts == 4 * found.one_adapter + found.router


def test_runs_bundles_and_presets_are_inspected(run, small):
    for what, words in ((run, "held-out loss 0.5000"), (small.bundle.folder, "INT8"), ("full", "1,505,741,369")):
        done = CliRunner().invoke(inspect, [str(what)], catch_exceptions=False)
        assert done.exit_code == 0
        assert words.lower() in done.output.lower()


def test_what_a_pass_costs_is_measured_where_it_is_asked(small):
    said = CliRunner().invoke(inspect, [str(small.bundle.folder), "--costs"], catch_exceptions=False).output
    here = said.split("median of the thread's own time:")[-1]
    for graph in ("step", "plain"):
        for size in ("1 x 2", "1 x 64", "32 x 2"):
            assert float(re.search(rf"\* {graph}, {size} hops: ([\d.]+) ms", here)[1]) > 0.0
    refused = CliRunner().invoke(inspect, ["tiny", "--costs"])
    assert refused.exit_code == 2
    assert "no bundle" in refused.output


def test_the_papers_size_is_printed_beside_the_papers_own_numbers(host):
    """Parameters, adapters' share and AdamW's memory, each from the module that was counted."""
    found = counts_of(read_preset("full").network, host)
    said = CliRunner().invoke(inspect, ["full"], catch_exceptions=False).output
    assert f"{found.parameters:,} parameters" in said
    assert f"{found.one_adapter:,} ({100.0 * found.one_adapter / found.parameters:.2f} %)" in said
    assert f"{found.four_experts:,} ({100.0 * found.four_experts / found.parameters:.2f} %)" in said
    assert f"{16 * found.parameters / 1e9:.2f} GB (weights, gradients, moments; float32)" in said
    assert "the paper's: 1.5 B parameters, adapters 12 M, four experts 48 M" in said


def test_a_bundle_is_none_until_its_manifest_is_there(small, host, tmp_path):
    with pytest.raises(BundleError, match=r"no manifest\.json"):
        read_bundle(tmp_path, host)
