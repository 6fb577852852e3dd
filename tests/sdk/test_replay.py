"""Replay: a trace played by a real client into a real server process, over real sockets."""

import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import soundfile

from hobnail.audio import RATE_HZ
from hobnail.errors import ClientError, TraceError
from hobnail.launch import ServerProcess
from hobnail.protocol.messages import Ack, Ended, ErrorMessage
from hobnail.replay import Ledger, ReplayedEvent, ReplayOptions, read_record, replay, write_record
from hobnail.report import BandEnergies, Recording, analyse
from hobnail.scene import Contact, EmitterSettings, Pose
from hobnail.trace import (
    Trace,
    TraceControl,
    TraceEmitter,
    TraceEvent,
    TraceFrame,
    TraceHeader,
    TraceListener,
    write_trace,
)


def trace_of(*items, seconds=1.5):
    header = TraceHeader(
        format="hobnail-trace",
        version=1,
        rate_hz=RATE_HZ,
        tick_hz=60.0,
        duration_frames=round(seconds * RATE_HZ),
        title="a short scene",
        licence="Apache-2.0",
        made_with="a test",
        columns=("speed_m_s", "slip_m_s"),
    )
    box = TraceEmitter(id="box", settings=EmitterSettings(prompt="a wooden box", material="wood", mass_kg=3.0))
    return Trace(header=header, emitters=(box,), items=tuple(sorted(items, key=lambda item: item.at)))


def event(at_s, name="impact", action="trigger", **more):
    contact = Contact(material="stone", other="wood", speed_m_s=3.0)
    return TraceEvent(at=round(at_s * RATE_HZ), emitter="box", name=name, action=action, contact=contact, **more)


THREE_HITS = trace_of(event(0.2001), event(0.6002), event(1.0003))


@pytest.fixture(scope="module")
def server():
    with ServerProcess() as running:
        yield running


@pytest.fixture(scope="module")
def three_hits(server, tmp_path_factory):
    """The record of one replay with its recording, for all tests that only look at it."""
    path = tmp_path_factory.mktemp("replay") / "mix.wav"
    return replay(THREE_HITS, server.control, ReplayOptions(record_to=path))


def sent(name="impact", action="trigger"):
    return ReplayedEvent(at=0, emitter="box", name=name, action=action, sent_ns=0)


def ended(**fields):
    told = {"voice": 7, "emitter": "box", "event": "roll", "engine": "thump", "reason": "finished"}
    return Ended(v=1, **{**told, **fields})


def test_the_ledger_joins_an_event_with_its_answers():
    ledger = Ledger()
    ledger.sent(4, sent())
    assert ledger.outstanding() == 1
    ledger.take([Ack(v=1, re=4, at=100, voice=7), ended(re=4, onset=101, onset_ns=5)])
    (event,) = ledger.events()
    assert (event.acked_frame, event.voice, event.engine) == (100, 7, "thump")
    assert (event.onset_frame, event.onset_ns, event.ended) == (101, 5, "finished")
    assert ledger.outstanding() == 0


def test_an_end_without_a_request_is_found_by_its_voice():
    ledger = Ledger()
    ledger.sent(4, sent("roll", "start"))
    ledger.sent(5, sent("roll", "stop"))
    ledger.take([Ack(v=1, re=4, at=1, voice=7), Ack(v=1, re=5, at=2, voice=7), ended(onset=1)])
    start, stop = ledger.events()
    assert start.onset_frame == 1
    assert stop.onset_frame is None
    assert ledger.outstanding() == 0


def test_a_refused_event_is_not_waited_for():
    ledger = Ledger()
    ledger.sent(4, sent())
    ledger.take([ErrorMessage(v=1, re=4, code="unknown_event", path="$.name", problem="What?", cure="Say it.")])
    assert ledger.events()[0].error == "unknown_event at $.name: What? Say it."
    assert ledger.outstanding() == 0
    assert ledger.errors() == ()


def test_errors_of_nothing_in_particular_are_kept():
    ledger = Ledger()
    ledger.take([ErrorMessage(v=1, code="rate_limited", path="$", problem="Too much.", count=3), ended(voice=9)])
    assert ledger.errors() == ("rate_limited at $: Too much. (3 times)",)


def test_every_event_is_heard(three_hits):
    assert [event.ended for event in three_hits.events] == ["finished"] * 3
    assert all(event.onset_ns - event.sent_ns > 0 for event in three_hits.events)
    assert three_hits.lost == ""
    assert three_hits.errors == ()


def test_events_are_sent_at_their_moments(three_hits):
    late_s = [
        (told.sent_ns - three_hits.start_ns) / 1e9 - event.at / RATE_HZ
        for told, event in zip(three_hits.events, THREE_HITS.events, strict=True)
    ]
    assert min(late_s) >= 0.0
    assert np.median(late_s) < 0.02


def test_the_mix_comes_back_over_the_wire_with_the_sound_where_the_server_says(three_hits):
    samples, rate = soundfile.read(three_hits.recording.path, dtype="float32", always_2d=True)
    assert (rate, samples.shape) == (RATE_HZ, (three_hits.recording.frames, 2))
    energies = BandEnergies(samples)
    assert all(energies.rises(told.onset_frame - three_hits.recording.first_frame) for told in three_hits.events)


def test_the_servers_counters_come_along(three_hits):
    assert three_hits.metrics.events >= 3
    assert three_hits.metrics.engine == "procedural"


def test_a_replay_can_be_reported_on(three_hits):
    samples, _ = soundfile.read(three_hits.recording.path, dtype="float32", always_2d=True)
    report = analyse(THREE_HITS, three_hits, recording=Recording(samples, three_hits.recording.first_frame))
    assert (report.counts.heard, report.counts.clear_verified) == (3, 3)
    assert report.engines == {"procedural": 3}


def test_events_sent_ahead_land_on_their_frames(server):
    record = replay(THREE_HITS, server.control, ReplayOptions(schedule_ahead_ms=80.0))
    for told in record.events:
        assert told.scheduled == told.acked_frame
        assert abs(told.scheduled - (record.start_frame + told.at)) < 0.002 * RATE_HZ
        assert 0 <= told.onset_frame - told.scheduled < 0.01 * RATE_HZ


def test_features_controls_listener_and_sustained_events_go_through(server):
    items = [TraceFrame(at=tick * 800, rows={"box": (1.0 + tick / 30, None)}) for tick in range(60)]
    items += [
        event(0.1, "roll", "start"),
        event(0.9, "roll", "stop"),
        TraceControl(at=24_000, emitter="box", control="intensity", value=0.8),
        TraceListener(at=24_001, pose=Pose(position_m=(0.0, 1.0, 2.0))),
    ]
    record = replay(trace_of(*items), server.control)
    start, stop = record.events
    assert (start.ended, start.engine) == ("stopped", "procedural")
    assert start.onset_frame is not None
    assert stop.error == ""
    assert record.frames_sent == 60
    assert record.errors == ()


def test_a_refused_event_is_told_and_the_others_are_heard(server):
    record = replay(trace_of(event(0.1), event(0.3, "no_such_event"), event(0.5)), server.control)
    first, refused, last = record.events
    assert refused.error.startswith("unknown_event")
    assert first.onset_frame is not None
    assert last.onset_frame is not None


def test_a_control_that_is_not_there_is_told(server):
    record = replay(
        trace_of(TraceControl(at=0, emitter="box", control="wobble", value=0.5), event(0.3)), server.control
    )
    assert any("wobble" in error for error in record.errors)
    assert record.events[0].onset_frame is not None


def test_a_server_that_is_not_there_is_an_error():
    with socket.socket() as taken:  # bound and silent: nobody else can serve there meanwhile
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ClientError, match=r"127\.0\.0\.1"):
            replay(THREE_HITS, f"tcp://127.0.0.1:{taken.getsockname()[1]}")


def test_a_server_that_dies_on_the_way_ends_the_replay_with_what_is_known():
    long_scene = trace_of(*(event(0.2 * number) for number in range(1, 80)), seconds=17.0)
    with ServerProcess() as server:
        killer = threading.Timer(1.5, server.stop)
        killer.start()
        record = replay(long_scene, server.control)
        killer.join()
    assert record.lost.startswith("the replay ended early: ")
    assert 0 < len(record.events) < 79
    assert any(told.onset_frame is not None for told in record.events)


def test_a_recording_that_cannot_be_written_hurts_nothing_else(server, tmp_path):
    record = replay(THREE_HITS, server.control, ReplayOptions(record_to=tmp_path / "no such folder" / "mix.wav"))
    assert record.recording is None
    assert any("mix.wav" in error for error in record.errors)
    assert all(told.onset_frame is not None for told in record.events)


def command(server, tmp_path, trace, *more):
    write_trace(trace, tmp_path / "short.trace")
    options = ["--connect", server.control, "--output", str(tmp_path / "record.json")]
    return [sys.executable, "-m", "hobnail.replay", str(tmp_path / "short.trace"), *options, *more]


def test_the_command_plays_a_file_and_leaves_its_record(server, tmp_path):
    done = subprocess.run(
        command(server, tmp_path, THREE_HITS), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "3 events sent, 3 of 3 heard, 0 refused" in done.stderr
    assert len(read_record(tmp_path / "record.json").events) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one child there")
def test_ctrl_c_ends_the_command_and_leaves_its_record(server, tmp_path):
    long_scene = trace_of(event(0.1), event(29.0), seconds=30.0)
    arguments = command(server, tmp_path, long_scene, "--record", str(tmp_path / "mix.wav"))
    running = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    give_up_s = time.monotonic() + 30.0
    while not (tmp_path / "mix.wav.part").exists() and time.monotonic() < give_up_s:
        time.sleep(0.01)  # until it plays
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=20.0)
    assert running.returncode == 1
    assert "interrupted" in told
    assert "Traceback" not in told
    assert read_record(tmp_path / "record.json").lost == "interrupted by the user"


@pytest.mark.parametrize("arguments", [["none.trace"], ["courtyard", "--connect", "tcp://127.0.0.1:1"]])
def test_what_cannot_be_played_is_one_clear_line(arguments, tmp_path):
    command = [sys.executable, "-m", "hobnail.replay", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error:")
    assert "Traceback" not in done.stderr


def test_a_record_survives_writing_and_reading(three_hits, tmp_path):
    write_record(three_hits, tmp_path / "record.json")
    assert read_record(tmp_path / "record.json") == three_hits


@pytest.mark.parametrize("content", [b"", b"{}", b"[1", b'{"title": 3}'])
def test_a_record_that_is_none_is_refused(content, tmp_path):
    (tmp_path / "record.json").write_bytes(content)
    with pytest.raises(TraceError, match=r"not a replay's record.*Replay the scene again"):
        read_record(tmp_path / "record.json")
