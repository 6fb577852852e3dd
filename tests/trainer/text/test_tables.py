"""Tables: the one that ships, a fitted one, what goes into them, and how well they agree with their model."""

import hashlib

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import spearmanr

from hobnail_plugins.text.encoder import words_encoder
from hobnail_plugins.text.spec import WordsConfig
from hobnail_plugins.text.table import table_from
from hobnail_trainer.cli.text import command
from hobnail_trainer.errors import TextError
from hobnail_trainer.text import source
from hobnail_trainer.text.agreement import agreement, spearman
from hobnail_trainer.text.distil import distil, kept_pieces
from hobnail_trainer.text.fitted import distil_fitted
from hobnail_trainer.text.lexicon import forms, lexicon
from hobnail_trainer.text.minilm import minilm_from
from hobnail_trainer.text.notes import note_names, pitch_code
from hobnail_trainer.text.sentences import captions_of, invented

from ..tiny_corpus import write_tiny_corpus

CAPTIONS, EXTRA = ["boots on gravel", "an oak door"], ["squelchy", "zzq"]


@pytest.fixture(scope="module")
def model(files):
    return minilm_from(*files)


@pytest.fixture(scope="module")
def plain(model):
    return distil(model)


@pytest.fixture(scope="module")
def fitted(model):
    return distil_fitted(model, CAPTIONS, EXTRA, sentences=600, seed=1, tell=lambda _: None)


def encoder_of(data, folder):
    (folder / "table.npz").write_bytes(data)
    return words_encoder(WordsConfig(table=str(folder / "table.npz")))


def test_pieces_of_latin_letters_and_digits_are_kept(model):
    kept = {model.pieces[number] for number in kept_pieces(model.pieces)}
    assert {"gravel", "##ly", "a", "##7", "7"} <= kept
    assert not kept & {"[CLS]", "[unused5]", "靴", ",", "#"}


def test_distances_of_pieces_are_those_of_the_model(model, plain):
    table = table_from(plain, source="plain")
    words = ["gravel", "boots", "door", "oak", "water", "rain", "fire"]
    tells = table.tells[[table.places[word] for word in words], None]
    ours = table.vectors([table.places[word] for word in words]) / tells
    kept = model.alone([[number] for number in kept_pieces(model.pieces)]).numpy()
    theirs = model.alone([[model.numbers[word]] for word in words]).numpy() - kept.mean(axis=0)
    one, other = (np.corrcoef((each @ each.T).ravel(), (theirs @ theirs.T).ravel())[0, 1] for each in (ours, theirs))
    assert other == pytest.approx(1.0)
    assert one > 0.95


def test_the_rare_tells_more(plain):
    table = table_from(plain, source="plain")
    assert table.tells[table.places["heavy"]] > table.tells[table.places["a"]]


def test_distilling_is_deterministic(model, plain):
    assert distil(model) == plain


def test_a_fitted_table_goes_into_the_same_encoder(fitted, tmp_path):
    encoder = encoder_of(fitted, tmp_path)
    assert encoder.encode("squelchy gravel").shape == (2, 128)  # in no vocabulary, but with a row of its own
    assert encoder.encode("zzq").shape == (1, 128)
    assert encoder.encode("qqz").shape == (3, 128)


def test_a_fitted_table_tells_notes_apart_and_near_ones_lie_near(fitted, tmp_path):
    encoder = encoder_of(fitted, tmp_path)
    notes = {name: encoder.encode(name) for name in ("a4", "A#4", "Bb4", "b4", "c2")}
    assert all(len(tokens) == 1 for tokens in notes.values())
    assert np.array_equal(notes["A#4"], notes["Bb4"])
    far = {name: float(np.square(tokens - notes["a4"]).sum()) for name, tokens in notes.items()}
    assert 0.0 < far["A#4"] < far["b4"] < far["c2"]
    assert (encoder.encode("gravel")[0, 120:] == 0.0).all()


def test_a_fitted_table_agrees_with_its_model_better(model, plain, fitted, tmp_path):
    texts = invented(CAPTIONS, model.pieces, 60, seed=9)
    found = {}
    for name, data in (("plain", plain), ("fitted", fitted)):
        (tmp_path / name).mkdir()
        found[name] = agreement(encoder_of(data, tmp_path / name), model, texts, most=50)
    assert found["fitted"].spearman > found["plain"].spearman
    assert found["fitted"].pairs == found["fitted"].texts * (found["fitted"].texts - 1) // 2


def test_too_few_sentences_are_refused(model):
    with pytest.raises(TextError, match="2 sentences, at least 240"):
        distil_fitted(model, CAPTIONS, EXTRA, sentences=0, seed=1, tell=lambda _: None)
    with pytest.raises(TextError, match="2 texts to compare"):
        agreement(words_encoder(), model, ["a", "b"], most=10)


def test_ranks_correlate_as_scipy_says():
    rng = np.random.default_rng(1)
    one = np.round(rng.normal(size=200), 1)  # with ties
    other = np.round(one + rng.normal(size=200), 1)
    assert spearman(one, other) == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)
    assert spearman(one, one) == pytest.approx(1.0)
    assert spearman(one, np.zeros(200)) == 0.0


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("clap", {"clap", "claps", "clapped", "clapping"}),
        ("creak", {"creak", "creaks", "creaked", "creaking"}),
        ("splash", {"splash", "splashes", "splashed", "splashing"}),
        ("scrape", {"scrape", "scrapes", "scraped", "scraping"}),
        ("scurry", {"scurry", "scurries", "scurried", "scurrying"}),
        ("rattle", {"rattle", "rattles", "rattled", "rattling"}),
        ("patter", {"patter", "patters", "pattered", "pattering"}),
        ("caw", {"caw", "caws", "cawed", "cawing"}),
        ("buzz", {"buzz", "buzzes", "buzzed", "buzzing"}),
    ],
)
def test_verbs_have_their_forms(verb, expected):
    assert forms(verb) == expected


def test_the_lexicon_has_what_the_vocabulary_lacks():
    words = lexicon(["a zzq boot, C#4 and 44 gongs"], {"squelch", "gongs"})
    assert {"zzq", "squelching", "footsteps", "boot"} <= set(words)
    assert not {"squelch", "gongs", "44", "c#4"} & set(words)
    assert words == sorted(set(words))


def test_notes_have_their_pitch():
    names = note_names()
    assert (names["a4"], names["c4"], names["c#4"], names["db4"], names["b9"]) == (69, 60, 61, 61, 131)
    assert pitch_code(60.0)[:2].tolist() == [1.0, 0.0]
    assert np.allclose(pitch_code(72.0)[2:6], pitch_code(60.0)[2:6], atol=1e-6)  # an octave is whole on two circles


def test_invented_sentences_depend_on_the_seed_alone(model):
    one = invented(["oak doors"], model.pieces, 40, seed=1)
    assert one == invented(["oak doors"], model.pieces, 40, seed=1)
    assert one != invented(["oak doors"], model.pieces, 40, seed=2)
    assert any("doors" in text for text in one)


def test_captions_that_are_held_out_are_in_no_training_clip(tmp_path):
    captions = captions_of(write_tiny_corpus(tmp_path))
    assert captions.train
    assert not set(captions.train) & set(captions.held_out)
    assert set(captions.exact) >= set(captions.held_out)


@pytest.fixture
def fetched(files, tmp_path, monkeypatch):
    """A folder of weights that passes for the fetched one."""
    sums = dict(zip(source.MINILM.files, (hashlib.sha256(data).hexdigest() for data in files), strict=True))
    monkeypatch.setattr(source, "MINILM", source.MINILM._replace(files=sums))
    folder = tmp_path / "weights"
    (folder / "minilm").mkdir(parents=True)
    for name, data in zip(("model.safetensors", "vocab.txt"), files, strict=True):
        (folder / "minilm" / name).write_bytes(data)
    return folder


def test_the_command_line_distils_fits_and_compares(fetched, tmp_path):
    corpus = write_tiny_corpus(tmp_path / "corpus")
    run, table = CliRunner(), tmp_path / "t.npz"
    said = run.invoke(command, ["fetch", "--weights", str(fetched)], catch_exceptions=False)
    assert "was there" in said.output
    said = run.invoke(command, ["distil", "--to", str(table), "--weights", str(fetched)], catch_exceptions=False)
    assert said.exit_code == 0
    plain = table.read_bytes()
    fit = ["distil", "--to", str(table), "--fit", str(corpus), "--sentences", "300", "--weights", str(fetched)]
    assert run.invoke(command, fit, catch_exceptions=False).exit_code == 0
    assert table.read_bytes() != plain
    compare = ["compare", str(corpus), "--table", str(table), "--most", "40", "--weights", str(fetched)]
    said = run.invoke(command, compare, catch_exceptions=False)
    assert said.output.count("Spearman") == 2
    assert "held out: 0, too few to compare" in said.output  # all splits of it have the same captions


def test_weights_that_are_not_there_are_named_with_the_command_that_fetches_them(tmp_path):
    with pytest.raises(TextError, match="hobnail-train text fetch"):
        source.open_minilm(tmp_path)
