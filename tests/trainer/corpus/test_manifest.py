"""A manifest is read strictly: what cannot be trusted is refused with its line and its fault."""

import msgspec
import pytest

from hobnail_trainer.corpus import Manifest, Source, decode_manifest, encode_manifest, read_manifest
from hobnail_trainer.errors import CorpusError


@pytest.fixture(scope="module")
def manifest(built):
    return read_manifest(built)


def changed(manifest, index=0, **fields):
    clips = list(manifest.clips)
    clips[index] = msgspec.structs.replace(clips[index], **fields)
    return encode_manifest(Manifest(header=manifest.header, clips=tuple(clips)))


def test_a_manifest_survives_the_round_trip(manifest):
    assert decode_manifest(encode_manifest(manifest)) == manifest


def test_a_cut_off_manifest_is_refused(manifest):
    with pytest.raises(CorpusError, match="the last line does not end"):
        decode_manifest(encode_manifest(manifest)[:-5])


def test_a_manifest_that_lost_a_line_is_refused(manifest):
    lines = encode_manifest(manifest).splitlines(keepends=True)
    with pytest.raises(CorpusError, match=r"line 1: \$\.clips is \d+, but \d+ clips follow"):
        decode_manifest(b"".join(lines[:-1]))


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"audio": "../elsewhere.flac"}, r"line 2: \$\.audio"),
        ({"audio": "C:\\x.flac"}, r"\$\.audio"),
        ({"frames": 0}, r"\$\.frames is 0"),
        ({"onset_frames": (5, 5)}, "does not rise"),
        ({"onset_frames": (10**9,)}, "outside the clip"),
        ({"licence": ""}, r"\$\.licence is empty"),
        ({"family": ""}, r"\$\.family"),
        ({"origin": "composed"}, r"\$\.sources has 0 entries"),
        ({"category": "music"}, r"\$\.category"),
        ({"materials": ("cheese",)}, r"\$\.materials"),
    ],
)
def test_a_clip_that_makes_no_sense_is_refused(manifest, fields, fault):
    with pytest.raises(CorpusError, match=fault):
        decode_manifest(changed(manifest, **fields))


def test_an_unknown_field_is_refused(manifest):
    data = encode_manifest(manifest).replace(b'"is":"clip"', b'"is":"clip","mood":"gay"', 1)
    with pytest.raises(CorpusError, match="unknown field `mood`"):
        decode_manifest(data)


def test_a_number_that_is_not_finite_cannot_stand_in_a_manifest(manifest):
    data = encode_manifest(manifest).replace(b'"family_gain_db":', b'"family_gain_db":1e999,"x":', 1)
    with pytest.raises(CorpusError, match="line 2"):
        decode_manifest(data)


def test_a_family_in_two_splits_is_refused(manifest):
    first = manifest.clips[0]
    index = next(i for i, clip in enumerate(manifest.clips) if clip.family == first.family and clip.id != first.id)
    other = "test" if first.split != "test" else "train"
    with pytest.raises(CorpusError, match="is in two splits"):
        decode_manifest(changed(manifest, index, split=other))


def test_an_id_twice_is_refused(manifest):
    with pytest.raises(CorpusError, match="is there twice"):
        decode_manifest(changed(manifest, 1, id=manifest.clips[0].id))


def test_what_is_made_from_a_clip_stays_in_its_split(manifest):
    source = manifest.clips[0]
    other = "test" if source.split != "test" else "train"
    fields = {"origin": "augmented", "sources": (Source(clip=source.id),), "changes": {"pitch_semitones": 3.0}}
    made = {"family": "made", "sha256": "0" * 64, **fields}
    assert decode_manifest(changed(manifest, 1, split=source.split, **made)).clips[1].changes == {"pitch_semitones": 3}
    with pytest.raises(CorpusError, match="its source"):
        decode_manifest(changed(manifest, 1, split=other, **made))
    with pytest.raises(CorpusError, match="which is not there"):
        decode_manifest(changed(manifest, 1, **{**made, "sources": (Source(clip="nobody"),)}))


def test_a_missing_manifest_says_how_to_make_one(tmp_path):
    with pytest.raises(CorpusError, match="hobnail-train corpus build"):
        read_manifest(tmp_path)
