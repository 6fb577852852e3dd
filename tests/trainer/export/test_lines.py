"""How still lines stand is read off recordings, and how far the network's are off, off the network."""

from types import SimpleNamespace

import numpy as np
import pytest

from hobnail_plugins.aht.lines import wander
from hobnail_plugins.codec.codec import linear_codec
from hobnail_trainer.export import lines as measuring
from hobnail_trainer.export.bundle import with_lines
from hobnail_trainer.export.lines import jitter_of, lines_of, tracks
from hobnail_trainer.feed.model import Words
from hobnail_trainer.feed.store import open_feed

WORDS = ("bell", "cow")
STILL, LIVELY = 0.002, 0.012


def silent(hops):
    codec = linear_codec()
    return codec, codec.encode(np.zeros(512 * hops, np.float32), codec.begin_encoding(), last=True)[0][:hops]


def with_line(hops, log_hz, slot=0):
    codec, latents = silent(hops)
    mean = codec.partials_of(np.zeros_like(latents))
    spread = codec.partials_of(np.ones_like(latents)) - mean
    slots = codec.partials_of(latents)
    slots[:, slot] = np.stack([log_hz, np.full(hops, -3.0)], axis=1)
    latents[:, -6:] = ((slots - mean) / spread).reshape(hops, 6)
    return latents


def a_store():
    """Forty families of two: a bell that stands, a cow that does not, float32 as they are."""
    chance = np.random.default_rng(1)
    rows = np.zeros((2, 12, 128), np.float16)
    rows[0, 0, 0], rows[1, 0, 1] = 1.0, 1.0
    entries, latents, first = [], [], 0
    for number in range(80):
        kind = number % 2
        walk = np.cumsum((STILL, LIVELY)[kind] * chance.standard_normal(40))
        latents.append(with_line(40, 7.0 + walk))
        words = Words(exact=WORDS[kind], category=WORDS[kind], vague="it")
        entries.append(SimpleNamespace(family=f"{WORDS[kind]}-{number // 4}", first=first, hops=40, words=words))
        first += 40
    texts = SimpleNamespace(rows=rows, tokens=np.array([1, 1]), places={word: at for at, word in enumerate(WORDS)})
    part = SimpleNamespace(index=SimpleNamespace(entries=entries), latents=np.concatenate(latents))
    return SimpleNamespace(folder="feed", split="train", parts={"recorded": part}, texts=texts), rows


class Jittery:
    """A model of whose lines each hop is off by a known deviation."""

    codec = linear_codec()

    def __init__(self, jitter):
        self.jitter, self.chance = jitter, np.random.default_rng(5)

    def told(self, prompt):
        return prompt

    def begin(self, seed, told, **_):
        return object()

    def make(self, voices, controls, features, hops):
        log_hz = 7.0 + 0.002 * np.arange(hops) + self.jitter * self.chance.standard_normal(hops)
        return SimpleNamespace(latents=with_line(hops, log_hz)[None])


def test_tracks_are_runs_of_hops_that_are_heard():
    latents = with_line(12, np.full(12, 7.0), slot=1)
    partials = linear_codec().partials_of(latents)
    partials[5, 1, 1] = -9.0
    assert [len(line) for line in tracks(partials)] == [5, 6]
    partials[8, 1, 1] = -9.0
    assert [len(line) for line in tracks(partials)] == [5], "what is left is too short"


def test_jitter_is_what_a_hop_is_off_by_and_not_how_the_line_moves():
    assert jitter_of(Jittery(0.07), linear_codec(), ["bell"] * 8) == pytest.approx(0.07, rel=0.12)
    quiet = Jittery(0.07)
    quiet.make = lambda *_: SimpleNamespace(latents=silent(64)[1][None])
    assert jitter_of(quiet, linear_codec(), ["bell"]) is None


def test_words_tell_how_still_a_line_stands(monkeypatch):
    store, rows = a_store()
    monkeypatch.setattr(measuring, "load_model", lambda _: Jittery(0.07))
    found = lines_of("bundle", store)
    bell, cow = (wander(found.lines, row[0].astype(np.float32)) for row in rows)
    assert 0.4 * STILL < bell < STILL, "three of four move more"
    assert cow / bell == pytest.approx(LIVELY / STILL, rel=0.35)
    assert found.explained > 0.8
    assert found.lines.jitter == pytest.approx(0.07, rel=0.12)
    store.parts["recorded"].index.entries = store.parts["recorded"].index.entries[:4]
    assert lines_of("bundle", store) is None, "too few recordings"


def test_export_writes_what_it_finds(small, feed):
    lines = small.bundle.manifest.lines
    assert with_lines(small.bundle.folder, open_feed(feed, "train"), tell=lambda _: None).lines == lines
    assert len(lines.weights) == 128
    assert lines.jitter > 0.0
