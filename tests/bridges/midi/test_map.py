"""The map on disk and as lines that people type."""

import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnail.errors import ConfigError
from hobnail.midimap import Binding, MidiMap, NoteRule
from hobnail_bridges.midi.map_file import map_at, map_text, write_map
from hobnail_bridges.midi.spec_text import binding_of, shown

UNIT = st.floats(0, 1, allow_nan=False)
BINDINGS = st.builds(
    Binding,
    control=st.sampled_from(["pitch", "texture"]),
    source=st.sampled_from(["bend", "pressure", "key_pressure", "nrpn"]),
    number=st.integers(0, 127),
    channel=st.integers(0, 16),
    emitter=st.sampled_from([None, "feet", "a door (left)"]),
    low=UNIT,
    high=UNIT,
    takeover=st.sampled_from(["jump", "pickup"]),
)
RULES = st.builds(
    NoteRule,
    event=st.sampled_from(["", "footstep"]),
    centre=st.none() | st.integers(0, 127),
    prompt=st.text(max_size=20).filter(lambda text: all(ord(letter) < 0xD800 for letter in text)),
    material=st.none() | st.just("wood"),
    hardest=UNIT,
)


@given(st.builds(MidiMap, defaults=st.booleans(), control=st.tuples(BINDINGS, BINDINGS), note=st.tuples(RULES)))
def test_a_map_survives_its_file(midi_map):
    assert msgspec.convert(tomllib.loads(map_text(midi_map)), MidiMap) == midi_map


@given(BINDINGS.filter(lambda binding: binding.emitter != "a door (left)"))
def test_a_binding_survives_its_line_to_four_digits(binding):
    again = binding_of(shown(binding))
    assert (again.control, again.emitter, again.channel, again.takeover) == (
        binding.control, binding.emitter, binding.channel, binding.takeover
    )  # fmt: skip
    assert again.low == pytest.approx(binding.low, abs=1e-4)
    assert again.high == pytest.approx(binding.high, abs=1e-4)


@pytest.mark.parametrize(
    "line", ["", "cc -> ", "cc 64 -> pitch", "cc 200 -> pitch", "cc14 40 -> pitch", "cc 7 channel 17 -> pitch",
             "cc 7 -> pitch 0.2..1.5", "dial 3 -> pitch"],
)  # fmt: skip
def test_a_wrong_line_is_refused_with_an_example(line):
    with pytest.raises(ConfigError, match="Write it like"):
        binding_of(line)


def test_learning_the_same_again_replaces_and_another_target_does_not(tmp_path):
    path = tmp_path / "map.toml"
    for line in ("cc 20 -> pitch", "cc 20 -> texture", "cc 20 -> pitch 0.5..1"):
        write_map(map_at(path).with_binding(binding_of(line)), path)
    assert [shown(binding) for binding in map_at(path).control] == ["cc 20 -> texture", "cc 20 -> pitch 0.5..1"]
    assert [file.name for file in tmp_path.iterdir()] == ["map.toml"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[control", "cannot be read"),
        ("[[control]]\nnumber = 3\n", "control"),
        ('[[control]]\ncontrol = "pitch"\nnumber = 64\n', "sustain pedal"),
        ('[[knob]]\ncontrol = "pitch"\n', "knob"),
    ],
)
def test_a_wrong_file_is_named_with_its_place(tmp_path, text, words):
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words) as raised:
        map_at(path)
    assert "map.toml" in str(raised.value)


def test_a_map_that_is_not_there_is_empty_and_one_that_cannot_be_written_is_said(tmp_path):
    assert map_at(tmp_path / "none.toml") == MidiMap()
    with pytest.raises(ConfigError, match="cannot be written"):
        write_map(MidiMap(), tmp_path / "no" / "folder" / "map.toml")
