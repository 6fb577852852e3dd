"""Rendering: to the sample, the same bytes every time, whole or not at all."""

import json
import os
import resource
import struct
import subprocess
import sys

import msgspec
import numpy as np
import pytest
import soundfile

from hobnail import Contact, EmitterSettings, RenderError
from hobnail.render import Curve, Timeline, TimelineEvent, perform, render, timeline_commands, write_timeline
from hobnail.render.loudness import measure, true_peak
from hobnail.render.times import frames_of_day
from hobnail.render.waves import encode


def chunks(data):
    """Names and contents of a WAV file's chunks, in order."""
    found, at = {}, 12
    while at < len(data):
        size = struct.unpack("<I", data[at + 4 : at + 8])[0]
        found[data[at : at + 4].decode()] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert at == len(data) == struct.unpack("<I", data[4:8])[0] + 8
    return found


def test_every_onset_is_where_its_event_was_put(steps, host, tmp_path):
    render(steps, tmp_path / "a.wav", host=host, attributes=tmp_path / "a.json")
    said = json.loads((tmp_path / "a.json").read_text())
    assert [event["at_frame"] for event in said["events"]] == [4_800, 23_457, 33_600, 48_000]
    assert all(abs(event["onset_frame"] - event["at_frame"]) <= 1 for event in said["events"])
    assert all(event["reason"] in ("finished", "sounding") and event["peak_db"] > -80 for event in said["events"])
    assert said["mix"]["first_sound_frame"] == 4_800


@pytest.mark.parametrize("samples", ["pcm16", "pcm24", "float"])
def test_the_same_input_gives_the_same_bytes(steps, host, tmp_path, samples):
    for name in ("a", "b"):
        render(steps, tmp_path / f"{name}.wav", host=host, samples=samples, stems=True)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert (tmp_path / "a.boots.wav").read_bytes() == (tmp_path / "b.boots.wav").read_bytes()
    assert (
        soundfile.info(tmp_path / "a.wav").subtype == {"pcm16": "PCM_16", "pcm24": "PCM_24", "float": "FLOAT"}[samples]
    )


def test_stems_add_up_to_the_mix(steps, host):
    played = perform(timeline_commands(steps), host=host, frames=72_000, stems=True)
    assert sorted(played.stems) == ["boots", "crate"]
    assert np.abs(played.mix - played.stems["boots"] - played.stems["crate"]).max() < 1e-6
    left, right = np.abs(played.stems["boots"]).max(axis=0)
    assert left > 1.5 * right


def test_moving_one_event_changes_no_other_sound(steps, host):
    rolling = (
        TimelineEvent(at_s=0.05, emitter="barrel", name="roll", action="start"),
        TimelineEvent(at_s=1.2, emitter="barrel", name="roll", action="stop"),
    )
    emitters = {**steps.emitters, "barrel": EmitterSettings(material="wood")}
    curve = Curve(emitter="barrel", control="texture", points=((0.0, 0.1), (1.4, 0.9)))
    before = msgspec.structs.replace(steps, emitters=emitters, events=(*steps.events, *rolling), curves=(curve,))
    first = msgspec.structs.replace(before.events[0], at_s=0.2)
    after = msgspec.structs.replace(before, events=(first, *before.events[1:]))
    one = perform(timeline_commands(before), host=host, frames=72_000, stems=True)
    two = perform(timeline_commands(after), host=host, frames=72_000, stems=True)
    assert np.array_equal(one.stems["crate"], two.stems["crate"])
    assert np.array_equal(one.stems["barrel"], two.stems["barrel"])
    assert not np.array_equal(one.stems["boots"], two.stems["boots"])
    moved = one.stems["boots"][4_800 : 4_800 + 20_000]
    assert np.allclose(moved, two.stems["boots"][9_600 : 9_600 + 20_000], atol=1e-7)


def test_more_emitters_than_taps_all_have_stems(host):
    names = [f"e{number}" for number in range(35)]
    events = tuple(TimelineEvent(at=480 * number, emitter=name, name="impact") for number, name in enumerate(names))
    crowd = Timeline(duration_s=0.5, emitters={name: EmitterSettings() for name in names}, events=events)
    played = perform(timeline_commands(crowd), host=host, frames=24_000, stems=True)
    assert sorted(played.stems) == sorted(names)
    assert all(np.abs(played.stems[name]).max() > 1e-3 for name in names)


def test_a_render_without_a_length_ends_with_its_sound(steps, host, tmp_path):
    done = render(msgspec.structs.replace(steps, duration_s=None), tmp_path / "a.flac", host=host)
    sound, rate = soundfile.read(tmp_path / "a.flac")
    assert rate == 48_000
    assert done.seconds == len(sound) / 48_000 > 1.1
    assert np.abs(sound[-240:]).max() < 1e-2


def test_a_wav_carries_time_reference_and_markers(steps, host, tmp_path):
    render(steps, tmp_path / "a.wav", host=host, time_reference=frames_of_day("01:00:00"))
    found = chunks((tmp_path / "a.wav").read_bytes())
    assert struct.unpack("<Q", found["bext"][338:346]) == (3600 * 48_000,)
    count = struct.unpack("<I", found["cue "][:4])[0]
    places = [struct.unpack("<I", found["cue "][4 + 24 * n + 20 : 4 + 24 * n + 24])[0] for n in range(count)]
    assert places == [4_800, 23_457, 33_600, 48_000]
    assert found["LIST"].startswith(b"adtl")
    assert b"boots: footstep\0" in found["LIST"]


def test_the_end_of_a_sound_is_a_marker_and_no_event(steps, host, tmp_path):
    rolling = [
        TimelineEvent(at_s=0.2, emitter="crate", name="roll", action="start"),
        TimelineEvent(at_s=0.9, emitter="crate", name="roll", action="stop"),
        TimelineEvent(at_s=0.3, emitter="boots", name="footstep", contact=Contact(material="cheese")),
    ]
    scene = msgspec.structs.replace(steps, events=(*steps.events, *rolling))
    done = render(scene, tmp_path / "a.wav", host=host)
    assert (done.events, len(done.refused)) == (5, 1)
    names = chunks((tmp_path / "a.wav").read_bytes())["LIST"]
    assert b"crate: roll\0" in names
    assert b"crate: roll stops\0" in names


def test_emitters_whose_names_are_alike_have_stems_of_their_own(host, tmp_path):
    names = ("a b", "a_b", "A/B", "c")
    events = [TimelineEvent(at_s=0.1 * n, emitter=name, name="impact") for n, name in enumerate(names)]
    scene = Timeline(duration_s=1.0, emitters={name: EmitterSettings() for name in names}, events=tuple(events))
    done = render(scene, tmp_path / "m.wav", host=host, stems=True)
    assert [path.name for path in done.files[1:]] == ["m.a_b.wav", "m.a_b-2.wav", "m.A_B-3.wav", "m.c.wav"]
    assert len({path.read_bytes() for path in done.files}) == 5


@pytest.mark.parametrize(
    ("text", "frames"), [("00:00:01", 48_000), ("1:00:00.5", 172_824_000), ("17", 17), ("23:59:59", 4_147_152_000)]
)
def test_a_time_of_day_is_frames(text, frames):
    assert frames_of_day(text) == frames


@pytest.mark.parametrize("text", ["25:00:00", "noon", "00:61:00", "-1", ""])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(RenderError, match="time reference"):
        frames_of_day(text)


def test_samples_are_rounded_and_held_at_full_scale():
    block = np.array([[0.5, -2.0], [1.5, 0.0]], np.float32)
    assert np.frombuffer(encode(block, "pcm16"), "<i2").tolist() == [16_384, -32_767, 32_767, 0]
    assert encode(np.array([[-1.0]], np.float32), "pcm24") == b"\x01\x00\x80"


def test_loudness_comes_out_as_asked(host, tmp_path):
    rain = Timeline(
        duration_s=3.0,
        emitters={"sky": EmitterSettings(material="stone")},
        events=(TimelineEvent(at_s=0.0, emitter="sky", name="rain", action="start"),),
    )
    done = render(rain, tmp_path / "a.wav", host=host, samples="float", loudness_lufs=-23.0)
    sound, _ = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert abs(measure(sound).lufs + 23.0) < 0.1
    assert done.loudness.true_peak_db <= -1.0
    loud = render(rain, tmp_path / "b.wav", host=host, loudness_lufs=-3.0)
    assert loud.limited
    assert loud.loudness.true_peak_db <= -1.0


def test_true_peaks_lie_between_samples():
    at = np.arange(4_800)
    sound = np.sin(2 * np.pi * at / 4 + np.pi / 4)[:, None].astype(np.float32)  # samples at 0.707 of the wave
    assert np.abs(sound).max() < 0.7072
    assert 0.97 < true_peak(sound) < 1.03


def test_silence_has_no_loudness_and_says_so(host, tmp_path):
    quiet = Timeline(duration_s=1.0, emitters={"a": EmitterSettings()})
    with pytest.raises(RenderError, match="too quiet"):
        render(quiet, tmp_path / "a.wav", host=host, loudness_lufs=-23.0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["no/folder/a.wav", ".", "a.mp3"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_rendered(steps, host, tmp_path, target):
    with pytest.raises(RenderError):
        render(steps, tmp_path / target, host=host)
    assert list(tmp_path.iterdir()) == []


def test_an_event_that_the_engine_does_not_have_is_told_and_the_others_sound(steps, host, tmp_path):
    wrong = TimelineEvent(at_s=0.3, emitter="boots", name="dance")
    done = render(
        msgspec.structs.replace(steps, events=(*steps.events, wrong)),
        tmp_path / "a.wav",
        host=host,
        attributes=tmp_path / "a.json",
    )
    (refused,) = done.refused
    assert "dance" in refused.problem
    said = json.loads((tmp_path / "a.json").read_text())["events"]
    assert [event["reason"] for event in said].count("refused") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on file sizes to play a full disk with")
@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_a_full_disk_leaves_no_file(steps, tmp_path, ending):
    write_timeline(steps, tmp_path / "steps.json")

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = subprocess.run(
        [sys.executable, "-m", "hobnail", "render", "steps.json", "-o", f"a.{ending}", "--samples", "pcm24"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        preexec_fn=full,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "steps.json"]
