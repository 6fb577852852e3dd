"""A timeline on the session's frames: where the playhead is, and what lies on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail.playhead import MAX_CUES, Cues, Playhead, Span


def test_a_playhead_runs_stops_and_goes_on():
    line = Playhead()
    line.locate(1000, 0)
    line.play(500)
    assert [line.position_at(frame) for frame in (0, 500, 700)] == [1000, 1000, 1200]
    line.stop(800)
    assert line.position_at(5000) == 1300
    line.play(6000)
    assert line.position_at(6100) == 1400
    line.play(9000)  # it plays already
    assert line.position_at(9000) == 4300


def test_a_loop_comes_round_to_the_sample():
    line = Playhead()
    line.set_loop((100, 400), 0)
    line.play(1000)
    assert list(line.spans(1000, 2000)) == [
        Span(0, 400, 1000),
        Span(100, 400, 1400),
        Span(100, 400, 1700),
    ]


@given(
    st.integers(0, 2000),
    st.one_of(st.none(), st.tuples(st.integers(0, 900), st.integers(10, 500))),
    st.lists(st.integers(1, 700), min_size=1, max_size=20),
)
def test_however_it_is_cut_into_turns_the_same_is_played(begin, loop, turns):
    def played(cuts):
        line = Playhead()
        line.locate(begin, 0)
        line.set_loop(None if loop is None else (loop[0], loop[0] + loop[1]), 0)
        line.play(50)
        at, positions = 50, []
        for cut in cuts:
            for span in line.spans(at, at + cut):
                assert span.frame == 50 + len(positions)
                positions.extend(range(span.start, span.end))
            at += cut
        return positions

    assert played(turns) == played([sum(turns)])


def test_cues_come_in_order_and_not_without_end():
    cues = Cues()
    for position, name in ((300, "c"), (100, "a"), (100, "b")):
        cues.add(position, name)
    assert list(cues.within(Span(100, 300, 5000))) == [(5000, "a"), (5000, "b")]
    assert list(cues.within(Span(101, 301, 5000))) == [(5199, "c")]
    for _ in range(MAX_CUES - 3):
        cues.add(0, "x")
    with pytest.raises(MessageError):
        cues.add(0, "x")
