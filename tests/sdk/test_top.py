"""The page of ``hobnail top``: exact widths, honest rates, and nothing that a server publishes breaks it."""

import io

import pytest
from rich.console import Console

from hobnail.audio import Latency
from hobnail.histogram import Histogram
from hobnail.metrics import Metrics, Sizes, SlowHop, Sounding
from hobnail.protocol import Ended, ErrorMessage
from hobnail.top import History, bars, page

ADDRESS = "tcp://127.0.0.1:9712"


def distribution(*values_ms):
    histogram = Histogram()
    for value in values_ms:
        histogram.add(value)
    return histogram.bins()


def busy(frame=480_000, **more):
    given = {
        "engine": "aht",
        "voices": 3,
        "emitters": 9,
        "events": 40,
        "peak": 0.5,
        "hop_budget_ms": 21.3,
        "hop_bins": distribution(1.0, 2.0, 30.0),
        "event_latency_bins": distribution(0.05, 3.0, 900.0),
        "latency": Latency(buffer_frames=64, model_frames=200, transport_frames=10, device_frames=512),
        "batch": Sizes(count=10, mean=2.5, largest=8, usual=2),
        "overload": {"fewer_passes": 2, "stand_in": 1},
        "slow_hops": (SlowHop(ms=30.0, at_frame=frame - 96_000, voices=3, opened=1, engine="aht", engine_ms=28.0),),
        "sounding": (
            Sounding(
                emitter="barrel",
                engine="aht",
                event="roll",
                voices=2,
                level_db=-12.5,
                figures={"daf_weights_text": 0.2, "daf_weights_vision": 0.3, "daf_weights_audio": 0.5},
            ),
            Sounding(emitter="rain", engine="procedural", event="rain", voices=1, level_db=-120.0),
        ),
        "engines": {"aht": {"take_hits": 41.0, "gate": 0.125, "daf_weights_text": 0.5, "daf_weights_vision": 0.5}},
    }
    return Metrics(frame=frame, **{**given, **more})


def drawn(history, width=100, now_s=1.0):
    console = Console(file=io.StringIO(), width=width, force_terminal=False, color_system=None)
    console.print(page(history, address=ADDRESS, now_s=now_s, width=width))
    return console.file.getvalue()


def told(*news, at_s=1.0):
    history = History()
    history.take(news, at_s)
    return history


@pytest.mark.parametrize("width", [80, 100, 137, 200])
def test_it_names_what_happens_and_no_line_is_wider_than_the_terminal(width):
    history = told(busy(), Ended(v=1, voice=1, emitter="e", event="roll", engine="aht", reason="stolen"))
    history.take([{"clients": 2, "messages": 900, "events": 40, "errors": 3, "rate_limited": 3}], 1.0)
    history.take([ErrorMessage(v=1, code="busy", path="pcm/x", problem="All taps are in use.")], 1.0)
    text = drawn(history, width)
    assert max(map(len, text.splitlines())) <= width
    for word in ("barrel", "roll", "rain", "-12.5", "aht 28.0 ms", "aht stolen 1", "take_hits 41", "rate_limited 3"):
        assert word in text, word
    for word in ("fewer_passes 2", "All taps are in use", "text vision audio", "aht weights text vision"):
        assert word in text, word


def test_before_anything_is_heard_it_says_where_it_listens_and_how_to_change_that():
    text = drawn(History())
    assert ADDRESS in text
    assert "--connect" in text


def test_an_empty_session_draws():
    assert "nothing sounds" in drawn(told(Metrics()))


def test_a_server_that_fell_silent_is_called_so():
    history = told(busy(), at_s=1.0)
    assert "nothing heard for" not in drawn(history, now_s=2.0)
    assert "nothing heard for 9 s" in drawn(history, now_s=10.0)


def test_rates_and_distributions_are_of_the_last_ten_seconds():
    histogram = Histogram()
    histogram.add(1.0)
    history = History()
    for second in range(31):
        if second > 25:
            histogram.add(50.0)
        history.take([busy(48_000 * second, events=5 * second, hop_bins=histogram.bins())], float(second))
    assert history.per_second("events") == pytest.approx(5.0)
    assert history.risen("events") == 50
    recent = history.recent("hop_bins")
    assert sum(count for _, count in recent) == 5
    assert min(edge for edge, _ in recent) > 40.0


def test_a_server_that_was_started_again_begins_anew():
    history = told(busy(frame=900_000, events=500))
    history.take([busy(frame=4_800, events=2)], 2.0)
    assert history.per_second("events") == 0.0
    assert history.risen("events") == 0


def test_a_minute_is_kept_and_no_more():
    history = History()
    for second in range(200):
        history.take([busy(48_000 * second)], float(second))
    assert len(history.line("voices")) == 61


@pytest.mark.parametrize("width", [1, 7, 40])
@pytest.mark.parametrize("value", [-200.0, -60.0, -12.0, -3.0, 0.0, 12.0])
def test_every_bar_is_exactly_as_wide_as_asked(width, value):
    assert bars.meter(value, width).cell_len == width
    assert bars.gauge(abs(value), 10.0, width).cell_len == width
    assert bars.gauge(1.0, 0.0, width).cell_len == width
    assert bars.shares({"a": max(0.0, value), "b": 1.0}, width).cell_len == width
    assert bars.shares({}, width).cell_len == width
    assert bars.line([abs(value)] * 50, width).cell_len == width
    for row in bars.columns(distribution(0.01, 5.0, 1e4), least_ms=0.1, most_ms=100.0, width=width, height=3):
        assert row.cell_len == width
    assert bars.axis(least_ms=0.1, most_ms=100.0, width=width).cell_len == width


def test_a_meter_is_full_at_full_scale_and_empty_at_its_floor():
    assert bars.meter(0.0, 10).plain == "█" * 10
    assert bars.meter(-60.0, 10).plain.strip() == ""
    assert bars.meter(-30.0, 10).plain == "█" * 5 + " " * 5


def test_shares_are_in_proportion():
    text = bars.shares({"a": 1.0, "b": 3.0}, 40)
    lengths = [span.end - span.start for span in text.spans]
    assert lengths == [10, 30]


def test_columns_put_each_duration_over_its_place_on_the_axis():
    (row,) = bars.columns(distribution(10.0), least_ms=0.1, most_ms=100.0, width=30, height=1)
    assert row.plain.index("█") in (19, 20)
