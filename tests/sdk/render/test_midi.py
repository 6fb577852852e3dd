"""MIDI files: exact frames, velocities, pitches, wheels, held keys; and what is wrong with them."""

import json

import mido
import pytest

from hobnail import ConfigError, RenderError
from hobnail.render import HobnailInstrument, render
from hobnail.render.midi import read_midi


def note(kind, number, time, velocity=100, channel=0):
    return mido.Message(kind, note=number, velocity=velocity, time=time, channel=channel)


@pytest.fixture
def written(tmp_path):
    def write(*messages, **options):
        file = mido.MidiFile(ticks_per_beat=480, **options)
        file.tracks.append(mido.MidiTrack(messages))
        file.save(tmp_path / "a.mid")
        return tmp_path / "a.mid"

    return write


def read(path, host, **options):
    return read_midi(path, host=host, engine="procedural", **options)


def test_notes_lie_on_their_frame_through_changes_of_tempo(written, host):
    path = written(
        note("note_on", 36, 480),
        mido.MetaMessage("set_tempo", tempo=333_333, time=0),
        note("note_on", 36, 7),
        note("note_on", 36, 473),
    )
    assert [event.at for event in read(path, host).events] == [24_000, 24_233, 40_000]  # 0.333333 s = 15999.98 frames


def test_a_rendered_note_begins_within_a_sample(written, host, tmp_path):
    path = written(note("note_on", 36, 480), note("note_off", 36, 10), note("note_on", 37, 333))
    render(path, tmp_path / "a.wav", host=host, attributes=tmp_path / "a.json")
    events = json.loads((tmp_path / "a.json").read_text())["events"]
    assert [event["name"] for event in events] == ["footstep", "impact"]
    assert all(abs(event["onset_frame"] - event["at_frame"]) <= 1 for event in events)


def test_velocity_is_intensity_and_keys_from_60_are_semitones(written, host):
    path = written(
        note("note_on", 36, 0, 1), note("note_on", 36, 10, 127), note("note_on", 72, 10), note("note_on", 84, 5)
    )
    soft, hard, plain, high = read(path, host).events
    assert (soft.contact.intensity, hard.contact.intensity) == (0.0, 1.0)
    assert plain.controls["pitch"] == 0.5
    assert high.controls["pitch"] == 1.0


def test_a_held_key_of_a_sustained_event_starts_and_stops_it(written, host):
    roll = 36 + 7  # the eighth event of the engine
    path = written(note("note_on", roll, 0), note("note_off", roll, 960), note("note_on", roll, 0))
    events = read(path, host).events
    assert [(event.name, event.action, event.at) for event in events] == [
        ("roll", "start", 0),
        ("roll", "stop", 48_000),
        ("roll", "start", 48_000),
        ("roll", "stop", 48_000),
    ]


def test_wheels_and_controllers_are_curves(written, host):
    path = written(
        mido.Message("control_change", control=1, value=127, time=480),
        mido.Message("pitchwheel", pitch=8191, time=0),
        mido.Message("control_change", control=99, value=3, time=0),
    )
    curves = {curve.control: curve.points for curve in read(path, host).curves}
    assert curves["texture"] == ((0.5, 1.0),)
    assert curves["pitch"][0][1] == pytest.approx(0.5 + 2 / 24, abs=1e-4)


def test_a_map_says_what_a_key_is(written, host, tmp_path):
    (tmp_path / "map.toml").write_text(
        '[[note]]\nlow = 50\nhigh = 50\nevent = "splash"\nemitter = "pond"\nprompt = "a deep pond"\n'
    )
    line = read(written(note("note_on", 50, 0), note("note_on", 51, 0)), host, map_path=tmp_path / "map.toml")
    assert [event.name for event in line.events] == ["splash"]
    assert line.emitters["pond"].prompt == "a deep pond"
    (tmp_path / "map.toml").write_text('[[note]]\nevent = "dance"\n')
    with pytest.raises(RenderError, match="dance"):
        read(written(note("note_on", 50, 0)), host, map_path=tmp_path / "map.toml")
    (tmp_path / "map.toml").write_text("[[note]]\nlow = 500\n")
    with pytest.raises(ConfigError, match="low"):
        read(written(note("note_on", 50, 0)), host, map_path=tmp_path / "map.toml")


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0MTrk\x00\x00\x00\x10\x00\x90"]
)
def test_a_broken_file_is_named(tmp_path, host, data):
    (tmp_path / "b.mid").write_bytes(data)
    with pytest.raises(RenderError, match=r"b\.mid"):
        read(tmp_path / "b.mid", host)


def test_type_2_and_a_missing_file_are_refused(written, host, tmp_path):
    with pytest.raises(RenderError, match="type 2"):
        read(written(type=2), host)
    with pytest.raises(RenderError, match="cannot be read"):
        read(tmp_path / "none.mid", host)


def test_the_instrument_takes_all_three_kinds_of_messages_alike(host):
    instrument = HobnailInstrument(prompt="leather boots", host=host)
    on = mido.Message("note_on", note=36, velocity=90, time=0.25)
    ways = ([on], [(bytes(on.bytes()), 0.25)])
    one, two = (instrument(way, duration=0.5, sample_rate=48_000) for way in ways)
    assert one.shape == (2, 24_000)
    assert (one == two).all()
    assert not one[:, :12_000].any()
    assert abs(one[:, 12_000:12_100]).max() > 1e-4
    with pytest.raises(RenderError, match="44100"):
        instrument([on], duration=0.5, sample_rate=44_100)
