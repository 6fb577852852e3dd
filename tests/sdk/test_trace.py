"""Traces: read strictly, written whole, refused with the line, the fault and the cure."""

import math
from contextlib import suppress

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.commands import PutEmitter, SetControl
from hobnail.errors import TraceError
from hobnail.scene import Contact, EmitterSettings, Pose
from hobnail.trace import (
    Trace,
    TraceControl,
    TraceEmitter,
    TraceEvent,
    TraceFrame,
    TraceHeader,
    TraceListener,
    decode_trace,
    encode_trace,
    find_trace,
    packaged_scenes,
    read_trace,
    trace_commands,
    write_trace,
)

HEADER = TraceHeader(
    format="hobnail-trace",
    version=1,
    rate_hz=48_000,
    tick_hz=60.0,
    duration_frames=96_000,
    title="two seconds",
    licence="Apache-2.0",
    made_with="a test",
    columns=("speed_m_s", "position_x_m"),
)
BOX = TraceEmitter(id="box", settings=EmitterSettings(prompt="a box", mass_kg=2.0))


def trace_of(*items):
    return Trace(header=HEADER, emitters=(BOX,), items=items)


def lines_of(*items):
    return encode_trace(trace_of(*items))


def test_a_trace_survives_writing_and_reading():
    trace = trace_of(
        TraceFrame(at=0, rows={"box": (1.5, None)}),
        TraceListener(at=0, pose=Pose(position_m=(1.0, 2.0, 3.0))),
        TraceEvent(at=7, emitter="box", name="impact", contact=Contact(speed_m_s=2.0), controls={"pitch": 0.5}),
        TraceControl(at=9, emitter="box", control="texture", value=1.0),
        TraceEvent(at=10, emitter="box", name="roll", action="start"),
        TraceEvent(at=96_000, emitter="box", name="roll", action="stop"),
    )
    assert decode_trace(encode_trace(trace)) == trace


def test_unknown_features_become_nan_in_a_frames_matrix():
    emitters, matrix = TraceFrame(at=0, rows={"box": (1.5, None)}).matrix()
    assert emitters == ("box",)
    assert matrix.dtype == np.float32
    assert matrix.shape == (1, 2)
    assert matrix[0, 0] == np.float32(1.5)
    assert math.isnan(matrix[0, 1])


@pytest.mark.parametrize(
    ("items", "line", "fault"),
    [
        ([TraceEvent(at=-1, emitter="box", name="impact")], 3, r"\$\.at is -1, expected 0\.\.96000"),
        ([TraceEvent(at=96_001, emitter="box", name="impact")], 3, r"\$\.at is 96001"),
        (
            [TraceEvent(at=9, emitter="box", name="a"), TraceEvent(at=8, emitter="box", name="b")],
            4,
            "before the item above it at 9",
        ),
        ([TraceEvent(at=0, emitter="ghost", name="impact")], 3, "'ghost' is not among the trace's emitters"),
        ([TraceFrame(at=0, rows={"ghost": (1.0, 1.0)})], 3, "'ghost' is not among"),
        ([TraceControl(at=0, emitter="ghost", control="pitch", value=0.1)], 3, "'ghost' is not among"),
        ([TraceFrame(at=0, rows={"box": (1.0,)})], 3, r"rows\.box has 1 numbers, expected 2"),
        ([TraceControl(at=0, emitter="box", control="pitch", value=1.5)], 3, r"'pitch' is 1\.5, expected 0\.\.1"),
        ([TraceEvent(at=0, emitter="box", name="a", controls={"pitch": -0.5})], 3, "'pitch' is -0.5"),
        ([TraceEvent(at=0, emitter="box", name="a", contact=Contact(speed_m_s=-1.0))], 3, r"speed_m_s is -1\.0"),
        ([TraceEvent(at=0, emitter="box", name="a", contact=Contact(mass_kg=0.0))], 3, r"mass_kg is 0\.0"),
        ([TraceEvent(at=0, emitter="box", name="a", contact=Contact(intensity=2.0))], 3, r"intensity is 2\.0"),
        ([TraceEvent(at=0, emitter="box", name="roll", action="stop")], 3, "stopped but was not started"),
        ([TraceEvent(at=0, emitter="box", name="roll", action="start")], 3, "started but never stopped"),
        ([TraceEvent(at=0, emitter="box", name="roll", action="start")] * 2, 4, "started twice"),
        ([TraceListener(at=0, pose=Pose(forward=(0.0, 0.0, 0.0)))], 3, "direction of no length"),
    ],
)
def test_an_item_that_cannot_be_played_is_refused_with_its_line(items, line, fault):
    with pytest.raises(TraceError, match=rf"yard, line {line}: .*{fault}"):
        decode_trace(lines_of(*items), source="yard")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"format": "other"}, "'other', expected 'hobnail-trace'"),
        ({"version": 2}, "is 2, expected 1"),
        ({"rate_hz": 44_100}, "is 44100, expected 48000"),
        ({"tick_hz": 0.0}, "tick_hz is 0"),
        ({"duration_frames": 0}, "duration_frames is 0"),
        ({"columns": ("speed",)}, "has 'speed', expected some of speed_m_s"),
        ({"columns": ("speed_m_s", "speed_m_s")}, "names a column twice"),
    ],
)
def test_a_header_that_is_not_understood_is_refused(change, fault):
    trace = Trace(header=msgspec.structs.replace(HEADER, **change), emitters=(), items=())
    with pytest.raises(TraceError, match=f"line 1: .*{fault}"):
        decode_trace(encode_trace(trace))


@pytest.mark.parametrize("line", [b"", b"{", b"\xff", b'{"is":"header"}', b'{"is":"box"}', b"[]", b"1e999", b"NaN"])
def test_rubbish_is_refused_in_the_header_and_below_it(line):
    with pytest.raises(TraceError, match="line 1"):
        decode_trace(line + b"\n")
    with pytest.raises(TraceError, match="line 2"):
        decode_trace(encode_trace(Trace(header=HEADER, emitters=(), items=())) + line + b"\n")


def test_a_field_with_a_typing_error_is_named():
    with pytest.raises(TraceError, match=r"line 3: .*emiter"):
        decode_trace(lines_of() + b'{"is":"event","at":0,"emiter":"box","emitter":"box","name":"a"}\n')


def test_a_file_that_was_cut_off_is_refused():
    with pytest.raises(TraceError, match="cut off"):
        decode_trace(lines_of(TraceEvent(at=0, emitter="box", name="a"))[:-5])


def test_an_emitter_twice_or_late_is_refused():
    box = msgspec.json.encode(BOX) + b"\n"
    with pytest.raises(TraceError, match="line 3: emitter 'box' is there twice"):
        decode_trace(lines_of() + box)
    with pytest.raises(TraceError, match="line 4: emitter 'box' comes after the first item"):
        decode_trace(lines_of(TraceEvent(at=0, emitter="box", name="a")) + box)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_trace_or_a_trace_error(data):
    with suppress(TraceError):
        decode_trace(data)


@given(st.integers(0, 400), st.integers(0, 255))
def test_one_wrong_byte_gives_a_trace_or_a_trace_error(place, byte):
    data = bytearray(lines_of(TraceEvent(at=7, emitter="box", name="impact"), TraceFrame(at=8, rows={"box": (1, 2)})))
    data[place % len(data)] = byte
    with suppress(TraceError):
        decode_trace(bytes(data))


def test_a_file_is_written_and_read_back(tmp_path):
    trace = trace_of(TraceEvent(at=7, emitter="box", name="impact"))
    write_trace(trace, tmp_path / "box.trace")
    assert read_trace(tmp_path / "box.trace") == trace
    assert [entry.name for entry in tmp_path.iterdir()] == ["box.trace"]


def test_a_missing_file_names_the_packaged_scenes(tmp_path):
    with pytest.raises(TraceError, match=r"cannot be read.*courtyard"):
        find_trace(str(tmp_path / "none.trace"))


def test_a_folder_that_is_not_there_is_an_error_with_a_cure(tmp_path):
    with pytest.raises(TraceError, match=r"cannot be written.*another folder"):
        write_trace(trace_of(), tmp_path / "none" / "box.trace")


def test_every_packaged_scene_is_found_by_name():
    assert packaged_scenes() == ("courtyard", "openarena")
    assert find_trace("courtyard").header.title.startswith("Courtyard")


def test_a_trace_becomes_commands_at_their_own_frames():
    trace = trace_of(
        TraceFrame(at=0, rows={"box": (1.5, None)}),
        TraceListener(at=0, pose=Pose(position_m=(1.0, 2.0, 3.0))),
        TraceEvent(at=7, emitter="box", name="impact", contact=Contact(speed_m_s=2.0), gain_db=-3.0),
        TraceControl(at=9, emitter="box", control="texture", value=1.0),
    )
    put, features, listener, event, control = trace_commands(trace, 100)
    assert put == PutEmitter(emitter="box", settings=BOX.settings, at_frame=100)
    assert np.frombuffer(features.values, "<f4")[0] == 1.5
    assert (features.emitters, features.columns, features.at_frame) == (("box",), HEADER.columns, 100)
    assert listener.pose.position_m == (1.0, 2.0, 3.0)
    assert (event.at_frame, event.contact.speed_m_s, event.gain_db) == (107, 2.0, -3.0)
    assert control == SetControl(at_frame=109, control="texture", value=1.0, emitter="box")
