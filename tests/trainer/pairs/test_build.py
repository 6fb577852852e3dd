"""A corpus's pairs: sources, splits, true values, the same for the same seed, and what the report says."""

import json
import math

import msgspec
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from hobnail_trainer.cli.corpus import command
from hobnail_trainer.corpus import Header, Manifest, write_manifest
from hobnail_trainer.corpus.attributes import measure
from hobnail_trainer.corpus.pack import open_pack
from hobnail_trainer.errors import CorpusError
from hobnail_trainer.pairs import build_pairs
from hobnail_trainer.pairs.model import AXES, LONGEST_FRAMES, SPAN, VALUES, suits, values_for

from ..tiny_corpus import make_clip
from .signals import RATE, blow, sung


def quiet(_text):
    pass


def full(samples):
    return samples / np.abs(samples).max()


def write_corpus(folder):
    """Nine blows in three families, an animal's call, a note, something long and something one-sided."""
    sounds = {
        f"hit-{split}-{take}": (
            0.3 * take * full(blow(0.01, seed=10 * place + take)),
            "impact",
            split,
            {"family": f"hit-{split}"},
        )
        for place, split in enumerate(("train", "validation", "test"))
        for take in (1, 2, 3)
    }
    sounds["call"] = (sung(noise=0.3), "creature", "train", {})
    sounds["note"] = (sung(noise=0.5), "note", "train", {"origin": "note", "changes": {"midi_note": 57.0}})
    sounds["long"] = (sung(seconds=3.5), "creature", "train", {})
    sounds["tone"] = (sung(seconds=0.5), "creature", "test", {})
    clips = []
    for name, (samples, category, split, more) in sorted(sounds.items()):
        path = folder / "audio" / f"{name}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, RATE, subtype="PCM_16")
        fields = {"frames": samples.size, "onsets": (0,), "attributes": measure(samples)}
        clips.append(make_clip(name, category, name, (), split, **(fields | more)))
    header = Header(rate_hz=RATE, title="Tiny", recipe="tiny", seed=1, clips=len(clips))
    write_manifest(Manifest(header=header, clips=tuple(clips)), folder)
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def made(corpus):
    """(what came of it, the recordings, the pairs); tests only read it."""
    made = build_pairs(corpus, seed=1, jobs=1, tell=quiet)
    recorded = open_pack(corpus / "packs" / "recorded")
    return made, recorded, open_pack(corpus / "packs" / "pairs", recorded.manifest)


def test_every_changed_clip_names_its_source_and_stays_in_its_split_and_family(made):
    _, recorded, pairs = made
    known = {clip.id: clip for clip in recorded.manifest.clips}
    assert pairs.manifest.clips
    for clip in pairs.manifest.clips:
        (source,) = clip.sources
        before = known[source.clip]
        assert clip.origin == "augmented"
        assert (clip.split, clip.family, clip.licence) == (before.split, before.family, before.licence)
        assert clip.captions == before.captions
    assert {clip.split for clip in pairs.manifest.clips} == {"train", "validation", "test"}


def test_each_axis_changes_what_suits_it(made):
    _, _, pairs = made
    found = {(clip.sources[0].clip, clip.id.rpartition("/")[2].partition("-")[0]) for clip in pairs.manifest.clips}
    assert {("hit-train-1", "pitch"), ("hit-train-1", "intensity"), ("call", "pitch"), ("call", "texture")} <= found
    assert ("call", "intensity") not in found  # nobody strikes an animal's call
    assert {axis for name, axis in found if name == "note"} == {"texture"}  # its words name its pitch
    assert not any(name == "long" for name, _ in found)


def test_the_stored_sound_is_what_the_measures_say_and_never_clips(made):
    _, _, pairs = made
    for clip in pairs.manifest.clips[::5]:
        samples = pairs.samples(clip)
        assert np.abs(samples).max() <= 10 ** (-1 / 20) + 1e-4
        assert measure(samples).loudness_lufs == pytest.approx(clip.attributes.loudness_lufs, abs=0.1)


def test_the_level_that_is_recorded_is_true_once_the_limiting_gain_is_taken_off(made):
    _, recorded, pairs = made
    known = {clip.id: clip for clip in recorded.manifest.clips}
    blows = [clip for clip in pairs.manifest.clips if "intensity" in clip.changes]
    assert any(clip.changes["gain_db"] < -0.5 for clip in blows)
    for clip in blows:
        louder = clip.attributes.loudness_lufs - known[clip.sources[0].clip].attributes.loudness_lufs
        assert louder - clip.changes["gain_db"] == pytest.approx(clip.changes["level_db"], abs=0.1)


def test_training_hears_a_harder_blow_as_loud_as_it_is(made):
    _, recorded, pairs = made
    known = {clip.id: clip for clip in recorded.manifest.clips}
    blows = [clip for clip in pairs.manifest.clips if clip.changes.get("intensity", 0.0) > 0.3]
    assert any(clip.changes["gain_db"] < -0.5 for clip in blows)
    for clip in blows:
        before = known[clip.sources[0].clip]
        heard = clip.attributes.loudness_lufs + clip.level_db
        assert heard - before.attributes.loudness_lufs - before.level_db == pytest.approx(
            clip.changes["level_db"], abs=0.1
        )


def test_a_shifted_call_keeps_its_length_and_has_its_new_pitch(made):
    _, recorded, pairs = made
    call = next(clip for clip in recorded.manifest.clips if clip.id == "call")
    shifted = [clip for clip in pairs.manifest.clips if clip.id.startswith("call/pitch")]
    assert len(shifted) == VALUES["pitch"]
    for clip in shifted:
        assert clip.frames == call.frames
        semitones = 12 * math.log2(clip.attributes.f0_hz / call.attributes.f0_hz)
        assert semitones == pytest.approx(clip.changes["pitch_semitones"], abs=0.2)


def test_a_resampled_blow_says_how_its_size_changed(made):
    _, recorded, pairs = made
    known = {clip.id: clip for clip in recorded.manifest.clips}
    for clip in pairs.manifest.clips:
        if "size_ratio" in clip.changes:
            assert clip.frames == pytest.approx(known[clip.sources[0].clip].frames * clip.changes["size_ratio"], abs=2)


def test_what_was_known_of_a_note_stays_known(made):
    _, _, pairs = made
    notes = [clip for clip in pairs.manifest.clips if clip.sources[0].clip == "note"]
    assert notes
    assert all(clip.changes["midi_note"] == 57.0 for clip in notes)


def test_a_sound_with_nothing_to_balance_is_left_out_with_its_reason(made):
    result, _, pairs = made
    assert result.left_out["texture: one-sided"] >= 1
    assert not any(clip.id.startswith("tone/texture") for clip in pairs.manifest.clips)


def test_texture_records_what_it_did_to_the_harmonic_to_noise_ratio(made):
    _, _, pairs = made
    clips = sorted(
        (clip for clip in pairs.manifest.clips if clip.id.startswith("call/texture")),
        key=lambda clip: clip.changes["texture"],
    )
    after = [clip.changes["hnr_after_db"] for clip in clips]
    assert after == sorted(after)
    assert all(clip.changes["hnr_after_db"] == clip.attributes.hnr_db for clip in clips)


def test_the_same_seed_makes_the_same_pack_in_one_process_or_two(made, corpus):
    folder = corpus / "packs" / "pairs"
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "pairs.json"}
    build_pairs(corpus, seed=1, jobs=2, tell=quiet)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "pairs.json"} == before


def test_values_fill_the_span_evenly_and_depend_on_the_seed():
    for axis in AXES:
        drawn = [values_for(f"clip-{number}", axis, seed=1) for number in range(200)]
        assert all(len(values) == VALUES[axis] and list(values) == sorted(values) for values in drawn)
        every = np.concatenate(drawn) / SPAN[axis]
        assert np.abs(every).max() <= 1.0
        assert np.histogram(every, bins=4, range=(-1, 1))[0].min() > 0.2 * every.size
    assert values_for("clip", "pitch", seed=1) != values_for("clip", "pitch", seed=2)


def test_three_seconds_is_the_longest_that_is_changed():
    clip = make_clip("x", "impact", "a blow", (), "train", frames=LONGEST_FRAMES)
    assert suits(clip, "intensity")
    assert not suits(msgspec.structs.replace(clip, frames=LONGEST_FRAMES + 1), "intensity")


def test_the_report_says_how_far_each_axis_moves_each_measure(made, corpus):
    result, _, _ = made
    rows = {(row.axis, row.category, row.measure): row for row in result.cross_talk}
    loudness = rows["intensity", "impact", "loudness_db"]
    assert (loudness.n, loudness.per_span) == (36, pytest.approx(12.0, abs=0.1))
    assert loudness.agreement > 0.99
    assert rows["pitch, size", "all", "centroid_octaves"].per_span == pytest.approx(1.0, abs=0.15)
    assert json.loads((corpus / "packs" / "pairs" / "pairs.json").read_text())["clips"] == result.clips


def test_the_corpus_says_how_force_and_brightness_go_together(made):
    result, _, _ = made
    centroid = next(fit for fit in result.force if (fit.measure, fit.category) == ("centroid", "all"))
    assert (centroid.takes, centroid.families) == (3, 1)  # of the train split only
    assert abs(centroid.per_db) < 0.02  # the takes differ by gain and seed alone


def test_a_corpus_with_nothing_to_change_is_refused(tmp_path):
    samples = sung(seconds=3.5)
    (tmp_path / "audio").mkdir()
    soundfile.write(tmp_path / "audio" / "long.flac", samples, RATE, subtype="PCM_16")
    clip = make_clip("long", "creature", "long", (), "train", frames=samples.size, onsets=(0,))
    header = Header(rate_hz=RATE, title="Tiny", recipe="tiny", seed=1, clips=1)
    write_manifest(Manifest(header=header, clips=(clip,)), tmp_path)
    with pytest.raises(CorpusError, match="no clip of 3 s or less"):
        build_pairs(tmp_path, seed=1, jobs=1, tell=quiet)


def test_the_command_prints_what_was_made(corpus):
    done = CliRunner().invoke(command, ["pairs", str(corpus), "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert "clips" in done.output
    assert "centroid: " in done.output
    assert "left out: texture: one-sided" in done.output
