"""A user's own folder goes through the same door, with a reason for every file that does not get in."""

import json

import pytest
from click.testing import CliRunner

from hobnail_trainer.cli import cli
from hobnail_trainer.corpus import read_manifest

CSV = """\
file,licence,caption,category,materials,author,split
boots/gravel_step_1.wav,CC0-1.0,,,,Me,
boots/gravel_step_2.wav,CC0-1.0,,,,Me,
thing.wav,CC-BY-4.0,a cork popping,impact,wood;glass,Me,test
no_licence.wav,,,,,,
cheese_hit.wav,CC0-1.0,,,cheese,,
theme.wav,CC0-1.0,,,,,
../outside.wav,CC0-1.0,,,,,
thing.wav,CC0-1.0,,,,,
gone_hit.wav,CC0-1.0,,,,,
broken_hit.wav,CC0-1.0,,,,,
"""


@pytest.fixture
def folder(tmp_path, making):
    root = tmp_path / "mine"
    (root / "boots").mkdir(parents=True)
    (root / "clips.csv").write_text(CSV)
    for seed, name in enumerate(("boots/gravel_step_1", "boots/gravel_step_2", "thing", "no_licence", "cheese_hit")):
        (root / f"{name}.wav").write_bytes(making.encoded(making.hit(seed)))
    for name in ("theme", "unlisted"):
        (root / f"{name}.wav").write_bytes(making.encoded(making.hit(9)))
    (root / "broken_hit.wav").write_bytes(b"not sound")
    return root


def build(folder, corpus, *more):
    return CliRunner().invoke(
        cli, ["corpus", "build", "--folder", str(folder), "--to", str(corpus), "--jobs", "1", *more]
    )


def test_a_folder_becomes_a_corpus_and_each_bad_row_has_its_reason(folder, tmp_path):
    done = build(folder, tmp_path / "corpus")
    assert done.exit_code == 0, done.output
    clips = {clip.path: clip for clip in read_manifest(tmp_path / "corpus").clips}
    assert set(clips) == {"boots/gravel_step_1.wav", "boots/gravel_step_2.wav", "thing.wav"}
    assert clips["boots/gravel_step_1.wav"].captions.exact == "a footstep on gravel"
    assert clips["boots/gravel_step_1.wav"].family == clips["boots/gravel_step_2.wav"].family
    assert (clips["thing.wav"].captions.exact, clips["thing.wav"].split) == ("a cork popping", "test")
    assert clips["thing.wav"].materials == ("wood", "glass")
    lines = [json.loads(line) for line in (tmp_path / "corpus" / "rejected.jsonl").read_text().splitlines()]
    assert sorted((line["path"], line["reason"]) for line in lines) == [
        ("../outside.wav", "bad-row"),
        ("broken_hit.wav", "corrupt"),
        ("cheese_hit.wav", "bad-row"),
        ("gone_hit.wav", "unreadable"),
        ("no_licence.wav", "no-licence"),
        ("theme.wav", "music"),
        ("thing.wav", "twice"),
        ("unlisted.wav", "not-listed"),
    ]
    assert "clips.csv, line 6: material 'cheese', expected one of bone" in str([line["detail"] for line in lines])


def test_a_changed_file_is_read_again(folder, tmp_path, making):
    build(folder, tmp_path / "corpus")
    before = {clip.path: clip.sha256 for clip in read_manifest(tmp_path / "corpus").clips}
    (folder / "thing.wav").write_bytes(making.encoded(making.hit(77)))
    build(folder, tmp_path / "corpus")
    after = {clip.path: clip.sha256 for clip in read_manifest(tmp_path / "corpus").clips}
    assert {path for path in after if after[path] != before[path]} == {"thing.wav"}


def test_licences_can_be_chosen(folder, tmp_path):
    build(folder, tmp_path / "corpus", "--licence", "public-domain")
    assert {clip.licence for clip in read_manifest(tmp_path / "corpus").clips} == {"CC0-1.0"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [("file,caption\n", "no column 'licence'"), ("file,licence,mood\n", "column 'mood'"), (None, "cannot be read")],
)
def test_a_wrong_csv_is_refused_whole(folder, tmp_path, text, fault):
    (folder / "clips.csv").unlink()
    if text is not None:
        (folder / "clips.csv").write_text(text)
    done = build(folder, tmp_path / "corpus")
    assert fault in str(done.exception)
    assert not (tmp_path / "corpus" / "manifest.jsonl").exists()


def test_a_folder_of_nothing_usable_says_why(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "clips.csv").write_text("file,licence\nx_hit.wav,CC0-1.0\n")
    done = build(tmp_path / "mine", tmp_path / "corpus")
    assert "no sound was kept; reasons: unreadable (1)" in str(done.exception)
