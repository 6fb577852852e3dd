"""Names become words by rules and by the grammar; both say nothing rather than guess."""

import pytest

from hobnail_trainer.corpus.captions import captions_for, read_by_grammar
from hobnail_trainer.corpus.model import CATEGORIES
from hobnail_trainer.corpus.naming import key_of, without_take
from hobnail_trainer.corpus.packages import read_name
from hobnail_trainer.corpus.recipe import packaged_recipe
from hobnail_trainer.corpus.rules import Dropped, Reading, package_rules, parse_rules, read_by_rules
from hobnail_trainer.errors import CorpusError


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("arrow_wood_16", "arrow_wood"),
        ("default_gravel_footstep.2", "default_gravel_footstep"),
        ("Tropical_ Bird (2)", "Tropical_ Bird"),
        ("hit_01b", "hit"),
        ("42-1", "42"),
        ("door1-close", "door1-close"),
        ("007", "007"),
        ("rain", "rain"),
    ],
)
def test_take_numbers_are_told_from_names(stem, expected):
    assert without_take(stem) == expected


def test_takes_of_one_recording_share_a_key():
    assert key_of("a.pk3//Sound/Stone1.ogg") == key_of("a.pk3//Sound/Stone2.wav") == "a.pk3/sound/stone"


@pytest.mark.parametrize(
    ("path", "caption"),
    [
        ("default_gravel_footstep.2.ogg", "a footstep on gravel"),
        ("WoodenDoor3.wav", "a wooden door"),
        ("sfx/glass_break.wav", "glass breaking"),
        ("hit_metal_02.flac", "a blow on metal"),
        ("footsteps/snow_01.wav", "a footstep on snow"),
        ("big-explosion.ogg", "an explosion"),
    ],
)
def test_the_grammar_reads_names(path, caption):
    reading = read_by_grammar(path)
    assert isinstance(reading, Reading)
    assert reading.caption == caption


def test_the_grammar_drops_music_speech_and_interface():
    kinds = {path: read_by_grammar(path) for path in ("boss_theme.ogg", "menu_click.wav", "voice_03.wav")}
    assert list(kinds.values()) == [Dropped("music"), Dropped("ui"), Dropped("speech")]


def test_the_grammar_does_not_guess():
    assert read_by_grammar("xyzzy_07.wav") is None
    assert read_name("xyzzy_07.wav", ()) == Dropped("unlabelled")


def test_the_first_rule_that_matches_holds():
    text = "steps/{snow,ice}* | footstep | a step | snow\nsteps/* | drop | other\n"
    rules = parse_rules(text, source="x")
    assert read_by_rules("game/steps/snowy", rules) == Reading("footstep", "a step", ("snow",))
    assert read_by_rules("steps/mud", rules) == Dropped("other")
    assert read_by_rules("missteps/mud", rules) is None


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("steps/* | footstep", "2 parts"),
        ("steps/* | footsteps | a step", "category 'footsteps'"),
        ("steps/* | footstep | a step | cheese", "material 'cheese'"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(line, fault):
    with pytest.raises(CorpusError, match=f"x.rules, line 2: {fault}"):
        parse_rules(f"# comment\n{line}\n", source="x.rules")


def test_every_package_of_the_default_recipe_has_rules_that_can_be_read():
    for package in packaged_recipe("default").packages:
        assert len(package_rules(package.name)) > len(package_rules("no-such-package")), package.name


def test_every_rule_of_the_recipe_gives_several_different_captions():
    rules = [rule for package in packaged_recipe("default").packages for rule in package_rules(package.name)]
    readings = [rule.meaning for rule in rules if isinstance(rule.meaning, Reading)]
    assert {reading.category for reading in readings} >= set(CATEGORIES) - {"note"}
    for reading in readings:
        captions = captions_for(reading)
        ways = [captions.exact, *captions.paraphrases, captions.category, captions.vague]
        assert len(captions.paraphrases) >= 2
        assert len({captions.exact, *captions.paraphrases}) == len(captions.paraphrases) + 1
        assert all(way == way.strip() and "{" not in way and "  " not in way for way in ways)


def test_captions_go_from_exact_to_vague():
    captions = captions_for(Reading("footstep", "a footstep on gravel", ("gravel",)))
    assert captions.exact == "a footstep on gravel"
    assert "a step on gravel" in captions.paraphrases
    assert "gravel footsteps" in captions.paraphrases
    assert captions.category == "a footstep"
    assert captions.vague == "sound"
