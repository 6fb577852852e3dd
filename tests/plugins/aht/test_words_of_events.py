"""What happens, in words, and how hard it was."""

import pytest

from hobnail.scene import Contact, Emitter
from hobnail_plugins.aht.force import MOST_DB, force_db
from hobnail_plugins.aht.phrases import EVENTS, phrase


def test_a_footstep_names_its_ground():
    assert phrase("footstep", Emitter(id="boots"), Contact(material="gravel")) == "a footstep on gravel"


def test_the_emitters_own_words_follow():
    said = phrase("footstep", Emitter(id="boots", prompt="leather boots"), Contact(material="snow"))
    assert said == "a footstep on snow, leather boots"


def test_a_thing_is_named_once():
    said = phrase("impact", Emitter(id="crate", prompt="a wooden crate"), Contact(material="stone", other="wood"))
    assert said.count("a wooden crate") == 1
    assert said.startswith("a wooden crate hitting stone")


def test_what_is_only_a_prompt_stays_a_prompt():
    assert phrase("sound", Emitter(id="bell", prompt="a church bell"), Contact()) == "a church bell"


@pytest.mark.parametrize("event", [event.name for event in EVENTS])
def test_every_event_has_words_when_nothing_is_known(event):
    said = phrase(event, Emitter(id="x"), Contact())
    assert said
    assert "{" not in said


def test_nothing_known_is_of_middling_force():
    assert force_db("impact", Emitter(id="x"), Contact(material="stone")) == 0.0


def test_faster_is_harder_and_it_is_bounded():
    speeds = (0.01, 0.3, 1.0, 3.0, 1000.0)
    found = [force_db("impact", Emitter(id="x", mass_kg=2.0), Contact(speed_m_s=speed)) for speed in speeds]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (-MOST_DB, MOST_DB)


def test_a_walk_at_ordinary_speed_is_of_middling_force():
    assert force_db("footstep", Emitter(id="x"), Contact(speed_m_s=1.4)) == pytest.approx(0.0)


def test_what_a_contact_says_of_its_intensity_holds():
    hard = Contact(intensity=1.0, speed_m_s=0.01)
    assert force_db("impact", Emitter(id="x"), hard) == MOST_DB
