"""Notes are played by the real fluidsynth from a font that the test writes; the rest needs no program."""

import shutil
import struct

import numpy as np
import pytest
import soundfile

from hobnail_trainer.corpus import build_recipe, parse_recipe, read_manifest
from hobnail_trainer.corpus.notes import render
from hobnail_trainer.corpus.notes.font import BrokenFontError, samples_of_programs
from hobnail_trainer.corpus.notes.midi import midi_file, slots_of
from hobnail_trainer.corpus.notes.model import Note, frequency_hz, pitch_name
from hobnail_trainer.corpus.notes.tuning import tuning
from hobnail_trainer.corpus.notes.words import captions_of
from hobnail_trainer.corpus.recipe import packaged_recipe
from hobnail_trainer.corpus.split import split_of
from hobnail_trainer.errors import CorpusError

from .conftest import PRESETS, RECIPE, packages_in
from .sf2 import soundfont

needs_fluidsynth = pytest.mark.skipif(
    shutil.which("fluidsynth") is None, reason="fluidsynth plays the notes; apt-get install fluidsynth (.ci/run does)"
)


def quiet(_text):
    pass


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(the corpus with its notes, what came of building it), made once; tests only read it."""
    corpus = packages_in(tmp_path_factory.mktemp("played"))
    return corpus, build_recipe(parse_recipe(RECIPE.encode(), name="tiny-notes"), corpus, jobs=1, tell=quiet)


def notes_in(corpus):
    return [clip for clip in read_manifest(corpus).clips if clip.origin == "note"]


@needs_fluidsynth
def test_every_note_of_the_recipe_becomes_a_clip_with_its_true_values(played):
    corpus, built = played
    found = {
        (clip.changes["program"], clip.changes["midi_note"], clip.changes["velocity"]) for clip in notes_in(corpus)
    }
    vibraphone = {(11.0, midi, velocity) for midi in (57.0, 69.0, 81.0) for velocity in (40.0, 120.0)}
    others = {
        (program, midi, velocity)
        for program, midi in ((12.0, 69.0), (80.0, 69.0), (116.0, 57.0))
        for velocity in (40.0, 120.0)
    }
    assert found == vibraphone | others
    assert built.missing == {}


@needs_fluidsynth
def test_the_measured_pitch_of_every_note_is_the_written_one(played):
    corpus, built = played
    for clip in notes_in(corpus):
        true_hz = frequency_hz(int(clip.changes["midi_note"]))
        assert 12 * abs(np.log2(clip.attributes.f0_hz / true_hz)) < 0.2
    assert {name: (each.within_50_cents, each.notes) for name, each in built.tuning.items()} == {
        "marimba": (1.0, 2),
        "oboe": (1.0, 2),
        "vibraphone": (1.0, 6),
    }


@needs_fluidsynth
def test_harder_notes_are_louder_and_nothing_clips(played):
    corpus, _ = played
    by_note = {}
    for clip in notes_in(corpus):
        key = clip.changes["program"], clip.changes["midi_note"]
        by_note.setdefault(key, {})[clip.changes["velocity"]] = clip.attributes
    assert all(pair[120.0].loudness_lufs > pair[40.0].loudness_lufs + 6.0 for pair in by_note.values())
    assert all(pair[120.0].peak_dbfs < -0.5 for pair in by_note.values())


@needs_fluidsynth
def test_a_note_is_cut_at_its_slot_and_holds_nothing_of_the_next(played):
    corpus, _ = played
    clip = next(
        clip for clip in notes_in(corpus) if clip.changes["midi_note"] == 57.0 and clip.changes["program"] == 11.0
    )
    samples, rate_hz = soundfile.read(corpus / clip.audio)
    assert rate_hz == 48_000
    assert clip.frames <= 0.4 * rate_hz
    power = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    frequency = np.fft.rfftfreq(samples.size, 1 / rate_hz)
    assert power[frequency > 400].max() < 1e-4 * power.max()  # a sine of 220 Hz: the octave above is another note


@needs_fluidsynth
def test_programs_that_share_a_sample_share_a_family_and_so_a_split(played):
    corpus, _ = played
    families = {clip.changes["program"]: (clip.family, clip.split) for clip in notes_in(corpus)}
    assert families[11.0] == families[12.0]
    assert len({family for family, _ in families.values()}) == 3
    for family, split in families.values():
        assert split == split_of(family, seed=5, validation=0.2, test=0.2)


@needs_fluidsynth
def test_the_effects_stay_as_they_are_without_the_notes(played, tmp_path):
    corpus, _ = played
    alone = tmp_path / "alone"
    shutil.copytree(corpus / "packages", alone / "packages")
    build_recipe(parse_recipe(RECIPE.partition("[notes]")[0].encode(), name="tiny-notes"), alone, jobs=1, tell=quiet)
    effects = tuple(clip for clip in read_manifest(corpus).clips if clip.origin == "recorded")
    assert effects == read_manifest(alone).clips


@needs_fluidsynth
def test_an_interrupted_build_goes_on_to_the_same_corpus(corpus, recipe, monkeypatch):
    build_recipe(recipe, corpus, jobs=1, tell=quiet)
    before = (corpus / "manifest.jsonl").read_bytes()
    journal = corpus / "journal" / "tiny-font.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:6]))  # the opening and five of the six notes of the vibraphone
    scores = []
    original = render.midi_file
    monkeypatch.setattr(
        render, "midi_file", lambda slots, held_s: (scores.append(len(slots)), original(slots, held_s))[1]
    )
    build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert scores == [6, 2, 2, 2]
    assert (corpus / "manifest.jsonl").read_bytes() == before
    assert not (corpus / "journal" / "font.part").exists()


@needs_fluidsynth
def test_a_font_without_the_program_is_named_and_the_build_goes_on(corpus):
    recipe = parse_recipe(RECIPE.replace("number = 116", "number = 99").encode(), name="tiny-notes")
    built = build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert built.clips == 1
    assert "no program 99 (taiko drum)" in built.missing["tiny-font"]


def test_without_fluidsynth_the_build_goes_on_and_says_what_to_install(corpus, recipe, monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    built = build_recipe(recipe, corpus, jobs=1, tell=quiet)
    assert built.clips == 1
    assert "apt-get install fluidsynth" in built.missing["tiny-font"]


def test_a_fonts_tables_say_which_samples_each_program_plays(tmp_path):
    (tmp_path / "tiny.sf2").write_bytes(soundfont(PRESETS, harmonics=(1, 6, 3)))
    assert samples_of_programs(tmp_path / "tiny.sf2") == {11: {0}, 12: {0}, 80: {1}, 116: {2}}


@pytest.mark.parametrize("data", [b"", b"RIFF", b"<html>not a font</html>", soundfont({1: 0}, harmonics=(1,))[:5000]])
def test_what_is_no_font_is_refused(tmp_path, data):
    (tmp_path / "broken.sf2").write_bytes(data)
    with pytest.raises(BrokenFontError):
        samples_of_programs(tmp_path / "broken.sf2")


def test_the_midi_file_says_each_note_at_its_time(recipe):
    program = recipe.notes.programs[0]
    slots = slots_of([Note(program, 60, 40), Note(program, 72, 120)], held_s=1.0, release_s=0.5)
    data = midi_file(slots, held_s=1.0)
    assert data[:14] == b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000)
    assert struct.unpack(">I", data[18:22])[0] == len(data) - 22
    assert [slot.start_s for slot in slots] == pytest.approx([0.1, 1.7])
    first = b"\x64\x90\x3c\x28" + b"\x87\x68\x80\x3c\x40" + b"\x83\x74\xb0\x78\x00"  # after 100, 1,000 and 500 ms
    assert first + b"\x64\x90\x48\x78" in data
    assert data.endswith(b"\xff\x2f\x00")


def test_a_note_is_told_by_instrument_pitch_and_force(recipe):
    vibraphone, _, oboe, drum = recipe.notes.programs
    assert captions_of(Note(vibraphone, 69, 40)).exact == "a vibraphone note, A4, soft"
    assert captions_of(Note(oboe, 61, 120)).exact == "an oboe note, C#4, loud"
    assert captions_of(Note(drum, 57, 80)).exact == "a taiko drum hit, low, medium"
    words = captions_of(Note(oboe, 61, 120))
    assert len(set(words.paraphrases)) >= 2
    assert (words.category, words.vague) == ("a musical note", "sound")


@pytest.mark.parametrize(("midi", "name"), [(0, "C-1"), (60, "C4"), (69, "A4"), (70, "A#4"), (127, "G9")])
def test_pitches_have_their_names(midi, name):
    assert pitch_name(midi) == name


def test_tuning_tells_wrong_notes_from_wrong_octaves_and_leaves_drums_out(recipe):
    vibraphone, _, _, drum = recipe.notes.programs
    measured = [(Note(vibraphone, 69, 40), hz) for hz in (440.0, 450.0, 880.0, 500.0, None)] + [
        (Note(drum, 57, 40), 1.0)
    ]
    assert {
        name: (each.within_50_cents, each.wrong_octave, each.unvoiced) for name, each in tuning(measured).items()
    } == {"vibraphone": (0.4, 0.2, 0.2)}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("number = 12", "number = 11", "program number 11 is there twice"),
        ("low = 57, high = 81", "low = 82, high = 81", "low 82 is above high 81"),
        ('package = "tiny-font"', 'package = "tiny-sounds"', "named among the effects"),
        ("velocities = [40, 120]", "velocities = [0]", "velocities"),
    ],
)
def test_a_table_of_notes_that_cannot_be_played_is_refused(old, new, problem):
    with pytest.raises(CorpusError, match=problem):
        parse_recipe(RECIPE.replace(old, new).encode(), name="tiny-notes")


def test_the_default_recipe_plays_about_1400_notes_in_less_than_45_minutes():
    notes = packaged_recipe("default").notes
    slots = [
        (program.held_s or notes.held_s) + (program.release_s or notes.release_s)
        for program in notes.programs
        for _ in notes.notes_of(program)
    ]
    assert 40 <= len(notes.programs) <= 60
    assert 800 <= len(slots) <= 1500
    assert sum(slots) < 45 * 60
