"""Patterns: as a plain reference says, and never slow."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hobnail.errors import MessageError
from hobnail_bridges.osc.matching import is_pattern, matches, matches_address, parts_of
from hobnail_bridges.osc.trie import Node, find

PIECES = st.sampled_from(["a", "b", "c", "ab", "?", "*", "[ab]", "[!a]", "[a-c]", "{ab,c}", "{a,}"])


def reference(pattern: str) -> re.Pattern[str]:
    """The same as a regular expression, which may be slow and which the product never builds."""
    out = ""
    for token in re.findall(r"\[[^\]]*\]|\{[^}]*\}|.", pattern):
        if token.startswith("["):
            out += "[^" + token[2:] if token.startswith("[!") else token
        elif token.startswith("{"):
            out += "(?:" + "|".join(map(re.escape, token[1:-1].split(","))) + ")"
        else:
            out += {"?": ".", "*": ".*"}.get(token, re.escape(token))
    return re.compile(out)


@settings(max_examples=200)
@given(st.lists(PIECES, min_size=1, max_size=6), st.text("abcd", max_size=8))
def test_a_part_matches_as_the_reference_says(pieces, text):
    pattern = "".join(pieces)
    (part,) = parts_of("/" + pattern)
    assert matches(part, text) == bool(reference(pattern).fullmatch(text))


@pytest.mark.parametrize(
    ("pattern", "address", "meant"),
    [
        ("/hobnail/*/pitch", "/hobnail/feet/pitch", True),
        ("/hobnail/*/pitch", "/hobnail/feet/pitch/raw", False),
        ("/hobnail/*", "/hobnail/feet/pitch", False),
        ("//pitch", "/hobnail/feet/pitch", True),
        ("/hobnail//raw", "/hobnail/feet/pitch/raw", True),
        ("/hobnail//raw", "/hobnail/feet/pitch", False),
        ("/hobnail/{feet,door}/p?tch", "/hobnail/door/pitch", True),
        ("/hobnail/f[!e]et/pitch", "/hobnail/feet/pitch", False),
    ],
)
def test_addresses(pattern, address, meant):
    assert matches_address(pattern, address) is meant


def test_many_stars_cost_nothing():
    began = time.perf_counter()
    (part,) = parts_of("/" + "*a" * 28 + "*b")
    assert not matches(part, "a" * 200)
    assert time.perf_counter() - began < 0.2


@pytest.mark.parametrize(
    "pattern", ["/a[b", "/a{b", "/a]", "/a}", "/[]", "/[!]", "/{a,[b]}", "/{" + "a," * 40 + "}", "a"]
)
def test_broken_patterns_are_refused(pattern):
    with pytest.raises(MessageError) as caught:
        parts_of(pattern)
    assert caught.value.cure


def test_what_is_a_pattern():
    assert [is_pattern(text) for text in ("/a/b", "/a//b", "/a*", "/{a}", "/a]")] == [False, True, True, True, True]


def tree():
    root = Node()
    top = root.add("hobnail/ping", "ping") and root.children["hobnail"]
    below = Node()
    below.add("pitch", "pitch").add("raw", "raw")
    below.add("event/step", "step")
    top.named, top.names = below, lambda: ("feet", "door")
    return root


def test_an_exact_address_also_finds_a_name_that_is_not_there_yet():
    assert find(tree(), "/hobnail/bell/pitch") == [("pitch", "bell", "/hobnail/bell/pitch")]
    assert find(tree(), "/hobnail/ping") == [("ping", None, "/hobnail/ping")]
    assert find(tree(), "/hobnail/feet/nothing") == []


def test_a_pattern_finds_only_names_that_are_there():
    assert find(tree(), "/hobnail/*/pitch") == [
        ("pitch", "feet", "/hobnail/feet/pitch"),
        ("pitch", "door", "/hobnail/door/pitch"),
    ]
    assert find(tree(), "/*/[f]*/{pitch,pan}/raw") == [("raw", "feet", "/hobnail/feet/pitch/raw")]


@pytest.mark.parametrize("pattern", ["//step", "/hobnail//step", "//event/step", "///step"])
def test_any_number_of_parts(pattern):
    found = find(tree(), pattern)
    assert sorted(name for _, name, _ in found) == ["door", "feet"]
    assert {leaf for leaf, _, _ in found} == {"step"}
