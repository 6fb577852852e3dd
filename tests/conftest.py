"""What tests of several rooms share."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def plugin_directory(tmp_path_factory):
    """Installs a sample's distribution with pip, once, into a directory of its own; gives that directory."""

    @cache
    def install(sample: str) -> Path:
        source = tmp_path_factory.mktemp("source") / Path(sample).name
        shutil.copytree(REPO / sample, source)  # building litters
        target = tmp_path_factory.mktemp("installed")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
        options = ["--no-deps", "--no-build-isolation", "--target", str(target), str(source)]
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=110, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return target

    return install
