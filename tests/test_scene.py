"""The courtyard scene: recorded anew it is the committed trace, and what it tells is physically plausible."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hobnail.audio import RATE_HZ
from hobnail.host import Host
from hobnail.notices import Refused, VoiceEnded
from hobnail.offline import OfflineSession
from hobnail.report import BandEnergies, clear_events, find_clicks, levels_of
from hobnail.trace import TraceControl, TraceEvent, TraceFrame, packaged_scene, read_trace, trace_commands
from hobnail_plugins.procedural.materials import MATERIALS
from hobnail_plugins.procedural.spec import EVENTS

RECORDER = Path(__file__).parents[1] / "samples" / "scenes" / "record_courtyard.py"


@pytest.fixture(scope="module")
def scene():
    return packaged_scene()


@pytest.fixture(scope="module")
def recorded_anew(tmp_path_factory):
    pytest.importorskip("pymunk", reason="the recorder needs pymunk, which is in hobnail[dev]")
    output = tmp_path_factory.mktemp("scene") / "courtyard.trace"
    subprocess.run([sys.executable, str(RECORDER), str(output)], check=True, capture_output=True, timeout=60)
    return read_trace(output)


def events_of(scene, emitter, name):
    return [event for event in scene.events if (event.emitter, event.name) == (emitter, name)]


def materials_walked(scene):
    return list(dict.fromkeys(event.contact.material for event in events_of(scene, "boots", "footstep")))


def test_the_recorder_gives_the_committed_scene(scene, recorded_anew):
    """Bit for bit with the same pymunk; another version or machine may round contacts differently."""
    if scene.header.made_with == recorded_anew.header.made_with and sys.platform == "linux":
        assert recorded_anew == scene
    else:
        walked = [event for event in scene.events if event.emitter in ("boots", "coat", "rain")]
        assert [event for event in recorded_anew.events if event.emitter in ("boots", "coat", "rain")] == walked
        assert len(recorded_anew.events) == pytest.approx(len(scene.events), rel=0.2)


def test_the_scene_tells_the_whole_story(scene):
    assert materials_walked(scene) == ["gravel", "wood", "metal", "snow", "stone"]
    told = {(event.emitter, event.name) for event in scene.events}
    assert {
        ("crate", "scrape"),
        ("crate", "impact"),
        ("barrel", "roll"),
        ("bucket", "impact"),
        ("door", "door_open"),
        ("door", "door_close"),
        ("door", "creak"),
        ("gust", "wind"),
        ("puddle", "splash"),
        ("rain", "rain"),
        ("gutter", "pour"),
        ("coat", "cloth"),
    } <= told
    assert 120 <= len(scene.events) <= 200
    assert 30.0 <= scene.duration_s <= 40.0


def test_contacts_fall_between_the_ticks(scene):
    tick_frames = RATE_HZ / scene.header.tick_hz
    off_tick = [event for event in scene.events if event.at % tick_frames]
    assert len(off_tick) > 0.8 * len(scene.events)


def test_frames_come_on_the_ticks(scene):
    assert all(item.at % 800 == 0 for item in scene.items if isinstance(item, TraceFrame))


def test_nobody_walks_faster_than_a_human(scene):
    steps_s = np.array([event.at / RATE_HZ for event in events_of(scene, "boots", "footstep")])
    gaps_s = np.diff(steps_s)
    strides_s = gaps_s[gaps_s < 1.0]
    assert len(strides_s) > 24
    assert 0.4 < strides_s.min() < strides_s.max() < 0.75
    assert strides_s.std() > 0.01


def test_no_blow_is_harder_than_the_fall_allows(scene):
    """A free fall over the whole flight of stairs ends at sqrt(2 g h) = 5.5 m/s; thrown bottles get a little more."""
    falling = [event for event in scene.events if event.name == "impact" and event.contact.impulse_n_s]
    assert len(falling) > 25
    assert all(0.3 < event.contact.speed_m_s < 8.0 for event in falling)
    for event in falling:  # two blows in one step may add up; nothing stops with thrice its own momentum
        contact = event.contact
        assert contact.impulse_n_s < 3.0 * (contact.mass_kg + 22.0) * contact.speed_m_s


def test_blows_of_one_thing_do_not_chatter(scene):
    for emitter in ("crate", "bottle_1", "bottle_2", "bottle_3", "barrel", "bucket"):
        times_s = [event.at / RATE_HZ for event in events_of(scene, emitter, "impact")]
        assert min(np.diff(times_s), default=1.0) > 0.04


def test_the_crate_falls_after_it_slid_and_ends_at_the_bottom(scene):
    slide, fall = events_of(scene, "crate", "scrape")[0], events_of(scene, "crate", "impact")
    assert slide.action == "start"
    assert slide.at < fall[0].at
    rows = [
        (item.at, item.rows["crate"]) for item in scene.items if isinstance(item, TraceFrame) and "crate" in item.rows
    ]
    height = scene.header.columns.index("position_y_m")
    assert rows[0][1][height] > 1.7
    assert rows[-1][1][height] < 0.4


def test_the_barrel_gains_speed_on_the_ramp(scene):
    start, stop = [event.at for event in events_of(scene, "barrel", "roll")][:2]
    speeds = [
        item.rows["barrel"][0]
        for item in scene.items
        if isinstance(item, TraceFrame) and start < item.at < stop and "barrel" in item.rows
    ]
    assert speeds[-1] > 2.0
    assert speeds[5] < 1.0


def test_the_rain_grows(scene):
    values = [item.value for item in scene.items if isinstance(item, TraceControl) and item.emitter == "rain"]
    assert values == sorted(values)
    assert values[0] < 0.3
    assert values[-1] > 0.55


def test_most_events_stand_alone_for_a_moment(scene):
    """At least half of what begins has 100 ms before it in which nothing else begins."""
    begins = [event.at for event in scene.events if event.action != "stop"]
    alone = sum(later - earlier > 0.1 * RATE_HZ for earlier, later in pairwise(begins))
    assert alone > 0.6 * len(begins)


def test_no_take_is_fixed_by_the_scene(scene):
    """Seeds belong to the session: two identical steps must not sound alike."""
    assert Counter(event.seed for event in scene.events if isinstance(event, TraceEvent)) == {None: len(scene.events)}


def test_the_engine_knows_every_word_of_the_scene(scene):
    names = {spec.name for spec in EVENTS}
    assert {event.name for event in scene.events} <= names
    said = {word for event in scene.events for word in (event.contact.material, event.contact.other)}
    said |= {str(emitter.settings.material) for emitter in scene.emitters}
    assert said - {None} <= set(MATERIALS)


@pytest.fixture(scope="module")
def rendered(scene):
    """The scene offline: (sound, fate of every voice)."""
    session = OfflineSession(host=Host.discovered())
    blocks = list(session.render(trace_commands(scene), frames=scene.header.duration_frames))
    return np.concatenate(blocks), session.notices


def test_every_event_of_the_scene_is_audible(scene, rendered):
    _, notices = rendered
    ends = [notice for notice in notices if isinstance(notice, VoiceEnded)]
    silent = [(end.at_frame / RATE_HZ, end.emitter, end.event) for end in ends if end.onset_frame is None]
    assert silent == []
    assert len(ends) >= len([event for event in scene.events if event.action != "stop"]) - 5  # the last still ring
    assert not [notice for notice in notices if isinstance(notice, Refused)]


def test_the_scene_is_loud_enough_and_clean(rendered):
    sound, _ = rendered
    levels = levels_of(sound)
    assert -12.0 < levels.peak_dbfs < -0.3
    assert levels.not_finite == levels.clipped_frames == 0
    assert find_clicks(sound).size == 0


def test_events_that_stand_alone_are_found_in_the_sound(scene, rendered):
    energies = BandEnergies(rendered[0])
    clear = clear_events(scene)
    assert len(clear) > 30
    assert [key for key in sorted(clear) if not energies.rises(key[0])] == []


def test_the_barrel_gets_louder_on_the_ramp(scene):
    rolls = events_of(scene, "barrel", "roll")[:2]
    items = [item for item in scene.items if isinstance(item, TraceFrame) or item in rolls]
    session = OfflineSession(host=Host.discovered())
    alone = msgspec.structs.replace(scene, items=tuple(items))
    sound = np.concatenate(list(session.render(trace_commands(alone), frames=rolls[1].at)))
    second = RATE_HZ // 2
    slow, fast = sound[rolls[0].at : rolls[0].at + second], sound[-second:]
    assert np.sqrt(np.mean(fast**2)) > 2.0 * np.sqrt(np.mean(slow**2))
