"""Time tags and transport: to the sample, and the same at every pass."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail.timelines import Timelines
from hobnail_bridges.osc.following import Following
from hobnail_bridges.osc.packets import IMMEDIATELY, OscMessage
from hobnail_bridges.osc.timetags import FrameMap, Timing, between, timetag_at
from hobnail_bridges.osc.transport import OscTransport

NOW_NS = 1_790_000_000_000_000_000
NOW = timetag_at(NOW_NS)
RATE = 48_000


def test_tags_become_frames():
    assert FrameMap(RATE).frame_of(timetag_at(NOW_NS + 1_000_000_000), NOW, 500) == 48_500


@given(st.integers(0, 5_000), st.lists(st.integers(-20_000, 20_000), min_size=2, max_size=20))
def test_equal_distances_stay_equal_whatever_the_clocks_jitter(start_ms, jitter_ns):
    frames = FrameMap(RATE)
    mapped = []
    for step, jitter in enumerate(jitter_ns):
        now_ns = NOW_NS + step * 1_000_000
        now_frame = 1_000_000 + step * 48 + jitter * 48 // 1_000_000
        mapped.append(
            frames.frame_of(timetag_at(NOW_NS + (start_ms + 10 * step) * 1_000_000), timetag_at(now_ns), now_frame)
        )
    assert {b - a for a, b in pairwise(mapped)} == {480}


def test_clocks_that_drift_apart_are_tied_anew():
    frames = FrameMap(RATE)
    assert frames.frame_of(NOW, NOW, 1000) == 1000
    later = timetag_at(NOW_NS + 1_000_000_000)
    assert frames.frame_of(later, later, 49_100) == 49_100


def test_the_year_2036_is_a_day_like_any_other():
    before = timetag_at((2**32 - 2_208_988_800) * 10**9 - 1)
    after = timetag_at((2**32 - 2_208_988_800) * 10**9 + 10**9 - 1)
    assert before > after
    assert between(before, after) == pytest.approx(2**32, abs=8)


@pytest.mark.parametrize(
    ("policy", "ahead_s", "expected"),
    [
        ("schedule", 1.0, 48_000),
        ("schedule", -1.0, None),
        ("schedule", 5.1, MessageError),
        ("schedule", -100.0, None),
        ("deliver", 1.0, None),
        ("deliver", 5.1, MessageError),
        ("deliver", -5.1, MessageError),
        ("ignore", 1e6, None),
    ],
)
def test_policies(policy, ahead_s, expected):
    timing = Timing(policy, 5.0, RATE)
    tag = timetag_at(NOW_NS + round(ahead_s * 1e9))
    if expected is MessageError:
        with pytest.raises(MessageError) as caught:
            timing.frame_of(tag, NOW, 0)
        assert "horizon_s" in caught.value.cure
    else:
        assert timing.frame_of(tag, NOW, 0) == expected
    assert timing.frame_of(IMMEDIATELY, NOW, 0) is None


# --- transport -------------------------------------------------------------------------------------------------------


def transport(**options) -> OscTransport:
    return OscTransport(RATE, options.get("start", 960), options.get("ahead", 2880))


def run(player: OscTransport, first: int, until: int, step: int = 480) -> list:
    return [cue for now in range(first, until, step) for cue in player.upcoming(now)]


def say(player: OscTransport, word: str, *args, now: int = 0, at: int | None = None) -> bool:
    return player.command(word, f"/hobnail/transport/{word}", args, now, at)


def test_cues_sound_at_the_same_samples_and_with_the_same_seeds_in_every_pass():
    player = transport()
    for seconds, name in ((0.0, "/a"), (0.25, "/b"), (0.4999, "/c")):
        player.add_cue(seconds, OscMessage(name), beats=False, path="/cue")
    say(player, "loop", 0.0, 0.5)
    say(player, "play", now=100)
    cues = run(player, 100, 100 + 4 * 24_000)
    first = 100 + 960
    frames = [frame - first for frame, _, _ in cues]
    assert frames[:6] == [0, 12_000, 23_995, 24_000, 36_000, 47_995]
    assert len({(seed, message.address) for _, seed, message in cues}) == 3


def test_passes_are_alike_whatever_the_turns():
    def passes(step, begin):
        player = transport()
        for beat in range(8):
            player.add_cue(float(beat), OscMessage(f"/{beat}"), beats=True, path="/cue")
        say(player, "tempo", 150.0)
        say(player, "play", now=begin)
        return [(frame - begin, seed) for frame, seed, _ in run(player, begin, begin + 200_000, step)]

    assert passes(480, 0) == passes(77, 123_457)
    assert [frame for frame, _ in passes(480, 0)][:3] == [960, 960 + 19_200, 960 + 38_400]


def test_locating_while_it_plays_does_not_repeat_or_lose_cues():
    player = transport()
    for second in range(10):
        player.add_cue(second, OscMessage(f"/{second}"), beats=False, path="/cue")
    say(player, "play")
    assert [message.address for _, _, message in run(player, 0, 60_000)] == ["/0", "/1"]
    assert say(player, "locate", 5.0, now=60_000)
    assert [message.address for _, _, message in run(player, 60_000, 130_000)] == ["/5", "/6"]
    assert say(player, "stop", now=130_000)
    assert run(player, 130_000, 300_000) == []


def test_another_programs_playhead_is_followed_only_when_it_is_far_off():
    player = transport()
    say(player, "play", now=0)
    assert not say(player, "chase", 0.99, now=960 + 48_000)  # 10 ms late: its messages are uneven
    assert player.position_s(960 + 48_000) == 1.0
    assert say(player, "chase", 7.0, now=48_960)
    assert player.position_s(48_960 + 960) == pytest.approx(7.02)
    say(player, "stop", now=60_000)
    say(player, "chase", 3.0, now=60_000)
    assert player.position_s(70_000) == 3.0


def test_a_time_tag_starts_it_to_the_sample():
    player = transport()
    player.add_cue(0.0, OscMessage("/a"), beats=False, path="/cue")
    say(player, "play", now=0, at=12_345)
    assert [frame for frame, _, _ in run(player, 0, 20_000)] == [12_345]


@pytest.mark.parametrize(
    ("word", "args"),
    [("locate", (-1.0,)), ("locate", (1e9,)), ("locate", ("x",)), ("loop", (1.0, 1.001)), ("tempo", ())],
)
def test_nonsense_is_refused(word, args):
    with pytest.raises(MessageError):
        say(transport(), word, *args)


SAYINGS = st.tuples(
    st.sampled_from(["play", "stop", "locate", "locate/beat", "chase", "tempo", "loop"]),
    st.floats(0.0, 60.0),
    st.integers(1, 50_000),
)


@given(st.lists(SAYINGS, min_size=1, max_size=12))
def test_the_session_is_told_where_the_playhead_is_and_nothing_twice(sayings):
    player, moves = transport(), []
    following, timelines = Following(player, moves.append), Timelines(lead_frames=1_024)
    now = 0
    for word, number, passed in sayings:
        now += passed
        args = (number, number + 5.0) if word == "loop" else (max(number, 1.0),)
        say(player, word, *args, now=now)
        following.look(now)
        for move in moves:
            timelines.move(move, now)
        told = len(moves)
        following.look(now)
        assert len(moves) == told
        moves.clear()
        for frame in (now + 960, now + 48_000, now + 3_000_000):
            (*_, line) = timelines.states(frame) or [None]
            if line is not None:
                assert line.position_s == pytest.approx(player.position_s(frame), abs=1e-9)
                assert line.playing == player.line.playing
                assert line.tempo_bpm == player.tempo_bpm
                assert line.who == "osc"
    assert timelines.states(now) or not player.line.playing
