"""What packages are opened with: archives, containers, copyright files, licences, splits, recipes, apt."""

import gzip
import os
import stat
import struct

import pytest

from hobnail_trainer.corpus.containers import BrokenContainerError, sounds_in
from hobnail_trainer.corpus.deb import members
from hobnail_trainer.corpus.fetch import fetch
from hobnail_trainer.corpus.licences import Terms, licence_family, parse_copyright, terms_in_note, terms_of
from hobnail_trainer.corpus.model import SPLITS
from hobnail_trainer.corpus.recipe import find_recipe, packaged_recipe, parse_recipe
from hobnail_trainer.corpus.split import split_of
from hobnail_trainer.errors import CorpusError


def opened(tmp_path, making, path, data):
    package = tmp_path / "x_1_all.deb"
    package.write_bytes(making.deb({path: data}))
    found = []
    for member in members(package):
        found += sounds_in(member, tmp_path / "scratch", lambda _: True)
    return {sound.path: (sound.data, sound.note) for sound in found}


def test_a_zip_is_known_by_its_bytes_not_its_name(tmp_path, making):
    data = making.zipped({"a/b.wav": b"one", "c.txt": b"two"})
    assert opened(tmp_path, making, "data.xyz", data) == {"data.xyz//a/b.wav": (b"one", "")}


def test_a_cat_gives_names_and_notes(tmp_path, making):
    note = b'"Tropical: Bird (1)". Original by "X". License: Creative Commons Zero 1.0.\0'
    body = bytes([len(note)]) + note
    data = struct.pack("<II", 0x80000000 | 8, 4) + body + b"RIFF"
    path = "s.cat//000_Tropical_ Bird (1).wav"
    assert opened(tmp_path, making, "s.cat", data) == {path: (b"RIFF", note.rstrip(b"\0").decode())}


@pytest.mark.parametrize("data", [struct.pack("<II", 8, 10**6), b"\xff" * 64])
def test_a_cat_that_lies_is_broken(tmp_path, making, data):
    with pytest.raises(BrokenContainerError, match="cat"):
        opened(tmp_path, making, "s.cat", data)


def scrambled_group(entries):
    """A group as OpenClonk packs it: (name, is_group, bytes)."""
    header = bytearray(204)
    header[:24] = b"RedWolf Design GrpFolder"
    struct.pack_into("<i", header, 36, len(entries))
    for at in range(0, 202, 3):
        header[at], header[at + 2] = header[at + 2], header[at]
    table, body = b"", b""
    for name, is_group, data in entries:
        entry = bytearray(316)
        entry[: len(name)] = name
        struct.pack_into("<ii", entry, 264, is_group, len(data))
        struct.pack_into("<i", entry, 276, len(body))
        table, body = table + bytes(entry), body + data
    return bytes(byte ^ 237 for byte in header) + table + body


def test_a_group_inside_a_group_is_opened(tmp_path, making):
    inner = scrambled_group([(b"Hit1.ogg", 0, b"sound"), (b"a.txt", 0, b"x")])
    packed = gzip.compress(scrambled_group([(b"Wood.ocg", 1, inner)]))
    found = opened(tmp_path, making, "Sound.ocg", b"\x1e\x8c" + packed[2:])
    assert found == {"Sound.ocg//Wood.ocg/Hit1.ogg": (b"sound", "")}


@pytest.mark.parametrize("cut", [3, 60, -4])
def test_a_group_that_is_cut_off_is_broken(tmp_path, making, cut):
    packed = gzip.compress(scrambled_group([(b"Hit1.ogg", 0, b"sound")]))
    with pytest.raises(BrokenContainerError, match="group"):
        opened(tmp_path, making, "Sound.ocg", (b"\x1e\x8c" + packed[2:])[:cut] + b"\0")


def test_the_last_stanza_that_matches_holds():
    first = "Files: *\nCopyright: A\nLicense: GPL-2+\n"
    second = "Files: s/*\n t/?.ogg\nCopyright:\n B\n C\nLicense: CC0\n"
    text = f"Format: x\n\n{first}\n{second}"
    stanzas = parse_copyright(text)
    assert terms_of("other", stanzas) == Terms("GPL-2.0+", "A")
    assert terms_of("s/deep/x.ogg", stanzas) == terms_of("t/1.ogg", stanzas) == Terms("CC0-1.0", "B; C")


def test_a_copyright_file_in_prose_says_nothing():
    assert parse_copyright("This package was debianized by ...\n\nLicense: GPL-2+") == ()


@pytest.mark.parametrize(
    ("licence", "family"),
    [
        ("CC0-1.0", "public-domain"),
        ("CC-BY-SA-4.0", "cc-by-sa"),
        ("CC-BY-3.0", "cc-by"),
        ("CC-BY-NC-3.0", "other"),
        ("ISC", "permissive"),
        ("GPL-2.0+", "gpl"),
        ("GPL-3 or CC-BY-3.0", "cc-by"),
        ("proprietary", "other"),
    ],
)
def test_licences_have_families_and_the_kindest_choice_counts(licence, family):
    assert licence_family(licence) == family


def test_a_containers_own_words_name_author_and_licence():
    note = (
        '"Cow". Original "c.wav" by "J". Edited by "W". License: Creative Commons Attribution-ShareAlike 3.0 Unported.'
    )
    assert terms_in_note(note) == Terms("CC-BY-SA-3.0", 'Original "c.wav" by "J". Edited by "W"')
    assert terms_in_note("a caption") is None


def test_a_split_depends_on_family_and_seed_only():
    split = [split_of(f"family {n}", seed=1, validation=0.1, test=0.2) for n in range(4000)]
    assert split == [split_of(f"family {n}", seed=1, validation=0.1, test=0.2) for n in range(4000)]
    assert split != [split_of(f"family {n}", seed=2, validation=0.1, test=0.2) for n in range(4000)]
    shares = {name: split.count(name) / 4000 for name in SPLITS}
    assert shares == pytest.approx({"train": 0.7, "validation": 0.1, "test": 0.2}, abs=0.02)


def test_a_larger_test_share_only_adds_to_the_test_set():
    small = {n for n in range(1000) if split_of(f"{n}", seed=1, validation=0.0, test=0.1) == "test"}
    large = {n for n in range(1000) if split_of(f"{n}", seed=1, validation=0.0, test=0.2) == "test"}
    assert small < large


def test_the_default_recipe_keeps_its_promises():
    recipe = packaged_recipe("default")
    assert len(recipe.packages) <= 20
    assert {package.name for package in recipe.packages if package.split == "test"} >= {"openarena-data", "lugaru-data"}
    assert all(package.licence or package.source for package in recipe.packages)
    assert all(package.evidence for package in recipe.packages if package.licence)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[recipe]\ntitle = 'x'\nseed = 1\n", "it names 0 packages"),
        ("[recipe]\ntitle = 'x'\n[[package]]\nname = 'a1'\nwhy = ''\n", "missing required field `seed`"),
        ("[recipe]\ntitle='x'\nseed=1\n[[package]]\nname='a1'\nwhy=''\nflavour=1\n", "unknown field `flavour`"),
        ("[recipe]\ntitle='x'\nseed=1\n[[package]]\nname='../a'\nwhy=''\n", "matching regex"),
        ("[recipe]\ntitle='x'\nseed=1\n" + "[[package]]\nname='a1'\nwhy=''\n" * 2, "'a1' is there twice"),
        ("[recipe\n", "recipe x"),
    ],
)
def test_a_wrong_recipe_is_refused(text, fault):
    with pytest.raises(CorpusError, match=fault):
        parse_recipe(text.encode(), name="x")


def test_an_unknown_recipe_names_those_that_are_there():
    with pytest.raises(CorpusError, match=r"Recipes: default"):
        find_recipe("defualt")


@pytest.mark.skipif(os.name == "nt", reason="stands in for apt-get with a shell script; apt is not on Windows")
def test_packages_are_checked_before_they_get_their_name(tmp_path, monkeypatch):
    script = tmp_path / "bin" / "apt-get"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "*no-such*) echo 'E: Unable to locate package no-such' >&2; exit 100;;\n"
        "*--print-uris*) echo \"'http://x/a_1_all.deb' a_1_all.deb 5 SHA256:$GOOD\";;\n"
        "*) printf '%s' \"$BODY\" > a_1_all.deb;;\n"
        "esac\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GOOD", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")  # of "hello"
    monkeypatch.setenv("BODY", "hullo")
    with pytest.raises(CorpusError, match="not what the archive promises"):
        fetch(["a"], tmp_path / "packages", progress=lambda _: None)
    assert not list((tmp_path / "packages").glob("**/*.deb"))
    monkeypatch.setenv("BODY", "hello")
    found, missing = fetch(["a", "no-such"], tmp_path / "packages", progress=lambda _: None)
    assert found == {"a": tmp_path / "packages" / "a_1_all.deb"}
    assert missing == {"no-such": "Unable to locate package no-such"}


def test_without_apt_the_cure_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CorpusError, match=r"--folder"):
        fetch(["a"], tmp_path / "packages", progress=lambda _: None)
