"""The suite from end to end: a bundle that has learnt nothing is told from what it should be."""

import msgspec
import numpy as np
import pytest

from hobnail_trainer.errors import CorpusError, TrainerError
from hobnail_trainer.scenes import SceneMaker, SceneSettings, Shelf
from hobnail_trainer.suite import SECTIONS, Report, choose_clips, choose_test_clips_for_evaluation, write_report
from hobnail_trainer.suite.listening import LONGEST
from hobnail_trainer.suite.player import Ask, open_rules
from hobnail_trainer.suite.scene_sync import by_features, by_sight, striking

from ..scenes.clipset import TinySource


@pytest.fixture(scope="session")
def folder(built, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(built, folder)
    return folder


def test_every_section_is_there_and_the_file_says_the_same(built, folder):
    found = msgspec.json.decode((folder / "report.json").read_bytes(), type=Report)
    assert found == built.report
    assert [name for name in SECTIONS if getattr(found, name) is None] == []
    assert (found.about.clips, found.about.split, found.about.commit) == (12, "validation", "abc")


def test_the_page_needs_nothing_else_and_shows_every_section(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "http://" not in page
    assert "https://" not in page
    assert [name for name in (*SECTIONS, "sheet", "floors") if f'id="{name}"' not in page] == []
    assert page.count("data:image/png;base64,") == len(SECTIONS) + 2
    assert (folder / "report.png").stat().st_size > 100_000


def test_the_codec_is_nearer_than_a_bundle_that_learnt_nothing(built):
    rows = {row.name: row for row in built.report.quality.rows}
    for judge in ("bands", "ours"):
        assert rows["codec"].kad[judge].value < rows["model"].kad[judge].value
        assert rows["codec"].fad[judge].value < rows["model"].fad[judge].value
    assert rows["nearest"].kad["bands"].value < rows["model"].kad["bands"].value
    assert set(rows["model"].by_category) <= {"impact", "water", "machine", "footstep"}


def test_the_recordings_are_recognised_and_noise_is_not(built):
    rows = {row.name: row for row in built.report.adherence.rows}
    assert rows["recording"].category.accuracy.value > 0.8
    assert rows["model"].category.accuracy.value < rows["recording"].category.accuracy.value
    assert rows["recording"].rank.value > 0.8
    assert 0.0 <= rows["model"].rank.value <= 1.0


def test_scheduled_events_are_counted_and_what_was_not_run_says_why(built):
    sync = built.report.sync
    assert [row.name for row in sync.rows] == ["scheduled", "in a running voice"]
    assert (sync.rows[0].events, sync.rows[0].heard) == (2, 2)
    assert "--scenes-in" in sync.not_run["frame features alone"]


def test_without_palettes_all_three_move_and_the_rules_prove_the_measures(built):
    model, rules = built.report.control.engines[:2]
    assert (model.engine, model.palettes, rules.engine) == ("model", 0, "rules")
    assert all(each.normalised > each.dummy == 0.0 for each in model.css)
    mine = {curve.axis: curve for curve in model.curves}
    assert mine["pitch"].spearman.value > 0.9
    assert mine["pitch"].reach.value == pytest.approx(24.0, abs=3.0)
    assert mine["intensity"].spearman.value > 0.9
    assert mine["intensity"].reach.value > 5.0
    assert mine["texture"].spearman.value < 0.0  # of what has learnt nothing there is little to move
    assert mine["texture"].reach.value < -2.0
    assert model.css[0].reseeded > 0.0
    curves = {curve.axis: curve for curve in rules.curves}
    assert curves["intensity"].spearman.value > 0.8
    assert curves["pitch"].spearman.value > 0.5
    assert rules.css[1].normalised > rules.css[1].dummy == 0.0


def test_structure_knows_how_long_the_recordings_are(built):
    rows = {row.name: row for row in built.report.structure.rows}
    assert rows["recording"].duration_apart == 0.0
    assert rows["recording"].modulation_db.value == 0.0
    assert rows["recording"].ends.value == 1.0
    assert rows["codec"].duration_s.value == pytest.approx(rows["recording"].duration_s.value, abs=0.06)
    assert rows["model"].modulation_db.value > rows["codec"].modulation_db.value


def test_the_proxy_says_what_it_is_worth(built):
    audit = built.report.audit
    assert all(-1.0 <= each.value <= 1.0 for each in (*audit.within.values(), *audit.validity.values()))
    assert {row.name for row in audit.rows} >= {"recording", "codec", "model"}
    assert set(audit.validity) == {"smeared", "coarse", "gapped", "holed"}


def test_floors_follow_from_what_was_measured(built):
    verdicts = {floor.what: floor.verdict for floor in built.report.floors}
    found = built.report.sync.rows[0].f1["2"].value
    assert verdicts["sync: scheduled"] == ("met" if found == 1.0 else "not met")
    assert verdicts["sync: pixels alone, all known"] == "not measured"
    assert verdicts["control: pitch"] == "met"
    assert verdicts["control: cross-talk"] in ("met", "not met", "not measured")
    assert verdicts["quality, bands: KAD of the model"] == "not met"


def test_a_voice_is_the_same_in_any_company(player):
    asks = [Ask(words, seed) for seed, words in enumerate(("glass breaking", "rain falling", "a bell"), 1)]
    together = player.one_shots(asks, LONGEST)
    alone = [player.one_shots([ask], LONGEST)[0] for ask in asks]
    assert [each.size for each in together] == [each.size for each in alone]
    assert all(np.allclose(a, b, atol=1e-4) for a, b in zip(together, alone, strict=True))  # bit for bit in INT8 only


def test_an_event_that_is_not_there_is_refused(player):
    with pytest.raises(TrainerError, match="no event 'yodel'"):
        player.one_shots([Ask("it", 1, "yodel")])


def test_the_test_split_opens_by_its_own_door(corpus, listening):
    test = choose_test_clips_for_evaluation(corpus, clips=8, train_clips=2, seed=1)
    assert {each.clip.split for each in test.clips} == {"test"}
    assert {each.clip.split for each in listening.clips} == {"validation"}
    assert listening.digest == choose_clips(corpus, clips=12, train_clips=1, seed=1).digest
    with pytest.raises(CorpusError, match="sounds to judge by"):
        choose_clips(corpus, clips=3, train_clips=1, seed=1)


def test_voices_of_a_scene_see_features_and_pictures(player, bundle):
    settings = SceneSettings(duration_s=5.0, picture_px=32, situations=("walk",))
    scene = SceneMaker(Shelf(TinySource(), "train"), settings).make(3)
    voices = list(striking(0, scene))
    assert [len(voice.pictures) for voice in voices] == [150] * len(voices)
    rows = {row.name: row for row in [*by_features(player, voices, 1), *by_sight(bundle, voices, 1)]}
    assert list(rows)[:2] == ["the scenes' own stems", "frame features alone"]
    assert list(rows)[-3:] == ["pixels alone, causal", "pixels alone, 80 ms ahead", "another's pixels, causal"]
    assert {row.events for row in rows.values()} == {sum(len(voice.events) for voice in voices)}
    assert rows["the scenes' own stems"].f1["50"].value > 0.9
    with pytest.raises(TrainerError, match="cannot see"):
        open_rules().show(scene.pictures, 1600)
