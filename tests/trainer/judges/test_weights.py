"""Weights are fetched whole and checked, or not at all."""

import hashlib
import io
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner

from hobnail_trainer.cli.cache import cache_folder
from hobnail_trainer.cli.judges import command
from hobnail_trainer.errors import JudgeError
from hobnail_trainer.judges import ALL, Yamnet, fetch
from hobnail_trainer.judges.weights import Weights, by_pip, present, read_weights

FILE = b"weights of a small judge"


def wheel_of(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("small/data/model.bin"), content)
        archive.writestr(zipfile.ZipInfo("small/__init__.py"), "raise SystemExit('code of a wheel was run')")
    return file.getvalue()


def sum_of(data):
    return hashlib.sha256(data).hexdigest()


WEIGHTS = Weights(
    "small", "small==1.0", sum_of(wheel_of(FILE)), {"small/data/model.bin": sum_of(FILE)}, "CC0-1.0", "us"
)


def giving(data, asked=None):
    """A download that leaves these bytes, and notes what it was asked for."""

    def download(package, place):
        (asked if asked is not None else []).append(package)
        (place / "small-1.0-py3-none-any.whl").write_bytes(data)

    return download


def test_only_the_weight_files_are_kept(tmp_path):
    asked = []
    assert fetch(WEIGHTS, tmp_path, download=giving(wheel_of(FILE), asked))
    assert asked == ["small==1.0"]
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")] == ["small/model.bin"]
    assert read_weights(WEIGHTS, tmp_path) == {"model.bin": FILE}


def test_what_is_there_is_not_fetched_again(tmp_path):
    fetch(WEIGHTS, tmp_path, download=giving(wheel_of(FILE)))
    asked = []
    assert not fetch(WEIGHTS, tmp_path, download=giving(b"", asked))
    assert asked == []


def test_a_file_that_was_cut_off_is_fetched_again(tmp_path):
    fetch(WEIGHTS, tmp_path, download=giving(wheel_of(FILE)))
    (tmp_path / "small" / "model.bin").write_bytes(FILE[:5])
    assert not present(WEIGHTS, tmp_path)
    with pytest.raises(JudgeError, match=r"model.bin: its SHA-256 is .* expected .* Remove it"):
        read_weights(WEIGHTS, tmp_path)
    assert fetch(WEIGHTS, tmp_path, download=giving(wheel_of(FILE)))
    assert present(WEIGHTS, tmp_path)


def test_another_wheel_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(JudgeError, match=r"small-1.0-py3-none-any.whl: its SHA-256 is .* Use an index"):
        fetch(WEIGHTS, tmp_path, download=giving(wheel_of(b"other weights")))
    assert list(tmp_path.iterdir()) == []


def test_no_wheel_is_told(tmp_path):
    with pytest.raises(JudgeError, match=r"small==1.0: one wheel was expected, found: none"):
        fetch(WEIGHTS, tmp_path, download=lambda package, place: None)


def test_missing_weights_say_how_to_fetch_them(tmp_path):
    with pytest.raises(JudgeError, match=r"weights of yamnet are not there. Fetch them: hobnail-train judges fetch"):
        Yamnet.load(tmp_path)


def answering(code, stderr):
    def run(command, **_):
        return subprocess.CompletedProcess(command, code, "", stderr)

    return run


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        ("WARNING: Retrying\nERROR: No matching distribution found for small==1.0\n", "it said: ERROR: No matching"),
        ("python: No module named pip\n", "has no pip"),
        ("", "it said: nothing"),
    ],
)
def test_what_pip_says_is_told(tmp_path, stderr, words):
    with pytest.raises(JudgeError, match=words):
        by_pip("small==1.0", tmp_path, run=answering(1, stderr))


def test_pip_is_asked_for_exactly_one_wheel_and_nothing_it_needs(tmp_path):
    seen = []

    def run(command, **_):
        seen.extend(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    by_pip("small==1.0", tmp_path, run=run)
    assert seen[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "small==1.0"} <= set(seen)


def test_show_says_what_is_there_and_whose_it_is(tmp_path):
    result = CliRunner().invoke(command, ["show", "--to", str(tmp_path)], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    for words in ("yamnet", "aisfx", "Apache-2.0 upstream", "CC-BY-4.0", "no"):
        assert words in result.output


def test_every_judge_names_exact_versions_sums_and_a_licence():
    for weights in ALL:
        assert "==" in weights.package
        assert all(len(digest) == 64 for digest in (weights.wheel_sha256, *weights.files.values()))
        assert weights.licence
        assert weights.source


def test_the_cache_is_where_the_variable_or_the_system_says(tmp_path):
    assert cache_folder({"HOBNAIL_CACHE": str(tmp_path)}, platform="win32") == tmp_path
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}, platform="linux") == tmp_path / "hobnail"
    assert cache_folder({"LOCALAPPDATA": str(tmp_path)}, platform="win32") == tmp_path / "hobnail" / "Cache"
    assert cache_folder({}, platform="darwin").parts[-3:] == ("Library", "Caches", "hobnail")
