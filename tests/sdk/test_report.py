"""The report: counts what was heard, listens for itself, and finds what is wrong."""

import os
import sys

import msgspec
import numpy as np
import pytest
from rich.console import Console

from hobnail.audio import RATE_HZ, Latency
from hobnail.errors import MissingExtraError
from hobnail.metrics import Metrics
from hobnail.replay import ReplayedEvent, ReplayRecord
from hobnail.report import (
    BandEnergies,
    Recording,
    UsageMeter,
    analyse,
    calm_moments,
    chance_share,
    clear_events,
    draw_picture,
    find_clicks,
    levels_of,
    print_report,
    read_report,
    spread_of,
    write_report,
)
from hobnail.scene import Contact, EmitterSettings
from hobnail.trace import Trace, TraceEmitter, TraceEvent, TraceHeader

START = 24_000  # session frame at which the scene begins; recordings begin at 0
DELAY = 240  # 5 ms from scene to onset


def trace_of(*events, seconds=4.0):
    header = TraceHeader(
        format="hobnail-trace",
        version=1,
        rate_hz=RATE_HZ,
        tick_hz=60.0,
        duration_frames=round(seconds * RATE_HZ),
        title="a test scene",
        licence="Apache-2.0",
        made_with="a test",
        columns=(),
    )
    ids = dict.fromkeys(event.emitter for event in events)
    emitters = tuple(TraceEmitter(id=id, settings=EmitterSettings(material="wood")) for id in ids)
    return Trace(header=header, emitters=emitters, items=events)


def hit(at_s, emitter="box"):
    return TraceEvent(at=round(at_s * RATE_HZ), emitter=emitter, name="impact", contact=Contact(material="stone"))


FOUR_HITS = trace_of(hit(0.5), hit(1.25), hit(2.0), hit(3.0, "lid"))


def record_of(trace, *, deaf=(), latency_ms=7.0, **changes):
    """What a replay would have written if every event but ``deaf`` had sounded ``DELAY`` after its moment."""
    events = []
    for number, event in enumerate(trace.events):
        sent_ns = 10**12 + event.at * 1_000_000_000 // RATE_HZ
        told = ReplayedEvent(
            at=event.at,
            emitter=event.emitter,
            name=event.name,
            action=event.action,
            sent_ns=sent_ns,
            acked_frame=START + event.at,
            voice=number,
        )
        if event.action != "stop":
            told = msgspec.structs.replace(told, engine="thump", ended="finished")
            if number not in deaf:
                onset_ns = sent_ns + round(latency_ms * 1e6)
                told = msgspec.structs.replace(told, onset_frame=START + event.at + DELAY, onset_ns=onset_ns)
        events.append(told)
    plain = {
        "title": "a test scene",
        "address": "tcp://127.0.0.1:1",
        "client": "test",
        "server_version": "0",
        "latency_mode": "asap",
        "latency": Latency(),
        "duration_frames": trace.header.duration_frames,
        "start_frame": START,
        "start_ns": 10**12,
        "schedule_ahead_ms": None,
        "events": tuple(events),
        "frames_sent": 0,
        "frames_late": 0,
    }
    return ReplayRecord(**{**plain, **changes})


def sound_of(trace, *, mute=(), noise=0.0):
    """Bursts of noise where the events are, decaying over 60 ms."""
    rng = np.random.Generator(np.random.PCG64(7))
    samples = noise * rng.standard_normal((START + trace.header.duration_frames + RATE_HZ, 2))
    envelope = np.exp(-np.arange(RATE_HZ // 2) / (0.06 * RATE_HZ))[:, None]
    for number, event in enumerate(trace.events):
        if number not in mute:
            begin = START + event.at + DELAY
            samples[begin : begin + len(envelope)] += 0.2 * rng.standard_normal((len(envelope), 2)) * envelope
    return samples.astype(np.float32)


def report_of(trace, record=None, *, samples=None, **parts):
    recording = Recording(sound_of(trace) if samples is None else samples, 0)
    return analyse(trace, record or record_of(trace), recording=recording, **parts)


def test_a_scene_that_was_heard_is_counted_and_verified():
    report = report_of(FOUR_HITS)
    assert (report.counts.sent, report.counts.heard, report.counts.missed) == (4, 4, 0)
    assert (report.counts.clear, report.counts.clear_verified, report.counts.verified) == (4, 4, 4)
    assert report.passed


def test_an_onset_that_was_reported_but_is_not_in_the_recording_is_not_verified():
    report = report_of(FOUR_HITS, samples=sound_of(FOUR_HITS, mute=(1,)))
    assert report.counts.heard == 4
    assert [line.verified for line in report.events] == [True, False, True, True]
    assert not report.passed


def test_an_event_without_an_onset_is_missed_and_says_why():
    report = report_of(FOUR_HITS, record_of(FOUR_HITS, deaf=(2,)))
    assert report.counts.missed == 1
    assert report.events[2].fault == "silent, ended as finished"
    assert not report.passed


def test_a_refused_event_is_missed_with_the_servers_words():
    record = record_of(FOUR_HITS, deaf=(0,))
    refused = msgspec.structs.replace(record.events[0], ended=None, error="unknown_material at $.contact: no")
    record = msgspec.structs.replace(record, events=(refused, *record.events[1:]))
    report = report_of(FOUR_HITS, record)
    assert (report.counts.refused, report.counts.missed) == (1, 1)
    assert report.events[0].fault == "unknown_material at $.contact: no"


def test_latency_is_from_just_before_the_send_to_the_sinks_buffer():
    report = report_of(FOUR_HITS, record_of(FOUR_HITS, latency_ms=9.25))
    assert report.wire_to_buffer.p50_ms == 9.25
    assert report.jitter_ms == 0.0


def test_onset_error_is_the_distance_from_the_scenes_moment():
    assert report_of(FOUR_HITS).onset_error.max_ms == 5.0


def test_in_fixed_mode_the_announced_delay_is_expected():
    record = record_of(FOUR_HITS, latency_mode="fixed", latency=Latency(buffer_frames=DELAY - 48))
    assert report_of(FOUR_HITS, record).onset_error.max_ms == 1.0


def test_scheduled_events_have_no_wire_latency():
    report = report_of(FOUR_HITS, record_of(FOUR_HITS, schedule_ahead_ms=50.0))
    assert report.wire_to_buffer is None
    assert report.onset_error.count == 4


def test_a_slow_server_fails_the_goals():
    report = report_of(FOUR_HITS, record_of(FOUR_HITS, latency_ms=25.0))
    assert [goal.name for goal in report.goals if not goal.met] == ["wire to buffer p50", "wire to buffer p99"]


def test_underruns_fail_the_goals():
    assert not report_of(FOUR_HITS, metrics=Metrics(underruns=1)).passed


def test_stops_are_sent_but_need_not_sound():
    roll = {"emitter": "box", "name": "roll"}
    trace = trace_of(TraceEvent(at=9_600, action="start", **roll), TraceEvent(at=96_000, action="stop", **roll))
    counts = report_of(trace, samples=sound_of(trace)).counts
    assert (counts.sent, counts.sounding, counts.heard) == (2, 1, 1)


def test_a_report_without_a_recording_verifies_nothing_and_claims_nothing():
    report = analyse(FOUR_HITS, record_of(FOUR_HITS))
    assert report.counts.verified == 0
    assert report.levels is None
    assert all("recording" not in goal.name for goal in report.goals)


def test_clear_events_stand_alone():
    roll = {"emitter": "barrel", "name": "roll"}
    trace = trace_of(
        hit(0.5),
        hit(0.55, "lid"),
        hit(1.0),
        TraceEvent(at=72_000, action="start", **roll),
        hit(1.8),
        TraceEvent(at=96_000, action="stop", **roll),
        hit(2.3),
        hit(3.0),
    )
    assert {at / RATE_HZ for at, _, _ in clear_events(trace)} == {1.0, 1.5, 3.0}


def test_calm_moments_are_far_from_every_beginning_and_from_what_runs():
    roll = {"emitter": "barrel", "name": "roll"}
    trace = trace_of(
        hit(0.5), TraceEvent(at=72_000, action="start", **roll), TraceEvent(at=96_000, action="stop", **roll)
    )
    moments_s = calm_moments(trace) / RATE_HZ
    assert moments_s.size > 100
    assert np.abs(moments_s - 0.5).min() > 0.15
    assert not np.any((moments_s > 1.35) & (moments_s < 2.4))


@pytest.mark.parametrize("level", [1e-5, 0.01, 0.2])
def test_steady_noise_rarely_passes_for_an_onset(level):
    rng = np.random.Generator(np.random.PCG64(3))
    energies = BandEnergies((level * rng.standard_normal((20 * RATE_HZ, 2))).astype(np.float32))
    moments = rng.integers(5_000, 19 * RATE_HZ, 1000)
    assert chance_share(energies, moments) < 0.06


def test_onsets_are_found_in_noise_and_only_there():
    samples = sound_of(FOUR_HITS, noise=0.002)
    energies = BandEnergies(samples)
    assert all(energies.rises(START + event.at + DELAY) for event in FOUR_HITS.events)
    assert chance_share(energies, calm_moments(FOUR_HITS) + START) < 0.06


@pytest.mark.parametrize("frame", [-1, 10**9])
def test_a_moment_outside_the_recording_is_not_heard(frame):
    assert not BandEnergies(np.ones((RATE_HZ, 2), dtype=np.float32)).rises(frame)


def test_clicks_that_were_put_in_are_found_and_no_others():
    samples = 0.3 * sound_of(FOUR_HITS)
    tone = 0.1 * np.sin(2 * np.pi * 220.0 * np.arange(len(samples)) / RATE_HZ)
    samples = (samples + tone[:, None]).astype(np.float32)
    assert find_clicks(samples).size == 0
    places = [20_000, 70_000, 110_001]
    for place in places:
        samples[place, 0] += 0.08  # one wrong sample
    samples[155_000:] -= samples[155_000] + 0.05  # a cut
    assert np.abs(find_clicks(samples) - [*places, 155_000]).max() <= 2


def test_an_abrupt_but_real_attack_is_no_click():
    rng = np.random.Generator(np.random.PCG64(5))
    samples = np.zeros((RATE_HZ, 1), dtype=np.float32)
    samples[10_000:30_000, 0] = 0.3 * rng.standard_normal(20_000) * np.exp(-np.arange(20_000) / 2000.0)
    assert find_clicks(samples).size == 0


@pytest.mark.parametrize("frames", [0, 1, 2, 95, 500])
def test_short_recordings_have_levels_and_no_clicks(frames):
    samples = np.zeros((frames, 2), dtype=np.float32)
    assert find_clicks(samples).size == 0
    assert levels_of(samples).peak_dbfs == -140.0


def test_levels_of_a_sine_are_what_they_should_be():
    sine = 0.5 * np.sin(2 * np.pi * 1000.0 * np.arange(RATE_HZ) / RATE_HZ)
    samples = np.concatenate([np.zeros(RATE_HZ), sine]).astype(np.float32)[:, None].repeat(2, axis=1)
    levels = levels_of(samples)
    assert levels.peak_dbfs == pytest.approx(-6.02, abs=0.05)
    assert levels.rms_dbfs == pytest.approx(-12.04, abs=0.05)
    assert levels.silence_share == 0.5


def test_samples_that_are_no_numbers_are_counted():
    samples = np.array([[0.5, np.nan], [np.inf, 1.0]], dtype=np.float32)
    assert (levels_of(samples).not_finite, levels_of(samples).clipped_frames) == (2, 1)


@pytest.mark.parametrize(("values", "expected"), [([], None), ([3.0], 3.0), ([1.0, 2.0, 9.0], 2.0)])
def test_the_median_of_few_values_is_exact(values, expected):
    spread = spread_of(values)
    assert (spread and spread.p50_ms) == expected


def test_a_report_survives_writing_and_reading(tmp_path):
    report = report_of(FOUR_HITS)
    write_report(report, tmp_path / "report.json")
    assert read_report(tmp_path / "report.json") == report


def test_the_table_fits_a_hundred_columns_and_shows_what_failed(capsys):
    report = report_of(FOUR_HITS, record_of(FOUR_HITS, deaf=(2,)), metrics=Metrics(underruns=3))
    print_report(report, Console(width=100, file=sys.stdout, color_system=None))
    printed = capsys.readouterr().out
    assert max(len(line) for line in printed.splitlines()) <= 100
    assert "3 of 4" in printed
    assert "2.000 s  box impact: silent" in printed


def test_the_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="the picture needs matplotlib, which is in hobnail[plot]")
    draw_picture(report_of(FOUR_HITS), FOUR_HITS, sound_of(FOUR_HITS), tmp_path / "scene.png", scene_start=START)
    header = (tmp_path / "scene.png").read_bytes()[:24]
    assert (int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")) == (1600, 1000)


def test_without_matplotlib_the_picture_names_the_cure(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r'pip install "hobnail\[plot\]"'):
        draw_picture(report_of(FOUR_HITS), FOUR_HITS, sound_of(FOUR_HITS), tmp_path / "scene.png")


def burn(seconds):
    import time

    begin = time.process_time()
    while time.process_time() - begin < seconds:
        sum(range(1000))


@pytest.mark.parametrize("with_psutil", [True, False])
def test_a_busy_process_costs_time_and_memory(with_psutil, monkeypatch):
    if not with_psutil:
        monkeypatch.setitem(sys.modules, "psutil", None)
    with UsageMeter([os.getpid()]) as meter:
        burn(0.3)
    usage = meter.usage()
    assert usage.cpu_percent > 15.0
    if with_psutil or sys.platform == "linux":
        assert 10.0 < usage.peak_rss_mb < 10_000.0


def test_a_process_that_is_gone_costs_nothing_and_hurts_nobody():
    with UsageMeter([2**22 + 12_345]) as meter:
        pass
    assert meter.usage().cpu_percent is None


def test_recordings_may_start_before_the_scene():
    shifted = Recording(np.concatenate([np.zeros((4_800, 2), np.float32), sound_of(FOUR_HITS)]), -4_800)
    report = analyse(FOUR_HITS, record_of(FOUR_HITS), recording=shifted)
    assert report.counts.clear_verified == 4
