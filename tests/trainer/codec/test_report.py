"""A report listens to held-out clips only, and says what it heard."""

import msgspec
import numpy as np
import pytest
from matplotlib.image import imread

from hobnail_plugins.codec.codec import linear_codec
from hobnail_plugins.codec.spec import LinearConfig
from hobnail_trainer.codec.clips import (
    ATTACK_FRAMES,
    LEAD,
    PEAK,
    WINDOW,
    listen,
    listen_to_test_for_evaluation,
    train_windows,
)
from hobnail_trainer.codec.fit import FitSettings, fit_codec
from hobnail_trainer.codec.ladder import codec_rung
from hobnail_trainer.codec.model import Report
from hobnail_trainer.codec.report import Request, build_report, write_report
from hobnail_trainer.codec.report.measure import Reference, measure_rung
from hobnail_trainer.codec.report.parts import by_category, by_material
from hobnail_trainer.errors import CorpusError

from .conftest import BandJudge, PlainCodec


def clips_of(listening):
    heard = [*listening.windows, *listening.rings, *listening.attacks]
    return {each.clip.split for each in heard}, [each.clip.id for each in listening.windows]


@pytest.fixture(scope="module")
def made(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    fit_codec(corpus, folder / "tables.npz", FitSettings(kept=26, partials=3), jobs=1, tell=lambda _: None)
    listening = listen(corpus, "validation", clips=8, seed=1)
    codecs = [PlainCodec(), linear_codec(LinearConfig(path=str(folder / "tables.npz")))]
    request = Request(corpus, listening, codecs, [BandJudge()], folder / "embeddings", 1, "0123456789ab")
    built = build_report(request, tell=lambda _: None)
    return folder, write_report(built, folder), built


def row(made, id):
    (found,) = (each for each in made[2].report.ladder if each.id == id)
    return found


def test_validation_is_listened_to_by_its_name_and_test_is_not(corpus):
    assert clips_of(listen(corpus, "validation", clips=50, seed=1))[0] == {"validation"}
    with pytest.raises(CorpusError, match="listen_to_test_for_evaluation"):
        listen(corpus, "test", clips=50, seed=1)
    assert clips_of(listen_to_test_for_evaluation(corpus, clips=50, seed=1))[0] == {"test"}


def test_the_seed_chooses_the_clips(corpus):
    first, again, other = (clips_of(listen(corpus, "validation", clips=8, seed=seed))[1] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_windows_are_of_one_length_and_one_peak(corpus):
    listening = listen(corpus, "validation", clips=50, seed=1)
    for heard in (*listening.windows, *train_windows(corpus, clips=5, seed=1)):
        samples = getattr(heard, "samples", heard)
        assert samples.shape == (WINDOW,)
        assert np.abs(samples).max() == pytest.approx(PEAK, abs=1e-3)


def test_attacks_begin_after_the_lead(corpus):
    listening = listen(corpus, "validation", clips=50, seed=1)
    assert listening.attacks
    for heard in listening.attacks:
        assert heard.samples.shape == (LEAD + ATTACK_FRAMES,)
        assert np.flatnonzero(heard.samples)[0] == LEAD


def test_the_recording_is_without_error(made):
    recording = row(made, "recording")
    for interval in (recording.modulation_db, recording.attack_ms, recording.level_error_db, recording.log_mel):
        assert interval.value == 0.0
        assert interval.n > 0
    assert recording.pre_echo_db.value == pytest.approx(-120.0)


def test_a_codec_that_keeps_everything_is_at_nought_and_noise_is_not(made):
    assert row(made, "plain").kad["bands"].grouped.value == pytest.approx(0.0, abs=1e-6)
    assert row(made, "plain").modulation_relative == 0.0
    assert row(made, "pca-24").modulation_relative == 1.0
    assert row(made, "magnitudes-2048").pre_echo_db.value > -20.0


def test_the_linear_codec_begins_a_voice_at_once(made):
    assert row(made, "linear").first_attack_ms.value < row(made, "linear").attack_ms.value + 0.5
    assert row(made, "linear").dimensions <= 32


def test_codecs_are_told_with_their_worst_clips_and_latents(made):
    plain, linear = made[2].report.codecs
    assert len(linear.worst) == len({worst.clip for worst in linear.worst}) > 3
    assert [worst.moved for worst in linear.worst] == sorted((worst.moved for worst in linear.worst), reverse=True)
    assert max(worst.moved for worst in plain.worst) == 0.0
    assert len(linear.latents.sd) == row(made, "linear").dimensions
    assert linear.speed.by_hop > 1.0


def test_the_report_is_written_as_it_was_built(made):
    folder, _, built = made
    assert msgspec.json.decode((folder / "report.json").read_bytes(), type=Report) == built.report


def test_the_page_shows_every_rung_and_its_pictures(made):
    folder, page, built = made
    text = page.read_text(encoding="utf-8")
    for words in (*(each.id for each in built.report.ladder), "0123456789ab", "validation split", "a footstep on"):
        assert words in text
    assert "| griffin-lim |" in (folder / "report.md").read_text(encoding="utf-8")
    for name in ("ladder.png", "worst-linear.png", "latents-linear.png"):
        assert name in text
        assert imread(folder / name)[..., :3].std() > 0.03


def test_categories_and_materials_of_a_few_clips_are_told_by_themselves(corpus, tmp_path):
    reference = Reference.of(listen(corpus, "validation", clips=20, seed=1), [BandJudge()], tmp_path, 1)
    measured = measure_rung(reference, codec_rung(PlainCodec()))
    parts = {part.name: part for part in (*by_category(reference, measured), *by_material(reference, measured))}
    assert (parts["footstep"].clips, parts["footstep"].families) == (6, 2)
    assert parts["gravel"].kad["bands"].value is None  # all of one family
    assert parts["wood"].moved.value == 0.0
    assert "glass" not in parts  # one clip says nothing


def test_embeddings_are_kept_and_used_again(made):
    folder = made[0]
    assert len(list((folder / "embeddings").rglob("*.npy"))) > 8
