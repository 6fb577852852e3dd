"""The report counts what is there and shows it."""

import subprocess
import sys

import pytest
from matplotlib.image import imread

from hobnail_trainer.corpus import read_manifest
from hobnail_trainer.corpus.report import tabulate, write_report
from hobnail_trainer.corpus.report.picture import choose_examples


def test_the_tables_count_the_manifest(built):
    manifest = read_manifest(built)
    tables = tabulate(manifest)
    assert tables.whole.clips == len(manifest.clips) == 11
    assert tables.by_category["footstep"].clips == 5
    assert tables.by_category["wind"].clips == 0
    assert tables.by_material["gravel"].families == 1
    assert tables.footsteps == {"gravel": 4, "sand": 1}
    assert tables.by_licence["CC0-1.0"].clips == 3
    assert sum(count.clips for count in tables.by_split.values()) == 11
    assert tables.whole.minutes == pytest.approx(sum(clip.frames for clip in manifest.clips) / 48_000 / 60)


def test_rare_categories_are_among_the_examples(built):
    clips = read_manifest(built).clips
    assert {clip.category for clip in choose_examples(clips, seed=1, count=3)} == {"footstep", "impact", "door"}
    assert choose_examples(clips, seed=1) == choose_examples(clips, seed=1)


def test_the_report_is_a_picture_and_a_page(built):
    picture, page = write_report(built)
    pixels = imread(picture)
    assert pixels.shape[0] > 1500
    assert pixels[..., :3].std() > 0.05
    text = page.read_text()
    for words in ("11 clips", "CC-BY-SA-3.0", "a footstep on gravel", "tiny-sounds", "report.png"):
        assert words in text


def test_the_trainer_starts_without_torch():
    code = (
        "import sys; sys.modules['torch'] = None; import hobnail_trainer, hobnail_trainer.corpus, hobnail_trainer.cli; "
        "import hobnail_trainer.corpus.report; assert 'matplotlib' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
