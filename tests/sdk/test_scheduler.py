"""The scheduler gives back commands in time order, and never more than asked."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.commands import ClientLeft, Panic, SetFeatures
from hobnail.errors import MessageError
from hobnail.scheduler import HORIZON_S, MAX_PENDING_BYTES_PER_CLIENT, MAX_PENDING_PER_CLIENT, Scheduler


@given(st.lists(st.integers(0, 1000)))
def test_commands_come_out_in_time_order_and_ties_in_order_of_arrival(frames):
    scheduler = Scheduler()
    for number, frame in enumerate(frames):
        scheduler.add(Panic(request=number), frame, now_frame=0)
    out = [(due, command.request) for due, command in scheduler.due(0, 1000, limit=len(frames) + 1)]
    assert out == sorted((frame, number) for number, frame in enumerate(frames))


def test_a_command_is_kept_until_its_frame():
    scheduler = Scheduler()
    scheduler.add(Panic(), 100, now_frame=0)
    assert scheduler.due(0, 99, limit=8) == []
    assert scheduler.next_due() == 100
    assert [due for due, _ in scheduler.due(0, 100, limit=8)] == [100]
    assert scheduler.next_due() is None


def test_the_limit_leaves_the_rest_for_the_next_turn():
    scheduler = Scheduler()
    for number in range(5):
        scheduler.add(Panic(request=number), 0, now_frame=0)
    assert [command.request for _, command in scheduler.due(0, 0, limit=3)] == [0, 1, 2]
    assert [command.request for _, command in scheduler.due(0, 0, limit=3)] == [3, 4]


def test_a_command_beyond_the_horizon_is_refused_with_the_seconds_it_lies_ahead():
    with pytest.raises(MessageError, match="601 s ahead") as refused:
        Scheduler().add(Panic(), (HORIZON_S + 1) * 48_000, now_frame=0)
    assert (refused.value.code, refused.value.path) == ("out_of_range", "$.at")


def test_a_full_schedule_refuses_and_keeps_what_it_has():
    scheduler = Scheduler()
    for _ in range(MAX_PENDING_PER_CLIENT):
        scheduler.add(Panic(), 10, now_frame=0)
    with pytest.raises(MessageError, match="waiting") as refused:
        scheduler.add(Panic(), 10, now_frame=0)
    assert refused.value.code == "busy"
    assert len(scheduler) == MAX_PENDING_PER_CLIENT


def test_a_client_that_filled_its_share_does_not_fill_anothers():
    scheduler = Scheduler()
    for _ in range(MAX_PENDING_PER_CLIENT):
        scheduler.add(Panic(client=1), 10, now_frame=0)
    scheduler.add(Panic(client=2), 10, now_frame=0)
    assert len(scheduler) == MAX_PENDING_PER_CLIENT + 1


def test_a_flooding_clients_backlog_delays_another_client_by_one_command_at_most():
    scheduler = Scheduler()
    for number in range(1000):
        scheduler.add(Panic(client=1, request=number), 0, now_frame=0)
    scheduler.due(10_000, 10_000, limit=16)
    scheduler.add(Panic(client=2), 10_000, now_frame=10_000)
    assert 2 in [command.client for _, command in scheduler.due(10_000, 10_000, limit=2)]


def test_a_backlog_does_not_change_a_clients_own_order():
    scheduler = Scheduler()
    for number in range(10):
        scheduler.add(Panic(client=number % 2, request=number), number, now_frame=0)
    out = [command for _, command in scheduler.due(10_000, 10_000, limit=10)]
    for client in (0, 1):
        numbers = [command.request for command in out if command.client == client]
        assert numbers == sorted(numbers)


def test_without_a_backlog_commands_come_out_in_time_order_whoever_sent_them():
    scheduler = Scheduler()
    for frame, client in ((10, 1), (20, 1), (15, 2)):
        scheduler.add(Panic(client=client), frame, now_frame=0)
    assert [due for due, _ in scheduler.due(0, 100, limit=8)] == [10, 15, 20]


def test_forgetting_clients_drops_only_theirs():
    scheduler = Scheduler()
    for client in (1, 2, 3):
        scheduler.add(Panic(client=client), client, now_frame=0)
    scheduler.forget(range(2, 4))
    assert len(scheduler) == 1
    assert [command.client for _, command in scheduler.due(0, 10, limit=8)] == [1]


def test_what_waits_is_also_bounded_by_its_bytes_and_the_room_comes_back():
    scheduler = Scheduler()
    half = bytes(MAX_PENDING_BYTES_PER_CLIENT // 2)
    frame = SetFeatures(client=1, at_frame=10, emitters=("a",), columns=("size_m",), values=half)
    scheduler.add(frame, 10, now_frame=0)
    with pytest.raises(MessageError, match="KiB"):
        scheduler.add(frame, 10, now_frame=0)
    scheduler.add(msgspec.structs.replace(frame, client=2), 10, now_frame=0)
    assert len(scheduler.due(10, 10, limit=1)) == 1
    scheduler.add(frame, 20, now_frame=10)


@pytest.mark.parametrize("command", [Panic(client=1), ClientLeft(client=1)])
def test_what_ends_sound_at_once_is_taken_by_a_full_schedule(command):
    scheduler = Scheduler()
    for _ in range(MAX_PENDING_PER_CLIENT):
        scheduler.add(Panic(client=1), 10, now_frame=0)
    scheduler.add(command, 0, now_frame=0)
    assert scheduler.due(0, 0, limit=1) == [(0, command)]


def frame(value, request=None, emitters=("a", "b"), client=1):
    values = np.array([[value], [1.0]], np.float32).tobytes()
    return SetFeatures(client=client, request=request, emitters=emitters, columns=("speed_m_s",), values=values)


def waiting(*commands):
    scheduler = Scheduler()
    for number, command in enumerate(commands):
        scheduler.add(command, number, now_frame=number)
    return [command for _, command in scheduler.due(100, 100, limit=100)]


def test_frames_that_wait_are_overtaken_by_the_next_and_events_by_nobody():
    step = Panic(client=1)
    assert waiting(frame(1.0), frame(2.0), frame(3.0)) == [frame(3.0)]
    assert waiting(frame(1.0), step, frame(2.0), frame(3.0)) == [frame(1.0), step, frame(3.0)]
    assert waiting(frame(1.0), step, frame(2.0), step) == [frame(1.0), step, frame(2.0), step]


def test_blows_of_a_frame_that_is_overtaken_are_not_lost():
    def blow(*impulses):
        columns, values = ("speed_m_s", "impulse_n_s"), np.array([[1.0, each] for each in impulses], np.float32)
        return SetFeatures(client=1, emitters=("a", "b"), columns=columns, values=values.tobytes())

    assert waiting(blow(3.0, 0.0), blow(0.0, 0.0), blow(0.5, 2.0)) == [blow(3.5, 2.0)]


@pytest.mark.parametrize(
    "newer",
    [
        frame(np.nan),
        frame(2.0, emitters=("a", "c")),
        frame(2.0, client=2),
        msgspec.structs.replace(frame(2.0), at_frame=1),
    ],
)
def test_frames_that_the_next_ones_do_not_cover_are_kept(newer):
    assert len(waiting(frame(1.0), newer)) == 2


def test_a_frame_that_wants_an_answer_gets_it():
    assert len(waiting(frame(1.0, request=5), frame(2.0))) == 2


def test_a_frame_that_was_taken_is_overtaken_no_more():
    scheduler = Scheduler()
    scheduler.add(frame(1.0), 0, now_frame=0)
    assert len(scheduler.due(0, 0, limit=1)) == 1
    scheduler.add(frame(2.0), 0, now_frame=0)
    assert [command for _, command in scheduler.due(0, 0, limit=1)] == [frame(2.0)]
