"""The match that we recorded: its trace plays, and the recorder's parts read a game's log as it is written.

``data/openarena_film.txt`` is what the game said while five seconds of a match were filmed (lines about loading and
hardware left out). No part of the game is needed here.
"""

import math
import struct
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hobnail.audio import RATE_HZ
from hobnail.errors import TraceError
from hobnail.host import Host
from hobnail.notices import Refused, VoiceEnded
from hobnail.offline import OfflineSession
from hobnail.spatial import place
from hobnail.trace import TraceFrame, TraceListener, decode_trace, encode_trace, packaged_scene, trace_commands
from hobnail_plugins.procedural.materials import MATERIALS
from hobnail_plugins.procedural.spec import EVENTS

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "samples" / "openarena"))  # the recorder is a sample, not a package

from match.avi import read_clip  # noqa: E402  # found through the line above
from match.hearing import followed_player, heard_events  # noqa: E402
from match.log import GameEvent, GameFrame, HeardSound, MatchLog, View, read_log  # noqa: E402
from match.placing import EYE_HEIGHT_M, UNITS_PER_M, feet_of, own, place_of, pose_of  # noqa: E402
from match.scoring import FRAME_FRAMES, score  # noqa: E402
from match.synchrony import aligned, measure  # noqa: E402
from match.vocabulary import RULES  # noqa: E402

FILM = HERE / "data" / "openarena_film.txt"
STEP = "sound/player/footsteps/step1.wav"


@pytest.fixture(scope="module")
def scene():
    return packaged_scene("openarena")


@pytest.fixture(scope="module")
def film():
    return read_log(FILM.read_text(encoding="utf-8").splitlines(), source="film")


def match_of(*frames, painted_at_start=0):
    """Frames of (events, sounds), 1764 samples apart, seen from the origin."""
    view = View((0, 0, 0), 0)
    return MatchLog(
        tuple(
            GameFrame(view, tuple(events), tuple(sounds), painted_at_start + 1764 * number)
            for number, (events, sounds) in enumerate(frames)
        ),
        painted_at_start,
    )


# The trace


def test_the_trace_says_that_it_holds_nothing_of_the_games(scene):
    assert "nothing of the game" in scene.header.licence
    assert "record.py" in scene.header.made_with
    assert encode_trace(scene).count(b".wav") == 0


def test_the_match_is_long_and_full_of_different_events(scene):
    assert len(scene.events) >= 300
    assert 30.0 <= scene.duration_s <= 45.0
    names = Counter(event.name for event in scene.events)
    assert names["footstep"] >= 100
    assert len(names) >= 4
    assert len({event.contact.material for event in scene.events if event.name == "footstep"}) >= 2
    assert len({event.emitter for event in scene.events if event.name == "footstep"}) >= 3


def test_every_event_and_material_is_one_the_engine_knows(scene):
    materials = {event.contact.material for event in scene.events} | {event.contact.other for event in scene.events}
    assert materials - {None} <= set(MATERIALS)
    assert {event.name for event in scene.events} <= {event.name for event in EVENTS}


def test_what_happens_stands_on_pictures(scene):
    assert all(item.at % FRAME_FRAMES == 0 for item in scene.items)


def test_the_listener_runs_through_the_arena(scene):
    poses = [item.pose.position_m for item in scene.items if isinstance(item, TraceListener)]
    assert len(poses) > 500
    assert max(math.dist(poses[0], pose) for pose in poses) > 10.0


def test_things_are_heard_on_both_sides_and_at_many_distances(scene):
    pans, distances, pose = [], [], None
    for item in scene.items:
        if isinstance(item, TraceListener):
            pose = item.pose
        elif isinstance(item, TraceFrame) and pose:
            for row in item.rows.values():
                pan, distance = place(pose, row)
                pans.append(pan)
                distances.append(distance)
    assert min(pans) < -0.7
    assert max(pans) > 0.7
    assert max(distances) < 42.0  # the game lets nothing be heard from farther away
    assert np.ptp(distances) > 20.0


def test_the_match_renders_without_a_refusal_and_faster_than_it_was_played(scene):
    session = OfflineSession(host=Host.discovered())
    began = time.perf_counter()
    blocks = list(session.render(trace_commands(scene), frames=scene.header.duration_frames))
    elapsed_s = time.perf_counter() - began
    sound = np.concatenate(blocks)
    assert not [notice for notice in session.notices if isinstance(notice, Refused)]
    assert len(sound) == scene.header.duration_frames
    assert np.isfinite(sound).all()
    level = np.abs(sound).max(axis=1)
    assert 0.05 < level.max() <= 1.0
    assert elapsed_s < scene.duration_s / 2  # 20 times and more on an idle machine; this one may be busy
    onsets = [notice for notice in session.notices if isinstance(notice, VoiceEnded) and notice.onset_frame is not None]
    assert len(onsets) > 0.9 * len(scene.events)


# The log


def test_a_log_gives_one_frame_a_picture(film):
    written = next(line for line in FILM.read_text(encoding="utf-8").splitlines() if line.startswith("Wrote "))
    assert len(film.frames) == int(written.split()[1].split(":")[0])


def test_the_mixer_runs_evenly_with_the_pictures(film):
    steps = np.diff([frame.painted for frame in film.frames[3:]])
    assert set(steps) == {44_100 // 25}


def test_a_view_belongs_to_the_frame_before_it_was_asked_for():
    lines = [
        "frame:0 all:  1",
        "ent:  7  event:  1 EV_FOOTSTEP",
        f"56 19 {STEP}",
        "----(1)---- painted: 500",
        "frame:1 all:  1",
        "(1 -2 3) : -90",
        "----(0)---- painted: 2264",
        "Wrote 1:1 frames to videos/match.avi",
        "frame:2 all:  1",
    ]
    log = read_log(lines)
    assert log.frames == (
        GameFrame(View((1, -2, 3), -90), (GameEvent(7, "EV_FOOTSTEP"),), (HeardSound(56, 19, STEP),), 500),
    )
    assert log.painted_at_start == 2264


def test_chat_and_loading_are_passed_over(film):
    lines = FILM.read_text(encoding="utf-8").splitlines()
    noisy = [text for line in lines for text in (line, "sarge: ent: 1 event: 1 EV_FOOTSTEP", "^3WARNING: \x00\ufffd")]
    assert read_log(noisy) == film


def test_a_log_without_an_end_is_refused():
    lines = FILM.read_text(encoding="utf-8").splitlines()
    with pytest.raises(TraceError, match="half: no line says that a video was written"):
        read_log(lines[: len(lines) // 2], source="half")


def test_a_log_whose_beginning_is_missing_is_refused():
    lines = FILM.read_text(encoding="utf-8").splitlines()
    with pytest.raises(TraceError, match="pictures were written, but only"):
        read_log(lines[len(lines) // 2 :], source="half")


# Hearing


def test_a_film_becomes_a_trace_that_is_read_back(film):
    scored = score(film, title="four seconds", made_with="a test")
    assert len(scored.trace.events) == len(scored.heard) >= 15
    assert decode_trace(encode_trace(scored.trace)) == scored.trace
    told = sum(len(frame.events) for frame in film.frames)
    assert told == len(scored.heard) + scored.silent.total()


def test_the_followed_player_is_the_one_who_sounds_in_full():
    step = GameEvent(3, "EV_FOOTSTEP")
    near = ([step, GameEvent(5, "EV_FOOTSTEP")], [HeardSound(127, 127, STEP), HeardSound(50, 20, STEP)])
    log = match_of(near, ([], []), ([step], [HeardSound(127, 127, STEP)]))
    assert followed_player(log) == 3
    heard = heard_events(log)
    assert [(event.event.entity, own(event.sound)) for event in heard] == [(3, True), (5, False), (3, True)]


def test_two_players_keep_their_sides():
    first = ([GameEvent(1, "EV_FOOTSTEP")], [HeardSound(60, 5, STEP)])
    both = [HeardSound(5, 60, STEP), HeardSound(58, 6, STEP)]
    log = match_of(first, ([], []), ([GameEvent(1, "EV_FOOTSTEP"), GameEvent(2, "EV_FOOTSTEP")], both))
    assert [(event.event.entity, event.sound.left) for event in heard_events(log)] == [(1, 60), (1, 58), (2, 5)]


def test_an_event_that_nobody_hears_gives_nothing():
    log = match_of(([GameEvent(1, "EV_FOOTSTEP"), GameEvent(1, "EV_OBITUARY")], []))
    scored = score(log, title="t", made_with="m")
    assert scored.trace.events == ()
    assert scored.silent == {"EV_FOOTSTEP": 1, "EV_OBITUARY": 1}


def test_a_blast_that_still_rings_is_not_the_next_one():
    blast = HeardSound(40, 40, "sound/weapons/rocket/rocklx1a.wav")
    hit = GameEvent(80, "EV_MISSILE_HIT")
    assert len(heard_events(match_of(([hit], [blast]), ([hit], [blast])))) == 1


def test_every_rule_speaks_the_engines_language():
    events, materials = {event.name for event in EVENTS}, {None, *MATERIALS}
    for rules in RULES.values():
        for rule in rules:
            assert rule.event in events
            assert {rule.contact.material, rule.contact.other} <= materials


# Placing


@pytest.mark.parametrize("yaw", [0, 45, 90, -120, 180])
@pytest.mark.parametrize(("ahead", "right"), [(300, 0), (200, 500), (150, -700), (0, 900), (60, 10)])
def test_a_place_is_found_from_the_volumes_that_the_game_gives_it(yaw, ahead, right):
    distance = math.hypot(ahead, right)
    share = 127 * (1.0 - max(0.0, distance - 80.0) / 1250.0)
    sound = HeardSound(
        round(share * 0.5 * (1 - right / distance)), round(share * 0.5 * (1 + right / distance)), "sound/a.wav"
    )
    view = View((320, -640, 64), yaw)
    pan, distance_m = place(pose_of(view), place_of(sound, view))
    assert pan == pytest.approx(right / distance, abs=0.05)
    assert distance_m == pytest.approx(max(80.0, distance) / UNITS_PER_M, abs=0.35)


def test_the_followed_players_feet_are_below_the_ears():
    view = View((320, -640, 64), 30)
    ears, feet = pose_of(view).position_m, feet_of(view)
    assert ears == (10.0, 2.0, 20.0)
    assert feet == pytest.approx((10.0, 2.0 - EYE_HEIGHT_M, 20.0), abs=1e-3)


# Sound


def clicks(log, times, lead=0):
    """A click where the game's mixer begins the sound of each event, on faint noise."""
    sound = np.random.default_rng(1).normal(0.0, 20.0, (1764 * len(log.frames) + 4410, 2))
    for number in times:
        at = log.frames[number].painted - log.painted_at_start + lead
        click = 12_000.0 * np.exp(-np.arange(300) / 60.0) * np.sign(np.sin(np.arange(300)))
        sound[at : at + 300] += click[:, None]
    return sound.astype(np.int16)


def stepping(count=300, every=9):
    step = ([GameEvent(1, "EV_FOOTSTEP")], [HeardSound(127, 127, STEP)])
    return match_of(*(step if number % every == 5 else ([], []) for number in range(count)), painted_at_start=7000)


def test_sounds_where_the_log_puts_them_are_found_there():
    log = stepping()
    heard = heard_events(log)
    found = measure(log, heard, clicks(log, [event.frame for event in heard]))
    assert found.alone == found.rises == len(heard) > 30
    assert max(abs(offset) for offset in found.offset_ms) <= 2.5
    assert found.best_shift == 0
    assert found.correlation[0] > 0.7


def test_sounds_that_come_late_are_found_late():
    log = stepping()
    heard = heard_events(log)
    found = measure(log, heard, clicks(log, [event.frame for event in heard], lead=2 * 1764 - 400))
    assert found.offset_ms[1] == pytest.approx(70.9, abs=2.5)
    assert found.best_shift in (1, 2)


def test_a_track_that_runs_ahead_of_its_pictures_is_moved_back():
    log = stepping()
    ahead = MatchLog(log.frames, log.painted_at_start + 4410)
    track, lead_s, wander_s = aligned(np.ones((100, 2), dtype=np.int16), ahead)
    assert lead_s == pytest.approx(0.1)
    assert wander_s == pytest.approx(0.0, abs=1e-9)
    assert np.flatnonzero(track[:, 0])[0] == 4410


def test_a_video_gives_its_sound_and_its_number_of_pictures(tmp_path):
    def chunk(name, data):
        return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    sound = np.arange(12, dtype="<i2")
    movie = b"movi" + chunk(b"00dc", b"jpg") + chunk(b"01wb", sound[:8].tobytes()) + chunk(b"00dc", b"picture")
    movie += chunk(b"01wb", sound[8:].tobytes()) + chunk(b"idx1", b"")
    path = tmp_path / "clip.avi"
    path.write_bytes(b"RIFF\0\0\0\0AVI " + movie)
    clip = read_clip(path)
    assert clip.pictures == 2
    assert clip.sound.tolist() == sound.reshape(-1, 2).tolist()


@pytest.mark.parametrize("data", [b"", b"RIFF", b"movi", b"not a video at all"])
def test_what_is_no_video_is_refused(tmp_path, data):
    path = tmp_path / "clip.avi"
    path.write_bytes(data)
    with pytest.raises(TraceError, match=r"clip\.avi: not an AVI"):
        read_clip(path)
    with pytest.raises(TraceError, match="cannot be read"):
        read_clip(tmp_path / "none.avi")


def test_the_scene_is_as_long_as_its_pictures(film):
    trace = score(film, title="t", made_with="m").trace
    assert trace.header.duration_frames == len(film.frames) * FRAME_FRAMES + RATE_HZ
