"""Timelines of clients on the session's frames: cues to the sample, the same place the same take, seen by everyone."""

import numpy as np
import pytest

from hobnail import hookimpl
from hobnail.commands import ClientLeft, Cue, MoveTransport, PutEmitter, TriggerEvent
from hobnail.config import Config, SessionConfig
from hobnail.errors import MessageError
from hobnail.host import Host
from hobnail.notices import Accepted, Refused, VoiceEnded
from hobnail.offline import OfflineSession
from hobnail.testing import FakeEngine
from hobnail.transport import Transport

RATE = 48_000
BOX = PutEmitter(emitter="box", at_frame=0)
LEAD = SessionConfig().lead_frames


class Stage:
    """An offline session, and which takes its engine was asked for."""

    def __init__(self):
        self.takes = []
        stage = self

        class Noting(FakeEngine):
            def start(self, voice):
                stage.takes.append((voice.at_frame, voice.seed))
                return super().start(voice)

        class Engines:
            @hookimpl
            def hobnail_register_engines(self, register):
                register("fake", Noting)

        host = Host(only=[])
        host.discover()
        host.add(Engines(), "engines")
        self.session = OfflineSession(Config(session=SessionConfig(engine="fake")), host=host)

    def play(self, *commands, frames=4 * RATE):
        """Commands by their frame; the sound of ``frames`` more, float32 [frames, 2]."""
        end = self.session.frame + frames
        return np.concatenate(list(self.session.render(sorted(commands, key=lambda each: each.at_frame or 0), end)))

    def said(self, kind):
        return [notice for notice in self.session.notices if isinstance(notice, kind)]

    @property
    def timelines(self):
        return self.session._pipeline.metrics().metrics.timelines


@pytest.fixture
def stage():
    return Stage()


def click(at=None, **more):
    return TriggerEvent(emitter="box", name="click", at_frame=at, **more)


def cue(place, *, beats=False, **more):
    return TriggerEvent(emitter="box", name="click", cue=Cue(place, beats=beats), at_frame=0, **more)


def move(op, at=None, **more):
    return MoveTransport(op=op, at_frame=at, **more)


def onsets(sound):
    """Frames that are louder than a hundred silent ones before them."""
    loud = np.flatnonzero(np.abs(sound).max(axis=1) > 1e-6)
    return loud[np.insert(np.diff(loud) > 100, 0, True)].tolist()


# --- the playhead's own part ------------------------------------------------------------------------------------------


def test_the_next_cue_is_known_ahead_also_over_the_end_of_a_loop():
    transport = Transport(RATE)
    transport.add_cue(1.0, "a", beats=False)
    transport.play(500)
    assert transport.next_due() == 500 + RATE
    list(transport.due(501 + RATE))
    assert transport.next_due() is None
    transport.set_loop(0.5, 2.0, 501 + RATE)
    assert transport.next_due() == 500 + 2 * RATE  # then it looks again
    list(transport.due(500 + 2 * RATE))
    assert transport.next_due() == 500 + 2 * RATE + RATE // 2


# --- in a session -----------------------------------------------------------------------------------------------------


def test_a_cue_sounds_at_its_sample_of_every_pass_with_the_same_take(stage):
    sound = stage.play(BOX, cue(0.25), move("loop", 0, loop_s=(0.0, 0.5)), move("play", 4_800))
    expected = [4_800 + 12_000 + 24_000 * turn for turn in range(8)]
    assert onsets(sound) == [frame for frame in expected if frame < 4 * RATE]
    assert [at for at, _ in stage.takes][: len(expected) - 1] == expected[:-1]
    assert len({seed for _, seed in stage.takes}) == 1


def test_a_cue_on_a_beat_moves_with_the_tempo(stage):
    stage.play(BOX, cue(3.0, beats=True), move("play", 0, tempo_bpm=60.0), move("tempo", RATE, tempo_bpm=120.0))
    assert [at for at, _ in stage.takes] == [3 * RATE // 2]


def test_an_event_at_a_frame_takes_its_seed_from_its_place(stage):
    """The same bar gives the same takes, wherever on the session's clock it is played."""
    stage.play(BOX, move("play", 1_000, position_s=8.0), click(13_000), click(25_000))
    stage.play(move("play", 200_000, position_s=8.0), click(212_000), click(224_000))
    first, second = stage.takes[:2], stage.takes[2:]
    assert [seed for _, seed in first] == [seed for _, seed in second]
    assert len({seed for _, seed in first}) == 2


def test_without_a_rolling_timeline_every_event_is_a_take_of_its_own(stage):
    stage.play(BOX, move("locate", 0, position_s=8.0), click(1_000), click(1_000 + RATE))
    assert len({seed for _, seed in stage.takes}) == 2


def test_a_seed_that_is_given_counts_more_than_the_place(stage):
    stage.play(BOX, move("play", 0), click(1_000, seed=7))
    assert stage.takes == [(1_000, 7)]


def test_stopping_ends_what_cues_have_started_and_plays_no_more(stage):
    start = TriggerEvent(emitter="box", name="tone", action="start", cue=Cue(0.0), at_frame=0)
    sound = stage.play(BOX, start, cue(1.5), move("play", 0), move("stop", RATE))
    assert np.abs(sound[RATE // 2 : RATE - LEAD]).max() > 0.01
    assert np.abs(sound[2 * RATE :]).max() == 0.0
    assert [ended.reason for ended in stage.said(VoiceEnded)] == ["stopped"]
    assert [line.position_s for line in stage.timelines] == [1.0]


def test_a_jump_plays_what_was_before_it_and_goes_on_elsewhere(stage):
    stage.play(BOX, cue(0.9), cue(5.0), move("play", 0), move("locate", RATE, position_s=4.5))
    assert [at for at, _ in stage.takes] == [43_200, RATE + RATE // 2]


def test_without_a_frame_it_begins_where_no_cue_can_be_late(stage):
    stage.play(BOX, cue(0.0), frames=RATE)
    stage.play(move("play", request=5), frames=RATE)
    (accepted,) = [notice for notice in stage.said(Accepted) if notice.request == 5]
    assert [at for at, _ in stage.takes] == [accepted.at_frame]
    assert accepted.at_frame == RATE + LEAD


def test_a_message_that_comes_late_finds_the_playhead_where_it_should_be(stage):
    stage.play(BOX, frames=RATE)
    stage.play(move("play", RATE - 480, position_s=2.0), frames=RATE)
    (line,) = stage.timelines
    assert line.position_s == pytest.approx(2.0 + (line.frame - RATE + 480) / RATE, abs=1e-9)


def test_each_client_has_its_own_and_all_are_seen(stage):
    stage.play(
        BOX,
        move("play", 0, client=1, who="daw", tempo_bpm=90.0),
        move("locate", 0, client=2, who="film", position_s=60.0),
        move("loop", 0, client=2, loop_s=(60.0, 70.0)),
        frames=RATE,
    )
    daw, film = stage.timelines
    assert (daw.who, daw.playing, daw.tempo_bpm, daw.position_s) == ("daw", True, 90.0, daw.frame / RATE)
    assert (film.who, film.playing, film.position_s, film.loop_s) == ("film", False, 60.0, (60.0, 70.0))


def test_a_client_that_leaves_takes_its_timeline_along(stage):
    shared = PutEmitter(emitter="box", at_frame=0, client=1)
    stage.play(shared, cue(0.5, client=1), move("play", 0, client=1), ClientLeft(client=1, at_frame=4_800))
    assert stage.takes == []
    assert stage.timelines == ()


def test_a_cue_of_nothing_is_refused_when_it_is_put_there(stage):
    wrong = TriggerEvent(emitter="box", name="clack", cue=Cue(1.0), at_frame=0, request=3)
    stage.play(BOX, wrong, cue(90_000.0, request=4), frames=480)
    assert [(each.request, each.code) for each in stage.said(Refused)] == [(3, "unknown_event"), (4, "out_of_range")]


def test_cleared_cues_are_gone(stage):
    stage.play(BOX, cue(0.5), move("play", 0), move("clear", 4_800))
    assert stage.takes == []


def test_there_is_an_end_to_cues():
    transport = Transport(RATE, most_cues=2)
    transport.add_cue(1.0, "a", beats=False)
    transport.add_cue(2.0, "b", beats=True)
    with pytest.raises(MessageError) as caught:
        transport.add_cue(3.0, "c", beats=False)
    assert caught.value.code == "busy"
    transport.set_tempo(240.0)  # the one that was refused does not come back
    assert transport.cues == 2
